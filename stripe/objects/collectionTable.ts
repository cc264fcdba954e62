import type { Action, AddedTo, Collection } from './collection';
import { readEntryId } from './metadata';
import { isObject, readReference } from './stripeObject';

const on = (...events: string[]): Action => ({ events });

const describeUpdatable = (kind: string, resource: string, name = kind) => ({
	kind,
	resource,
	createdEvents: [`${name}.created`],
	updatedEvents: [`${name}.updated`],
});

/** Each line names the entry in its metadata. */
const LINES: AddedTo = {
	list: (invoice) => ({ path: `${invoice}/lines`, query: {} }),
	isOwn: (line, { entryId }) => readEntryId(line) === entryId,
};

/** A payment is attached only once, whoever requested it. */
const PAYMENTS: AddedTo = {
	list: (invoice) => ({
		path: '/v1/invoice_payments',
		query: { invoice: decodeURIComponent(invoice.split('/').at(-1) ?? '') },
	}),
	isOwn: ({ payment, status }, { request }) =>
		isObject(payment) &&
		status !== 'canceled' &&
		readReference(payment.payment_intent) === request.params.payment_intent,
};

/**
 * What the API shows of its collections. The filters are those of the list requests in docs.stripe.com/api, the events those of
 * docs.stripe.com/api/events/types. Updating an intent, an invoice item or a quote sends no event. `:id` is the ID of the parent
 * object.
 */
export const COLLECTIONS: Readonly<Record<string, Collection>> = {
	'/v1/payment_intents': {
		kind: 'payment_intent',
		resource: 'paymentIntent',
		listFilters: ['customer'],
		isSearchable: true,
		createdEvents: ['payment_intent.created'],
		actions: {
			confirm: on(
				'payment_intent.succeeded',
				'payment_intent.processing',
				'payment_intent.requires_action',
				'payment_intent.amount_capturable_updated',
				'payment_intent.payment_failed',
			),
			capture: on('payment_intent.succeeded', 'payment_intent.amount_capturable_updated'),
			cancel: on('payment_intent.canceled'),
			increment_authorization: on('payment_intent.amount_capturable_updated'),
		},
	},
	'/v1/charges': {
		kind: 'charge',
		resource: 'charge',
		listFilters: ['customer'],
		isSearchable: true,
		createdEvents: ['charge.succeeded', 'charge.pending', 'charge.failed'],
		updatedEvents: ['charge.updated'],
		actions: { capture: on('charge.captured') },
	},
	'/v1/refunds': {
		kind: 'refund',
		resource: 'refund',
		listFilters: ['charge', 'payment_intent'],
		createdEvents: ['refund.created', 'charge.refunded'],
		updatedEvents: ['refund.updated', 'charge.refund.updated'],
		actions: { cancel: on('refund.updated', 'refund.failed') },
	},
	'/v1/customers': {
		...describeUpdatable('customer', 'customer'),
		listFilters: [],
		isSearchable: true,
		showsDeleted: true,
	},
	'/v1/customers/:id/balance_transactions': {
		kind: 'customer_balance_transaction',
		resource: 'customerBalance',
		listFilters: [],
		createdEvents: ['customer.updated'],
	},
	'/v1/payment_methods': {
		kind: 'payment_method',
		resource: 'paymentMethod',
		createdEvents: [],
		updatedEvents: ['payment_method.updated'],
		actions: { attach: on('payment_method.attached'), detach: on('payment_method.detached') },
	},
	'/v1/setup_intents': {
		kind: 'setup_intent',
		resource: 'setupIntent',
		listFilters: ['customer', 'payment_method'],
		createdEvents: ['setup_intent.created'],
		actions: {
			confirm: on(
				'setup_intent.succeeded',
				'setup_intent.requires_action',
				'setup_intent.setup_failed',
			),
			cancel: on('setup_intent.canceled'),
		},
	},
	'/v1/subscriptions': {
		...describeUpdatable('subscription', 'subscription', 'customer.subscription'),
		listFilters: ['customer'],
		listAllParams: { status: 'all' },
		isSearchable: true,
		showsDeleted: true,
		actions: {
			pause: on('customer.subscription.paused'),
			resume: on('customer.subscription.resumed', 'customer.subscription.updated'),
		},
	},
	'/v1/subscription_items': { kind: 'subscription_item', resource: 'subscriptionItem', createdEvents: [] },
	'/v1/invoices': {
		...describeUpdatable('invoice', 'invoice'),
		listFilters: ['customer', 'subscription'],
		isSearchable: true,
		actions: {
			pay: on('invoice.paid', 'invoice.payment_failed'),
			finalize: on('invoice.finalized'),
			void: on('invoice.voided'),
			mark_uncollectible: on('invoice.marked_uncollectible'),
			send: on('invoice.sent'),
			add_lines: { events: ['invoice.updated'], addsTo: LINES },
			attach_payment: { events: ['invoice.paid', 'invoice.updated'], addsTo: PAYMENTS },
		},
	},
	'/v1/invoiceitems': {
		kind: 'invoiceitem',
		resource: 'invoiceItem',
		listFilters: ['customer', 'invoice'],
		createdEvents: ['invoiceitem.created'],
	},
	'/v1/products': {
		...describeUpdatable('product', 'product'),
		listFilters: [],
		isSearchable: true,
		hasOwnIds: true,
	},
	'/v1/prices': {
		...describeUpdatable('price', 'price'),
		listFilters: ['product', 'currency'],
		isSearchable: true,
		hasOwnIds: true,
	},
	'/v1/plans': { ...describeUpdatable('plan', 'plan'), listFilters: ['product'], hasOwnIds: true },
	'/v1/coupons': { ...describeUpdatable('coupon', 'coupon'), listFilters: [], hasOwnIds: true },
	'/v1/promotion_codes': {
		...describeUpdatable('promotion_code', 'promotionCode'),
		listFilters: ['code', 'customer'],
		hasOwnIds: true,
	},
	'/v1/tax_rates': { ...describeUpdatable('tax_rate', 'taxRate'), listFilters: ['inclusive'] },
	'/v1/credit_notes': {
		...describeUpdatable('credit_note', 'creditNote'),
		listFilters: ['customer', 'invoice'],
		actions: { void: on('credit_note.voided') },
	},
	'/v1/subscription_schedules': {
		...describeUpdatable('subscription_schedule', 'subscriptionSchedule'),
		listFilters: ['customer'],
		actions: {
			cancel: on('subscription_schedule.canceled'),
			release: on('subscription_schedule.released'),
		},
	},
	'/v1/payouts': {
		...describeUpdatable('payout', 'payout'),
		listFilters: ['destination'],
		actions: { cancel: on('payout.canceled'), reverse: on('payout.created', 'payout.updated') },
	},
	'/v1/topups': {
		kind: 'topup',
		resource: 'topUp',
		listFilters: [],
		createdEvents: ['topup.created'],
		actions: { cancel: on('topup.canceled') },
	},
	'/v1/transfers': {
		...describeUpdatable('transfer', 'transfer'),
		listFilters: ['destination', 'transfer_group'],
	},
	'/v1/transfers/:id/reversals': {
		kind: 'transfer_reversal',
		resource: 'transfer',
		listFilters: [],
		isListedWithoutTime: true,
		createdEvents: ['transfer.reversed'],
	},
	'/v1/disputes': {
		kind: 'dispute',
		resource: 'dispute',
		createdEvents: [],
		updatedEvents: ['charge.dispute.updated'],
		actions: { close: on('charge.dispute.closed') },
	},
	'/v1/quotes': {
		kind: 'quote',
		resource: 'quote',
		listFilters: ['customer'],
		isListedWithoutTime: true,
		createdEvents: ['quote.created'],
		actions: {
			finalize: on('quote.finalized'),
			accept: on('quote.accepted'),
			cancel: on('quote.canceled'),
		},
	},
	'/v1/payment_links': {
		...describeUpdatable('payment_link', 'paymentLink'),
		listFilters: [],
		isListedWithoutTime: true,
	},
	'/v1/checkout/sessions': {
		kind: 'checkout.session',
		resource: 'checkoutSession',
		listFilters: ['customer'],
		createdEvents: [],
		actions: { expire: on('checkout.session.expired') },
	},
	'/v1/billing/meters': {
		...describeUpdatable('billing.meter', 'meter'),
		listFilters: [],
		isListedWithoutTime: true,
		actions: {
			deactivate: on('billing.meter.deactivated'),
			reactivate: on('billing.meter.reactivated'),
		},
	},
	'/v1/billing/credit_grants': {
		...describeUpdatable('billing.credit_grant', 'creditGrant'),
		listFilters: ['customer'],
		isListedWithoutTime: true,
		actions: { expire: on('billing.credit_grant.updated'), void: on('billing.credit_grant.updated') },
	},
};
