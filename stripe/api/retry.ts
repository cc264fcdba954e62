import type { Outcome } from '../../ledger/model/entry';
import type { Clock, TimeSource } from '../../ledger/clock';
import { toClock, TimeUnknownError } from '../../ledger/clock';
import type { StripeResponse } from './client';
import type { ClassifiedResponse } from './outcome';
import { classify } from './outcome';
import type { Turns } from './rateLimiter';

/** The timeout and number of sends of one claim. */
export interface RetryPolicy {
	/** For one send, in ms. */
	timeoutMs: number;
	/** The number of sends after the first one. */
	maxRetries: number;
	/** Awaited before every send; absent without a rate limiter. */
	turns?: Pick<Turns, 'next'>;
	/** Called immediately before every send, including retries. Returns false if the kill switch is active. */
	maySend?: () => Promise<boolean>;
	/** Called after the pause before a retry. Returns false if it must not be sent. */
	mayRepeat?: () => Promise<boolean>;
}

/** The backoff before the n-th retry: up to 0.5 s, 1 s, 2 s … 8 s. Stripe may ask for any pause up to the longest. */
export const BACKOFF_MS = { first: 500, longest: 8_000 };

/** A margin for different clocks of two hosts and late timers, so that no claim is taken over too early. */
const CLOCK_SKEW_MS = 10_000;

/** The duration of the slowest possible send loop, in ms: every send times out, and every pause is the longest. */
export function maxSendDurationMs({ timeoutMs, maxRetries }: RetryPolicy): number {
	return timeoutMs * (maxRetries + 1) + BACKOFF_MS.longest * maxRetries;
}

/** The lease of a claim in ms. It lasts as long as its run may still be sending. */
export function leaseDurationMs(policy: RetryPolicy): number {
	return maxSendDurationMs(policy) + 2 * CLOCK_SKEW_MS;
}

/**
 * Sends, and resends with the same key while the outcome asks for it: exponential backoff with full jitter (AWS Architecture
 * Blog, "Exponential Backoff and Jitter"), but `Stripe-Should-Retry` takes precedence. Never sends after the lease has expired.
 *
 * @param send sends once, always with the same key and parameters
 * @param leaseUntil ms since the epoch
 * @param prepareRepeat called before each retry and the pause before it; returns `false` if it must not be sent
 * @param time the clock of the lease. Nothing is sent until its time is known
 * @returns the outcome of each send, in order; empty if nothing was sent, because the lease was too short, the time is unknown,
 * the signal was aborted, or `maySend` returned false
 */
export async function sendWithRetries(
	send: () => Promise<StripeResponse>,
	policy: RetryPolicy,
	leaseUntil: number,
	time: TimeSource,
	signal?: AbortSignal,
	prepareRepeat: (lastOutcome: Outcome) => Promise<boolean> = () => Promise.resolve(true),
): Promise<Outcome[]> {
	const outcomes: Outcome[] = [];
	const clock = toClock(time);
	// A process that was suspended, or whose clock was changed, may have lost its claim and must not send.
	const lastSendAt = leaseUntil - CLOCK_SKEW_MS - policy.timeoutMs;
	const maySend = async () => {
		if (signal?.aborted || (await policy.maySend?.()) === false || signal?.aborted) return false;
		const now = await nowKnown(clock);
		return now === undefined ? undefined : now <= lastSendAt;
	};
	for (let repeat = 0; ; repeat++) {
		const patienceMs = lastSendAt - (clock.known() ?? -Infinity);
		const turn = await policy.turns?.next(repeat > 0, patienceMs, signal);
		if (policy.turns && !turn) return outcomes;
		let classified: ClassifiedResponse | undefined;
		let isAllowed: boolean | undefined;
		try {
			isAllowed = await maySend();
			if (isAllowed) classified = classify(await send());
		} finally {
			if (classified) turn?.end(classified.outcome);
			else turn?.releaseUnused();
		}
		if (classified) outcomes.push(classified.outcome);
		const outcome = outcomes.at(-1);
		// Without the time nothing is sent, but it may be known before the next repeat.
		const isOver = classified ? !classified.sendAgain : isAllowed === false;
		if (!outcome || isOver || repeat >= policy.maxRetries || signal?.aborted) return outcomes;
		const pause = retryDelayMs(repeat, outcome, time);
		if (pause === undefined || !(await prepareRepeat(outcome))) return outcomes;
		await time.sleep(pause, signal);
		if ((await policy.mayRepeat?.()) === false) return outcomes;
	}
}

function nowKnown(clock: Clock): Promise<number | undefined> {
	return clock.ascertain().catch((error: unknown) => {
		if (error instanceof TimeUnknownError) return undefined;
		throw error;
	});
}

/**
 * Returns the pause before a retry, in ms; the first retry is number 0.
 *
 * @returns undefined if Stripe asks for a longer pause than the lease allows
 */
export function retryDelayMs(
	repeat: number,
	{ retryAfterSeconds = 0 }: Outcome,
	time: TimeSource,
): number | undefined {
	const requested = retryAfterSeconds * 1000;
	if (requested > BACKOFF_MS.longest) return undefined;
	return Math.max(requested, time.random() * backoffMs(repeat));
}

function backoffMs(repeat: number): number {
	return Math.min(BACKOFF_MS.longest, BACKOFF_MS.first * 2 ** repeat);
}
