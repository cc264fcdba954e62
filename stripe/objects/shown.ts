import type { Param, Params } from '../../ledger/model/request';

/** Parameters that shape the answer only. */
const NOT_SHOWN = new Set(['expand']);

/**
 * The parameters of an update that the object does not show as they were sent. Parameters are in wire form, so an empty text
 * has unset what it names (docs.stripe.com/api/metadata).
 */
export function notShown(object: Record<string, unknown>, params: Params): string[] {
	return Object.entries(params)
		.filter(([name, sent]) => !NOT_SHOWN.has(name) && !isShown(object[name], sent, name))
		.map(([name]) => name);
}

function isShown(shown: unknown, sent: Param, name: string): boolean {
	if (typeof sent === 'string') return isSame(shown, sent, name);
	if (typeof shown !== 'object' || shown === null) return isEveryUnset(sent);
	if (Array.isArray(sent) !== Array.isArray(shown)) return false;
	if (Array.isArray(shown) && shown.length !== sent.length) return false;
	const inner = shown as Record<string, unknown>;
	return Object.entries(sent).every(([field, value]) =>
		isShown(Object.hasOwn(inner, field) ? inner[field] : undefined, value, field),
	);
}

/** Nothing is shown of what was to be unset. */
function isEveryUnset(sent: Param): boolean {
	return sent === '' || (typeof sent === 'object' && Object.values(sent).every(isEveryUnset));
}

function isSame(shown: unknown, sent: string, name: string): boolean {
	if (shown === null || shown === undefined) return sent === '';
	// Where it was to be expanded, an object stands in the place of its id; emptied metadata is an empty object.
	if (typeof shown === 'object') {
		return 'id' in shown ? shown.id === sent : sent === '' && Object.keys(shown).length === 0;
	}
	if (typeof shown !== 'string' && typeof shown !== 'number' && typeof shown !== 'boolean') return false;
	// Stripe writes currencies in small letters, whatever was sent.
	return String(shown) === (name === 'currency' ? sent.toLowerCase() : sent);
}
