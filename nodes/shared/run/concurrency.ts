import { TimeSlice } from './timeSlice';

/**
 * Runs `work` over all items, at most `concurrency` at a time, beginning in their order. When one throws, no further item is
 * begun, and those that were begun come to their end before it is thrown on. Between two items others have their turn.
 *
 * @returns the results in the order of the items
 */
export async function mapWithConcurrency<T, R>(
	items: readonly T[],
	concurrency: number,
	work: (item: T, position: number) => Promise<R>,
	slice = new TimeSlice(),
): Promise<R[]> {
	const results = new Array<R>(items.length);
	const rest = items.entries();
	let hasFailed = false;
	const worker = async () => {
		for (const [position, item] of rest) {
			while (slice.isOver()) await slice.letOthers();
			if (hasFailed) return;
			results[position] = await work(item, position).catch((error: unknown) => {
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

/** What is about one thing goes one after the other, in the order in which it came: twins, and requests for one object. */
export class KeyedMutex {
	private readonly last = new Map<string, Promise<unknown>>();

	/** Waits for whoever took a turn under one of the names before. Taking all names at once, nobody waits in a circle. */
	runExclusive<R>(names: string | readonly string[], work: () => Promise<R>): Promise<R> {
		const own = [...new Set([names].flat())];
		const before = own.map((name) => this.last.get(name)).filter((turn) => turn !== undefined);
		const turn = before.length === 0 ? work() : Promise.allSettled(before).then(work);
		for (const name of own) this.last.set(name, turn);
		return turn.finally(() => {
			for (const name of own) if (this.last.get(name) === turn) this.last.delete(name);
		});
	}
}
