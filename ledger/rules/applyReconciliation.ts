import type { Entry, Outcome, SettledEntry } from '../model/entry';
import { archiveAttempt } from '../model/entryFacts';
import { effectiveState, mayHaveTakenEffect, toEntryFacts } from '../model/entryStatus';
import { lastPossibleSendAt, uncertaintyCauseOf } from './uncertainty';

/** What a reconciliation found out about the current attempt of an entry. Nothing was sent. */
export type ReconciliationResult =
	/** Stripe shows the result: the request succeeded, or was declined. */
	| { kind: 'executed'; outcome: Outcome & { kind: 'succeeded' | 'rejected' } }
	/** The request was definitely not executed, and will not be. */
	| { kind: 'not_executed'; outcome: Outcome & { kind: 'unreachable' } }
	/** The outcome cannot be determined yet. */
	| { kind: 'inconclusive'; outcome: Outcome & { kind: 'unknown' } };

/** Returns whether the current attempt may have been executed and no live claim is about to record its outcome. */
export function needsReconciliation(entry: Entry, now: number): boolean {
	switch (entry.state) {
		case 'in_flight':
		case 'unknown':
			return effectiveState(entry, now) === 'unknown';
		case 'rejected':
		case 'released':
		case 'cancelled':
			return mayHaveTakenEffect(entry);
		case 'succeeded':
		case 'reserved':
			return false;
	}
}

/**
 * Applies the result of a reconciliation to an unresolved entry. A request that was not executed may be resent with the same
 * attempt and key; a declined one needs a new attempt. A cancelled entry stays cancelled, unless the request succeeded.
 *
 * @returns undefined if there is nothing to write
 */
export function applyReconciliation(
	current: Entry,
	{ kind, outcome }: ReconciliationResult,
	now: number,
): Entry | undefined {
	const state = STATE_AFTER[outcome.kind];
	const settled = resolveWithoutClaim(current, state, outcome, now);
	if (current.state !== 'cancelled' || state === 'succeeded') return settled;
	if (kind === 'inconclusive') return undefined;
	const previousAttempts =
		state === 'rejected'
			? [...(current.previousAttempts ?? []), archiveAttempt(settled)]
			: current.previousAttempts;
	return {
		...current,
		version: current.version + 1,
		mayHaveExecuted: false,
		...(previousAttempts ? { previousAttempts } : {}),
	};
}

const STATE_AFTER: Record<ReconciliationResult['outcome']['kind'], SettledEntry['state']> = {
	succeeded: 'succeeded',
	rejected: 'rejected',
	unreachable: 'released',
	unknown: 'unknown',
};

/**
 * Resolves an entry whose outcome was learned without a claim, from a signed event or from Stripe's API. The caller makes sure
 * that no claim is active.
 *
 * @param now ms since the epoch
 */
export function resolveWithoutClaim(
	current: Entry,
	state: SettledEntry['state'],
	outcome: Outcome,
	now: number,
): SettledEntry {
	const isUnknown = state === 'unknown';
	const mayHaveSent = isUnknown || current.state === 'in_flight';
	return {
		...toEntryFacts(current),
		state,
		version: current.version + 1,
		sends: countSends(current, state),
		// An abandoned claim may have sent until its lease expired, so the uncertainty starts there.
		lastSentAt: isUnknown ? lastPossibleSendAt(current, now) : current.lastSentAt,
		mayHaveExecuted: isUnknown,
		...(mayHaveSent ? { uncertaintyCause: uncertaintyCauseOf(current) } : {}),
		outcome: { ...requestIdsOf(current), ...outcome },
		settledAt: now,
		expiresAt: Math.max(current.expiresAt, now + remainingRetentionMs(current)),
	};
}

/** An abandoned claim counts as one send, because its real number of sends is unknown. */
function countSends({ state, sends }: Entry, next: SettledEntry['state']): number {
	if (state === 'in_flight') return sends + 1;
	return next === 'succeeded' ? Math.max(sends, 1) : sends;
}

/** Keeps the ID of the request whose response was lost: Stripe support can look it up. */
function requestIdsOf(current: Entry): Pick<Outcome, 'requestId' | 'originalRequestId'> {
	if (!('outcome' in current)) return {};
	const { requestId, originalRequestId } = current.outcome;
	return {
		...(requestId === undefined ? {} : { requestId }),
		...(originalRequestId === undefined ? {} : { originalRequestId }),
	};
}

/**
 * How long to keep the entry, in ms, counted as at its last write. This stops an outcome that was just learned from being purged.
 */
export function remainingRetentionMs(current: Entry): number {
	if (current.retentionMs !== undefined) return current.retentionMs;
	const writtenAt = 'settledAt' in current ? current.settledAt : current.lastSentAt;
	return Math.max(0, current.expiresAt - (writtenAt ?? current.createdAt));
}
