/** What a token can be given for, with what the editor calls it and what has come of it when it is done. */
export const INTENT_OPERATIONS = {
	'charge.capture': { name: 'Capture a Charge', done: 'collected with charge' },
	'paymentIntent.capture': { name: 'Capture a Payment Intent', done: 'collected with payment' },
	'paymentIntent.confirm': { name: 'Confirm a Payment Intent', done: 'paid by payment' },
	'paymentIntent.create': { name: 'Create a Payment Intent', done: 'paid by payment' },
	'refund.create': { name: 'Create a Refund', done: 'given back by refund' },
} as const;

export type IntentOperation = keyof typeof INTENT_OPERATIONS;

export const intentOperations = Object.keys(INTENT_OPERATIONS) as IntentOperation[];

/** The values are contracts of the Stripe node: resource and operation. */
export const intentOperationOptions = intentOperations.map((value) => ({
	name: INTENT_OPERATIONS[value].name,
	value,
}));
