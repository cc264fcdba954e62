import type { Entry, Outcome } from '../model/entry';
import { assumeCause, pickWorstCause } from './uncertainty';
import { isLeaseExpired, getProvenOutcome } from '../model/entryStatus';
import { resolveWithoutClaim } from './applyReconciliation';
import type { Scope } from '../identity/key';
import { trimLateResponses } from './lateResponse';

/**
 * A success that was learned without a claim, e.g. from a signed Stripe event. Only successes are confirmed this way: a failure
 * at one time does not prove that the payment never succeeds, and recording a rejection would allow a new attempt with a new key.
 */
export interface SuccessConfirmation extends Scope {
	/**
	 * The key of the request that succeeded. Without it the entry is found by the created object alone, which identifies a first
	 * attempt, but not one of several.
	 */
	key?: string;
	outcome: Outcome & { kind: 'succeeded' };
}

/**
 * Applies a confirmed success to an entry. Late, early and duplicate confirmations do not change a known outcome.
 *
 * @returns the entry to write, or undefined if there is nothing to write
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
		// Nothing was ever sent for this entry, so the confirmation cannot be about it.
		case 'reserved':
			return undefined;
		case 'in_flight':
			// Only the active claim may settle the entry. It sees the late response when it does.
			return !isLeaseExpired(current, now)
				? addConfirmation(current, confirmation.outcome, now)
				: resolveWithoutClaim(current, 'succeeded', confirmation.outcome, now);
		case 'unknown':
		case 'released':
			return resolveWithoutClaim(current, 'succeeded', confirmation.outcome, now);
		case 'rejected':
		case 'cancelled':
			// The object of a declined attempt may be paid later in another way. Only the key proves that this attempt did it.
			return confirmation.key === undefined
				? undefined
				: resolveWithoutClaim(current, 'succeeded', confirmation.outcome, now);
	}
}

/** Live and test mode, two accounts, or two attempts must never be mixed up. */
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
