import { explainUnstable } from '../../nodes/shared/key/unstableValues';
import { getWholeCode, isExpression } from '../../nodes/shared/parameters/expression';
import { isRecord, toInputText } from '../../nodes/shared/parameters/values';
import type { ExportedNode } from './exportedWorkflow';
import { readRows } from './exportedWorkflow';
import type { Verdict } from './finding';
import type { WorkflowGraph } from './graph';
import { isNamedAfterMoment, judgeKey } from './keyQuality';
import { areShared, isOnlyId } from './sharedNames';
import type { KeyPurpose } from './sharedNames';
import { explainField, getLastName } from './volatileValues';

const OWN_NODE = /\.stripeIdempotent(?:Tool)?$/;
/** Reads have no key. */
const READ =
	/^(?:get|getMany|getLines|getLineItems|getPayments|getSummaries|search|preview|findDuplicates|checkLedger|checkPermissions)$/;
/** These are executed once per object unless another key is chosen, because they cannot be undone. */
const TERMINAL =
	/^(?:accept|cancel|cancelOrReverse|capture|delete|deleteOrVoid|detach|expire|finalize|pay|release|void)$/;
/** Objects of the catalog, which are created only once. */
const CATALOG = /^(?:product|price|coupon|promotionCode|taxRate)$/;
/** The parameters that determine who pays, how much, and how. */
const DECIDING = [
	'amount',
	'currency',
	'customer',
	'paymentMethod',
	'charge',
	'paymentIntent',
	'body',
	'path',
];

const CHOOSE = 'Choose the fields that identify one decision, such as the order number.';

/** Returns everything about one of our nodes that lets a payment happen twice, or not at all. */
export function judgeOwnNode(node: ExportedNode, graph: WorkflowGraph): Verdict[] {
	if (!takesKey(node) && (!OWN_NODE.test(node.type) || isRead(node))) return [];
	const isTool = node.type.endsWith('Tool');
	const hasAgent = isTool || graph.toolUsersOf(node).length > 0;
	return [
		judgeKeySource(node, graph),
		node.parameters.ledger === 'staticData' ? judgeStaticData(hasAgent) : undefined,
		isTool && !takesKey(node) ? judgeMissingToken(node) : undefined,
	].filter((verdict) => verdict !== undefined);
}

/** Claim protects any API in the same way, and the token of Reserve is for one payment. */
function takesKey({ type, parameters: p }: ExportedNode): boolean {
	if (!/\.idempotencyRegistry(?:Tool)?$/.test(type)) return false;
	return p.resource === 'key' ? (p.operation ?? 'claim') === 'claim' : p.operation === 'reserve';
}

function isRead({ parameters: p }: ExportedNode): boolean {
	if (p.resource === 'customApiCall') return p.method === 'GET';
	// A login link, which is created anew every time.
	return p.resource === 'portalSession' || READ.test(toInputText(p.operation));
}

function isTerminal({ parameters: { resource, operation } }: ExportedNode): boolean {
	return TERMINAL.test(toInputText(operation)) || (resource === 'payout' && operation === 'reverse');
}

function judgeKeySource(node: ExportedNode, graph: WorkflowGraph): Verdict | undefined {
	const {
		keySource = isTerminal(node) ? 'object' : 'fields',
		keyFields,
		customKey,
		eventId,
	} = node.parameters;
	if (keySource === 'custom') return judgeSingleKey('Custom Value', customKey, node, graph);
	if (keySource === 'event') return judgeSingleKey('Event ID', eventId, node, graph);
	return keySource === 'fields' ? judgeFields(readRows(keyFields, 'field'), node, graph) : undefined;
}

function judgeSingleKey(
	label: string,
	written: unknown,
	node: ExportedNode,
	graph: WorkflowGraph,
): Verdict | undefined {
	const quality = judgeKey(written, node, graph, getPurpose(node));
	switch (quality.kind) {
		case 'stable':
			return undefined;
		case 'empty':
			return buildNoKey(`${label} is empty`);
		case 'volatile':
			return {
				kind: 'volatile_key',
				severity: 'high',
				message: `${label} is different in every run: ${quality.why}. A repeat is a new payment, or is refused.`,
				nextStep: CHOOSE,
			};
		case 'moment':
			return buildMomentKey(label, quality.field);
		case 'shared':
			return buildWeakKey(label, quality.fields);
		case 'byModel':
			return {
				kind: 'key_by_model',
				severity: 'high',
				message: `An AI model makes up ${label}. With a new one, the same payment is made again.`,
				nextStep: 'Use a token of the Idempotency Registry, or a field of your own data.',
			};
		case 'constant':
			return {
				kind: 'constant_key',
				severity: 'medium',
				message: `${label} is the same for every item, so only the first item is executed.`,
				nextStep: CHOOSE,
			};
	}
}

function judgeFields(
	rows: Record<string, unknown>[],
	node: ExportedNode,
	graph: WorkflowGraph,
): Verdict | undefined {
	const paths = rows.map(({ path }) => toInputText(path).trim());
	if (paths.length === 0 || paths.includes('')) return buildNoKey('Key Fields has no field');
	const names = paths.map((path) => getLastName(path));
	const reasons = names.map((name, n) => {
		const path = paths[n] ?? name;
		return isExpression(path)
			? explainUnstable(path)
			: (explainNamed(name) ?? explainField(name, node, graph));
	});
	const index = reasons.findIndex((why) => why !== undefined);
	if (index >= 0) {
		return {
			kind: 'volatile_key',
			severity: 'high',
			message: `The key field "${paths[index]}" looks different in every run: ${reasons[index]}. A repeat is a new payment.`,
			nextStep: CHOOSE,
		};
	}
	const moment = rows.findIndex(
		({ treatAs = 'text' }, n) => treatAs === 'text' && isNamedAfterMoment(names[n] ?? ''),
	);
	if (moment >= 0) return buildMomentKey('Key Fields', names[moment] ?? '');
	return areShared(names, getPurpose(node)) ? buildWeakKey('Key Fields', names) : undefined;
}

function getPurpose({ parameters: { resource, operation } }: ExportedNode): KeyPurpose {
	if (resource === 'customer') return 'customer';
	if (resource === 'subscription' && operation === 'create') return 'subscription';
	return CATALOG.test(toInputText(resource)) ? 'catalog' : 'other';
}

/** Matches fields that are named after the run. `uuid` may belong to an order. */
function explainNamed(name: string): string | undefined {
	return /uuid|nanoid|random/i.test(name) ? undefined : explainUnstable(name);
}

function buildNoKey(problem: string): Verdict {
	return {
		kind: 'no_key',
		severity: 'medium',
		message: `${problem}, so nothing is sent.`,
		nextStep: CHOOSE,
	};
}

function buildMomentKey(label: string, field: string): Verdict {
	return {
		kind: 'volatile_key',
		severity: 'medium',
		message: `${label} contains "${field}", which is named like a point in time. If it is set anew with each delivery, a repeat is a new payment.`,
		nextStep: CHOOSE,
	};
}

/** `id` may be that of an order, or of a customer. */
function buildWeakKey(label: string, fields: readonly string[]): Verdict {
	const names = [...new Set(fields)].join(' and ');
	return {
		kind: 'weak_key',
		severity: isOnlyId(fields) ? 'note' : 'medium',
		message: `${label} contains ${names} alone. A second order with the same ${names} would look like a repeat of the first, and would not be executed.`,
		nextStep: CHOOSE,
	};
}

function judgeStaticData(hasAgent: boolean): Verdict {
	return {
		kind: 'static_data',
		severity: hasAgent ? 'high' : 'medium',
		message:
			'The ledger is Workflow Static Data, which is lost when a run is manual, stopped or killed, and does not work in queue mode. After that, a repeat is a new payment.',
		nextStep: 'Choose Local File or Postgres under Ledger.',
	};
}

function judgeMissingToken({ parameters: p }: ExportedNode): Verdict | undefined {
	const options = isRecord(p.options) ? p.options : {};
	if (options.requireToken !== false || p.keySource === 'token') return undefined;
	const chosen = DECIDING.filter((name) => isChosenByModel(p[name]));
	return {
		kind: 'no_token',
		severity: chosen.length > 0 ? 'high' : 'note',
		message:
			chosen.length > 0
				? `Require Token is off, and the AI model chooses ${chosen.join(', ')}: it can make a payment that nobody reserved.`
				: 'Require Token is off: the AI model decides when to pay. It chooses no amount and no customer.',
		nextStep:
			'Turn Require Token on, and give the agent Idempotency Registry → Reserve as a second tool.',
	};
}

/** Recognizes `$fromAI`, and fields of the item, into which n8n merges everything that the model says. */
function isChosenByModel(parameter: unknown): boolean {
	const written = isRecord(parameter) ? parameter.value : parameter;
	if (!isExpression(written)) return false;
	return /\$fromAI\b/.test(written) || /^\$json\b[\w.?[\]"']*$/.test(getWholeCode(written) ?? '');
}
