import type { Entry, Outcome } from '../model/entry';
import { assumeCause, pickWorstCause } from './uncertainty';
import { isLeaseExpired, getProvenOutcome } from '../model/entryStatus';
import { resolveWithoutClaim } from './applyReconciliation';
import type { Scope } from '../identity/key';
import { trimLateResponses } from './lateResponse';

/**
 * What somebody else than the holder of a claim knows of an attempt for certain, e.g. a signed event of Stripe. Only
 * successes are testified: that a payment failed at one time does not prove that it never succeeds, and a rejection
 * would let a new attempt begin, with a new key.
 */
export interface SuccessConfirmation extends Scope {
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
export function applyConfirmation(
	current: Entry | undefined,
	confirmation: SuccessConfirmation,
	now: number,
): Entry | undefined {
	if (!current || !concerns(current, confirmation)) return undefined;
	switch (current.state) {
		case 'succeeded':
			return undefined;
		// Nothing was ever sent for it, so nothing can have come of it.
		case 'reserved':
			return undefined;
		case 'in_flight':
			// Its holder settles it: until then nobody else may, and the holder sees the evidence when it does.
			return !isLeaseExpired(current, now)
				? addConfirmation(current, confirmation.outcome, now)
				: resolveWithoutClaim(current, 'succeeded', confirmation.outcome, now);
		case 'unknown':
		case 'released':
			return resolveWithoutClaim(current, 'succeeded', confirmation.outcome, now);
		case 'rejected':
		case 'cancelled':
			// The object of a declined attempt may be paid later by other means; only the key tells that this attempt did it.
			return confirmation.key === undefined
				? undefined
				: resolveWithoutClaim(current, 'succeeded', confirmation.outcome, now);
	}
}

/** Live and test mode, two accounts, or two attempts must never be taken for one. */
function concerns({ mode, account, key, attempt }: Entry, confirmation: SuccessConfirmation): boolean {
	if (confirmation.mode !== mode || confirmation.account !== account) return false;
	return confirmation.key === undefined ? attempt === 1 : confirmation.key === key;
}

function addConfirmation(current: Entry, outcome: Outcome, now: number): Entry | undefined {
	if (getProvenOutcome(current)) return undefined;
	const { fence, key } = current;
	return {
		...current,
		mayHaveExecuted: true,
		uncertaintyCause: pickWorstCause(current.uncertaintyCause, assumeCause(undefined)),
		version: current.version + 1,
		lateResponses: trimLateResponses([
			...(current.lateResponses ?? []),
			{ fence, key, outcome, at: now },
		]),
	};
}
