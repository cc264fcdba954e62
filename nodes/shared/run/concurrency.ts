import { TimeSlice } from './timeSlice';

/**
 * Runs `work` over all items, at most `concurrency` at a time, beginning in their order. When one throws, no further item is
 * begun, and those that were begun come to their end before it is thrown on. Between two items others have their turn.
 *
 * @param signal once it is aborted, each item that was not begun leaves at once: it waits for no answer to another one
 * @returns the results in the order of the items
 */
export async function mapWithConcurrency<T, R>(
	items: readonly T[],
	concurrency: number,
	work: (item: T, position: number) => Promise<R>,
	slice = new TimeSlice(),
	signal?: AbortSignal,
): Promise<R[]> {
	const results = new Array<R>(items.length);
	const rest = items.entries();
	const faults: unknown[] = [];
	const worker = async () => {
		for (const [position, item] of rest) {
			while (slice.isOver()) await slice.letOthers();
			if (faults.length > 0) return;
			try {
				results[position] = await work(item, position);
			} catch (error) {
				faults.push(error);
			}
		}
	};
	const workers = Array.from({ length: Math.min(concurrency, items.length) }, worker);
	signal?.addEventListener('abort', () => workers.push(worker()), { once: true });
	// Also the one that is added meanwhile.
	for (const working of workers) await working;
	if (faults.length > 0) throw faults[0];
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
