import { parseTarget } from '../objects/collections';
import type { EntryAsSent, Finding } from './finding';
import type { QueryContext } from './stripeQueries';
import { reconcileWithStripe } from './reconcile';
import { findBySearch } from './createdObject';
import { DAY_MS } from '../../ledger/clock';

/** Events are kept for 30 days (docs.stripe.com/api/events); what is not searchable is found no longer than by them. */
const LOOKBACK_MS = 28 * DAY_MS;

/**
 * Looks for what was done under an entry of which the ledger knows nothing, because it was lost, or is an older copy. Search
 * finds by the entry's id however old it is; it lags by about a minute (docs.stripe.com/search#data-freshness), for which
 * Stripe still knows the key. What Search does not know is looked for in the list and in the events of the key.
 *
 * @returns `not_executed` where nothing is seen of it. What acts on an object is `not_executed` too where the object tells nothing: a
 * second time, its state refuses it.
 */
export async function findForgotten(context: QueryContext, entry: EntryAsSent): Promise<Finding> {
	const target = parseTarget(entry.request.path);
	if (target?.id !== undefined || entry.request.method === 'DELETE') {
		const finding = await reconcileLast(LOOKBACK_MS, context, entry);
		return finding.kind === 'inconclusive' ? { kind: 'not_executed' } : finding;
	}
	if (!target?.collection.isSearchable) return reconcileLast(LOOKBACK_MS, context, entry);
	const { objects, limitation, isRefused } = await findBySearch(context, entry, target);
	if (limitation) return { kind: 'stripe_unavailable', reason: limitation.reason };
	if (isRefused) return reconcileLast(LOOKBACK_MS, context, entry);
	return objects.length === 0 ? { kind: 'not_executed' } : reconcileLast(0, context, entry);
}

function reconcileLast(ms: number, context: QueryContext, entry: EntryAsSent): Promise<Finding> {
	const now = context.time.now();
	const sent = {
		firstSentAt: now - ms,
		lastSentAt: now,
		searchUntil: now,
		notExecutedAt: now,
		finalAt: now,
	};
	return reconcileWithStripe(context, { ...entry, sent, isNew: true });
}
