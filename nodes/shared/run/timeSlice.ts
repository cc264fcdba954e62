import { setImmediate } from 'node:timers/promises';

/** ms of work, after which other tasks of this process come first: other workflows, webhooks, the editor. */
const SLICE_MS = 10;

/** Shared by all work of one run, so that no run blocks the process. */
export class TimeSlice {
	private endsAt = performance.now() + SLICE_MS;
	private pause: Promise<void> | undefined;

	/** Called between two items: returns whether other tasks should get their turn first. */
	isOver(): boolean {
		return performance.now() >= this.endsAt;
	}

	/** Resolves after other tasks had their turn. Concurrent callers have to call `isOver` again. */
	letOthers(): Promise<void> {
		return (this.pause ??= setImmediate().then(() => {
			this.pause = undefined;
			this.endsAt = performance.now() + SLICE_MS;
		}));
	}
}
