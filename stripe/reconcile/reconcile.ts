import { DAY_MS } from '../../ledger/clock';
import type { Outcome } from '../../ledger/model/entry';
import { stripQuery } from '../api/query';
import { parseTarget } from '../objects/collections';
import { buildObjectUrl } from '../objects/dashboardUrl';
import { decodeIdPart } from '../objects/ids';
import type { EntryAsSent, Finding } from './finding';
import { toExecuted } from './finding';
import type { QueryContext } from './stripeQueries';
import { getWithBackoff, toLimitation } from './stripeQueries';
import { findChanged } from './changedObject';
import { findBySearch, findCreated } from './createdObject';
import { findByKey } from './byKey';
import { concludeNotExecuted } from './conclude';

/**
 * Finds out from Stripe what an unknown send really did, without sending it again. It may be asked at any time, also about
 * an entry in doubt whose key Stripe still knows: a stored 500 stays a 500 for the life of its key, while the object may
 * exist (docs.stripe.com/error-low-level).
 *
 * `not_executed` is answered only where two independent sources show everything, agree, and have had time to settle: a list or the
 * object itself, and the events of the key. Search is asked as well, because it finds in one request; that it does not find
 * proves nothing (docs.stripe.com/search#data-freshness).
 *
 * A DELETE is the exception: its event names no key, so the object alone is asked, and while it stands it is `not_executed` at any
 * time. Before all has settled that is told by `mayStillExecuteUntil`: it may be sent at once, because deleted twice does no harm.
 *
 * @param entry whose present attempt is asked about; its times say where to look
 */
export async function reconcileWithStripe(context: QueryContext, entry: EntryAsSent): Promise<Finding> {
	const { method, path } = entry.request;
	if (method === 'DELETE') return findDeletion(context, entry);
	const target = parseTarget(path);
	if (!target) return findByKey(context, entry);
	if (target.id === undefined) return findCreated(context, entry, target);
	return findChanged(context, entry, { ...target, id: target.id });
}

async function findDeletion(context: QueryContext, entry: EntryAsSent): Promise<Finding> {
	const { path, id } = readDeleted(entry.request.path);
	const outcome = await getWithBackoff(context, path);
	if (isDeleted(outcome)) return toExecuted(outcome.body ?? { id, deleted: true });
	if (outcome.kind === 'succeeded') {
		return concludeNotExecuted(entry, context.time.now());
	}
	const { isTransient, reason } = toLimitation(outcome);
	if (isTransient) return { kind: 'stripe_unavailable', reason: reason };
	return { kind: 'inconclusive', reason: reason, dashboardUrl: buildObjectUrl(context, { id }) };
}

/** The object that a DELETE was for: how it was to be deleted is no part of it. */
export function readDeleted(path: string): { path: string; id: string } {
	const bare = stripQuery(path);
	return { path: bare, id: decodeIdPart(bare.split('/').at(-1) ?? '') ?? '' };
}

/** Deleting a subscription cancels it: the object stays (docs.stripe.com/api/subscriptions/cancel). */
export function isDeleted({ code, body }: Outcome): boolean {
	const isCanceled = body?.object === 'subscription' && body.status === 'canceled';
	return code === 'resource_missing' || body?.deleted === true || isCanceled;
}

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
