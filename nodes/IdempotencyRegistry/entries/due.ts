import type { Entry } from '../../../ledger/model/entry';
import { unknownSince } from '../../../ledger/model/entryStatus';
import { checkReservationState } from '../../../ledger/rules/token';
import { findRetryRefusal } from './retryRefusals';
import type { StripeAccess } from '../../../payments/stripeAccess';

/** Why Retry of all due entries skips one. */
type SkipReason =
	| ('not_stored' | 'other_mode' | 'other_account' | 'not_of_stripe' | 'step_of_bill' | 'over_cap')
	| ('limit_unchecked' | 'expired' | 'other');

export interface DueEntries {
	/** Entries that were not tried for longest come first, so that with a limit each gets its turn. */
	entries: Entry[];
	/** How many entries are open but cannot be sent from here, as a sentence; undefined if there are none. */
	skippedMessage?: string;
}

/** Selects the open entries that can be sent with the current credential. */
export function selectDue(open: readonly Entry[], stripe: StripeAccess, now: number): DueEntries {
	const sorted = Map.groupBy(open, (entry) => getSkipReason(entry, stripe, now));
	const entries = [...(sorted.get(undefined) ?? [])].sort(
		(a, b) => lastTriedAt(a) - lastTriedAt(b) || unknownSince(a) - unknownSince(b),
	);
	const counted = Object.entries(SKIP_MESSAGES).flatMap(([reason, describe]) => {
		const skipped = sorted.get(reason as SkipReason);
		return skipped ? `${skipped.length} ${describe(skipped)}` : [];
	});
	if (counted.length === 0) return { entries };
	return { entries, skippedMessage: `Left out: ${counted.join(', ')}. Retry a single one to see why.` };
}

function getSkipReason(entry: Entry, stripe: StripeAccess, now: number): SkipReason | undefined {
	const reason = findRetryRefusal(entry, now)?.reason;
	if (reason !== undefined) return TOLD_REASONS.find((told) => told === reason) ?? 'other';
	if (!stripe.forEntry(entry)) return 'other_mode';
	if (!stripe.isOwn(entry)) return 'other_account';
	const { reservation } = entry;
	return reservation && checkReservationState(entry, reservation, now) ? 'expired' : undefined;
}

const TOLD_REASONS = ['not_stored', 'not_of_stripe', 'step_of_bill', 'over_cap', 'limit_unchecked'] as const;

function lastTriedAt(entry: Entry): number {
	return 'settledAt' in entry ? entry.settledAt : unknownSince(entry);
}

const SKIP_MESSAGES: Record<SkipReason, (those: readonly Entry[]) => string> = {
	not_stored: () => 'without all parameters in the ledger',
	other_mode: ([one]) => `of ${one?.mode ?? 'a different'} mode`,
	other_account: () => 'of a different account',
	not_of_stripe: () => 'not sent to Stripe',
	over_cap: () => 'above what Charge at Most allows in their workflows',
	limit_unchecked: () => 'not checked against Charge at Most, which their workflows do',
	step_of_bill: () => 'that are steps of a bill or of a change of plan, which is retried as a whole',
	expired: () => 'whose token can no longer be used, or is waiting for approval',
	other: () => 'that cannot be sent',
};
