import type { PaymentState } from '../../../ledger/model/payment';
import { isEntryId } from '../../../ledger/identity/key';
import type { Params } from '../../../ledger/model/request';
import type { StripeObject } from '../../../stripe/objects/stripeObject';
import { readEntryId } from '../../../stripe/objects/metadata';
import { readPaymentFacts } from '../../../stripe/objects/paymentState';

/** A kind of existing object that can be adopted, and the operation that would create it again. */
export interface Adoptable {
	/** Its value of `object` in Stripe. */
	object: string;
	operation: string;
	collection: string;
	/** The parameters that a later request has to match. */
	params: (object: StripeObject) => Params;
	/** The payment happened, or is pending: sending it again would be a duplicate. */
	adoptableStates: readonly PaymentState[];
	/** The payment is still open: its customer can pay it. */
	openStates: readonly PaymentState[];
}

export const ADOPTABLE = {
	paymentIntent: {
		object: 'payment_intent',
		operation: 'paymentIntent.create',
		collection: '/v1/payment_intents',
		params: ({ amount, currency }) => toTextParams({ amount, currency }),
		adoptableStates: ['paid', 'authorized', 'processing'],
		openStates: ['unpaid', 'requires_action'],
	},
	/** As created by n8n's own Stripe node. Custom API Call replaces it. */
	charge: {
		object: 'charge',
		operation: 'customApiCall.request POST /v1/charges',
		collection: '/v1/charges',
		params: ({ amount, currency }) => toTextParams({ amount, currency }),
		adoptableStates: ['paid', 'authorized', 'processing'],
		openStates: [],
	},
	refund: {
		object: 'refund',
		operation: 'refund.create',
		collection: '/v1/refunds',
		params: ({ amount, charge, payment_intent: intent }) =>
			toTextParams({ amount, charge, payment_intent: intent }),
		adoptableStates: ['refunded', 'pending', 'requires_action'],
		openStates: [],
	},
} as const satisfies Record<string, Adoptable>;

export type AdoptableName = keyof typeof ADOPTABLE;
export const ADOPTABLE_NAMES = Object.keys(ADOPTABLE) as [AdoptableName, ...AdoptableName[]];

/** Why an existing payment is not adopted, for the person who has to decide about it. */
export interface AdoptRefusal {
	reason: string;
	message: string;
	nextStep: string;
}

/** @returns why it is not adopted in its current state; undefined if it is */
export function explainNotAdoptable(adoptable: Adoptable, object: StripeObject): AdoptRefusal | undefined {
	const id = String(object.id);
	if (object.object !== adoptable.object) {
		return {
			reason: 'another_object',
			message: `${id} is a ${String(object.object)}, not a ${adoptable.object}`,
			nextStep:
				'Enter the ID of the object that the operation would create again, e.g. the payment intent and not its charge.',
		};
	}
	if (adoptable.object === 'charge' && typeof object.payment_intent === 'string') {
		return {
			reason: 'another_object',
			message: `${id} belongs to the payment ${object.payment_intent}`,
			nextStep: 'Adopt that one: choose Payments in What to Adopt.',
		};
	}
	const { state } = readPaymentFacts(object) ?? {};
	if (state !== undefined && adoptable.adoptableStates.includes(state)) return undefined;
	if (state !== undefined && adoptable.openStates.includes(state)) {
		return {
			reason: state,
			message: `${id} is not paid (${String(object.status)}), and the customer can still pay it`,
			nextStep:
				'Cancel it in Stripe before the order runs again, or confirm it and then adopt it. Otherwise the order may be paid twice.',
		};
	}
	return {
		reason: state ?? 'state_not_known',
		message: `${id} moved no money and never will (${String(object.status)})`,
		nextStep: 'No action is needed. If the order runs again, it is paid then.',
	};
}

/** Returns the entry under which these nodes created it. */
export function readOriginalEntryId(object: StripeObject): string | undefined {
	const entryId = readEntryId(object);
	return entryId !== undefined && isEntryId(entryId) ? entryId : undefined;
}

/** Parameters are strings on the wire. A reference may be an expanded object. */
function toTextParams(values: Record<string, unknown>): Params {
	return Object.fromEntries(
		Object.entries(values).flatMap(([name, value]) => {
			const id = typeof value === 'object' && value !== null ? (value as StripeObject).id : value;
			return typeof id === 'string' || typeof id === 'number' ? [[name, String(id)]] : [];
		}),
	);
}
