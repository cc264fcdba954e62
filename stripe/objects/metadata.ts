import type { Param, Params } from '../../ledger/model/request';
import type { StripeObject } from './stripeObject';
import { isObject, readReference } from './stripeObject';

/** The metadata field by which an entry's object can be found again in Stripe. */
export const ENTRY_METADATA = 'n8n_entry';

/** Stripe keeps at most 50 metadata fields per object (docs.stripe.com/api/metadata). */
const MAX_METADATA_FIELDS = 50;

/** Collections of the v1 API whose objects take `metadata` when they are created; `:id` is the object that they are below. */
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

/** What adds objects below another, and where each of them takes `metadata`. */
const LINES_PATH = toPathPattern('invoices/:id/add_lines');

function toPathPattern(collection: string): RegExp {
	return new RegExp(`^/v1/${collection.replace(':id', '[^/]+')}$`);
}

/**
 * What names the entry in a request: its id among the metadata, where an object is created that takes metadata and has room
 * for it. A later request on the object leaves the id alone: it has to lead to what created the object.
 */
export function toEntryMetadata(path: string, params: Params, entryId: string): Params {
	// Without metadata: Stripe refuses the same identifier for a day, whatever the key is.
	if (path === '/v1/billing/meter_events')
		return params.identifier === undefined ? { identifier: `n8n_${entryId}` } : {};
	if (LINES_PATH.test(path) && Array.isArray(params.lines))
		return { lines: params.lines.map((line) => (isNamed(line) ? toKeySecretMark(line, entryId) : line)) };
	if (findOrigin(path, params)) return {};
	return METADATA_COLLECTIONS.some((pattern) => pattern.test(path)) ? toKeySecretMark(params, entryId) : {};
}

type IsMadeFrom = (object: StripeObject) => boolean;

/**
 * How an object shows what it was made of, where Stripe takes no metadata beside that: of a running subscription a schedule ("You
 * cannot set `metadata` if `from_subscription` is set", docs.stripe.com/api/subscription_schedules/create), of another quote a quote.
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
 * Whether a request would name an entry beside its own, or take the name away, as an empty metadata does: what is found by it
 * later would be another's object, or nothing.
 *
 * @param sent all that is sent, with the name of its own entry
 */
export function namesForeignEntry(sent: Param, ownEntryId: string, name?: string): boolean {
	if (typeof sent !== 'string')
		return Object.entries(sent).some(([inner, param]) => namesForeignEntry(param, ownEntryId, inner));
	return name === ENTRY_METADATA ? sent !== ownEntryId : name === 'metadata' && sent === '';
}

/** The entry in whose name an object was made. */
export function readEntryId({ metadata }: { metadata?: unknown }): string | undefined {
	if (typeof metadata !== 'object' || metadata === null) return undefined;
	const named = new Map<string, unknown>(Object.entries(metadata)).get(ENTRY_METADATA);
	return typeof named === 'string' ? named : undefined;
}
