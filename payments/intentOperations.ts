/**
 * Operations for which a token can be issued, because the request or its object determines the amount and the customer. The names
 * are contracts of the Stripe node: resource and operation.
 */
export const INTENT_OPERATIONS = {
	'charge.capture': { name: 'Capture a Charge', done: 'collected with charge', actsOnObject: true },
	'creditNote.create': {
		name: 'Create a Credit Note',
		done: 'credited by credit note',
		actsOnObject: true,
	},
	'customerBalance.adjust': {
		name: 'Credit a Customer Balance',
		done: 'credited by balance transaction',
		actsOnObject: false,
	},
	'invoice.billCustomer': { name: 'Bill a Customer', done: 'billed by invoice', actsOnObject: false },
	'invoice.pay': { name: 'Pay an Invoice', done: 'paid by invoice', actsOnObject: true },
	'paymentIntent.capture': {
		name: 'Capture a Payment Intent',
		done: 'collected with payment',
		actsOnObject: true,
	},
	'paymentIntent.confirm': {
		name: 'Confirm a Payment Intent',
		done: 'paid by payment',
		actsOnObject: true,
	},
	'paymentIntent.create': { name: 'Create a Payment Intent', done: 'paid by payment', actsOnObject: false },
	'payout.create': { name: 'Create a Payout', done: 'paid out by payout', actsOnObject: false },
	'refund.create': { name: 'Create a Refund', done: 'refunded by refund', actsOnObject: true },
	'subscription.changePlan': {
		name: 'Change the Plan of a Subscription',
		done: 'changed in subscription',
		actsOnObject: true,
	},
	'subscription.create': {
		name: 'Create a Subscription',
		done: 'subscribed by subscription',
		actsOnObject: false,
	},
	'transfer.create': { name: 'Create a Transfer', done: 'sent by transfer', actsOnObject: true },
} as const;

export type IntentOperation = keyof typeof INTENT_OPERATIONS;

export const intentOperations = Object.keys(INTENT_OPERATIONS) as IntentOperation[];

/** @param name resource and operation: `refund.create` */
export function findIntentOperation(name: string): IntentOperation | undefined {
	return intentOperations.find((operation) => operation === name);
}

/** The object has to be named: refunding another payment is another refund. */
export const ACTS_ON_OBJECT = intentOperations.filter((value) => INTENT_OPERATIONS[value].actsOnObject);

export const intentOperationOptions = intentOperations.map((value) => ({
	name: INTENT_OPERATIONS[value].name,
	value,
}));
