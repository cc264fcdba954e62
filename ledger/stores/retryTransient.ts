import { setTimeout as sleep } from 'node:timers/promises';

/** ms. For so long after a wait in vain, nobody waits for the same server again. */
const CIRCUIT_OPEN_MS = 10_000;

/**
 * Tries again what fails for reasons that pass by themselves. One for each place where rows are kept: a server that is gone
 * costs its patience once, and not once for every entry.
 */
export class TransientRetry {
	private lastGaveUpAt = -Infinity;

	/** @param isTransient whether a failure passes by itself. @param limits ms: how long to try, and how far apart */
	constructor(
		private readonly isTransient: (error: unknown) => boolean,
		private readonly limits: { patienceMs: number; pauseMs: number },
	) {}

	/**
	 * The work must bear being done twice: a failure may have cost only the acknowledgement.
	 *
	 * @throws the last failure, when it does not pass or patience is over
	 */
	async run<R>(work: () => R | Promise<R>): Promise<R> {
		const began = performance.now();
		const isCircuitOpen = began - this.lastGaveUpAt < CIRCUIT_OPEN_MS;
		const until = isCircuitOpen ? began : began + this.limits.patienceMs;
		for (;;) {
			try {
				const result = await work();
				this.lastGaveUpAt = -Infinity;
				return result;
			} catch (error) {
				if (!this.isTransient(error)) throw error;
				if (performance.now() >= until) {
					this.lastGaveUpAt = performance.now();
					throw error;
				}
				await sleep(this.limits.pauseMs);
			}
		}
	}
}
