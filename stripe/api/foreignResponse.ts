import type { Params } from '../../ledger/model/request';
import { findDifferentValue } from '../objects/matchesRequest';
import type { Target } from '../objects/collections';
import { parseTarget } from '../objects/collections';
import { ENTRY_METADATA, readEntryId } from '../objects/metadata';
import type { StripeObject } from '../objects/stripeObject';
import { isObject, readReference } from '../objects/stripeObject';
import { stripQuery } from './query';
import type { ResponseHeaders } from './stripeClock';
import { readDate, RESPONSE_TOLERANCE_MS } from './stripeClock';

/** A request, and when and with which key it was sent. */
export interface SentRequest {
	method: 'GET' | 'POST' | 'DELETE';
	path: string;
	params?: Params;
	idempotencyKey?: string;
	mode?: 'test' | 'live';
	/** ms since the epoch, by Stripe's time; undefined if it was not known. */
	sentAt: number | undefined;
}

/**
 * Returns why the headers show that a response belongs to another request, as when a proxy replays a cached response. Stripe
 * returns the idempotency key and its own time (docs.stripe.com/api/idempotent_requests). Only caches send `Age` (RFC 9111).
 */
export function findForeignHead(
	{ idempotencyKey, sentAt }: SentRequest,
	headers: ResponseHeaders,
): string | undefined {
	const { age, 'idempotency-key': key } = headers;
	if (Number(age) > 0) return 'a cache answered instead of Stripe';
	if (idempotencyKey !== undefined && key !== undefined && key !== idempotencyKey)
		return 'it is for a different idempotency key';
	const date = readDate(headers);
	const isOlder = date !== undefined && sentAt !== undefined && date < sentAt - RESPONSE_TOLERANCE_MS;
	return isOlder ? 'it is older than the request' : undefined;
}

/** Returns why an object shows that a response belongs to another request; undefined if it does not. */
export function findForeignObject(request: SentRequest, object: StripeObject): string | undefined {
	const { method, path, mode } = request;
	// Lists of the v2 API have no `object` field.
	if (!path.startsWith('/v1/')) return undefined;
	const { object: kind, livemode } = object;
	if (typeof kind !== 'string') return 'it does not say what kind of object it is';
	if (mode !== undefined && typeof livemode === 'boolean' && livemode !== (mode === 'live'))
		return `it is from ${livemode ? 'live' : 'test'} mode`;
	const isList = kind === 'list' || kind === 'search_result';
	if (isList && method !== 'GET') return 'it is a list';
	const bare = stripQuery(path);
	const listed = method === 'GET' ? findListKind(bare) : undefined;
	if (listed !== undefined) return explainOtherList(object, listed);
	const target = parseTarget(bare);
	return target && explainOtherObject(request, target, object);
}

/** Lists used for reconciliation, in addition to those of collections. */
const OTHER_LISTS: ReadonlyMap<string, string> = new Map([['/v1/events', 'event']]);

/** Returns the kind of objects that a path lists; undefined if it is not a known list. */
function findListKind(path: string): string | undefined {
	const listPath = path.replace(/\/search$/, '');
	const target = parseTarget(listPath);
	return target?.id === undefined ? (target?.collection.kind ?? OTHER_LISTS.get(listPath)) : undefined;
}

function explainOtherList({ object: kind, data, has_more: hasMore }: StripeObject, listed: string) {
	const isWhole = Array.isArray(data) && typeof hasMore === 'boolean';
	if ((kind !== 'list' && kind !== 'search_result') || !isWhole) return `it is not a list of ${listed}`;
	const isListed = (one: unknown) => isObject(one) && one.object === listed;
	return data.every(isListed) ? undefined : `it is a list of other objects than ${listed}`;
}

/** Path segments in the position of an ID that are not IDs. */
const NO_IDS: ReadonlySet<string> = new Set(['create_preview', 'preview', 'upcoming']);

/** Test cards such as `pm_card_visa`. Stripe returns a copy with its own ID (docs.stripe.com/testing). */
const TEST_CARD = /^pm_[a-z]/;

function explainOtherObject(
	{ params = {} }: SentRequest,
	{ collection, id, action }: Target,
	object: StripeObject,
): string | undefined {
	const { kind, hasOwnIds } = collection;
	if (object.object !== kind) return `it is of kind ${String(object.object)}, not ${kind}`;
	if (id === undefined) return explainOtherCreation(params, object);
	if (!hasOwnIds && (NO_IDS.has(id) || TEST_CARD.test(id))) return undefined;
	// Reversing a payout creates another payout (docs.stripe.com/api/payouts/reverse).
	const shown = action === 'reverse' ? readReference(object.original_payout) : object.id;
	return shown === id ? undefined : `it is about ${String(shown)}, not ${id}`;
}

function explainOtherCreation(params: Params, object: StripeObject) {
	if (typeof object.id !== 'string' || object.id === '') return 'it has no ID';
	const entryId = readEntryId(params);
	if (entryId !== undefined && isObject(object.metadata) && readEntryId(object) !== entryId)
		return `its metadata has a different ${ENTRY_METADATA}`;
	return findDifferentValue(params, object);
}
