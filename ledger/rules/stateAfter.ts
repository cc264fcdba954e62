import type { OutcomeKind, SettledEntry } from '../model/entry';

/** What an outcome makes of an entry, when no send of the attempt is in doubt. A conflict leaves it as it was. */
export const STATE_AFTER: Readonly<Record<Exclude<OutcomeKind, 'conflict'>, SettledEntry['state']>> = {
	succeeded: 'succeeded',
	rejected: 'rejected',
	unauthorized: 'released',
	rate_limited: 'released',
	unreachable: 'released',
	busy: 'unknown',
	unknown: 'unknown',
};

/** Whether a send with this outcome may have been executed. */
export function isUncertain({ kind }: { kind: OutcomeKind }): boolean {
	return kind !== 'conflict' && STATE_AFTER[kind] === 'unknown';
}
