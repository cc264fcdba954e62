import { setTimeout as delay } from 'node:timers/promises';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The only way to know the time and to wait, so that tests can move both. */
export interface TimeSource {
	/** ms since the epoch */
	now(): number;
	/** ms since any moment, by a clock that nobody sets: only the difference of two readings says something. */
	monotonic(): number;
	/** Waits `ms`, or until the signal aborts; it never throws. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** A number in [0, 1), for jitter. */
	random(): number;
}

/**
 * By which the rows of a ledger are stamped and judged. It may not know the time: then `now` is a guess, good for words to
 * people, and nothing is claimed, sent or forgotten.
 */
export interface Clock extends TimeSource {
	/** ms since the epoch; undefined while it is not known */
	known(): number | undefined;
	/**
	 * The time, asked for where it is not known.
	 *
	 * @param newest the newest time that was ever known; an earlier one has to be proven
	 * @throws TimeUnknownError
	 */
	ascertain(newest?: number): Promise<number>;
	/** When something was done just now that began at `since`: what is done has to be written also where the time is not known. */
	stamp(since: number): number;
	/**
	 * Whose time it is. Of Stripe's the newest is kept in the ledger. By the host's, which may be wrong, nothing is forgotten. Who
	 * gives a plain time vouches for it.
	 */
	readonly of: 'stripe' | 'host' | 'caller';
}

/** Nobody says what time it is, so nothing may be claimed or sent. */
export class TimeUnknownError extends Error {
	/** @param reason why nobody answered, for people; it holds no secrets */
	constructor(readonly reason?: string) {
		super('It is not known what time it is');
		this.name = 'TimeUnknownError';
	}
}

/** ms by which a time may lie after now, or before the newest that is known, without being wrong. */
export const CLOCK_TOLERANCE_MS = 60_000;

export const systemTime: TimeSource = {
	now: () => Date.now(),
	monotonic: () => performance.now(),
	sleep: async (ms, signal) => {
		if (signal?.aborted) return;
		await delay(ms, undefined, { signal }).catch(() => undefined);
	},
	random: () => Math.random(),
};

/** A plain time is taken at its word. */
export function toClock(time: TimeSource): Clock {
	return 'ascertain' in time ? (time as Clock) : clockReading('caller', time, () => time.now());
}

/** For what is not done at Stripe, which nobody can be asked the time of. */
export function buildHostClock(time: TimeSource): Clock {
	return clockReading('host', time, () => time.now());
}

/** For how long something may take, whatever the time is. */
export function buildStopwatch(time: TimeSource): Clock {
	return clockReading('caller', time, () => time.monotonic());
}

function clockReading(of: Clock['of'], time: TimeSource, now: () => number): Clock {
	return {
		of,
		now,
		monotonic: () => time.monotonic(),
		sleep: (ms, signal) => time.sleep(ms, signal),
		random: () => time.random(),
		known: now,
		ascertain: () => Promise.resolve(now()),
		stamp: now,
	};
}
