import type { Params } from '../../ledger/model/request';

/** How what was done to a collection's objects can be found out afterwards. */
export interface Collection {
	/** `object` of what is in it. */
	kind: string;
	/**
	 * Parameters of the list request that the request itself may have had: they make the list shorter. Undefined where there
	 * is no list by time.
	 */
	listFilters?: readonly string[];
	/** What the list leaves out unless it is asked for. */
	listAllParams?: Params;
	/** Whether Stripe's Search knows it (docs.stripe.com/search: seven kinds, refunds are none of them). */
	isSearchable?: true;
	/** An event of one of these types comes with every creation (docs.stripe.com/api/events/types). */
	createdEvents: readonly string[];
	/** An event of one of these types comes with every change by an update. */
	updatedEvents?: readonly string[];
	/** By the last part of the path: the events that an action brings about. */
	actionEvents?: Readonly<Record<string, readonly string[]>>;
}

const describeUpdatable = (kind: string, name = kind) => ({
	kind,
	createdEvents: [`${name}.created`],
	updatedEvents: [`${name}.updated`],
});

/**
 * What the API shows of its collections: the filters are those of the list requests in docs.stripe.com/api, the events those
 * of docs.stripe.com/api/events/types. A payment intent's update brings about no event.
 */
const COLLECTIONS: ReadonlyMap<string, Collection> = new Map(
	Object.entries<Collection>({
		'/v1/payment_intents': {
			kind: 'payment_intent',
			listFilters: ['customer'],
			isSearchable: true,
			createdEvents: ['payment_intent.created'],
			actionEvents: {
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
			kind: 'charge',
			listFilters: ['customer'],
			isSearchable: true,
			createdEvents: ['charge.succeeded', 'charge.pending', 'charge.failed'],
			updatedEvents: ['charge.updated'],
			actionEvents: { capture: ['charge.captured'] },
		},
		'/v1/refunds': {
			kind: 'refund',
			listFilters: ['charge', 'payment_intent'],
			createdEvents: ['refund.created', 'charge.refunded'],
			updatedEvents: ['refund.updated', 'charge.refund.updated'],
		},
		'/v1/customers': { ...describeUpdatable('customer'), listFilters: [], isSearchable: true },
		'/v1/setup_intents': {
			kind: 'setup_intent',
			listFilters: ['customer'],
			createdEvents: ['setup_intent.created'],
			actionEvents: {
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
			...describeUpdatable('subscription', 'customer.subscription'),
			listFilters: ['customer'],
			listAllParams: { status: 'all' },
			isSearchable: true,
		},
		'/v1/invoices': {
			...describeUpdatable('invoice'),
			listFilters: ['customer', 'subscription'],
			isSearchable: true,
			actionEvents: {
				pay: ['invoice.paid', 'invoice.payment_failed'],
				finalize: ['invoice.finalized'],
				void: ['invoice.voided'],
				mark_uncollectible: ['invoice.marked_uncollectible'],
			},
		},
		'/v1/invoiceitems': {
			kind: 'invoiceitem',
			listFilters: ['customer', 'invoice'],
			createdEvents: ['invoiceitem.created'],
		},
		'/v1/products': { ...describeUpdatable('product'), listFilters: [], isSearchable: true },
		'/v1/prices': { ...describeUpdatable('price'), listFilters: ['product'], isSearchable: true },
		'/v1/plans': { ...describeUpdatable('plan'), listFilters: ['product'] },
		'/v1/coupons': { ...describeUpdatable('coupon'), listFilters: [] },
		'/v1/promotion_codes': { ...describeUpdatable('promotion_code'), listFilters: [] },
		'/v1/tax_rates': { ...describeUpdatable('tax_rate'), listFilters: [] },
		'/v1/credit_notes': { ...describeUpdatable('credit_note'), listFilters: ['customer', 'invoice'] },
		'/v1/subscription_schedules': {
			...describeUpdatable('subscription_schedule'),
			listFilters: ['customer'],
		},
		'/v1/payouts': {
			...describeUpdatable('payout'),
			listFilters: ['destination'],
			actionEvents: { cancel: ['payout.canceled'] },
		},
		'/v1/topups': { kind: 'topup', listFilters: [], createdEvents: ['topup.created'] },
		'/v1/transfers': { ...describeUpdatable('transfer'), listFilters: ['destination'] },
		'/v1/quotes': { kind: 'quote', createdEvents: ['quote.created'] },
		'/v1/payment_links': { ...describeUpdatable('payment_link') },
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
export function parseTarget(path: string): Target | undefined {
	const [, version, name, id, action, ...below] = path.split('/');
	const collectionPath = `/${version ?? ''}/${name ?? ''}`;
	const collection = COLLECTIONS.get(collectionPath);
	if (!collection || id === '' || below.length > 0) return undefined;
	if (action !== undefined && !Object.hasOwn(collection.actionEvents ?? {}, action)) return undefined;
	return { collection, path: collectionPath, id, action };
}
