import type { Time } from '../../ledger/clock';

/** Keeps requests apart, so that many questions at once leave room for the payments of others. */
export class Pace {
	private free = -Infinity;

	constructor(
		private readonly perSecond: number,
		private readonly time: Time,
	) {}

	/** Resolves when it is this request's turn, or when the signal is aborted. */
	async turn(signal?: AbortSignal): Promise<void> {
		const now = this.time.monotonic();
		const mine = Math.max(now, this.free);
		this.free = mine + 1000 / this.perSecond;
		if (mine > now) await this.time.sleep(mine - now, signal);
	}
}
