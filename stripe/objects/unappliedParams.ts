import type { Param, Params } from '../../ledger/model/request';

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
	if (typeof sent === 'string') return isSameValue(actual, sent, name);
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

function isSameValue(actual: unknown, sent: string, name: string): boolean {
	if (actual === null || actual === undefined) return sent === '';
	// An expanded reference is an object instead of its ID, and emptied metadata is an empty object.
	if (typeof actual === 'object') {
		return 'id' in actual ? actual.id === sent : sent === '' && Object.keys(actual).length === 0;
	}
	if (typeof actual !== 'string' && typeof actual !== 'number' && typeof actual !== 'boolean') return false;
	// Stripe returns currencies in lower case, however they were sent.
	return String(actual) === (name === 'currency' ? sent.toLowerCase() : sent);
}
