import type { Difference, Params } from '../../ledger/model/request';
import type { StripeObject } from './finding';

/**
 * In what a payment intent is another payment than the one that is asked for: amount, currency, customer, where the money goes,
 * and whether it is collected at once. Nothing else of it moves money.
 *
 * @param sent the parameters as they go over the wire
 * @returns what Stripe shows as `stored`, what is asked for as `asked`; amounts in the minor unit
 */
export function differencesFromPayment(intent: StripeObject, sent: Params): Difference[] {
	const shown = factsOf(intent);
	const asked = factsOf(sent);
	const names = Object.keys(shown) as (keyof typeof shown)[];
	const differing = names.flatMap((name) =>
		shown[name] === asked[name] ? [] : [{ name, stored: shown[name], asked: asked[name] }],
	);
	return [...differing, ...otherThanCollected(intent, asked.amount)];
}

/** Of an authorized payment, somebody may have collected a part. */
function otherThanCollected(
	{ status, amount_received: received }: StripeObject,
	asked: string,
): Difference[] {
	const collected = textIn(received);
	const isOther = status === 'succeeded' && collected !== asked && collected !== NONE;
	return isOther ? [{ name: 'amount_received', stored: collected, asked }] : [];
}

const NONE = '(none)';

function factsOf(of: StripeObject | Params) {
	const { amount, currency, customer, customer_account, transfer_data, capture_method } = of;
	const { destination } = (transfer_data ?? {}) as { destination?: unknown };
	return {
		amount: textIn(amount),
		currency: textIn(currency).toLowerCase(),
		customer: textIn(customer ?? customer_account),
		'transfer_data.destination': textIn(destination),
		// Both collect at once; which is the default depends on the API version (docs.stripe.com/api/payment_intents/create).
		capture_method: textIn(capture_method) === 'manual' ? 'manual' : 'automatic',
	};
}

/** A reference is an id, or the whole object where that was asked for. */
function textIn(value: unknown): string {
	if (typeof value === 'number') return String(value);
	if (typeof value === 'string') return value === '' ? NONE : value;
	const { id } = (value ?? {}) as { id?: unknown };
	return typeof id === 'string' ? id : NONE;
}
