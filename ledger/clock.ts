import { setTimeout as delay } from 'node:timers/promises';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The only source of time and delays, so that tests can control both. */
export interface TimeSource {
	/** ms since the epoch */
	now(): number;
	/** ms of a monotonic clock. Only the difference between two readings has a meaning. */
	monotonic(): number;
	/** Waits `ms`, or until the signal aborts. Never throws. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** A number in [0, 1), for jitter. */
	random(): number;
}

/**
 * The clock that stamps a ledger's rows and decides its leases. While it does not know the time, `now` is an estimate that is
 * good enough for messages, and nothing is claimed, sent or deleted.
 */
export interface Clock extends TimeSource {
	/** ms since the epoch; undefined while the time is unknown. */
	known(): number | undefined;
	/**
	 * Returns the time. Fetches it if it is unknown.
	 *
	 * @param newest the newest time that was ever known. An earlier time has to be proven
	 * @throws TimeUnknownError
	 */
	ascertain(newest?: number): Promise<number>;
	/** Makes the time unknown until it is fetched again. Absent if no server can be asked for it. */
	invalidate?(): void;
	/**
	 * Returns the time of something that began at `since` and has just finished. A finished action has to be recorded even
	 * while the time is unknown.
	 */
	stamp(since: number): number;
	/**
	 * The source of the time. The ledger records the newest time of `stripe`. The time of the `host` may be wrong, so nothing
	 * is deleted by it. A `caller` guarantees the time that it passes.
	 */
	readonly of: 'stripe' | 'host' | 'caller';
}

/** The time is unknown, so nothing may be claimed or sent. */
export class TimeUnknownError extends Error {
	/** @param reason why the time could not be read, as a message without secrets */
	constructor(readonly reason?: string) {
		super('The time is not known');
		this.name = 'TimeUnknownError';
	}
}

/** ms by which a time may be later than now, or earlier than the newest known time, and still count as correct. */
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

/** Returns a clock that trusts the given time source. */
export function toClock(time: TimeSource): Clock {
	return 'ascertain' in time ? (time as Clock) : clockReading('caller', time, () => time.now());
}

/** Returns a clock for claims that are not about Stripe, where no server can be asked for the time. */
export function buildHostClock(time: TimeSource): Clock {
	return clockReading('host', time, () => time.now());
}

/** Returns a clock that only measures durations. */
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
