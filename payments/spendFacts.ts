import type { Expectation } from '../ledger/model/entry';
import type { Params, Seen } from '../ledger/model/request';
import type { StripeObject } from '../stripe/objects/stripeObject';

/** Reads an object from Stripe, or the result of a POST that creates nothing. Throws if Stripe does not return it. */
export type Read = (question: string | { path: string; params: Params }) => Promise<StripeObject>;

/** A write whose request names no amount. */
export interface MeasuredRequest {
	path: string;
	/** The parameters as they would be sent. */
	params: Params;
	/** Stripe's time, in ms since the epoch. */
	now: number;
}

/** What the request would move according to Stripe. `frozen` has to be sent too, so that Stripe calculates the same. */
export type Measured = Omit<Expectation, 'spend'> & {
	amount: number;
	currency: unknown;
	frozen?: Params;
	/** The object on which the amount is based. */
	seen?: Seen;
} & Pick<Expectation['spend'], 'customer' | 'object'>;

/** Thrown if Stripe's data does not show how much would be moved. Nothing is sent then. */
export class UnknownSpendError extends Error {
	constructor(
		message: string,
		readonly nextStep: string,
	) {
		super(message);
		this.name = 'UnknownSpendError';
	}
}

export function buildUnknownSpend(
	message: string,
	nextStep = 'Leave that out, or remove the limit once a person has checked the amount.',
): UnknownSpendError {
	return new UnknownSpendError(message, nextStep);
}

/** Newer integrations have an account instead of a customer (docs.stripe.com/api/payment_intents/create). */
export function readCustomer({ customer, customer_account: account }: StripeObject): string | undefined {
	const owner =
		typeof customer === 'object' && customer !== null ? (customer as StripeObject).id : customer;
	return optionalText(owner) ?? optionalText(account);
}

function optionalText(value: unknown): string | undefined {
	return toTextOrEmpty(value) || undefined;
}

export function toTextOrEmpty(value: unknown): string {
	return typeof value === 'string' ? value : '';
}

/** An amount in minor units. A value that is not a whole number fits no reservation and no limit. */
export function readMinor(value: unknown): number {
	const isNumber = typeof value === 'number' || (typeof value === 'string' && value !== '');
	const amount = isNumber ? Number(value) : NaN;
	return Number.isSafeInteger(amount) && amount >= 0 ? amount : NaN;
}
