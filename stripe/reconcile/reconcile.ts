import type { Outcome } from '../../ledger/model/entry';
import { targetOf } from '../objects/collections';
import { objectPage } from '../objects/dashboardUrl';
import type { EntryAsSent, Finding } from './finding';
import { succeeded } from './finding';
import type { Inquiry } from './stripeQueries';
import { ask, gapOf } from './stripeQueries';
import { findChanged } from './changedObject';
import { findCreated } from './createdObject';
import { findByKey } from './byKey';
import { absentFor } from './conclude';

/**
 * Finds out from Stripe what an unknown send really did, without sending it again. It may be asked at any time, also about
 * an entry in doubt whose key Stripe still knows: a stored 500 stays a 500 for the life of its key, while the object may
 * exist (docs.stripe.com/error-low-level).
 *
 * `absent` is answered only where two independent sources show everything, agree, and have had time to settle: a list or the
 * object itself, and the events of the key. Search is asked as well, because it finds in one request; that it does not find
 * proves nothing (docs.stripe.com/search#data-freshness).
 *
 * A DELETE is the exception: its event names no key, so the object alone is asked, and while it stands it is `absent` at any
 * time. Before all has settled that is told by `mayComeUntil`: it may be sent at once, because deleted twice does no harm.
 *
 * @param entry whose present attempt is asked about; its times say where to look
 */
export async function reconcile(inquiry: Inquiry, entry: EntryAsSent): Promise<Finding> {
	const { method, path } = entry.request;
	if (method === 'DELETE') return findDeleted(inquiry, entry);
	const target = targetOf(path);
	if (!target) return findByKey(inquiry, entry);
	if (target.id === undefined) return findCreated(inquiry, entry, target);
	return findChanged(inquiry, entry, { ...target, id: target.id });
}

async function findDeleted(inquiry: Inquiry, entry: EntryAsSent): Promise<Finding> {
	const { path } = entry.request;
	const outcome = await ask(inquiry, path);
	const id = path.split('/').at(-1);
	if (isGone(outcome)) return succeeded(outcome.body ?? { id, deleted: true });
	if (outcome.kind === 'succeeded') {
		return absentFor(entry, inquiry.time.now());
	}
	const { passes, why } = gapOf(outcome);
	if (passes) return { kind: 'not_answered', reason: why };
	return { kind: 'cannot_tell', reason: why, dashboardUrl: objectPage(inquiry, { id }) };
}

/** Deleting a subscription cancels it: the object stays (docs.stripe.com/api/subscriptions/cancel). */
export function isGone({ code, body }: Outcome): boolean {
	const isCanceled = body?.object === 'subscription' && body.status === 'canceled';
	return code === 'resource_missing' || body?.deleted === true || isCanceled;
}
