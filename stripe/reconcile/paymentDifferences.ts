import type { Difference, Params } from '../../ledger/model/request';
import type { StripeObject } from '../objects/stripeObject';

/**
 * Compares a PaymentIntent with a requested payment: amount, currency, customer, destination of the money, and whether it is
 * captured at once. Nothing else moves money.
 *
 * @param sent the parameters as they are sent
 * @returns differences with Stripe's value as `stored` and the requested one as `requested`; amounts in minor units
 */
export function findPaymentDifferences(intent: StripeObject, sent: Params): Difference[] {
	const actual = toComparable(intent);
	const requested = toComparable(sent);
	const names = Object.keys(actual) as (keyof typeof actual)[];
	const differing = names.flatMap((name) =>
		actual[name] === requested[name] ? [] : [{ name, stored: actual[name], requested: requested[name] }],
	);
	return [...differing, ...findCollectedDifference(intent, requested.amount)];
}

/** An authorized payment may have been captured in part by somebody else. */
function findCollectedDifference(
	{ status, amount_received: received }: StripeObject,
	requestedAmount: string,
): Difference[] {
	const collected = toText(received);
	const isOther = status === 'succeeded' && collected !== requestedAmount && collected !== NONE;
	return isOther ? [{ name: 'amount_received', stored: collected, requested: requestedAmount }] : [];
}

const NONE = '(none)';

function toComparable(of: StripeObject | Params) {
	const { amount, currency, customer, customer_account, transfer_data, capture_method } = of;
	const { destination } = (transfer_data ?? {}) as { destination?: unknown };
	return {
		amount: toText(amount),
		currency: toText(currency).toLowerCase(),
		customer: toText(customer ?? customer_account),
		'transfer_data.destination': toText(destination),
		// Both values capture at once. The default depends on the API version (docs.stripe.com/api/payment_intents/create).
		capture_method: toText(capture_method) === 'manual' ? 'manual' : 'automatic',
	};
}

/** A reference is an ID, or the whole object if the request expanded it. */
function toText(value: unknown): string {
	if (typeof value === 'number') return String(value);
	if (typeof value === 'string') return value === '' ? NONE : value;
	const { id } = (value ?? {}) as { id?: unknown };
	return typeof id === 'string' ? id : NONE;
}
