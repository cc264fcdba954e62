import type { INodePropertyOptions } from 'n8n-workflow';

/** Stripe's word for all events, but for those that must be asked for one by one. */
const ALL_EVENTS = '*';

/** The events that people ask for first; every other one can be typed in (docs.stripe.com/api/events/types). */
const EVENT_TYPES: readonly (readonly [type: string, description?: string])[] = [
	['charge.captured'],
	['charge.dispute.closed'],
	['charge.dispute.created', 'A customer disputed a payment with the bank'],
	['charge.failed'],
	['charge.refunded', 'Also for a part of it'],
	['charge.succeeded'],
	['checkout.session.async_payment_failed'],
	['checkout.session.async_payment_succeeded'],
	['checkout.session.completed'],
	['checkout.session.expired'],
	['customer.created'],
	['customer.deleted'],
	['customer.subscription.created'],
	['customer.subscription.deleted'],
	['customer.subscription.trial_will_end'],
	['customer.subscription.updated'],
	['customer.updated'],
	['invoice.created'],
	['invoice.finalized'],
	['invoice.paid'],
	['invoice.payment_failed'],
	['payment_intent.amount_capturable_updated', 'The money is held, and waits to be captured'],
	['payment_intent.canceled'],
	['payment_intent.created'],
	['payment_intent.payment_failed'],
	['payment_intent.processing'],
	['payment_intent.requires_action', 'The customer has to confirm it'],
	['payment_intent.succeeded', 'The money is there'],
	['payout.failed'],
	['payout.paid'],
	['refund.created'],
	['refund.failed'],
	['refund.updated'],
	['setup_intent.succeeded'],
];

/** `charge.dispute.created` → `Charge: Dispute: Created`. */
function toEventName(type: string): string {
	return type
		.split('.')
		.map((part) => part.split('_').map(capitalize).join(' '))
		.join(': ');
}

function capitalize(word: string): string {
	return `${word[0]?.toUpperCase()}${word.slice(1)}`;
}

export const eventOptions: INodePropertyOptions[] = [
	{
		name: 'All Events',
		value: ALL_EVENTS,
		description: 'Every event except those that Stripe requires to be listed individually',
	},
	...EVENT_TYPES.map(([type, description = `Stripe calls it ${type}`]) => ({
		name: toEventName(type),
		value: type,
		description,
	})),
];

/** Whether an event is one of those that were chosen. */
export function isChosen(type: string, chosen: readonly string[]): boolean {
	return chosen.includes(ALL_EVENTS) || chosen.includes(type);
}
