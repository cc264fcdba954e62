import type { Entry, Outcome, SettledEntry } from '../model/entry';
import { mayHaveTakenEffect } from '../model/evidence';
import { pastAttemptOf } from '../model/pastAttempt';
import { countsAs } from '../model/entryStatus';
import { settledWithoutClaim } from './withoutClaim';

/** What was found out about the present attempt of an entry, without any send. */
export type FoundOut =
	/** What Stripe shows of it: it took effect, or was declined. */
	| { kind: 'found'; outcome: Outcome & { kind: 'succeeded' | 'rejected' } }
	/** It surely did not take effect, and will not any more. */
	| { kind: 'absent'; outcome: Outcome & { kind: 'unreachable' } }
	/** Nobody can tell yet. */
	| { kind: 'open'; outcome: Outcome & { kind: 'unknown' } };

/** Whether it may have taken effect without our knowing, and nobody is about to find out. */
export function isOpen(entry: Entry, now: number): boolean {
	switch (entry.state) {
		case 'in_flight':
		case 'unknown':
			return countsAs(entry, now) === 'unknown';
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
export function reconciled(open: Entry, { kind, outcome }: FoundOut, now: number): Entry | undefined {
	const state = STATE_AFTER[outcome.kind];
	const settled = settledWithoutClaim(open, state, outcome, now);
	if (open.state !== 'cancelled' || state === 'succeeded') return settled;
	if (kind === 'open') return undefined;
	const past = state === 'rejected' ? [...(open.past ?? []), pastAttemptOf(settled)] : open.past;
	return { ...open, version: open.version + 1, doubt: false, ...(past ? { past } : {}) };
}

const STATE_AFTER: Record<FoundOut['outcome']['kind'], SettledEntry['state']> = {
	...({ succeeded: 'succeeded', rejected: 'rejected' } as const),
	...({ unreachable: 'released', unknown: 'unknown' } as const),
};
