import type { Entry } from '../../../ledger/model/entry';
import { changedObjectsOf } from '../../../stripe/api/apiPath';
import { mapWithConcurrency } from '../../shared/run/concurrency';
import type { RegistryResult } from '../output/result';
import { answerThrough, refuseAs, OUTPUT_LABELS } from '../output/result';
import type { RegistryItem } from '../item';
import { partErrorToResult } from '../../shared/run/errorToResult';
import { openStripeAccess } from '../stripeAccess';
import { unknownSince } from '../../../ledger/model/entryStatus';
import { checkReservationState } from '../../../ledger/rules/token';
import { findRetryRefusal } from './retryRefusals';
import { StoppedError } from '../../../stripe/api/rateLimiter';
import type { StripeAccess } from '../../../payments/stripeAccess';

/** How many entries are sent at once. The pace limits the requests. */
const RETRY_CONCURRENCY = 5;

/**
 * Retries every due entry like a single one, with a result each. An entry that cannot be retried does not stop the others.
 *
 * @param retry retries one entry
 */
export async function retryAllDue(
	item: RegistryItem,
	retry: (item: RegistryItem, entry: Entry) => Promise<RegistryResult>,
): Promise<RegistryResult | readonly RegistryResult[]> {
	const { context, progress, mutex: turns, signal } = item.run;
	const states = item.read.flag('alsoReleased')
		? (['unknown', 'released'] as const)
		: (['unknown'] as const);
	const most = item.read.maxResults();
	const open = await (await item.openLedger()).queries.find({ states }, Infinity);
	if (open.length === 0) return answerThrough('success');
	const { entries, skippedMessage } = selectDue(open, await openStripeAccess(item), item.now());
	if (skippedMessage !== undefined) progress.addRemark(skippedMessage);
	if (entries.length === 0) return answerThrough('success');
	const due = entries.slice(0, most);
	progress.expand(due.length);
	// Requests about one object keep their order: a confirmation and a cancellation are not sent concurrently.
	return mapWithConcurrency(due, RETRY_CONCURRENCY, async (entry) => {
		const retryUnlessStopped = async () => {
			if (signal?.aborted) throw new StoppedError();
			return retry(item, entry);
		};
		const result = await turns
			.runExclusive(changedObjectsOf(entry.request), retryUnlessStopped)
			.catch((error: unknown) => ({
				...refuseAs(partErrorToResult(context, error), 'refused'),
				entry,
			}));
		progress.complete(result, OUTPUT_LABELS[result.output]);
		return result;
	});
}

/** Why Retry of all due entries skips one. */
type SkipReason =
	| ('not_stored' | 'other_mode' | 'other_account' | 'not_of_stripe' | 'step_of_bill' | 'over_cap')
	| ('limit_unchecked' | 'expired' | 'other');

interface DueEntries {
	/** Those that were not tried for the longest time come first, so that with a limit each gets its turn. */
	entries: Entry[];
	/** How many entries are open but cannot be sent from here, as a sentence; undefined if there are none. */
	skippedMessage?: string;
}

/** Selects the open entries that can be sent with the current credential. */
function selectDue(open: readonly Entry[], stripe: StripeAccess, now: number): DueEntries {
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
	if (reason !== undefined) return REPORTED_REASONS.find((reported) => reported === reason) ?? 'other';
	if (!stripe.forEntry(entry)) return 'other_mode';
	if (!stripe.isOwn(entry)) return 'other_account';
	const { reservation } = entry;
	return reservation && checkReservationState(entry, reservation, now) ? 'expired' : undefined;
}

const REPORTED_REASONS = [
	'not_stored',
	'not_of_stripe',
	'step_of_bill',
	'over_cap',
	'limit_unchecked',
] as const;

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
