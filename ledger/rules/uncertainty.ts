import { CLOCK_TOLERANCE_MS, DAY_MS, HOUR_MS } from '../clock';
import type {
	Entry,
	HarmlessKind,
	Outcome,
	OutcomeKind,
	SettledEntry,
	UncertaintyCause,
} from '../model/entry';
import { getProvenOutcome, unknownSince } from '../model/entryStatus';
import type { LedgerRequest } from '../model/request';

/** What an outcome makes of an entry, when no send of the attempt is in doubt. */
export const STATE_AFTER: Readonly<Record<Exclude<OutcomeKind, 'conflict'>, SettledEntry['state']>> = {
	succeeded: 'succeeded',
	rejected: 'rejected',
	unauthorized: 'released',
	rate_limited: 'released',
	unreachable: 'released',
	busy: 'unknown',
	unknown: 'unknown',
};

/**
 * Whether it tells that a send may have been executed. A conflict that Stripe tells proves an earlier send under the key, which
 * the ledger does not know of; one that was found without a send proves nothing, and leaves the entry as it was.
 */
export function isUncertain({ kind, uncertaintyCause }: Pick<Outcome, 'kind' | 'uncertaintyCause'>): boolean {
	return kind === 'conflict' ? uncertaintyCause !== undefined : STATE_AFTER[kind] === 'unknown';
}

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
export const NOT_EXECUTED_AFTER_MS: Readonly<Record<UncertaintyCause, number>> = {
	shed: HOUR_MS,
	lost: DAY_MS,
	failed: 3 * DAY_MS,
	replayed: 3 * DAY_MS,
	mismatched: 3 * DAY_MS,
};

/**
 * ms before its own first send within which an attempt may have been sent by somebody whom the ledger does not know, where
 * Stripe says so. A v1 key may be forgotten once it is a day old, but nothing says by when it is.
 */
const FORGOTTEN_SEND_MS = 7 * DAY_MS;

/** ms at most, where it does no harm, or little, when it is done twice. Whatever does not say so moves money. */
const HARMLESS_AFTER_MS: Readonly<Partial<Record<HarmlessKind, number>>> = {
	twice: 0,
	create: HOUR_MS,
	email: DAY_MS,
};

/** From the best to the worst. */
const CAUSES_BY_SEVERITY: readonly UncertaintyCause[] = ['shed', 'lost', 'failed', 'replayed', 'mismatched'];

/** What was not written counts as the worst that can have happened unseen. */
const UNRECORDED_CAUSE: UncertaintyCause = 'failed';

/** The worst of them; undefined where there is none. */
export function pickWorstCause(
	...uncertaintyCauses: (UncertaintyCause | undefined)[]
): UncertaintyCause | undefined {
	return CAUSES_BY_SEVERITY.findLast((uncertaintyCause) => uncertaintyCauses.includes(uncertaintyCause));
}

/** The cause of a doubt that nobody has given a cause for, too. */
export function assumeCause(given: UncertaintyCause | undefined): UncertaintyCause {
	return given ?? UNRECORDED_CAUSE;
}

/** The worst cause of doubt over all sends of the attempt. A claim that was left behind may have met anything. */
export function uncertaintyCauseOf({ state, uncertaintyCause }: Entry): UncertaintyCause {
	return assumeCause(
		state === 'in_flight' ? pickWorstCause(uncertaintyCause, UNRECORDED_CAUSE) : uncertaintyCause,
	);
}

/** The cause of doubt as a claim on it begins to send. */
export function causeBeforeSend(entry: Entry): UncertaintyCause | undefined {
	return entry.mayHaveExecuted || entry.state === 'in_flight'
		? uncertaintyCauseOf(entry)
		: entry.uncertaintyCause;
}

/** ms after the last possible send from which on what is not there counts as absent. */
export function notExecutedAfterMs(entry: Entry): number {
	const { harmless } = entry;
	const most = harmless === undefined ? undefined : HARMLESS_AFTER_MS[harmless];
	return Math.min(uncertaintyWaitMs(entry), most ?? Infinity);
}

/** ms after the last possible send until nothing may come of it any more, by the cause of doubt alone. */
export function uncertaintyWaitMs(entry: Entry): number {
	const uncertaintyCause = uncertaintyCauseOf(entry);
	const leastMs = NOT_EXECUTED_AFTER_MS[uncertaintyCause];
	const isOfTheWorst = leastMs === NOT_EXECUTED_AFTER_MS.failed;
	return Math.max(leastMs, isOfTheWorst ? (entry.settleAfterMs ?? 0) : 0);
}

/**
 * When a send of the attempt may last have begun any work, in ms since the epoch. A claim may send until its lease is over,
 * also when nothing was heard of it since. Nothing was sent after now, whatever a wrong clock has written.
 */
export function lastPossibleSendAt(entry: Entry, now: number): number {
	const late = (entry.lateResponses ?? []).filter(({ key }) => key === entry.key).map(({ at }) => at);
	const lease = entry.state === 'in_flight' ? [entry.leaseUntil] : [];
	return Math.min(Math.max(entry.lastSentAt ?? entry.createdAt, ...lease, ...late), now);
}

/** Whether a time was written by a clock that was right, as far as anybody can tell now. */
export function isPlausibleTime(at: number | undefined, now: number): at is number {
	return at !== undefined && at <= now + CLOCK_TOLERANCE_MS;
}

/** Whether Stripe executes nothing under the key any more: it has an error, or another request, stored under it. */
export function isKeySpent({ uncertaintyCause }: Pick<Entry, 'uncertaintyCause'>): boolean {
	return uncertaintyCause === 'replayed' || isKeyOfOther({ uncertaintyCause });
}

/** Whether Stripe knows the key with another request than the ledger: what came of it need not be what is asked for. */
export function isKeyOfOther({ uncertaintyCause }: Pick<Entry, 'uncertaintyCause'>): boolean {
	return uncertaintyCause === 'mismatched';
}

/**
 * Whether a look has to come before any send: the key may be forgotten by then, is ignored (DELETE), or executes nothing any
 * more; or what is proven needs no send at all.
 */
export function mustReconcileFirst(entry: Entry, now: number): boolean {
	if (getProvenOutcome(entry)) return true;
	if (!entry.mayHaveExecuted) return false;
	const { firstSentAt, request } = entry;
	if (isKeySpent(entry) || !isPlausibleTime(firstSentAt, now)) return true;
	const limit = blindSendLimitMs(request);
	return limit === 0 || now - firstSentAt >= limit;
}

/** ms after the first send of a key during which a repeat is safe by the key alone. */
function blindSendLimitMs({ method, path }: LedgerRequest): number {
	if (method === 'DELETE') return 0;
	return path.startsWith('/v2/') ? BLIND_SEND_LIMIT_V2_MS : BLIND_SEND_LIMIT_MS;
}

/** When an attempt may have been at work at Stripe, as far as the ledger knows. All times are ms since the epoch. */
export interface SentTimes {
	/** Not known where a wrong clock has written it. */
	firstSentAt?: number;
	lastSentAt: number;
	/** From then on what is not there counts as absent. */
	notExecutedAt: number;
	/** Until then something may still come of it, also where it does no harm to do it twice. */
	finalAt: number;
	/** Until then its traces are looked for, whatever is believed. */
	searchUntil: number;
}

export function sentTimesOf(entry: Entry, now: number): SentTimes {
	const own = entry.firstSentAt ?? entry.createdAt;
	const first = isKeyOfOther(entry) ? own - FORGOTTEN_SEND_MS : own;
	const last = lastPossibleSendAt(entry, now);
	return {
		...(isPlausibleTime(first, now) ? { firstSentAt: first } : {}),
		lastSentAt: last,
		notExecutedAt: last + notExecutedAfterMs(entry),
		finalAt: last + uncertaintyWaitMs(entry),
		searchUntil: last + Math.max(NOT_EXECUTED_AFTER_MS.failed, entry.settleAfterMs ?? 0),
	};
}

/**
 * Until when what may have been sent of the present attempt is simply sent again, with its key. After that it is looked up
 * first, and waits for what Stripe shows.
 *
 * @returns ms since the epoch; undefined where nothing of the attempt may have been sent
 */
export function getResendDeadline(entry: Entry): number | undefined {
	return mayHaveBeenSent(entry) ? unknownSince(entry) + blindSendLimitMs(entry.request) : undefined;
}

/** Whoever holds a claim may be sending. What Stripe has turned away for its pace has reached it all the same. */
function mayHaveBeenSent(entry: Entry): boolean {
	if (entry.state === 'in_flight' || entry.mayHaveExecuted) return true;
	return entry.state === 'released' && entry.outcome.kind === 'rate_limited';
}
