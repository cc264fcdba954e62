import type { StripeObject } from './stripeObject';
import { isObject } from './stripeObject';

/** The fields on which an approval relies: kind, owner, status, amounts, evidence. Links and descriptions are left out. */
const STATE_FIELDS = [
	'object',
	'id',
	'created',
	'deleted',
	'active',
	'status',
	'currency',
	'customer',
	'customer_account',
	'destination',
	'payment_method',
	'default_payment_method',
	'amount',
	'amount_due',
	'amount_paid',
	'amount_remaining',
	'amount_received',
	'amount_capturable',
	'amount_captured',
	'amount_refunded',
	'captured',
	'refunded',
	'disputed',
	'balance',
	'total',
	'unit_amount',
	'unit_amount_decimal',
	'recurring',
	'amount_off',
	'percent_off',
	'quantity',
	'latest_invoice',
	'latest_charge',
	'cancel_at',
	'cancel_at_period_end',
	'canceled_at',
	'pause_collection',
	'collection_method',
	'auto_advance',
	'evidence',
];

/** Describes the state of an object as JSON that stays the same until one of these fields changes. */
export function describeObjectState(object: StripeObject): Record<string, unknown> {
	const shown = STATE_FIELDS.flatMap((name) => {
		const value = object[name];
		return value === undefined ? [] : [[name, isObject(value) ? (value.id ?? value) : value] as const];
	});
	const { items } = object;
	const rows = isObject(items) && Array.isArray(items.data) ? (items.data as StripeObject[]) : [];
	return { ...Object.fromEntries(shown), items: rows.map(describeRow) };
}

/** Describes an item of a subscription. */
function describeRow({ id, price, quantity }: StripeObject) {
	return { id, price: isObject(price) ? price.id : price, quantity };
}
