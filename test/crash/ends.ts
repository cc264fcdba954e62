/** The number of orders by the end that they reached. */
export type Ends = Record<string, number>;

export function countEnds(each: readonly string[]): Ends {
	const ends: Ends = {};
	for (const end of each) ends[end] = (ends[end] ?? 0) + 1;
	return ends;
}

export function sumEnds(all: readonly Ends[]): Ends {
	const sums: Ends = {};
	for (const ends of all)
		for (const [end, times] of Object.entries(ends)) sums[end] = (sums[end] ?? 0) + times;
	return sums;
}
