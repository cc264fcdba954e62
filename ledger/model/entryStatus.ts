import { CLOCK_TOLERANCE_MS } from '../clock';
import type { Entry, EntryFacts, EntryState, InFlightEntry, Outcome } from './entry';

/**
 * Returns whether a claim was abandoned: its lease has expired, or was written by a wrong clock, and no outcome was reported. The
 * entry is still `in_flight`, but its outcome is unknown.
 */
export function isLeaseExpired(entry: Entry, now: number): boolean {
	return entry.state === 'in_flight' && (now >= entry.leaseUntil || isGrantedInFuture(entry, now));
}

/** Returns whether a claim was granted in the future, so that the end of its lease is not known. */
export function isGrantedInFuture(entry: Entry, now: number): boolean {
	return entry.state === 'in_flight' && (entry.grantedAt ?? 0) > now + CLOCK_TOLERANCE_MS;
}

/** Returns the state to show and count. An abandoned claim is `unknown`. */
export function effectiveState(entry: Entry, now: number): EntryState {
	return isLeaseExpired(entry, now) ? 'unknown' : entry.state;
}

/** When the entry was resolved, by an outcome or a cancellation, in ms since the epoch. Undefined while it is unresolved. */
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

/** Since when the outcome is unknown, in ms since the epoch. */
export function unknownSince({ firstSentAt, lastSentAt, createdAt }: Entry): number {
	return firstSentAt ?? lastSentAt ?? createdAt;
}

/** Returns whether the entry waits for a person's approval that can still be given. */
export function isAwaitingApproval({ state, reservation }: Entry, now: number): boolean {
	return state === 'reserved' && reservation?.approval.state === 'waiting' && now < reservation.validUntil;
}

/**
 * Identifies a claim. The fence distinguishes it from other claims of the entry; the ID from a claim of another writer with the
 * same fence.
 */
export type ClaimRef = Pick<InFlightEntry, 'fence' | 'claimId'>;

/** Returns whether the stored entry still belongs to this claim. */
export function isCurrentClaim(current: Entry, { fence, claimId }: ClaimRef): current is InFlightEntry {
	return current.state === 'in_flight' && current.fence === fence && current.claimId === claimId;
}

/** Returns an entry without its state, and without the fields of a claim or an outcome. A cancellation is kept. */
export function toEntryFacts(entry: Entry): EntryFacts {
	const { state, claimId, leaseUntil, grantedAt, outcome, settledAt, ...facts } = entry as EntryFacts &
		Partial<Record<StateFields, unknown>>;
	return facts;
}

type StateFields = 'state' | 'claimId' | 'leaseUntil' | 'grantedAt' | 'outcome' | 'settledAt';

/**
 * Returns whether the current attempt may have been executed, whatever the state of the entry: a claim that ran without the
 * ledger may have reported it later. Such an entry starts no new attempt, and releases nothing.
 */
export function mayHaveTakenEffect(entry: Entry): boolean {
	return entry.mayHaveExecuted || getProvenOutcome(entry) !== undefined;
}

/** Returns whether nothing was executed, so that what was read for the current attempt is outdated. */
export function hadNoEffect(entry: Entry): boolean {
	return entry.state === 'reserved' || (entry.state === 'released' && !mayHaveTakenEffect(entry));
}

/** The success that a late response proved for the current attempt. No reconciliation is needed then. */
export function getProvenOutcome({ lateResponses, key }: Entry): Outcome | undefined {
	return lateResponses?.find((late) => late.key === key && late.outcome.kind === 'succeeded')?.outcome;
}
