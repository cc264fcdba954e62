/**
 * The value at a dot path: `order.lines[0].id`. A field whose own name has dots wins. Only own properties count, so that
 * `__proto__` or `constructor` find nothing that is not in the data.
 */
export function valueAt(json: object, path: string): unknown {
	if (Object.hasOwn(json, path)) return (json as Record<string, unknown>)[path];
	const steps = path
		.replace(
			/\[(?:"([^"]*)"|'([^']*)'|(\d+))\]/g,
			(_, a?: string, b?: string, c?: string) => `.${a ?? b ?? c ?? ''}`,
		)
		.split('.')
		.filter((step) => step !== '');
	return steps.reduce<unknown>(
		(value, step) =>
			typeof value === 'object' && value !== null && Object.hasOwn(value, step)
				? (value as Record<string, unknown>)[step]
				: undefined,
		json,
	);
}
