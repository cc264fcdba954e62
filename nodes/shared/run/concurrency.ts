/**
 * Runs `work` over all items, at most `concurrency` at a time, beginning in their order. When one throws, no further item is
 * begun, and those that were begun come to their end before it is thrown on.
 *
 * @returns the results in the order of the items
 */
export async function mapWithConcurrency<T, R>(
	items: readonly T[],
	concurrency: number,
	work: (item: T) => Promise<R>,
): Promise<R[]> {
	const results = new Array<R>(items.length);
	const rest = items.entries();
	let hasFailed = false;
	const worker = async () => {
		for (const [position, item] of rest) {
			if (hasFailed) return;
			results[position] = await work(item).catch((error: unknown) => {
				hasFailed = true;
				throw error;
			});
		}
	};
	const workers = Array.from({ length: Math.min(concurrency, items.length) }, worker);
	for (const ended of await Promise.allSettled(workers))
		if (ended.status === 'rejected') throw ended.reason;
	return results;
}

/** Twins in one batch go one after the other: the second finds the first one's outcome in the ledger. */
export class KeyedMutex {
	private readonly last = new Map<string, Promise<unknown>>();

	/** Waits for whoever took a turn under the same name before. */
	runExclusive<R>(name: string, work: () => Promise<R>): Promise<R> {
		const turn = (this.last.get(name) ?? Promise.resolve()).then(work, work);
		this.last.set(name, turn);
		return turn;
	}
}
