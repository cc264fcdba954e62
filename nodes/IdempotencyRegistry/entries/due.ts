import type { Entry } from '../../../ledger/model/entry';
import { unknownSince } from '../../../ledger/model/entryStatus';
import { barrierOfState } from '../../../ledger/rules/token';
import { whyNot } from './retryRefusals';
import type { StripeOfItem } from './stripeAccess';

/** Why Retry of all that is due does not even try one of them, as one word. */
type LeftOut = 'not_stored' | 'other_mode' | 'other_account' | 'not_of_stripe' | 'ended' | 'other';

export interface Due {
	/** Those longest not tried first: with a limit, all have their turn. */
	entries: Entry[];
	/** How many are open and cannot be sent from here, in words; undefined where there are none. */
	leftOut?: string;
}

/** What of all that is open can be sent with the credential in hand. */
export function dueOf(open: readonly Entry[], stripe: StripeOfItem, now: number): Due {
	const sorted = Map.groupBy(open, (entry) => reasonToLeaveOut(entry, stripe, now));
	const entries = [...(sorted.get(undefined) ?? [])].sort(
		(a, b) => triedAt(a) - triedAt(b) || unknownSince(a) - unknownSince(b),
	);
	const counted = Object.entries(WORDS).flatMap(([reason, words]) => {
		const those = sorted.get(reason as LeftOut);
		return those ? `${those.length} ${words(those)}` : [];
	});
	if (counted.length === 0) return { entries };
	return { entries, leftOut: `Left out: ${counted.join(', ')}. Retry of one of them says more.` };
}

function reasonToLeaveOut(entry: Entry, stripe: StripeOfItem, now: number): LeftOut | undefined {
	const why = whyNot(entry, now)?.reason;
	if (why !== undefined) return why === 'not_stored' || why === 'not_of_stripe' ? why : 'other';
	if (!stripe.for(entry)) return 'other_mode';
	if (!stripe.isOwn(entry)) return 'other_account';
	const { reservation } = entry;
	return reservation && barrierOfState(entry, reservation, now) ? 'ended' : undefined;
}

function triedAt(entry: Entry): number {
	return 'settledAt' in entry ? entry.settledAt : unknownSince(entry);
}

const WORDS: Record<LeftOut, (those: readonly Entry[]) => string> = {
	not_stored: () => 'without all parameters in the ledger',
	other_mode: ([one]) => `of ${one?.mode ?? 'another'} mode`,
	other_account: () => 'of another account',
	not_of_stripe: () => 'not sent to Stripe',
	ended: () => 'whose token cannot be used any more, or waits for approval',
	other: () => 'that cannot be sent',
};
