import type { Entry, Outcome } from '../model/entry';
import { causeIn, worstOf } from './doubt';
import { isLeaseOver } from '../model/entryStatus';
import { provenByEvidence } from '../model/evidence';
import type { Scope } from '../identity/key';
import { newest } from './claim';
import { settledWithoutClaim } from './withoutClaim';

/**
 * What somebody else than the holder of a claim knows of an attempt for certain, e.g. a signed event of Stripe. Only
 * successes are testified: that a payment failed at one time does not prove that it never succeeds, and a rejection
 * would let a new attempt begin, with a new key.
 */
export interface Testimony extends Scope {
	/**
	 * The key of the request that had the effect. Without one, only the object that came of it leads to the entry: that is
	 * enough for the first attempt, and for none of several.
	 */
	key?: string;
	outcome: Outcome & { kind: 'succeeded' };
}

/**
 * What a testimony makes of the entry that stands. Late, early and doubled ones change nothing that is known already.
 *
 * @returns the entry to write, or undefined when nothing is to be written
 */
export function hear(standing: Entry | undefined, told: Testimony, now: number): Entry | undefined {
	if (!standing || !concerns(standing, told)) return undefined;
	switch (standing.state) {
		case 'succeeded':
			return undefined;
		// Nothing was ever sent for it, so nothing can have come of it.
		case 'reserved':
			return undefined;
		case 'in_flight':
			// Its holder settles it: until then nobody else may, and the holder sees the evidence when it does.
			return !isLeaseOver(standing, now)
				? withEvidence(standing, told.outcome, now)
				: settledWithoutClaim(standing, 'succeeded', told.outcome, now);
		case 'unknown':
		case 'released':
			return settledWithoutClaim(standing, 'succeeded', told.outcome, now);
		case 'rejected':
		case 'cancelled':
			// The object of a declined attempt may be paid later by other means; only the key tells that this attempt did it.
			return told.key === undefined
				? undefined
				: settledWithoutClaim(standing, 'succeeded', told.outcome, now);
	}
}

/** Live and test mode, two accounts, or two attempts must never be taken for one. */
function concerns({ mode, account, key, attempt }: Entry, told: Testimony): boolean {
	if (told.mode !== mode || told.account !== account) return false;
	return told.key === undefined ? attempt === 1 : told.key === key;
}

function withEvidence(standing: Entry, outcome: Outcome, now: number): Entry | undefined {
	if (provenByEvidence(standing)) return undefined;
	const { fence, key } = standing;
	return {
		...standing,
		doubt: true,
		cause: worstOf(standing.cause, causeIn(undefined)),
		version: standing.version + 1,
		evidence: newest([...(standing.evidence ?? []), { fence, key, outcome, at: now }]),
	};
}
