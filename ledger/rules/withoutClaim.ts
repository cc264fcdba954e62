import { causeOf, lastPossibleSend } from './doubt';
import type { Entry, Outcome, SettledEntry } from '../model/entry';

/**
 * An entry whose outcome became known without a claim: told by a signed event, or found out from Stripe. Nobody may hold the
 * entry then.
 *
 * @param now ms since the epoch
 */
export function settledWithoutClaim(
	standing: Entry,
	state: SettledEntry['state'],
	outcome: Outcome,
	now: number,
): SettledEntry {
	const {
		holder: _holder,
		leaseUntil: _leaseUntil,
		grantedAt: _grantedAt,
		...facts
	} = { ...{ holder: '', leaseUntil: undefined, grantedAt: undefined }, ...standing };
	const isUnknown = state === 'unknown';
	const mayHaveSent = isUnknown || standing.state === 'in_flight';
	return {
		...facts,
		state,
		version: standing.version + 1,
		sends: sendsOf(standing, state),
		// A claim that was left behind may have sent until its end: that is where the question goes on.
		lastSentAt: isUnknown ? lastPossibleSend(standing, now) : standing.lastSentAt,
		doubt: isUnknown,
		...(mayHaveSent ? { cause: causeOf(standing) } : {}),
		outcome: { ...requestsOf(standing), ...outcome },
		settledAt: now,
		expiresAt: Math.max(standing.expiresAt, now + retentionOf(standing)),
	};
}

/** A claim that was left behind has sent; how often is not known. */
function sendsOf({ state, sends }: Entry, next: SettledEntry['state']): number {
	if (state === 'in_flight') return sends + 1;
	return next === 'succeeded' ? Math.max(sends, 1) : sends;
}

/** The request whose answer was lost stays the one to ask Stripe about. */
function requestsOf(standing: Entry): Pick<Outcome, 'requestId' | 'originalRequestId'> {
	if (!('outcome' in standing)) return {};
	const { requestId, originalRequestId } = standing.outcome;
	return {
		...(requestId === undefined ? {} : { requestId }),
		...(originalRequestId === undefined ? {} : { originalRequestId }),
	};
}

/** ms for which the entry was to be remembered when it was written last: what has just become known must not be purged. */
export function retentionOf(standing: Entry): number {
	const writtenAt = 'settledAt' in standing ? standing.settledAt : standing.lastSentAt;
	return Math.max(0, standing.expiresAt - (writtenAt ?? standing.createdAt));
}
