import type { Entry } from '../../ledger/model/entry';
import type { Params } from '../../ledger/model/request';
import type { StripeObject } from './stripeObject';

/** Parameters that an object repeats. Only amounts may change later, and then another source has to tell whose it is. */
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
 * In what an object is not the one that was asked for. Metadata can be copied onto other objects, by people, by programs and
 * by Stripe, so they alone do not make an object an entry's.
 *
 * @returns words, or undefined where nothing differs that is known
 */
export function findMismatch(
	{ request: { params }, paramsStored }: Pick<Entry, 'request' | 'paramsStored'>,
	object: StripeObject,
): string | undefined {
	return paramsStored ? findDifferentValue(params, object) : undefined;
}

/** The same for parameters in wire form. */
export function findDifferentValue(params: Params, object: StripeObject): string | undefined {
	for (const name of REPEATED_PARAMS) {
		const [asked, shown] = [params[name], toPlainText(object[name])];
		if (typeof asked !== 'string' || asked === '' || shown === undefined) continue;
		if (!isSameValue(name, asked, shown)) return `its ${name} is ${shown}, not ${asked}`;
	}
	return undefined;
}

/** Stripe writes currencies in lower case, and numbers without leading zeros, however they were asked for. */
function isSameValue(name: string, asked: string, shown: string): boolean {
	if (asked === shown) return true;
	if (name === 'currency') return asked.toLowerCase() === shown;
	return /^\d+$/.test(asked) && /^\d+$/.test(shown) && BigInt(asked) === BigInt(shown);
}

/** A reference is an id, or the whole object where that was asked for. */
function toPlainText(value: unknown): string | undefined {
	if (typeof value === 'number') return String(value);
	if (typeof value === 'string') return value;
	const { id } = (value ?? {}) as { id?: unknown };
	return typeof id === 'string' ? id : undefined;
}
