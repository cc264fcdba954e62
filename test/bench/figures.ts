/** The value that `share` of the values do not exceed. */
export function quantile(values: readonly number[], share: number): number {
	const sorted = values.toSorted((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
	return quantile(values, 0.5);
}

/** ms that one of `times` calls takes, with so many of them under way at once. */
export async function timed(times: number, act: (n: number) => unknown, workers = 1): Promise<number> {
	const rest = Array(times).keys();
	const worker = async () => {
		for (const n of rest) await act(n);
	};
	const began = performance.now();
	await Promise.all(Array.from({ length: workers }, worker));
	return (performance.now() - began) / times;
}
