import { CLOCK_TOLERANCE_MS } from '../clock';
import type { DoubtCause, Entry, Harmless } from '../model/entry';
import { provenByEvidence } from '../model/evidence';
import type { LedgerRequest } from '../model/request';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Stripe may forget a v1 key once it is 24 hours old; one hour is kept as a margin. */
export const BLIND_SEND_LIMIT_MS = 23 * HOUR_MS;

/** v2 keys live for 30 days (docs.stripe.com/api-v2-overview#idempotency); one day is kept as a margin. */
export const BLIND_SEND_LIMIT_V2_MS = 29 * DAY_MS;

/**
 * ms after the last send until what is not there counts as absent, by the worst cause of doubt. Stripe says no such time: it
 * may finish the work behind a 500 after the incident is over, and tell of it by webhooks (docs.stripe.com/error-low-level).
 * Three days is how long Stripe itself goes on delivering news in live mode (docs.stripe.com/webhooks). A request whose answer
 * was lost has been forgotten, or has ended, long before its key may be. A load shedder sheds before any work is done.
 */
export const ABSENT_AFTER_MS: Readonly<Record<DoubtCause, number>> = {
	shed: HOUR_MS,
	lost: DAY_MS,
	failed: 3 * DAY_MS,
	replayed: 3 * DAY_MS,
};

/** ms at most, where it does no harm, or little, when it is done twice. Whatever does not say so moves money. */
const HARMLESS_AFTER_MS: Readonly<Partial<Record<Harmless, number>>> = {
	twice: 0,
	create: HOUR_MS,
	email: DAY_MS,
};

/** From the best to the worst. */
const CAUSES: readonly DoubtCause[] = ['shed', 'lost', 'failed', 'replayed'];

/** What was not written counts as the worst that can have happened unseen. */
const UNWRITTEN: DoubtCause = 'failed';

/** The worst of them; undefined where there is none. */
export function worstOf(...causes: (DoubtCause | undefined)[]): DoubtCause | undefined {
	return CAUSES.findLast((cause) => causes.includes(cause));
}

/** The cause of a doubt that nobody has given a cause for, too. */
export function causeIn(given: DoubtCause | undefined): DoubtCause {
	return given ?? UNWRITTEN;
}

/** The worst cause of doubt over all sends of the attempt. A claim that was left behind may have met anything. */
export function causeOf({ state, cause }: Entry): DoubtCause {
	return causeIn(state === 'in_flight' ? worstOf(cause, UNWRITTEN) : cause);
}

/** The cause of doubt as a claim on it begins to send. */
export function causeBefore(entry: Entry): DoubtCause | undefined {
	return entry.doubt || entry.state === 'in_flight' ? causeOf(entry) : entry.cause;
}

/** ms after the last possible send from which on what is not there counts as absent. */
export function absentAfterMs(entry: Entry): number {
	const { harmless } = entry;
	const most = harmless === undefined ? undefined : HARMLESS_AFTER_MS[harmless];
	return Math.min(causeWaitMs(entry), most ?? Infinity);
}

/** ms after the last possible send until nothing may come of it any more, by the cause of doubt alone. */
export function causeWaitMs(entry: Entry): number {
	const cause = causeOf(entry);
	const longer = cause === 'failed' || cause === 'replayed' ? (entry.settleMs ?? 0) : 0;
	return Math.max(ABSENT_AFTER_MS[cause], longer);
}

/**
 * When a send of the attempt may last have begun any work, in ms since the epoch. A claim may send until its lease is over,
 * also when nothing was heard of it since. Nothing was sent after now, whatever a wrong clock has written.
 */
export function lastPossibleSend(entry: Entry, now: number): number {
	const late = (entry.evidence ?? []).filter(({ key }) => key === entry.key).map(({ at }) => at);
	const lease = entry.state === 'in_flight' ? [entry.leaseUntil] : [];
	return Math.min(Math.max(entry.lastSentAt ?? entry.createdAt, ...lease, ...late), now);
}

/** Whether a time was written by a clock that was right, as far as anybody can tell now. */
export function isKnownTime(at: number | undefined, now: number): at is number {
	return at !== undefined && at <= now + CLOCK_TOLERANCE_MS;
}

/**
 * Whether a look has to come before any send: the key may be forgotten by then, is ignored (DELETE), or gives nothing but the
 * error that is stored under it; or what is proven needs no send at all.
 */
export function mustLookFirst(entry: Entry, now: number): boolean {
	if (provenByEvidence(entry)) return true;
	if (!entry.doubt) return false;
	const { firstSentAt, request, cause } = entry;
	if (cause === 'replayed' || !isKnownTime(firstSentAt, now)) return true;
	const limit = blindSendLimitMs(request);
	return limit === 0 || now - firstSentAt >= limit;
}

/** ms after the first send of a key during which a repeat is safe by the key alone. */
export function blindSendLimitMs({ method, path }: LedgerRequest): number {
	if (method === 'DELETE') return 0;
	return path.startsWith('/v2/') ? BLIND_SEND_LIMIT_V2_MS : BLIND_SEND_LIMIT_MS;
}

/** When an attempt may have been at work at Stripe, as far as the ledger knows. All times are ms since the epoch. */
export interface SentTimes {
	/** Not known where a wrong clock has written it. */
	first?: number;
	last: number;
	/** From then on what is not there counts as absent. */
	absentAt: number;
	/** Until then something may still come of it, also where it does no harm to do it twice. */
	doneAt: number;
	/** Until then its traces are looked for, whatever is believed. */
	soughtUntil: number;
}

export function sentTimesOf(entry: Entry, now: number): SentTimes {
	const first = entry.firstSentAt ?? entry.createdAt;
	const last = lastPossibleSend(entry, now);
	return {
		...(isKnownTime(first, now) ? { first } : {}),
		last,
		absentAt: last + absentAfterMs(entry),
		doneAt: last + causeWaitMs(entry),
		soughtUntil: last + Math.max(ABSENT_AFTER_MS.failed, entry.settleMs ?? 0),
	};
}
