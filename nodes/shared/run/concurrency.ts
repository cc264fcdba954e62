import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Work on one item.
 *
 * @param releaseSlot may be called once only the result is left to write: the next item then starts in the meantime
 */
type Work<T, R> = (item: T, position: number, releaseSlot: () => void) => Promise<R>;

/**
 * Runs `work` over all items in order, at most `concurrency` at a time, and as many again that have released their slot. After an error
 * no further item is started, and those in progress finish before it is rethrown. Other tasks of the process get their turn
 * between items.
 *
 * @param signal once it is aborted, items that were not started end at once
 * @returns the results in the order of the items
 */
export async function mapWithConcurrency<T, R>(
	items: readonly T[],
	concurrency: number,
	work: Work<T, R>,
	slice = new TimeSlice(),
	signal?: AbortSignal,
): Promise<R[]> {
	const results = new Array<R>(items.length);
	const rest = items.entries();
	const faults: unknown[] = [];
	const run = async (item: T, position: number, releaseSlot: () => void) => {
		try {
			results[position] = await work(item, position, releaseSlot);
		} catch (error) {
			faults.push(error);
		}
		releaseSlot();
	};
	const worker = async () => {
		let ending: Promise<void> | undefined;
		for (const [position, item] of rest) {
			while (slice.isOver()) await slice.yieldToOthers();
			if (faults.length > 0) break;
			let running: Promise<void> | undefined;
			await new Promise<void>((releaseSlot) => {
				running = run(item, position, releaseSlot);
			});
			await ending;
			ending = running;
		}
		await ending;
	};
	const workers = Array.from({ length: Math.min(concurrency, items.length) }, worker);
	signal?.addEventListener('abort', () => workers.push(worker()), { once: true });
	// Includes a worker that is added meanwhile.
	for (const working of workers) await working;
	if (faults.length > 0) throw faults[0];
	return results;
}

/** Serializes work under the same name, in order: duplicate items, and requests for one object. */
export class KeyedMutex {
	private readonly last = new Map<string, Promise<unknown>>();

	/** Waits for all earlier work under any of the names. Taking all names at once prevents deadlocks. */
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

/** ms of work, after which other tasks of this process come first: other workflows, webhooks, the editor. */
const SLICE_MS = 10;

/** Shared by all work of one run, so that no run blocks the process. */
export class TimeSlice {
	/** Undefined at the beginning of a turn of the event loop. Time spent waiting is no work. */
	private endsAt: number | undefined;
	private pause: Promise<void> | undefined;

	/** Called between two items: returns whether other tasks should get their turn first. */
	isOver(): boolean {
		this.endsAt ??= this.begin();
		return performance.now() >= this.endsAt;
	}

	/** Resolves after other tasks had their turn. Concurrent callers have to call `isOver` again. */
	yieldToOthers(): Promise<void> {
		return (this.pause ??= nextTurn().then(() => {
			this.pause = undefined;
			this.endsAt = undefined;
		}));
	}

	private begin(): number {
		setImmediate(() => (this.endsAt = undefined));
		return performance.now() + SLICE_MS;
	}
}
