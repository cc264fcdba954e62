import { DAY_MS } from '../../ledger/clock';
import type { Outcome } from '../../ledger/model/entry';
import { parseTarget } from '../objects/collections';
import { buildObjectUrl } from '../objects/dashboardUrl';
import { decodeIdPart } from '../objects/ids';
import type { EntryAsSent, Finding } from './finding';
import { toExecuted } from './finding';
import type { QueryContext, Limitation } from './stripeQueries';
import { getWithBackoff, toLimitation } from './stripeQueries';
import { findChanged } from './changedObject';
import { findBySearch, findCreated } from './createdObject';
import { concludeNotExecuted, toInconclusive, toUnavailable, concludeNotFound } from './conclude';
import type { KeyedEvent } from './eventsByKey';
import { findEventsByKey } from './eventsByKey';
import { determineEffect } from '../objects/lifecycle';

/**
 * Determines from Stripe's records what an uncertain send did, without sending it again. It can be called at any time, even while
 * Stripe still knows the key: a stored 500 stays a 500 for the life of its key, although the object may exist
 * (docs.stripe.com/error-low-level).
 *
 * The result is `not_executed` only if two independent sources are complete, agree, and have had time to settle: a list or the
 * object itself, and the events of the key. Search is used too, because it finds an object with one request. An empty search
 * proves nothing (docs.stripe.com/search#data-freshness).
 *
 * A DELETE is the exception: its event contains no key, so only the object is read, and as long as it exists the result is
 * `not_executed`. Until everything has settled, `mayStillExecuteUntil` says so: a DELETE may be resent at once, because deleting
 * twice is harmless.
 *
 * @param entry the entry whose current attempt is reconciled; its times determine where to search
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
	const { path } = entry.request;
	const id = readDeletedId(path);
	const outcome = await getWithBackoff(context, path);
	if (isDeleted(path, outcome)) return toExecuted(outcome.body ?? { id, deleted: true });
	if (outcome.kind === 'succeeded') {
		return concludeNotExecuted(entry, context.time.now());
	}
	const limitation = toLimitation(outcome);
	const { isTransient, reason } = limitation;
	if (isTransient) return toUnavailable(limitation);
	return { kind: 'inconclusive', reason: reason, dashboardUrl: buildObjectUrl(context, { id }) };
}

/** Returns the ID of the object that a DELETE was for. */
export function readDeletedId(path: string): string {
	return decodeIdPart(path.split('/').at(-1) ?? '') ?? '';
}

/** Deleting a subscription cancels it; the object remains (docs.stripe.com/api/subscriptions/cancel). */
export function isDeleted(path: string, { code, body }: Outcome): boolean {
	const isCanceled = body?.object === 'subscription' && body.status === 'canceled';
	const isGone = code === 'resource_missing' && !parseTarget(path)?.collection.showsDeleted;
	return isGone || body?.deleted === true || isCanceled;
}

/**
 * Stripe keeps events for 30 days (docs.stripe.com/api/events). Objects that Search does not cover cannot be found for longer.
 */
const LOOKBACK_MS = 28 * DAY_MS;

/**
 * Looks for the result of a request whose entry the ledger has lost, or has only in an older copy. Search finds objects by entry
 * ID, however old they are. It lags by about a minute (docs.stripe.com/search#data-freshness), but Stripe remembers the key for
 * longer than that. Objects that Search does not cover are looked for in the list and in the events of the key.
 *
 * @returns `not_executed` if nothing is found. An action on an object is `not_executed` even if the object does not show it:
 * executed twice, its state refuses it.
 */
export async function findForgotten(context: QueryContext, entry: EntryAsSent): Promise<Finding> {
	const target = parseTarget(entry.request.path);
	if (target?.id !== undefined || entry.request.method === 'DELETE') {
		const finding = await reconcileLast(LOOKBACK_MS, context, entry);
		return finding.kind === 'inconclusive' ? { kind: 'not_executed' } : finding;
	}
	if (!target?.collection.isSearchable) return reconcileLast(LOOKBACK_MS, context, entry);
	const { objects, limitation, isRefused } = await findBySearch(context, entry, target);
	if (limitation) return toUnavailable(limitation);
	if (isRefused) return reconcileLast(LOOKBACK_MS, context, entry);
	return objects.length === 0 ? { kind: 'not_executed' } : reconcileLast(0, context, entry);
}

function reconcileLast(ms: number, context: QueryContext, entry: EntryAsSent): Promise<Finding> {
	const now = context.time.now();
	const sent = {
		firstSentAt: now - ms,
		searchFrom: now - ms,
		lastSentAt: now,
		asOf: now,
		searchUntil: now,
		notExecutedAt: now,
		finalAt: now,
	};
	return reconcileWithStripe(context, { ...entry, sent, isNew: true });
}

/**
 * Reconciles a request to an endpoint that is not in the table, by the events of its key alone. This one source can find a
 * result, but never proves that nothing happened, because not every change sends an event.
 */
async function findByKey(context: QueryContext, entry: EntryAsSent): Promise<Finding> {
	const { path } = entry.request;
	// Events of the v2 API have another format, without the key (docs.stripe.com/api/v2/core/events).
	if (!path.startsWith('/v1/')) {
		return toInconclusive(context, entry, 'Stripe has no list in which this could be found');
	}
	const { events, limitation } = await findEventsByKey(context, entry, undefined);
	const [newest] = events;
	if (!newest) {
		const limitations = [ONE_SOURCE, ...(limitation ? [limitation] : [])];
		return concludeNotFound(context, entry, {
			observation: 'No event names the key of this request',
			limitations,
		});
	}
	const objectPath = findObjectPath(events, path);
	const page = buildObjectUrl(context, newest.object);
	const happened = `For the key of this request Stripe reports ${listTypes(events)}`;
	const hasFailed = events.some(({ type }) => type.includes('failed'));
	if (objectPath === undefined || hasFailed || newest.isOfOther)
		return toInconclusive(context, entry, happened, page);

	const outcome = await getWithBackoff(context, objectPath);
	if (outcome.kind !== 'succeeded') {
		const unread = toLimitation(outcome);
		const { isTransient, reason } = unread;
		return isTransient ? toUnavailable(unread) : toInconclusive(context, entry, [happened, reason], page);
	}
	const object = outcome.body ?? {};
	const effect = determineEffect(object, entry);
	switch (effect.kind) {
		case 'executed':
			return toExecuted(object);
		case 'declined':
			return { kind: 'executed', outcome: effect.outcome };
		case 'unclear':
			return toInconclusive(context, entry, [happened, effect.reason], page);
	}
}

const ONE_SOURCE: Limitation = {
	isTransient: false,
	reason: 'Stripe has no second record that would have to show this',
};

/** Returns the object in the path, or the only new object below it; undefined if it is not clear. */
function findObjectPath(events: readonly KeyedEvent[], path: string): string | undefined {
	const parts = path.split('/');
	const ids = new Set(events.map(({ object }) => String(object.id)));
	const namedAt = parts.findLastIndex((part) => ids.has(part));
	if (namedAt > 0) return parts.slice(0, namedAt + 1).join('/');
	const createdIds = events
		.filter(({ type }) => type.endsWith('.created'))
		.map(({ object }) => String(object.id));
	const [only, ...others] = new Set(createdIds);
	return only !== undefined && others.length === 0 ? `${path}/${encodeURIComponent(only)}` : undefined;
}

function listTypes(events: readonly KeyedEvent[]): string {
	return [...new Set(events.map(({ type }) => type))].join(', ');
}
