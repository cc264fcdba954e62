import { uncertaintyCauseOf, lastPossibleSendAt } from './doubt';
import type { Entry, Outcome, SettledEntry } from '../model/entry';

/**
 * An entry whose outcome became known without a claim: told by a signed event, or found out from Stripe. Nobody may hold the
 * entry then.
 *
 * @param now ms since the epoch
 */
export function resolveWithoutClaim(
	current: Entry,
	state: SettledEntry['state'],
	outcome: Outcome,
	now: number,
): SettledEntry {
	const {
		claimId: _claimId,
		leaseUntil: _leaseUntil,
		grantedAt: _grantedAt,
		...facts
	} = { claimId: '', leaseUntil: undefined, grantedAt: undefined, ...current };
	const isUnknown = state === 'unknown';
	const mayHaveSent = isUnknown || current.state === 'in_flight';
	return {
		...facts,
		state,
		version: current.version + 1,
		sends: countSends(current, state),
		// A claim that was left behind may have sent until its end: that is where the question goes on.
		lastSentAt: isUnknown ? lastPossibleSendAt(current, now) : current.lastSentAt,
		mayHaveExecuted: isUnknown,
		...(mayHaveSent ? { uncertaintyCause: uncertaintyCauseOf(current) } : {}),
		outcome: { ...requestIdsOf(current), ...outcome },
		settledAt: now,
		expiresAt: Math.max(current.expiresAt, now + remainingRetentionMs(current)),
	};
}

/** A claim that was left behind has sent; how often is not known. */
function countSends({ state, sends }: Entry, next: SettledEntry['state']): number {
	if (state === 'in_flight') return sends + 1;
	return next === 'succeeded' ? Math.max(sends, 1) : sends;
}

/** The request whose answer was lost stays the one to ask Stripe about. */
function requestIdsOf(current: Entry): Pick<Outcome, 'requestId' | 'originalRequestId'> {
	if (!('outcome' in current)) return {};
	const { requestId, originalRequestId } = current.outcome;
	return {
		...(requestId === undefined ? {} : { requestId }),
		...(originalRequestId === undefined ? {} : { originalRequestId }),
	};
}

/** ms for which the entry was to be remembered when it was written last: what has just become known must not be purged. */
export function remainingRetentionMs(current: Entry): number {
	if (current.retentionMs !== undefined) return current.retentionMs;
	const writtenAt = 'settledAt' in current ? current.settledAt : current.lastSentAt;
	return Math.max(0, current.expiresAt - (writtenAt ?? current.createdAt));
}
