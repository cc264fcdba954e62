/** Formats a plain-text table whose columns are as wide as their content. */
export function formatTable(rows: readonly Record<string, string>[]): string {
	const names = Object.keys(rows[0] ?? {});
	const widths = names.map((name) => Math.max(name.length, ...rows.map((row) => row[name]?.length ?? 0)));
	const line = (cells: string[]) =>
		cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
	return [
		line(names),
		line(widths.map((width) => '─'.repeat(width))),
		...rows.map((row) => line(names.map((name) => row[name] ?? ''))),
	].join('\n');
}
