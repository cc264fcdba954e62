import type { AdoptableName } from '../../nodes/IdempotencyRegistry/entries/adoptable';
import { ADOPTABLE, ADOPTABLE_NAMES } from '../../nodes/IdempotencyRegistry/entries/adoptable';
import { CUSTOM_VALUE } from '../../nodes/shared/key/keyMessages';
import { getWholeCode, isExpression } from '../../nodes/shared/parameters/expression';
import { toInputText } from '../../nodes/shared/parameters/values';
import { listLeaves } from './jsonTree';
import { toItemPath } from './keyProposal';
import type { StripeCall } from './stripeCall';

type Parameters = Record<string, unknown>;

/** Fields in which Stripe returns the value that was sent. */
const SHOWN_AGAIN = /^(?:metadata\.[^.]+|description|payment_intent|charge)$/;

/**
 * Plans the parameters of Adopt for the payments of the old node. A person fills in the rest.
 *
 * @param parameters of the node that replaces it
 * @returns undefined if its payments cannot be adopted
 */
export function planAdopt(call: StripeCall, parameters: Parameters): Parameters | undefined {
	const adopted = findAdoptable(parameters);
	if (adopted === undefined || parameters.keySource === 'token') return undefined;
	const field = findKeyInStripe(call, parameters);
	const { keySource, keyFields, customKey, ledger } = parameters;
	const fromStripe = { adoptFrom: 'stripe', createdAfter: '', fieldsInStripe: { field: [field] } };
	const fromList = { adoptFrom: 'items', keySource, keyFields, customKey, objectId: '' };
	return {
		resource: 'entry',
		operation: 'adopt',
		adopted,
		...(field ? fromStripe : fromList),
		by: '',
		ledger,
	};
}

function findAdoptable({ resource, operation, method, path }: Parameters): AdoptableName | undefined {
	const endpoint = method === undefined ? '' : ` ${toInputText(method)} ${toInputText(path)}`;
	const name = `${toInputText(resource)}.${toInputText(operation)}${endpoint}`;
	return ADOPTABLE_NAMES.find((adoptable) => ADOPTABLE[adoptable].operation === name);
}

/** Finds the field in which Stripe returns exactly the value of the key. */
function findKeyInStripe(call: StripeCall, { keyFields, customKey }: Parameters): Parameters | undefined {
	const item = (keyFields as KeyFields | undefined)?.field[0]?.path;
	const isKey = (value: unknown) => {
		const code = isExpression(value) ? getWholeCode(value) : undefined;
		if (code === undefined) return false;
		return customKey === undefined
			? toItemPath(code) === item
			: code === getWholeCode(toInputText(customKey));
	};
	const sent = [...listLeaves(call.params), ...listIdsInPath(call)];
	const place = sent.find(({ path, value }) => SHOWN_AGAIN.test(path.join('.')) && isKey(value));
	if (!place) return undefined;
	const path = customKey === undefined ? item : CUSTOM_VALUE;
	return { path, standsIn: place.path.join('.'), treatAs: 'text' };
}

interface KeyFields {
	field: { path: string }[];
}

/** Reads the IDs in a path such as `/v1/charges/{{ $json.charge }}/refund`. */
function listIdsInPath({ path = [], pattern = '' }: StripeCall): ReturnType<typeof listLeaves> {
	if (!/^\/v1\/charges\/:\/refunds?$/.test(pattern)) return [];
	return path.map(({ source }) => ({ path: ['charge'], value: `={{${source}}}` }));
}
