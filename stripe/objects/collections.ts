import type { Params } from '../../ledger/model/request';

/** How what was done to a collection's objects can be found out afterwards. */
export interface Collection {
	/** `object` of what is in it. */
	kind: string;
	/**
	 * Parameters of the list request that the request itself may have had: they make the list shorter. Undefined where there
	 * is no list by time.
	 */
	narrowedBy?: readonly string[];
	/** What the list leaves out unless it is asked for. */
	listAll?: Params;
	/** Whether Stripe's Search knows it (docs.stripe.com/search: seven kinds, refunds are none of them). */
	isSearchable?: true;
	/** An event of one of these types comes with every creation (docs.stripe.com/api/events/types). */
	created: readonly string[];
	/** An event of one of these types comes with every change by an update. */
	updated?: readonly string[];
	/** By the last part of the path: the events that an action brings about. */
	acted?: Readonly<Record<string, readonly string[]>>;
}

const updatable = (kind: string, name = kind) => ({
	...{ kind, created: [`${name}.created`], updated: [`${name}.updated`] },
});

/**
 * What the API shows of its collections: the filters are those of the list requests in docs.stripe.com/api, the events those
 * of docs.stripe.com/api/events/types. A payment intent's update brings about no event.
 */
const COLLECTIONS: ReadonlyMap<string, Collection> = new Map(
	Object.entries<Collection>({
		'/v1/payment_intents': {
			...{ kind: 'payment_intent', narrowedBy: ['customer'], isSearchable: true },
			created: ['payment_intent.created'],
			acted: {
				confirm: [
					...[
						'payment_intent.succeeded',
						'payment_intent.processing',
						'payment_intent.requires_action',
					],
					...['payment_intent.amount_capturable_updated', 'payment_intent.payment_failed'],
				],
				capture: ['payment_intent.succeeded', 'payment_intent.amount_capturable_updated'],
				cancel: ['payment_intent.canceled'],
			},
		},
		'/v1/charges': {
			...{ kind: 'charge', narrowedBy: ['customer'], isSearchable: true },
			created: ['charge.succeeded', 'charge.pending', 'charge.failed'],
			updated: ['charge.updated'],
			acted: { capture: ['charge.captured'] },
		},
		'/v1/refunds': {
			...{ kind: 'refund', narrowedBy: ['charge', 'payment_intent'] },
			created: ['refund.created', 'charge.refunded'],
			updated: ['refund.updated', 'charge.refund.updated'],
		},
		'/v1/customers': { ...updatable('customer'), narrowedBy: [], isSearchable: true },
		'/v1/setup_intents': {
			...{ kind: 'setup_intent', narrowedBy: ['customer'], created: ['setup_intent.created'] },
			acted: {
				confirm: [
					...[
						'setup_intent.succeeded',
						'setup_intent.requires_action',
						'setup_intent.setup_failed',
					],
				],
				cancel: ['setup_intent.canceled'],
			},
		},
		'/v1/subscriptions': {
			...updatable('subscription', 'customer.subscription'),
			...{ narrowedBy: ['customer'], listAll: { status: 'all' }, isSearchable: true },
		},
		'/v1/invoices': {
			...{ ...updatable('invoice'), narrowedBy: ['customer', 'subscription'], isSearchable: true },
			acted: {
				...{ pay: ['invoice.paid', 'invoice.payment_failed'], finalize: ['invoice.finalized'] },
				...{ void: ['invoice.voided'], mark_uncollectible: ['invoice.marked_uncollectible'] },
			},
		},
		'/v1/invoiceitems': {
			...{ kind: 'invoiceitem', narrowedBy: ['customer', 'invoice'], created: ['invoiceitem.created'] },
		},
		'/v1/products': { ...updatable('product'), narrowedBy: [], isSearchable: true },
		'/v1/prices': { ...updatable('price'), narrowedBy: ['product'], isSearchable: true },
		'/v1/plans': { ...updatable('plan'), narrowedBy: ['product'] },
		'/v1/coupons': { ...updatable('coupon'), narrowedBy: [] },
		'/v1/promotion_codes': { ...updatable('promotion_code'), narrowedBy: [] },
		'/v1/tax_rates': { ...updatable('tax_rate'), narrowedBy: [] },
		'/v1/credit_notes': { ...updatable('credit_note'), narrowedBy: ['customer', 'invoice'] },
		'/v1/subscription_schedules': { ...updatable('subscription_schedule'), narrowedBy: ['customer'] },
		'/v1/payouts': {
			...{ ...updatable('payout'), narrowedBy: ['destination'] },
			acted: { cancel: ['payout.canceled'] },
		},
		'/v1/topups': { kind: 'topup', narrowedBy: [], created: ['topup.created'] },
		'/v1/transfers': { ...updatable('transfer'), narrowedBy: ['destination'] },
		'/v1/quotes': { kind: 'quote', created: ['quote.created'] },
		'/v1/payment_links': { ...updatable('payment_link') },
	}),
);

/** What a path asks for: a new object, a change of one, or an action on one. */
export interface Target {
	collection: Collection;
	/** Of the collection. */
	path: string;
	/** Absent where an object is to be created. */
	id?: string;
	/** The last part of the path, where it is an action on the object. */
	action?: string;
}

/** @returns undefined for what this table does not know: other collections, other actions, and what lies below an object */
export function targetOf(path: string): Target | undefined {
	const [, version, name, id, action, ...below] = path.split('/');
	const own = `/${version ?? ''}/${name ?? ''}`;
	const collection = COLLECTIONS.get(own);
	if (!collection || id === '' || below.length > 0) return undefined;
	if (action !== undefined && !Object.hasOwn(collection.acted ?? {}, action)) return undefined;
	return { collection, path: own, id, action };
}
