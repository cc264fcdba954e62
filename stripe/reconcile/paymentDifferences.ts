import type { Difference, Params } from '../../ledger/model/request';
import type { StripeObject } from '../objects/stripeObject';

/**
 * In what a payment intent is another payment than the one that is asked for: amount, currency, customer, where the money goes,
 * and whether it is collected at once. Nothing else of it moves money.
 *
 * @param sent the parameters as they go over the wire
 * @returns what Stripe shows as `stored`, what is asked for as `asked`; amounts in the minor unit
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

/** Of an authorized payment, somebody may have collected a part. */
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
		// Both collect at once; which is the default depends on the API version (docs.stripe.com/api/payment_intents/create).
		capture_method: toText(capture_method) === 'manual' ? 'manual' : 'automatic',
	};
}

/** A reference is an id, or the whole object where that was asked for. */
function toText(value: unknown): string {
	if (typeof value === 'number') return String(value);
	if (typeof value === 'string') return value === '' ? NONE : value;
	const { id } = (value ?? {}) as { id?: unknown };
	return typeof id === 'string' ? id : NONE;
}
