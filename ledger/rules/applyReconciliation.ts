import type { Entry, Outcome, SettledEntry } from '../model/entry';
import { mayHaveTakenEffect } from '../model/evidence';
import { archiveAttempt } from '../model/pastAttempt';
import { effectiveState } from '../model/entryStatus';
import { resolveWithoutClaim } from './withoutClaim';

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
	...({ succeeded: 'succeeded', rejected: 'rejected' } as const),
	...({ unreachable: 'released', unknown: 'unknown' } as const),
};
