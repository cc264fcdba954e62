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
import { sentMethodOf } from '../model/request';

/** The state of an entry after an outcome, if no send of the attempt is uncertain. */
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
 * Returns whether an outcome shows that a send may have been executed. A conflict reported by Stripe proves a send under the key
 * that the ledger does not know about. A conflict found without a send proves nothing, and leaves the entry as it was.
 */
export function isUncertain({ kind, uncertaintyCause }: Pick<Outcome, 'kind' | 'uncertaintyCause'>): boolean {
	return kind === 'conflict' ? uncertaintyCause !== undefined : STATE_AFTER[kind] === 'unknown';
}

/** Stripe may forget a v1 key after 24 hours. One hour is a safety margin. */
export const BLIND_SEND_LIMIT_MS = 23 * HOUR_MS;

/** v2 keys live for 30 days (docs.stripe.com/api-v2-overview#idempotency). One day is a safety margin. */
export const BLIND_SEND_LIMIT_V2_MS = 29 * DAY_MS;

/**
 * ms after the last send before a missing result counts as not executed, by the worst cause of uncertainty. Stripe documents no
 * such time: it may finish the work behind a 500 after the incident is over, and report it by webhooks
 * (docs.stripe.com/error-low-level). Three days is how long Stripe retries webhook deliveries in live mode
 * (docs.stripe.com/webhooks). A request whose response was lost has failed or finished long before its key may be forgotten. A
 * load shedder rejects requests before any work starts.
 */
export const NOT_EXECUTED_AFTER_MS: Readonly<Record<UncertaintyCause, number>> = {
	shed: HOUR_MS,
	lost: DAY_MS,
	failed: 3 * DAY_MS,
	replayed: 3 * DAY_MS,
	mismatched: 3 * DAY_MS,
};

/**
 * How long before the ledger's own first send an unknown party may have sent the attempt, in ms: a ledger that was lost, or a
 * second one. Stripe reports such a send, but the response may be lost, or its process killed. A v1 key may be forgotten after a
 * day, but Stripe does not say when it is.
 */
export const FORGOTTEN_SEND_MS = 7 * DAY_MS;

/** For so long after the first send, in ms, a key is sent again without asking whether a lost ledger had sent it before. */
const QUICK_REPEAT_MS = HOUR_MS;

/**
 * Returns whether a lost ledger may have sent the key before this one did. Then Stripe may have forgotten it, although the first
 * send in this ledger is recent. An attempt after a decline is searched before it is claimed.
 */
export function mayBeSentBefore(
	{ createdAt, firstSentAt = createdAt, renewal, request }: Entry,
	now: number,
	ledgerBeganAt = Infinity,
): boolean {
	// A v2 key lives so long that Stripe still knows it, whenever a lost ledger had sent it.
	const quickMs = Math.max(QUICK_REPEAT_MS, blindSendLimitMs(request) - FORGOTTEN_SEND_MS);
	const isQuick = now - firstSentAt < quickMs;
	return !renewal && !isQuick && firstSentAt < ledgerBeganAt + FORGOTTEN_SEND_MS;
}

/** The maximum in ms for operations that are harmless to repeat. Operations that are not listed move money. */
const HARMLESS_AFTER_MS: Readonly<Partial<Record<HarmlessKind, number>>> = {
	twice: 0,
	create: HOUR_MS,
	email: DAY_MS,
};

/** From the mildest to the worst. */
const CAUSES_BY_SEVERITY: readonly UncertaintyCause[] = ['shed', 'lost', 'failed', 'replayed', 'mismatched'];

/** A cause that was not recorded counts as the worst that can go unnoticed. */
const UNRECORDED_CAUSE: UncertaintyCause = 'failed';

/** The worst of the causes; undefined if there is none. */
export function pickWorstCause(
	...uncertaintyCauses: (UncertaintyCause | undefined)[]
): UncertaintyCause | undefined {
	return CAUSES_BY_SEVERITY.findLast((uncertaintyCause) => uncertaintyCauses.includes(uncertaintyCause));
}

/** The cause, or the default for a missing one. */
export function assumeCause(given: UncertaintyCause | undefined): UncertaintyCause {
	return given ?? UNRECORDED_CAUSE;
}

/** The worst cause over all sends of the attempt. An abandoned claim may have met any of them. */
export function uncertaintyCauseOf({ state, uncertaintyCause }: Entry): UncertaintyCause {
	return assumeCause(
		state === 'in_flight' ? pickWorstCause(uncertaintyCause, UNRECORDED_CAUSE) : uncertaintyCause,
	);
}

/** The cause of uncertainty at the moment a claim on the entry starts to send. */
export function causeBeforeSend(entry: Entry): UncertaintyCause | undefined {
	return entry.mayHaveExecuted || entry.state === 'in_flight'
		? uncertaintyCauseOf(entry)
		: entry.uncertaintyCause;
}

/** ms after the last possible send before a missing result counts as not executed. */
export function notExecutedAfterMs(entry: Entry): number {
	const { harmless } = entry;
	const most = harmless === undefined ? undefined : HARMLESS_AFTER_MS[harmless];
	return Math.min(uncertaintyWaitMs(entry), most ?? Infinity);
}

/** ms after the last possible send until the request can no longer be executed, by its cause of uncertainty alone. */
export function uncertaintyWaitMs(entry: Entry): number {
	const uncertaintyCause = uncertaintyCauseOf(entry);
	const leastMs = NOT_EXECUTED_AFTER_MS[uncertaintyCause];
	const isOfTheWorst = leastMs === NOT_EXECUTED_AFTER_MS.failed;
	return Math.max(leastMs, isOfTheWorst ? (entry.settleAfterMs ?? 0) : 0);
}

/**
 * The latest time at which a send of the attempt may have started work, in ms since the epoch. A claim may send until its lease
 * expires, even if it reported nothing. A time in the future, from a wrong clock, is capped at `now`.
 */
export function lastPossibleSendAt(entry: Entry, now: number): number {
	const late = (entry.lateResponses ?? []).filter(({ key }) => key === entry.key).map(({ at }) => at);
	const lease = entry.state === 'in_flight' ? [entry.leaseUntil] : [];
	return Math.min(Math.max(entry.lastSentAt ?? entry.createdAt, ...lease, ...late), now);
}

/** Returns whether a time can have been written by a correct clock. */
export function isPlausibleTime(at: number | undefined, now: number): at is number {
	return at !== undefined && at <= now + CLOCK_TOLERANCE_MS;
}

/** Returns whether Stripe executes nothing more under the key, because it has stored an error, or another request, under it. */
export function isKeySpent({ uncertaintyCause }: Pick<Entry, 'uncertaintyCause'>): boolean {
	return uncertaintyCause === 'replayed' || isKeyOfOther({ uncertaintyCause });
}

/**
 * Returns whether Stripe knows the key with another request than the ledger. The outcome of that request may not be the one in
 * question.
 */
export function isKeyOfOther({ uncertaintyCause }: Pick<Entry, 'uncertaintyCause'>): boolean {
	return uncertaintyCause === 'mismatched';
}

/**
 * Returns whether the outcome has to be reconciled before any send: the key may be forgotten, is ignored (DELETE), or executes
 * nothing more; or the outcome is already proven.
 */
export function mustReconcileFirst(entry: Entry, now: number): boolean {
	if (getProvenOutcome(entry)) return true;
	if (!entry.mayHaveExecuted) return false;
	const { firstSentAt, request } = entry;
	if (isKeySpent(entry) || !isPlausibleTime(firstSentAt, now)) return true;
	const limit = blindSendLimitMs(request);
	return limit === 0 || now - firstSentAt >= limit;
}

/** ms after the first send of a key in which the key alone makes a repeat safe. */
function blindSendLimitMs(request: LedgerRequest): number {
	if (sentMethodOf(request) === 'DELETE') return 0;
	return request.path.startsWith('/v2/') ? BLIND_SEND_LIMIT_V2_MS : BLIND_SEND_LIMIT_MS;
}

/** When an attempt may have been executing at Stripe, as far as the ledger knows. All times are ms since the epoch. */
export interface SentTimes {
	/** The ledger's own first send. Unknown if a wrong clock has written it. */
	firstSentAt?: number;
	/** From this time on Stripe is searched for traces of the request. Unknown if the first send is. */
	searchFrom?: number;
	lastSentAt: number;
	/**
	 * When these times were determined. What is not found counts as not executed only if this is not before `notExecutedAt`, however
	 * long the search takes: a search that began earlier may not have reached back far enough.
	 */
	asOf: number;
	/** From this time on a missing result counts as not executed. */
	notExecutedAt: number;
	/** Until this time the request may still be executed, even if a repeat is harmless. */
	finalAt: number;
	/** Until this time Stripe is searched for traces of the request. */
	searchUntil: number;
}

export function sentTimesOf(entry: Entry, now: number): SentTimes {
	const first = entry.firstSentAt ?? entry.createdAt;
	const last = lastPossibleSendAt(entry, now);
	const notExecutedAt = last + notExecutedAfterMs(entry);
	// A search that reaches back further reads many more pages, so a miss must be able to decide something.
	const mayBeOlder = isKeyOfOther(entry) || now >= notExecutedAt;
	const searchFrom = mayBeOlder ? first - FORGOTTEN_SEND_MS : first;
	return {
		...(isPlausibleTime(first, now) ? { firstSentAt: first, searchFrom } : {}),
		lastSentAt: last,
		asOf: now,
		notExecutedAt,
		finalAt: last + uncertaintyWaitMs(entry),
		searchUntil: last + Math.max(NOT_EXECUTED_AFTER_MS.failed, entry.settleAfterMs ?? 0),
	};
}

/**
 * Until when an attempt that may have been sent is simply resent with its key. After that it is reconciled first.
 *
 * @returns ms since the epoch; undefined if nothing of the attempt may have been sent
 */
export function getResendDeadline(entry: Entry): number | undefined {
	return mayHaveBeenSent(entry) ? unknownSince(entry) + blindSendLimitMs(entry.request) : undefined;
}

/** An active claim may be sending. A rate-limited request has reached Stripe too. */
function mayHaveBeenSent(entry: Entry): boolean {
	if (entry.state === 'in_flight' || entry.mayHaveExecuted) return true;
	return entry.state === 'released' && entry.outcome.kind === 'rate_limited';
}
