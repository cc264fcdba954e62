import type { TimeSource } from '../../ledger/clock';

/** Keeps requests apart, so that many questions at once leave room for the payments of others. */
export class RateLimiter {
	private nextSlotAt = -Infinity;

	constructor(
		private readonly perSecond: number,
		private readonly time: TimeSource,
	) {}

	/** Resolves when it is this request's turn, or when the signal is aborted. */
	async acquire(signal?: AbortSignal): Promise<void> {
		const now = this.time.monotonic();
		const slotAt = Math.max(now, this.nextSlotAt);
		this.nextSlotAt = slotAt + 1000 / this.perSecond;
		if (slotAt > now) await this.time.sleep(slotAt - now, signal);
	}
}
