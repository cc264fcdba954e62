import type { AdoptableName } from '../../nodes/IdempotencyRegistry/entries/adoptable';
import { ADOPTABLE, ADOPTABLE_NAMES } from '../../nodes/IdempotencyRegistry/entries/adoptable';
import { CUSTOM_VALUE } from '../../nodes/shared/key/keyMessages';
import { getWholeCode, isExpression } from '../../nodes/shared/parameters/expression';
import { toInputText } from '../../nodes/shared/parameters/values';
import type { ExportedNode, ExportedWorkflow } from './exportedWorkflow';
import { findFreeName, getCorner } from './exportedWorkflow';
import { listLeaves } from './jsonTree';
import { toItemPath } from './keyProposal';
import type { MendedNode } from './mendNode';
import type { StripeCall } from './stripeCall';

type Parameters = Record<string, unknown>;

const REGISTRY_TYPE = 'n8n-nodes-stripe-idempotent.idempotencyRegistry';
const MANUAL_TRIGGER = 'n8n-nodes-base.manualTrigger';

/** What Stripe shows as it was sent. */
const SHOWN_AGAIN = /^(?:metadata\.[^.]+|description|payment_intent|charge)$/;

/**
 * The parameters of Adopt for what the old node has sent, of which a person fills in the rest.
 *
 * @param parameters of the node that takes its place
 * @returns undefined where its past cannot be adopted
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

/** Where Stripe shows the value of the key, and nothing beside it. */
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

/** `/v1/charges/{{ $json.charge }}/refund` */
function listIdsInPath({ path = [], pattern = '' }: StripeCall): ReturnType<typeof listLeaves> {
	if (!/^\/v1\/charges\/:\/refunds?$/.test(pattern)) return [];
	return path.map(({ source }) => ({ path: ['charge'], value: `={{${source}}}` }));
}

/** A branch of its own, above what pays, that a person runs first. An editor takes one manual trigger only. */
export function addAdoptStep(workflow: ExportedWorkflow, replaced: readonly MendedNode[]): void {
	const steps = replaced.filter(({ adopt }) => adopt !== undefined);
	if (steps.length === 0) return;
	const [left, top] = getCorner(workflow.nodes);
	const trigger =
		workflow.nodes.find(({ type }) => type === MANUAL_TRIGGER) ?? addTrigger(workflow, [left, top - 240]);
	steps.forEach((step, n) => {
		const node = buildAdoptNode(workflow, step, [left + 240, top - 240 * (n + 1)]);
		workflow.nodes.push(node);
		const { main = [], ...others } = workflow.connections[trigger.name] ?? {};
		const ends = [...(main[0] ?? []), { node: node.name, type: 'main', index: 0 }];
		workflow.connections[trigger.name] = { ...others, main: [ends, ...main.slice(1)] };
	});
}

function addTrigger(workflow: ExportedWorkflow, position: [number, number]): ExportedNode {
	const name = findFreeName(workflow, 'Adopt First');
	const trigger = {
		id: 'adopt-first',
		name,
		type: MANUAL_TRIGGER,
		typeVersion: 1,
		position,
		parameters: {},
	};
	workflow.nodes.push(trigger);
	return trigger;
}

/** Stripe is asked for its list once, however many items a trigger has. */
function buildAdoptNode(
	workflow: ExportedWorkflow,
	{ node: { id, name }, adopt = {} }: MendedNode,
	position: [number, number],
): ExportedNode {
	return {
		id: `${toInputText(id ?? name)}-adopt`,
		name: findFreeName(workflow, `Adopt: ${name}`),
		type: REGISTRY_TYPE,
		typeVersion: 1,
		position,
		parameters: adopt,
		executeOnce: adopt.adoptFrom === 'stripe',
	};
}
