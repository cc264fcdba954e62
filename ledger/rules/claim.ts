import type { CancelledEntry, Entry, InFlightEntry, ReservedEntry, SettledEntry } from '../model/entry';
import { isLeaseExpired, isGrantedInFuture, getProvenOutcome } from '../model/entryStatus';
import type { KillSwitch } from '../model/row';
import type { Difference } from '../model/request';
import { diffRequests } from '../model/request';
import { diffFromAdopted } from './adoption';
import { confirmApproval, wasApproved } from './approval';
import type { ClaimRequest } from './claimRequest';
import { isKeyOfOther, isKeySpent, isPlausibleTime } from './uncertainty';
import type { GrantDecision, UnreadClaim } from './grant';
import {
	grantFirstAttempt,
	grantFreshReads,
	grantNextAttempt,
	grantSameAttempt,
	mustReadAgain,
} from './grant';
import { DO_NOT_TRY_AGAIN } from './reservation';
import type { Block, BlockReason } from './token';
import { checkToken } from './token';

export type ClaimDecision =
	| GrantDecision
	| { kind: 'busy'; entry: InFlightEntry }
	| { kind: 'replay'; entry: SettledEntry }
	| { kind: 'stored_rejection'; entry: SettledEntry }
	| { kind: 'conflict'; entry: Entry; differences: Difference[] }
	/** The request may have been executed, and a repeat is not safe. */
	| { kind: 'uncertain'; entry: Entry }
	| ({ kind: 'blocked'; entry?: Entry } & Block);

/** A decision for which everything that had to be read was read. */
export type FinalClaimDecision = Exclude<ClaimDecision, UnreadClaim>;

/**
 * Decides a claim by the table below. The caller has to write a granted entry.
 *
 * @param killSwitch the active kill switch. Nothing is granted under it, but claims that need no send are still answered
 */
export function decideClaim(
	current: Entry | undefined,
	request: ClaimRequest,
	now: number,
	killSwitch?: KillSwitch,
): ClaimDecision {
	const found = decideByStatus(current, request, now);
	const decision = found.kind === 'granted' ? confirmApproval(found.grant, request) : found;
	if (!killSwitch || !mightSend(decision)) return decision;
	return { kind: 'blocked', reason: 'payments_stopped', entry: current, killSwitch };
}

/** An existing outcome is returned whatever the time is. */
export function needsNoTime({ kind, ...decision }: ClaimDecision): boolean {
	if (kind === 'blocked') return !('reason' in decision && DEPENDS_ON_TIME.has(decision.reason));
	return kind === 'replay' || kind === 'stored_rejection' || kind === 'conflict';
}

const DEPENDS_ON_TIME: ReadonlySet<BlockReason> = new Set([
	'waiting_for_approval',
	'reservation_incomplete',
	'expired',
	'not_approved',
]);

/** Includes decisions that send later, after a wait: the user has to learn of the kill switch first. */
function mightSend(decision: ClaimDecision): boolean {
	if (decision.kind === 'blocked') return DEPENDS_ON_TIME.has(decision.reason);
	return decision.kind === 'granted' || decision.kind === 'unread';
}

/** The status of an entry as seen by a new claim. */
type ClaimStatus = keyof EntryByStatus;
interface EntryByStatus {
	/** Another claim is active. */
	leased: InFlightEntry;
	/** The lease of the last claim has expired. Its request may have been sent, so expiry alone frees nothing. */
	lease_expired: InFlightEntry;
	/** The claim was granted by a wrong clock, and its API cannot be queried, so its age is unknown. */
	granted_later_than_now: InFlightEntry;
	unknown: SettledEntry;
	/** Stripe knows the key with a request that the ledger did not send. Nothing may be sent with this key. */
	unknown_of_other: SettledEntry;
	/** A late response under the current key proved that the request succeeded, whatever was written afterwards. */
	proven: Exclude<Entry, InFlightEntry>;
	succeeded: SettledEntry;
	rejected: SettledEntry;
	/** Stripe executed nothing. */
	released: SettledEntry;
	/** A claim that ran without the ledger may have sent the request after all, so the key must not be abandoned. */
	released_unsure: SettledEntry;
	/** Stripe executes nothing more under this key. */
	released_spent: SettledEntry;
	reserved: ReservedEntry;
	cancelled: CancelledEntry;
}

type ClaimRule<E extends Entry> = (current: E, request: ClaimRequest, now: number) => ClaimDecision;
interface ClaimRules<E extends Entry> {
	same: ClaimRule<E>;
	other: ClaimRule<E>;
}

/** One row per status. One column per answer to "is it the same request?". */
const CLAIM_RULES: { [Status in ClaimStatus]: ClaimRules<EntryByStatus[Status]> } = {
	leased: { same: toBusy, other: toConflict },
	lease_expired: { same: resendIfSafe, other: toConflict },
	granted_later_than_now: { same: toUncertain, other: toConflict },
	unknown: { same: resendIfSafe, other: toConflict },
	unknown_of_other: { same: resendIfSafe, other: grantFreshReads },
	proven: { same: grantSameAttempt, other: toConflict },
	succeeded: { same: replayOrReopen, other: conflictOrReopen },
	rejected: { same: returnOrRetry, other: retryUnlessForbidden },
	released: { same: resumeReleased, other: grantNextAttempt },
	released_unsure: { same: grantSameAttempt, other: toConflict },
	released_spent: { same: grantNextAttempt, other: grantNextAttempt },
	// The request of a reserved entry is compared with its token, not with a fingerprint.
	reserved: { same: grantSameAttempt, other: grantSameAttempt },
	cancelled: { same: toBlocked, other: toBlocked },
};

function decideByStatus(current: Entry | undefined, request: ClaimRequest, now: number): ClaimDecision {
	const block = checkToken(current, withSpend(current, request), now);
	if (block === 'unread') return { kind: 'unread', current, previousAttempts: [] };
	if (block) return { kind: 'blocked', ...block };
	if (!current) return grantFirstAttempt(request, now);
	const status = claimStatus(current, now);
	// The status determines the type of the entry.
	const rules = CLAIM_RULES[status] as ClaimRules<Entry>;
	if (countsAsSameRequest(current, status, request)) return rules.same(current, request, now);
	return request.isRepeat ? toConflict(current, request) : rules.other(current, request, now);
}

/**
 * Adds to the claim what its token is used for, if that is read from Stripe: from the reads for the current version of the entry,
 * or from its current attempt.
 */
function withSpend(current: Entry | undefined, request: ClaimRequest): ClaimRequest {
	const { token, preread } = request;
	if (!token || token.requestedSpend) return request;
	const isReadForThis = preread !== undefined && preread.version === current?.version;
	if (isReadForThis && !preread.expectation) throw new RangeError('What the token would move was not read');
	const currentExpectation = current && mustReadAgain(current, request) ? undefined : current?.expectation;
	const expectation = isReadForThis ? preread.expectation : currentExpectation;
	return { ...request, token: { ...token, requestedSpend: expectation?.spend } };
}

function resumeReleased(current: SettledEntry, request: ClaimRequest, now: number): ClaimDecision {
	return mustReadAgain(current, request)
		? grantFreshReads(current, request, now)
		: grantSameAttempt(current, request, now);
}

function claimStatus(current: Entry, now: number): ClaimStatus {
	if (current.state === 'in_flight') {
		if (!isLeaseExpired(current, now)) return 'leased';
		return current.isByHostTime && isGrantedInFuture(current, now)
			? 'granted_later_than_now'
			: 'lease_expired';
	}
	if (current.state !== 'succeeded' && getProvenOutcome(current)) return 'proven';
	if (current.state === 'unknown' && isKeyOfOther(current)) return 'unknown_of_other';
	if (current.state !== 'released') return current.state;
	if (current.mayHaveExecuted) return 'released_unsure';
	return isKeySpent(current) ? 'released_spent' : 'released';
}

/** A token is used once: a second request with it gets the outcome of the first, even if its parameters differ. */
function countsAsSameRequest(current: Entry, status: ClaimStatus, request: ClaimRequest): boolean {
	const isAnswered = status === 'succeeded' || status === 'rejected';
	return (request.token !== undefined && isAnswered) || isSameRequest(current, request);
}

function toBusy(entry: InFlightEntry): ClaimDecision {
	return { kind: 'busy', entry };
}

function toUncertain(entry: Entry): ClaimDecision {
	return { kind: 'uncertain', entry };
}

function toReplay(entry: SettledEntry): ClaimDecision {
	return { kind: 'replay', entry };
}

function toBlocked(entry: CancelledEntry): ClaimDecision {
	return { kind: 'blocked', entry, reason: entry.cancellation?.reason ?? 'cancelled' };
}

function replayOrReopen(current: SettledEntry, request: ClaimRequest, now: number): ClaimDecision {
	const hasExpired = request.renewsVersion === current.version;
	return hasExpired || isReopened(current, request)
		? grantNextAttempt(current, request, now)
		: toReplay(current);
}

function conflictOrReopen(current: SettledEntry, request: ClaimRequest, now: number): ClaimDecision {
	return isReopened(current, request)
		? grantNextAttempt(current, request, now)
		: toConflict(current, request);
}

/**
 * Returns whether to read the object again and decide by it. Within one run the first answer holds, also for a claim that waited
 * for it.
 */
function isReopened(current: Entry, request: ClaimRequest): boolean {
	const { looksAtObject, hasWaited, token } = request;
	const isAnswered = hasWaited === true || isOfSameRun(current, request) || wasApproved(current, request);
	return looksAtObject === true && !token && !isAnswered;
}

/** Resends the same key if a repeat is safe. */
function resendIfSafe(current: Entry, request: ClaimRequest, now: number): ClaimDecision {
	const { whenUncertain } = request;
	const { firstSentAt } = current;
	const isSafe =
		whenUncertain?.kind === 'repeat'
			? isPlausibleTime(firstSentAt, now) && now - firstSentAt < whenUncertain.forMs
			: !whenUncertain;
	return isSafe ? grantSameAttempt(current, request, now) : toUncertain(current);
}

function returnOrRetry(current: SettledEntry, request: ClaimRequest, now: number): ClaimDecision {
	return request.token || !allowsNewAttempt(current, request)
		? { kind: 'stored_rejection', entry: current }
		: retryUnlessForbidden(current, request, now);
}

/** Starts a new attempt for a changed request. */
function retryUnlessForbidden(current: SettledEntry, request: ClaimRequest, now: number): ClaimDecision {
	return isRetryForbidden(current, request)
		? { kind: 'stored_rejection', entry: current }
		: grantNextAttempt(current, request, now);
}

/** Repeats within one run (Retry On Fail, or duplicate items in the batch) are not a new decision. */
function allowsNewAttempt(current: Entry, request: ClaimRequest): boolean {
	const isAnswered = isOfSameRun(current, request) || wasApproved(current, request);
	const isWanted = request.afterRejection === 'newAttempt' && !isAnswered;
	return isWanted || isReopened(current, request);
}

function isOfSameRun(current: Entry, request: ClaimRequest): boolean {
	return request.origin.run !== undefined && request.origin.run === current.origin.run;
}

/**
 * Card networks charge a fee for retrying a payment that the issuer said not to retry
 * (docs.stripe.com/declines/card#retrying-issuer-declines). An automation may retry only if the payment method, and nothing else,
 * has changed.
 */
function isRetryForbidden(current: SettledEntry, request: ClaimRequest): boolean {
	if (current.outcome.adviceCode !== DO_NOT_TRY_AGAIN || request.byPerson === true) return false;
	const { fingerprint, samePayment } = current;
	const isPaidOtherwise =
		samePayment !== undefined &&
		samePayment === request.samePayment &&
		fingerprint !== request.fingerprint;
	return !isPaidOtherwise;
}

function isSameRequest(current: Entry, request: ClaimRequest): boolean {
	if (current.fingerprint === request.fingerprint) return true;
	return current.adopted !== undefined && differencesOf(current, request).length === 0;
}

function toConflict(entry: Entry, request: ClaimRequest): ClaimDecision {
	return { kind: 'conflict', entry, differences: differencesOf(entry, request) };
}

/** Empty if the entry stores no parameters to compare, although the fingerprints differ. */
function differencesOf(entry: Entry, input: ClaimRequest): Difference[] {
	const { adopted, paramsStored, request } = entry;
	if (adopted) {
		const object = entry.state === 'succeeded' ? entry.outcome.body : undefined;
		return diffFromAdopted(adopted.params, input.comparedParams?.(object ?? {}) ?? {});
	}
	return paramsStored ? diffRequests(request, input.request) : [];
}
