import { setTimeout as delay } from 'node:timers/promises';

/** The only way to know the time and to wait, so that tests can move both. */
export interface Time {
	/** ms since the epoch */
	now(): number;
	/** ms since any moment, by a clock that nobody sets: only the difference of two readings says something. */
	monotonic(): number;
	/** Waits `ms`, or until the signal aborts; it never throws. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** A number in [0, 1), for jitter. */
	random(): number;
}

export const systemTime: Time = {
	now: () => Date.now(),
	monotonic: () => performance.now(),
	sleep: async (ms, signal) => {
		if (signal?.aborted) return;
		await delay(ms, undefined, { signal }).catch(() => undefined);
	},
	random: () => Math.random(),
};
