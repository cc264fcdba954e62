import type { Outcome, OutcomeKind, SettledEntry } from '../model/entry';

/** What an outcome makes of an entry, when no send of the attempt is in doubt. */
export const STATE_AFTER: Readonly<Record<Exclude<OutcomeKind, 'conflict'>, SettledEntry['state']>> = {
	succeeded: 'succeeded',
	rejected: 'rejected',
	unauthorized: 'released',
	rate_limited: 'released',
	unreachable: 'released',
	busy: 'unknown',
	unknown: 'unknown',
};

/**
 * Whether it tells that a send may have been executed. A conflict that Stripe tells proves an earlier send under the key, which
 * the ledger does not know of; one that was found without a send proves nothing, and leaves the entry as it was.
 */
export function isUncertain({ kind, uncertaintyCause }: Pick<Outcome, 'kind' | 'uncertaintyCause'>): boolean {
	return kind === 'conflict' ? uncertaintyCause !== undefined : STATE_AFTER[kind] === 'unknown';
}
