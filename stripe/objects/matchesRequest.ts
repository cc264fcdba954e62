import type { Entry } from '../../ledger/model/entry';
import type { Params, Param } from '../../ledger/model/request';
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
		const [requested, actual] = [params[name], toPlainText(object[name])];
		if (typeof requested !== 'string' || requested === '' || actual === undefined) continue;
		if (!isSameValue(name, requested, actual)) return `its ${name} is ${actual}, not ${requested}`;
	}
	return undefined;
}

/** Stripe returns currencies in lower case and numbers without leading zeros, however they were sent. */
function isSameValue(name: string, requested: string, actual: string): boolean {
	if (requested === actual) return true;
	if (name === 'currency') return requested.toLowerCase() === actual.toLowerCase();
	return /^\d+$/.test(requested) && /^\d+$/.test(actual) && BigInt(requested) === BigInt(actual);
}

/** A reference is an ID, or the whole object if the request expanded it. */
function toPlainText(value: unknown): string | undefined {
	if (typeof value === 'number') return String(value);
	if (typeof value === 'string') return value;
	const { id } = (value ?? {}) as { id?: unknown };
	return typeof id === 'string' ? id : undefined;
}

/** Parameters that shape the response, or say how to make a change. No object shows them. */
const UNSHOWN_PARAMS = new Set([
	'expand',
	'off_session',
	'payment_behavior',
	'proration_behavior',
	'proration_date',
	'trial_from_plan',
]);

/**
 * Finds the parameters of an update that the object does not show as they were sent. Parameters are in wire form, where an empty
 * string unsets a value (docs.stripe.com/api/metadata).
 */
export function findUnappliedParams(object: Record<string, unknown>, params: Params): string[] {
	const names = Object.keys(params).filter((name) => !UNSHOWN_PARAMS.has(name));
	// Stripe applies none of the changes while the update waits for its payment
	// (docs.stripe.com/billing/subscriptions/pending-updates).
	if (object.pending_update) return names;
	return names.filter((name) => !isApplied(object[name], params[name] ?? '', name));
}

function isApplied(actual: unknown, sent: Param, name: string): boolean {
	if (typeof sent === 'string') return isAppliedText(actual, sent, name);
	if (typeof actual !== 'object' || actual === null) return isAllUnset(sent);
	if (Array.isArray(sent) && isStripeList(actual)) return sent.every((item) => isInList(actual, item));
	if (Array.isArray(sent) !== Array.isArray(actual)) return false;
	if (Array.isArray(actual) && actual.length !== sent.length) return false;
	const inner = actual as Record<string, unknown>;
	return Object.entries(sent).every(([field, value]) =>
		isApplied(Object.hasOwn(inner, field) ? inner[field] : undefined, value, field),
	);
}

interface StripeList {
	data: Record<string, unknown>[];
}

function isStripeList(value: object): value is StripeList {
	return 'data' in value && Array.isArray(value.data);
}

/** Returns whether the list contains the item as it was sent. An item to be deleted must not be in it. */
function isInList({ data }: StripeList, sent: Param): boolean {
	if (typeof sent === 'string' || Array.isArray(sent)) return false;
	const { deleted, clear_usage: _clear, ...fields } = sent;
	if (deleted === 'true') return data.every(({ id }) => id !== fields.id);
	return data.some((item) =>
		Object.entries(fields).every(([name, value]) => isApplied(item[name], value, name)),
	);
}

/** Stripe does not show a field that was unset. */
function isAllUnset(sent: Param): boolean {
	return sent === '' || (typeof sent === 'object' && Object.values(sent).every(isAllUnset));
}

function isAppliedText(actual: unknown, sent: string, name: string): boolean {
	if (actual === null || actual === undefined) return sent === '';
	// An expanded reference is an object instead of its ID, and emptied metadata is an empty object.
	if (typeof actual === 'object') {
		return 'id' in actual ? actual.id === sent : sent === '' && Object.keys(actual).length === 0;
	}
	if (typeof actual !== 'string' && typeof actual !== 'number' && typeof actual !== 'boolean') return false;
	// Stripe returns currencies in lower case, however they were sent.
	return String(actual) === (name === 'currency' ? sent.toLowerCase() : sent);
}
