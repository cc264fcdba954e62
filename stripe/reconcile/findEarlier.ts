import { targetOf } from '../objects/collections';
import type { EntryAsSent, Finding } from './finding';
import type { Inquiry } from './stripeQueries';
import { reconcile } from './reconcile';
import { bySearch } from './createdObject';

const DAY_MS = 86_400_000;

/** Events are kept for 30 days (docs.stripe.com/api/events); what is not searchable is found no longer than by them. */
const LOOKED_BACK_MS = 28 * DAY_MS;

/**
 * Looks for what was done under an entry of which the ledger knows nothing, because it was lost, or is an older copy. Search
 * finds by the entry's id however old it is; it lags by about a minute (docs.stripe.com/search#data-freshness), for which
 * Stripe still knows the key. What Search does not know is looked for in the list and in the events of the key.
 *
 * @returns `absent` where nothing is seen of it. What acts on an object is `absent` too where the object tells nothing: a
 * second time, its state refuses it.
 */
export async function findEarlier(inquiry: Inquiry, entry: EntryAsSent): Promise<Finding> {
	const target = targetOf(entry.request.path);
	if (target?.id !== undefined || entry.request.method === 'DELETE') {
		const finding = await inTheLast(LOOKED_BACK_MS, inquiry, entry);
		return finding.kind === 'cannot_tell' ? { kind: 'absent' } : finding;
	}
	if (!target?.collection.isSearchable) return inTheLast(LOOKED_BACK_MS, inquiry, entry);
	const { objects, gap, isRefused } = await bySearch(inquiry, entry, target);
	if (gap) return { kind: 'not_answered', reason: gap.why };
	if (isRefused) return inTheLast(LOOKED_BACK_MS, inquiry, entry);
	return objects.length === 0 ? { kind: 'absent' } : inTheLast(0, inquiry, entry);
}

function inTheLast(ms: number, inquiry: Inquiry, entry: EntryAsSent): Promise<Finding> {
	const now = inquiry.time.now();
	const sent = { first: now - ms, last: now, soughtUntil: now, absentAt: now, doneAt: now };
	return reconcile(inquiry, { ...entry, sent, isNew: true });
}
