import type { Entry } from '../../ledger/model/entry';
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
	if (!paramsStored) return undefined;
	for (const name of REPEATED_PARAMS) {
		const [asked, shown] = [params[name], toPlainText(object[name])];
		if (typeof asked !== 'string' || asked === '' || shown === undefined) continue;
		// Stripe writes currencies in lower case, however they were asked for.
		if (asked !== shown && (name !== 'currency' || asked.toLowerCase() !== shown))
			return `its ${name} is ${shown}, not ${asked}`;
	}
	return undefined;
}

/** A reference is an id, or the whole object where that was asked for. */
function toPlainText(value: unknown): string | undefined {
	if (typeof value === 'number') return String(value);
	if (typeof value === 'string') return value;
	const { id } = (value ?? {}) as { id?: unknown };
	return typeof id === 'string' ? id : undefined;
}
