import type { Entry } from '../../ledger/model/entry';
import type { Params } from '../../ledger/model/request';
import type { StripeObject } from './stripeObject';

/** Parameters that the object repeats. Only amounts may change later, and then other sources have to identify the object. */
const REPEATED_PARAMS = [
	'amount',
	'currency',
	'customer',
	'payment_intent',
	'charge',
	'destination',
	'invoice',
	'subscription',
	'price',
	'product',
	'quantity',
	'unit_amount',
	'mode',
];

/**
 * Describes how an object differs from the request. Metadata can be copied to other objects by people, programs and Stripe, so
 * metadata alone does not identify the object of an entry.
 *
 * @returns a message, or undefined if no difference is found
 */
export function findMismatch(
	{ request: { params }, paramsStored }: Pick<Entry, 'request' | 'paramsStored'>,
	object: StripeObject,
): string | undefined {
	return paramsStored ? findDifferentValue(params, object) : undefined;
}

/** Compares an object with parameters in wire form, like `findMismatch`. */
export function findDifferentValue(params: Params, object: StripeObject): string | undefined {
	for (const name of REPEATED_PARAMS) {
		const [asked, shown] = [params[name], toPlainText(object[name])];
		if (typeof asked !== 'string' || asked === '' || shown === undefined) continue;
		if (!isSameValue(name, asked, shown)) return `its ${name} is ${shown}, not ${asked}`;
	}
	return undefined;
}

/** Stripe returns currencies in lower case and numbers without leading zeros, however they were sent. */
function isSameValue(name: string, asked: string, shown: string): boolean {
	if (asked === shown) return true;
	if (name === 'currency') return asked.toLowerCase() === shown;
	return /^\d+$/.test(asked) && /^\d+$/.test(shown) && BigInt(asked) === BigInt(shown);
}

/** A reference is an ID, or the whole object if the request expanded it. */
function toPlainText(value: unknown): string | undefined {
	if (typeof value === 'number') return String(value);
	if (typeof value === 'string') return value;
	const { id } = (value ?? {}) as { id?: unknown };
	return typeof id === 'string' ? id : undefined;
}
