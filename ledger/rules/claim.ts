import type { Entry, InFlightEntry, SettledEntry } from '../model/entry';
import { isLeaseExpired, isOfTheFuture, getProvenOutcome } from '../model/entryStatus';
import type { KillSwitch } from '../model/row';
import type { Difference } from '../model/request';
import { diffRequests } from '../model/request';
import { diffFromAdopted } from './adoption';
import type { ClaimRequest } from './claimRequest';
import { isPlausibleTime, uncertaintyCauseOf } from './doubt';
import type { GrantDecision, UnreadClaim } from './grant';
import { grantFirstAttempt, grantNextAttempt, grantSameAttempt } from './grant';
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
	const decision = decideByState(current, request, now);
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
]);

/** Also later, when what it waits for has come: then the stop is what has to be told first. */
function mightSend(decision: ClaimDecision): boolean {
	if (decision.kind === 'blocked') return DEPENDS_ON_TIME.has(decision.reason);
	return decision.kind === 'granted' || decision.kind === 'unread';
}

function decideByState(current: Entry | undefined, request: ClaimRequest, now: number): ClaimDecision {
	const block = checkToken(current, request, now);
	if (block) return { kind: 'blocked', ...block };
	if (!current) return grantFirstAttempt(request, now);
	const isSame = isSameRequest(current, request);
	// A token is used once: however the second request is worded, it is answered with what came of the first.
	if (request.token && current.state === 'succeeded') return { kind: 'replay', entry: current };
	if (request.token && current.state === 'rejected' && !getProvenOutcome(current))
		return { kind: 'stored_rejection', entry: current };
	if (request.isRepeat && !isSame) return toConflict(current, request);
	// A late answer under this very key proved that it took effect, whatever was written since: nothing new may begin.
	if (current.state !== 'in_flight' && current.state !== 'succeeded' && getProvenOutcome(current)) {
		return isSame ? grantSameAttempt(current, current, request, now) : toConflict(current, request);
	}
	switch (current.state) {
		case 'in_flight':
			if (!isSame) return toConflict(current, request);
			// Time alone frees nothing: a claim whose lease is over may have sent. It goes on under the same key.
			if (!isLeaseExpired(current, now)) return { kind: 'busy', entry: current };
			// No Stripe can be looked at, so when it was done nobody knows: a person decides.
			if (current.isByHostTime && isOfTheFuture(current, now))
				return { kind: 'uncertain', entry: current };
			return resendIfSafe(markAbandoned(current), current, request, now);
		case 'unknown':
			return isSame ? resendIfSafe(current, current, request, now) : toConflict(current, request);
		case 'succeeded':
			return isSame ? { kind: 'replay', entry: current } : toConflict(current, request);
		case 'rejected':
			return (isSame && !allowsNewAttempt(current, request)) || isRetryForbidden(current, request)
				? { kind: 'stored_rejection', entry: current }
				: grantNextAttempt(current, request, now);
		case 'released':
			// Under its key Stripe says nothing but the error that it has stored.
			if (isSame && current.uncertaintyCause === 'replayed' && !current.mayHaveExecuted)
				return grantNextAttempt(current, request, now);
			if (isSame) return grantSameAttempt(current, current, request, now);
			// A claim that relied on Stripe alone may have sent it after all: then its key must not be left behind.
			return current.mayHaveExecuted
				? toConflict(current, request)
				: grantNextAttempt(current, request, now);
		case 'reserved':
			return grantSameAttempt(current, current, request, now);
		case 'cancelled':
			return { kind: 'blocked', entry: current, reason: current.cancellation?.reason ?? 'cancelled' };
	}
}

/** The same key once more, where something makes that safe. */
function resendIfSafe(latest: Entry, current: Entry, request: ClaimRequest, now: number): ClaimDecision {
	const { whenUncertain } = request;
	const { firstSentAt } = latest;
	const isSafe =
		whenUncertain?.kind === 'repeat'
			? isPlausibleTime(firstSentAt, now) && now - firstSentAt < whenUncertain.forMs
			: !whenUncertain;
	return isSafe ? grantSameAttempt(latest, current, request, now) : { kind: 'uncertain', entry: current };
}

/** Tries of one and the same run (Retry On Fail, a twin in the batch) are no new decision of anybody. */
function allowsNewAttempt(current: Entry, request: ClaimRequest): boolean {
	const isSameRun = request.origin.run !== undefined && request.origin.run === current.origin.run;
	return request.afterRejection === 'newAttempt' && !isSameRun;
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

function markAbandoned(current: InFlightEntry): InFlightEntry {
	return {
		...current,
		mayHaveExecuted: true,
		uncertaintyCause: uncertaintyCauseOf(current),
		sends: current.sends + 1,
	};
}

function isSameRequest(current: Entry, request: ClaimRequest): boolean {
	if (current.fingerprint === request.fingerprint) return true;
	return current.adopted !== undefined && differencesOf(current, request).length === 0;
}

function toConflict(entry: Entry, request: ClaimRequest): ClaimDecision {
	return { kind: 'conflict', entry, differences: differencesOf(entry, request) };
}

/** None where the entry keeps nothing to compare with, although the fingerprints differ. */
function differencesOf({ adopted, paramsStored, request }: Entry, input: ClaimRequest): Difference[] {
	if (adopted) return diffFromAdopted(adopted.params, input.comparedParams ?? {});
	return paramsStored ? diffRequests(request, input.request) : [];
}
