import { setTimeout as sleep } from 'node:timers/promises';

/** ms. After retries have failed for the full duration, calls fail at their first error for this long. */
const CIRCUIT_OPEN_MS = 10_000;

/**
 * Retries work that fails with a transient error. Use one instance per server or file: an outage then costs the wait only once,
 * not once per entry.
 */
export class TransientRetry {
	private lastGaveUpAt = -Infinity;

	/**
	 * @param isTransient returns whether an error is transient
	 * @param limits ms: how long to retry, and the pause between tries
	 */
	constructor(
		private readonly isTransient: (error: unknown) => boolean,
		private readonly limits: { retryMs: number; pauseMs: number },
	) {}

	/**
	 * Runs work that is safe to repeat: a failure may have lost only the acknowledgement.
	 *
	 * @throws the last error, if it is not transient or the time is up
	 */
	async run<R>(work: () => R | Promise<R>): Promise<R> {
		const began = performance.now();
		const isCircuitOpen = began - this.lastGaveUpAt < CIRCUIT_OPEN_MS;
		const until = isCircuitOpen ? began : began + this.limits.retryMs;
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
