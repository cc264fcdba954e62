import type { INodePropertyOptions } from 'n8n-workflow';
import type Stripe from 'stripe';

import { sortByLabel } from '../shared/parameters/resourceProperties';

/** Stripe's wildcard for all events, except for those that must be selected explicitly. */
const ALL_EVENTS = '*';

type EventRow = readonly [type: Stripe.Event['type'], words: string, note?: string];

/**
 * The most common events, grouped by topic. Any other type can be entered (docs.stripe.com/api/events/types). Group names are our
 * own; Stripe gets the types in the group.
 */
const EVENT_GROUPS: ReadonlyMap<string, { name: string; events: readonly EventRow[] }> = new Map(
	Object.entries<{ name: string; events: readonly EventRow[] }>({
		'charge.*': {
			name: 'Charge',
			events: [
				['charge.captured', 'Charge Captured', 'The held money was collected'],
				['charge.failed', 'Charge Failed'],
				['charge.refunded', 'Charge Refunded', 'In full or in part'],
				['charge.succeeded', 'Charge Succeeded'],
			],
		},
		'charge.dispute.*': {
			name: 'Dispute',
			events: [
				['charge.dispute.closed', 'Dispute Closed', 'Won or lost'],
				['charge.dispute.created', 'Dispute Created', 'A customer disputed a payment with the bank'],
				[
					'charge.dispute.funds_reinstated',
					'Dispute Funds Reinstated',
					'The disputed money was returned',
				],
				[
					'charge.dispute.funds_withdrawn',
					'Dispute Funds Withdrawn',
					'The bank withdrew the disputed money',
				],
				['charge.dispute.updated', 'Dispute Updated'],
			],
		},
		'checkout.session.*': {
			name: 'Checkout',
			events: [
				['checkout.session.async_payment_failed', 'Checkout Payment Failed Later'],
				['checkout.session.async_payment_succeeded', 'Checkout Payment Succeeded Later'],
				['checkout.session.completed', 'Checkout Completed', 'The money may not have arrived yet'],
				['checkout.session.expired', 'Checkout Expired'],
			],
		},
		'credit_note.*': {
			name: 'Credit Note',
			events: [
				['credit_note.created', 'Credit Note Created'],
				['credit_note.updated', 'Credit Note Updated'],
				['credit_note.voided', 'Credit Note Voided'],
			],
		},
		'customer.*': {
			name: 'Customer',
			events: [
				['customer.created', 'Customer Created'],
				['customer.deleted', 'Customer Deleted'],
				['customer.updated', 'Customer Updated'],
			],
		},
		'customer.subscription.*': {
			name: 'Subscription',
			events: [
				['customer.subscription.created', 'Subscription Created'],
				['customer.subscription.deleted', 'Subscription Ended', 'It was canceled and has ended'],
				['customer.subscription.paused', 'Subscription Paused'],
				['customer.subscription.pending_update_applied', 'Subscription Pending Update Applied'],
				['customer.subscription.pending_update_expired', 'Subscription Pending Update Expired'],
				['customer.subscription.resumed', 'Subscription Resumed'],
				[
					'customer.subscription.trial_will_end',
					'Subscription Trial Will End',
					'Three days in advance',
				],
				['customer.subscription.updated', 'Subscription Updated'],
			],
		},
		'invoice.*': {
			name: 'Invoice',
			events: [
				['invoice.created', 'Invoice Created'],
				[
					'invoice.finalization_failed',
					'Invoice Could Not Be Finalized',
					'It stays a draft, and nothing is charged',
				],
				['invoice.finalized', 'Invoice Finalized'],
				['invoice.marked_uncollectible', 'Invoice Marked Uncollectible'],
				['invoice.overdue', 'Invoice Overdue'],
				['invoice.paid', 'Invoice Paid'],
				[
					'invoice.payment_action_required',
					'Invoice Payment Needs Action',
					'The customer has to confirm it',
				],
				['invoice.payment_failed', 'Invoice Payment Failed'],
				['invoice.sent', 'Invoice Sent'],
				['invoice.upcoming', 'Invoice Upcoming', 'Days before a subscription renews'],
				['invoice.voided', 'Invoice Voided'],
			],
		},
		'payment_intent.*': {
			name: 'Payment',
			events: [
				[
					'payment_intent.amount_capturable_updated',
					'Payment Authorized',
					'The money is held until it is captured',
				],
				['payment_intent.canceled', 'Payment Canceled'],
				['payment_intent.created', 'Payment Created'],
				['payment_intent.payment_failed', 'Payment Failed'],
				['payment_intent.processing', 'Payment Processing', 'The bank may take days to confirm it'],
				['payment_intent.requires_action', 'Payment Needs Action', 'The customer has to confirm it'],
				['payment_intent.succeeded', 'Payment Succeeded', 'The money was collected'],
			],
		},
		'payment_method.*': {
			name: 'Payment Method',
			events: [
				['payment_method.attached', 'Payment Method Attached'],
				[
					'payment_method.automatically_updated',
					'Payment Method Updated by the Bank',
					'A new number or expiry date',
				],
			],
		},
		'payout.*': {
			name: 'Payout',
			events: [
				['payout.canceled', 'Payout Canceled'],
				['payout.created', 'Payout Created'],
				['payout.failed', 'Payout Failed', 'This can happen days after it was paid'],
				['payout.paid', 'Payout Paid', 'It can still fail within five business days'],
				[
					'payout.reconciliation_completed',
					'Payout Reconciliation Completed',
					'Its transactions can be listed',
				],
			],
		},
		'promotion_code.*': {
			name: 'Promotion Code',
			events: [
				['promotion_code.created', 'Promotion Code Created'],
				['promotion_code.updated', 'Promotion Code Updated'],
			],
		},
		'quote.*': { name: 'Quote', events: [['quote.accepted', 'Quote Accepted']] },
		'refund.*': {
			name: 'Refund',
			events: [
				['refund.created', 'Refund Created'],
				['refund.failed', 'Refund Failed'],
				['refund.updated', 'Refund Updated'],
			],
		},
		'setup_intent.*': {
			name: 'Setup of a Payment Method',
			events: [['setup_intent.succeeded', 'Setup of a Payment Method Succeeded']],
		},
		'subscription_schedule.*': {
			name: 'Subscription Schedule',
			events: [
				[
					'subscription_schedule.aborted',
					'Subscription Schedule Aborted',
					'Its subscription was not paid',
				],
				['subscription_schedule.canceled', 'Subscription Schedule Canceled'],
				['subscription_schedule.completed', 'Subscription Schedule Completed'],
				['subscription_schedule.created', 'Subscription Schedule Created'],
				['subscription_schedule.expiring', 'Subscription Schedule Expiring', 'Seven days in advance'],
				['subscription_schedule.released', 'Subscription Schedule Released'],
				['subscription_schedule.updated', 'Subscription Schedule Updated'],
			],
		},
		'transfer.*': {
			name: 'Transfer',
			events: [
				['transfer.created', 'Transfer Created'],
				['transfer.reversed', 'Transfer Reversed', 'In full or in part'],
				['transfer.updated', 'Transfer Updated'],
			],
		},
	}),
);

const groupOptions = [...EVENT_GROUPS]
	.filter(([, { events }]) => events.length > 1)
	.map(([group, { name, events }]): INodePropertyOptions => ({
		name: `${name}: All`,
		value: group,
		description: `Each of the ${events.length} events of this list about it`,
	}));

const typeOptions = [...EVENT_GROUPS.values()]
	.flatMap(({ events }) => events)
	.map(([type, words, note]): INodePropertyOptions => {
		const called = `Stripe calls it ${type}`;
		return { name: words, value: type, description: note === undefined ? called : `${note}. ${called}.` };
	});

export const eventOptions: INodePropertyOptions[] = [
	{
		name: 'All Events',
		value: ALL_EVENTS,
		description: 'Every event except those that Stripe requires to be listed individually',
	},
	...sortByLabel([...groupOptions, ...typeOptions]),
];

/** Returns the event types of a choice: those of a group, or the type itself. */
export function expandGroup(chosen: string): readonly string[] {
	return EVENT_GROUPS.get(chosen)?.events.map(([type]) => type) ?? [chosen];
}

/** Returns whether an event matches the selected ones. */
export function isChosen(type: string, chosen: readonly string[]): boolean {
	return chosen.includes(ALL_EVENTS) || chosen.includes(type);
}
