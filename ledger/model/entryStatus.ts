import { CLOCK_TOLERANCE_MS } from '../clock';
import type { Entry, EntryFacts, EntryState, InFlightEntry, Outcome } from './entry';

/**
 * Whether a claim was cut off: its holder's time is over, or was stamped by a clock that was wrong, and nobody has said what
 * came of it. Such an entry stands as `in_flight` and is as good as unknown.
 */
export function isLeaseExpired(entry: Entry, now: number): boolean {
	return entry.state === 'in_flight' && (now >= entry.leaseUntil || isOfTheFuture(entry, now));
}

/** Whether a claim was granted later than now: nobody can tell when its end would be. */
export function isOfTheFuture(entry: Entry, now: number): boolean {
	return entry.state === 'in_flight' && (entry.grantedAt ?? 0) > now + CLOCK_TOLERANCE_MS;
}

/** The state by which people look for an entry and count it: what was cut off is unknown to them. */
export function effectiveState(entry: Entry, now: number): EntryState {
	return isLeaseExpired(entry, now) ? 'unknown' : entry.state;
}

/** When it was decided, by an outcome or by whoever stopped it. ms since the epoch; nothing while it is open. */
export function resolvedAt(entry: Entry): number | undefined {
	switch (entry.state) {
		case 'succeeded':
		case 'rejected':
		case 'unknown':
		case 'released':
			return entry.settledAt;
		case 'cancelled':
			return entry.cancellation?.at;
		case 'reserved':
		case 'in_flight':
			return undefined;
	}
}

/** From when on nobody knows what came of it. ms since the epoch */
export function unknownSince({ firstSentAt, lastSentAt, createdAt }: Entry): number {
	return firstSentAt ?? lastSentAt ?? createdAt;
}

/** Whether a person is asked to approve it, and may still do so. */
export function isAwaitingApproval({ state, reservation }: Entry, now: number): boolean {
	return state === 'reserved' && reservation?.approval.state === 'waiting' && now < reservation.validUntil;
}

/** By what a claim is known again: the fence tells it from every other claim of the entry, its id from another's of the same fence. */
export type ClaimRef = Pick<InFlightEntry, 'fence' | 'claimId'>;

/** Whether the entry that stands is still the one that this claim was granted. */
export function isCurrentClaim(current: Entry, { fence, claimId }: ClaimRef): current is InFlightEntry {
	return current.state === 'in_flight' && current.fence === fence && current.claimId === claimId;
}

/** An entry without its state, and without what only a claim or an outcome has. Who has stopped it stays. */
export function toEntryFacts(entry: Entry): EntryFacts {
	const { state, claimId, leaseUntil, grantedAt, outcome, settledAt, ...facts } = entry as EntryFacts &
		Partial<Record<StateFields, unknown>>;
	return facts;
}

type StateFields = 'state' | 'claimId' | 'leaseUntil' | 'grantedAt' | 'outcome' | 'settledAt';

/**
 * Whether something of this attempt may have taken effect after all, whatever its state says: a claim that the ledger did
 * not know of may have said so later. Under such an entry nothing new may begin, and nothing is given back.
 */
export function mayHaveTakenEffect(entry: Entry): boolean {
	return entry.mayHaveExecuted || getProvenOutcome(entry) !== undefined;
}

/** What a late settle of this very attempt proved: no question to Stripe is needed then. */
export function getProvenOutcome({ lateResponses, key }: Entry): Outcome | undefined {
	return lateResponses?.find((late) => late.key === key && late.outcome.kind === 'succeeded')?.outcome;
}
