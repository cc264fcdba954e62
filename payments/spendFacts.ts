import type { Expectation } from '../ledger/model/entry';
import type { Params } from '../ledger/model/request';
import type { StripeObject } from '../stripe/objects/stripeObject';

/** Reads an object in Stripe, or what a POST works out that leaves nothing behind; throws where Stripe does not give it. */
export type Read = (question: string | { path: string; params: Params }) => Promise<StripeObject>;

/** A write whose request names no amount. */
export interface MeasuredRequest {
	path: string;
	/** As they would be sent. */
	params: Params;
	/** Stripe's time, ms. */
	now: number;
}

/** What it would move, as Stripe tells it; `frozen` has to be sent beside so that Stripe works out the same. */
export type Measured = Omit<Expectation, 'spend'> & {
	amount: number;
	currency: unknown;
	frozen?: Params;
} & Pick<Expectation['spend'], 'customer' | 'object'>;

/** What Stripe shows does not tell how much would be moved: nothing is sent then. */
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

/** Newer integrations name an account in the place of a customer (docs.stripe.com/api/payment_intents/create). */
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

/** Minor units. What is no whole number fits no reservation and no limit. */
export function readMinor(value: unknown): number {
	const isNumber = typeof value === 'number' || (typeof value === 'string' && value !== '');
	const amount = isNumber ? Number(value) : NaN;
	return Number.isSafeInteger(amount) && amount >= 0 ? amount : NaN;
}
