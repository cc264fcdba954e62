import type { Param, Params } from '../../ledger/model/request';
import type { StripeObject } from './stripeObject';
import { isObject, readReference } from './stripeObject';

/** The metadata field that links an object in Stripe to its entry. */
export const ENTRY_METADATA = 'n8n_entry';

/** Stripe allows at most 50 metadata fields per object (docs.stripe.com/api/metadata). */
const MAX_METADATA_FIELDS = 50;

/** Collections of the v1 API that accept `metadata` on creation. `:id` is the ID of the parent object. */
const METADATA_COLLECTIONS = [
	'accounts',
	'billing/credit_grants',
	'charges',
	'checkout/sessions',
	'coupons',
	'credit_notes',
	'customers',
	'customers/:id/balance_transactions',
	'invoiceitems',
	'invoices',
	'payment_intents',
	'payment_links',
	'payment_methods',
	'payouts',
	'plans',
	'prices',
	'products',
	'promotion_codes',
	'quotes',
	'refunds',
	'setup_intents',
	'subscription_items',
	'subscription_schedules',
	'subscriptions',
	'tax_rates',
	'topups',
	'transfers',
	'transfers/:id/reversals',
].map(toPathPattern);

/** An action that adds objects below another one, each with its own `metadata`. */
const LINES_PATH = toPathPattern('invoices/:id/add_lines');

function toPathPattern(collection: string): RegExp {
	return new RegExp(`^/v1/${collection.replace(':id', '[^/]+')}$`);
}

/**
 * Returns the parameters that link an object to its entry: the entry ID in the metadata of a create request, if it accepts
 * metadata and has room for it. Later requests on the object leave it unchanged, because it has to lead to the request that
 * created the object.
 */
export function toEntryMetadata(path: string, params: Params, entryId: string): Params {
	// Meter events have no metadata. Stripe refuses a duplicate identifier for a day, whatever the key is.
	if (path === '/v1/billing/meter_events')
		return params.identifier === undefined ? { identifier: `n8n_${entryId}` } : {};
	if (LINES_PATH.test(path) && Array.isArray(params.lines))
		return { lines: params.lines.map((line) => (isNamed(line) ? toKeySecretMark(line, entryId) : line)) };
	if (findOrigin(path, params)) return {};
	return METADATA_COLLECTIONS.some((pattern) => pattern.test(path)) ? toKeySecretMark(params, entryId) : {};
}

type IsMadeFrom = (object: StripeObject) => boolean;

/**
 * Reads what an object was created from, if Stripe accepts no metadata in that case: a schedule from a subscription ("You cannot
 * set `metadata` if `from_subscription` is set", docs.stripe.com/api/subscription_schedules/create), a quote from another quote.
 */
export function findOrigin(
	path: string,
	{ from_subscription: subscription, from_quote: origin }: Params,
): IsMadeFrom | undefined {
	if (path === '/v1/subscription_schedules' && typeof subscription === 'string')
		return (object) => object.subscription === subscription;
	if (path !== '/v1/quotes' || origin === undefined || !isNamed(origin)) return undefined;
	return ({ from_quote: shown }) => isObject(shown) && readReference(shown.quote) === origin.quote;
}

function toKeySecretMark({ metadata = {} }: Params, entryId: string): Params {
	if (typeof metadata !== 'object') return {};
	const others = Object.keys(metadata).filter((name) => name !== ENTRY_METADATA);
	if (others.length >= MAX_METADATA_FIELDS) return {};
	return { metadata: { [ENTRY_METADATA]: entryId } };
}

function isNamed(param: Param): param is Params {
	return typeof param === 'object' && !Array.isArray(param);
}

/**
 * Returns whether a request would link an object to another entry, or remove the link, as empty metadata does. A later search
 * would then find another entry's object, or nothing.
 *
 * @param sent all parameters as they are sent, with the link to their own entry
 */
export function namesForeignEntry(sent: Param, ownEntryId: string, name?: string): boolean {
	if (typeof sent !== 'string')
		return Object.entries(sent).some(([inner, param]) => namesForeignEntry(param, ownEntryId, inner));
	return name === ENTRY_METADATA ? sent !== ownEntryId : name === 'metadata' && sent === '';
}

/** Reads the entry that created an object. */
export function readEntryId({ metadata }: { metadata?: unknown }): string | undefined {
	if (typeof metadata !== 'object' || metadata === null) return undefined;
	const named = new Map<string, unknown>(Object.entries(metadata)).get(ENTRY_METADATA);
	return typeof named === 'string' ? named : undefined;
}
