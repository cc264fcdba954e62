import { setImmediate } from 'node:timers/promises';

/** ms of work, after which whatever else this process has to do comes first: other workflows, webhooks, the editor. */
const SLICE_MS = 10;

/** Shared by all that is done for one run, so that no run holds up the process. */
export class TimeSlice {
	private endsAt = performance.now() + SLICE_MS;
	private pause: Promise<void> | undefined;

	/** To be asked between two items: whether others are to have their turn first. */
	isOver(): boolean {
		return performance.now() >= this.endsAt;
	}

	/** Resolves when others had their turn; whoever waits with others asks again whether it is over. */
	letOthers(): Promise<void> {
		return (this.pause ??= setImmediate().then(() => {
			this.pause = undefined;
			this.endsAt = performance.now() + SLICE_MS;
		}));
	}
}
