/**
 * Runs `work` over all items, at most `concurrency` at a time, beginning in their order.
 *
 * @returns the results in the order of the items
 */
export async function inParallel<T, R>(
	items: readonly T[],
	concurrency: number,
	work: (item: T) => Promise<R>,
): Promise<R[]> {
	const results = new Array<R>(items.length);
	const rest = items.entries();
	const worker = async () => {
		for (const [position, item] of rest) results[position] = await work(item);
	};
	await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, worker));
	return results;
}

/** Twins in one batch go one after the other: the second finds the first one's outcome in the ledger. */
export class Turns {
	private readonly last = new Map<string, Promise<unknown>>();

	/** Waits for whoever took a turn under the same name before, and tells the work whether anybody did. */
	take<R>(name: string, work: (isTwin: boolean) => Promise<R>): Promise<R> {
		const before = this.last.get(name);
		const turn = before
			? before.then(
					() => work(true),
					() => work(true),
				)
			: work(false);
		this.last.set(name, turn);
		return turn;
	}
}
