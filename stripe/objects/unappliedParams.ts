import type { Param, Params } from '../../ledger/model/request';

/** Parameters that shape the answer only. */
const RESPONSE_ONLY_PARAMS = new Set(['expand']);

/**
 * The parameters of an update that the object does not show as they were sent. Parameters are in wire form, so an empty text
 * has unset what it names (docs.stripe.com/api/metadata).
 */
export function findUnappliedParams(object: Record<string, unknown>, params: Params): string[] {
	return Object.entries(params)
		.filter(([name, sent]) => !RESPONSE_ONLY_PARAMS.has(name) && !isApplied(object[name], sent, name))
		.map(([name]) => name);
}

function isApplied(actual: unknown, sent: Param, name: string): boolean {
	if (typeof sent === 'string') return isSameValue(actual, sent, name);
	if (typeof actual !== 'object' || actual === null) return isAllUnset(sent);
	if (Array.isArray(sent) !== Array.isArray(actual)) return false;
	if (Array.isArray(actual) && actual.length !== sent.length) return false;
	const inner = actual as Record<string, unknown>;
	return Object.entries(sent).every(([field, value]) =>
		isApplied(Object.hasOwn(inner, field) ? inner[field] : undefined, value, field),
	);
}

/** Nothing is shown of what was to be unset. */
function isAllUnset(sent: Param): boolean {
	return sent === '' || (typeof sent === 'object' && Object.values(sent).every(isAllUnset));
}

function isSameValue(actual: unknown, sent: string, name: string): boolean {
	if (actual === null || actual === undefined) return sent === '';
	// Where it was to be expanded, an object stands in the place of its id; emptied metadata is an empty object.
	if (typeof actual === 'object') {
		return 'id' in actual ? actual.id === sent : sent === '' && Object.keys(actual).length === 0;
	}
	if (typeof actual !== 'string' && typeof actual !== 'number' && typeof actual !== 'boolean') return false;
	// Stripe writes currencies in small letters, whatever was sent.
	return String(actual) === (name === 'currency' ? sent.toLowerCase() : sent);
}
