import type { Entry, Outcome, SettledEntry } from '../model/entry';
import { archiveAttempt } from '../model/entryFacts';
import { effectiveState, mayHaveTakenEffect, toEntryFacts } from '../model/entryStatus';
import { lastPossibleSendAt, uncertaintyCauseOf } from './uncertainty';

/** What was found out about the present attempt of an entry, without any send. */
export type ReconciliationResult =
	/** What Stripe shows of it: it took effect, or was declined. */
	| { kind: 'executed'; outcome: Outcome & { kind: 'succeeded' | 'rejected' } }
	/** It surely did not take effect, and will not any more. */
	| { kind: 'not_executed'; outcome: Outcome & { kind: 'unreachable' } }
	/** Nobody can tell yet. */
	| { kind: 'inconclusive'; outcome: Outcome & { kind: 'unknown' } };

/** Whether it may have taken effect without our knowing, and nobody is about to find out. */
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
 * What follows for an entry that is open. What is absent may be sent again, with the same attempt and key, and what was
 * declined with a new one, unless somebody has stopped it: that stays.
 *
 * @returns undefined where nothing is to be written
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
	const isUnknown = state === 'unknown';
	const mayHaveSent = isUnknown || current.state === 'in_flight';
	return {
		...toEntryFacts(current),
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
