import type { CancelledEntry, Entry, InFlightEntry, ReservedEntry, SettledEntry } from '../model/entry';
import { isLeaseExpired, isOfTheFuture, getProvenOutcome } from '../model/entryStatus';
import type { KillSwitch } from '../model/row';
import type { Difference } from '../model/request';
import { diffRequests } from '../model/request';
import { diffFromAdopted } from './adoption';
import { confirmApproval, wasApproved } from './approval';
import type { ClaimRequest } from './claimRequest';
import { isKeyOfOther, isKeySpent, isPlausibleTime } from './uncertainty';
import type { GrantDecision, UnreadClaim } from './grant';
import { grantFirstAttempt, grantLook, grantNextAttempt, grantSameAttempt } from './grant';
import { DO_NOT_TRY_AGAIN } from './reservation';
import type { Block, BlockReason } from './token';
import { checkToken } from './token';

export type ClaimDecision =
	| GrantDecision
	| { kind: 'busy'; entry: InFlightEntry }
	| { kind: 'replay'; entry: SettledEntry }
	| { kind: 'stored_rejection'; entry: SettledEntry }
	| { kind: 'conflict'; entry: Entry; differences: Difference[] }
	/** It may have been done, and nothing makes a repeat safe. */
	| { kind: 'uncertain'; entry: Entry }
	| ({ kind: 'blocked'; entry?: Entry } & Block);

/** A decision that stands: whatever had to be read for it was read. */
export type FinalClaimDecision = Exclude<ClaimDecision, UnreadClaim>;

/**
 * The one table of claims. A granted entry is still to be written.
 *
 * @param killSwitch the kill switch, where it is pulled: nothing is granted, and what needs no send is answered all the same
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

/** What stands is told whatever the time is. */
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

/** Also later, when what it waits for has come: then the stop is what has to be told first. */
function mightSend(decision: ClaimDecision): boolean {
	if (decision.kind === 'blocked') return DEPENDS_ON_TIME.has(decision.reason);
	return decision.kind === 'granted' || decision.kind === 'unread';
}

/** How an entry stands to whoever claims it. */
type ClaimStatus = keyof EntryByStatus;
interface EntryByStatus {
	/** Another is sending right now. */
	leased: InFlightEntry;
	/** Its holder's time is over: it may have sent, and time alone frees nothing. */
	lease_expired: InFlightEntry;
	/** Stamped by a clock that was wrong, and no Stripe can be looked at: when it was done nobody knows. */
	granted_later_than_now: InFlightEntry;
	unknown: SettledEntry;
	/** Stripe knows its key with a request that the ledger does not know: nothing is sent with it, whatever is asked for. */
	unknown_of_other: SettledEntry;
	/** A late answer under this very key proved that it took effect, whatever was written since. */
	proven: Exclude<Entry, InFlightEntry>;
	succeeded: SettledEntry;
	rejected: SettledEntry;
	/** Stripe executed nothing. */
	released: SettledEntry;
	/** A claim that relied on Stripe alone may have sent it after all: then its key must not be left behind. */
	released_unsure: SettledEntry;
	/** Under its key Stripe executes nothing any more. */
	released_spent: SettledEntry;
	reserved: ReservedEntry;
	cancelled: CancelledEntry;
}

type ClaimRule<E extends Entry> = (current: E, request: ClaimRequest, now: number) => ClaimDecision;
interface ClaimRules<E extends Entry> {
	same: ClaimRule<E>;
	other: ClaimRule<E>;
}

/** One row per status; one column per "is it the same request?". */
const CLAIM_RULES: { [Status in ClaimStatus]: ClaimRules<EntryByStatus[Status]> } = {
	leased: { same: toBusy, other: toConflict },
	lease_expired: { same: resendIfSafe, other: toConflict },
	granted_later_than_now: { same: toUncertain, other: toConflict },
	unknown: { same: resendIfSafe, other: toConflict },
	unknown_of_other: { same: resendIfSafe, other: grantLook },
	proven: { same: grantSameAttempt, other: toConflict },
	succeeded: { same: replayOrReopen, other: conflictOrReopen },
	rejected: { same: returnOrRetry, other: retryUnlessForbidden },
	released: { same: resumeReleased, other: grantNextAttempt },
	released_unsure: { same: grantSameAttempt, other: toConflict },
	released_spent: { same: grantNextAttempt, other: grantNextAttempt },
	// What was reserved is compared with the token.
	reserved: { same: grantSameAttempt, other: grantSameAttempt },
	cancelled: { same: toBlocked, other: toBlocked },
};

function decideByStatus(current: Entry | undefined, request: ClaimRequest, now: number): ClaimDecision {
	const block = checkToken(current, withSpend(current, request), now);
	if (block === 'unread') return { kind: 'unread', current, previousAttempts: [] };
	if (block) return { kind: 'blocked', ...block };
	if (!current) return grantFirstAttempt(request, now);
	const status = claimStatus(current, now);
	// The status says which of the entries it is.
	const rules = CLAIM_RULES[status] as ClaimRules<Entry>;
	if (countsAsSameRequest(current, status, request)) return rules.same(current, request, now);
	return request.isRepeat ? toConflict(current, request) : rules.other(current, request, now);
}

/**
 * The claim with what its token is to be used for, where that is read at Stripe: what was read for the entry as it stands, or
 * for the attempt that stands.
 */
function withSpend(current: Entry | undefined, request: ClaimRequest): ClaimRequest {
	const { token, preread } = request;
	if (!token || token.requestedSpend) return request;
	const isReadForThis = preread !== undefined && preread.version === current?.version;
	if (isReadForThis && !preread.expectation) throw new RangeError('Nothing was read of what a token moves');
	const standing = current && beginsAnew(current, request) ? undefined : current?.expectation;
	const expectation = isReadForThis ? preread.expectation : standing;
	return { ...request, token: { ...token, requestedSpend: expectation?.spend } };
}

/** What was not sent is worked out, or looked up, once more: nothing of it can have had an effect. */
function beginsAnew({ state, expectation, onlyOne }: Entry, { readFirst }: ClaimRequest): boolean {
	const hasLooked = expectation !== undefined || onlyOne !== undefined;
	return readFirst !== undefined && (state === 'reserved' || (state === 'released' && hasLooked));
}

function resumeReleased(current: Entry, request: ClaimRequest, now: number): ClaimDecision {
	return current.state === 'released' && beginsAnew(current, request)
		? grantNextAttempt(current, request, now)
		: grantSameAttempt(current, request, now);
}

function claimStatus(current: Entry, now: number): ClaimStatus {
	if (current.state === 'in_flight') {
		if (!isLeaseExpired(current, now)) return 'leased';
		return current.isByHostTime && isOfTheFuture(current, now)
			? 'granted_later_than_now'
			: 'lease_expired';
	}
	if (current.state !== 'succeeded' && getProvenOutcome(current)) return 'proven';
	if (current.state === 'unknown' && isKeyOfOther(current)) return 'unknown_of_other';
	if (current.state !== 'released') return current.state;
	if (current.mayHaveExecuted) return 'released_unsure';
	return isKeySpent(current) ? 'released_spent' : 'released';
}

/** A token is used once: however the second request is worded, it is answered with what came of the first. */
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

/** Whether the object is looked at once more, and decides. What was said within the same run stands, also for who waited for it. */
function isReopened(current: Entry, request: ClaimRequest): boolean {
	const { looksAtObject, hasWaited, token } = request;
	const isAnswered = hasWaited === true || isOfSameRun(current, request) || wasApproved(current, request);
	return looksAtObject === true && !token && !isAnswered;
}

/** The same key once more, where something makes that safe. */
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

/** A corrected request is a new attempt. */
function retryUnlessForbidden(current: SettledEntry, request: ClaimRequest, now: number): ClaimDecision {
	return isRetryForbidden(current, request)
		? { kind: 'stored_rejection', entry: current }
		: grantNextAttempt(current, request, now);
}

/** Tries of one and the same run (Retry On Fail, a twin in the batch) are no new decision of anybody. */
function allowsNewAttempt(current: Entry, request: ClaimRequest): boolean {
	const isAnswered = isOfSameRun(current, request) || wasApproved(current, request);
	const isWanted = request.afterRejection === 'newAttempt' && !isAnswered;
	return isWanted || isReopened(current, request);
}

function isOfSameRun(current: Entry, request: ClaimRequest): boolean {
	return request.origin.run !== undefined && request.origin.run === current.origin.run;
}

/**
 * A try of what its bank has said not to try again costs a fee (docs.stripe.com/declines/card#retrying-issuer-declines): no
 * automation begins one, unless it is paid with something else, and nothing but that has changed.
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

/** None where the entry keeps nothing to compare with, although the fingerprints differ. */
function differencesOf(entry: Entry, input: ClaimRequest): Difference[] {
	const { adopted, paramsStored, request } = entry;
	if (adopted) {
		const object = entry.state === 'succeeded' ? entry.outcome.body : undefined;
		return diffFromAdopted(adopted.params, input.comparedParams?.(object ?? {}) ?? {});
	}
	return paramsStored ? diffRequests(request, input.request) : [];
}
