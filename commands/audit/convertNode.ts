import { isRecord, toInputText } from '../../nodes/shared/parameters/values';
import { planAdopt } from './planAdopt';
import { CannotConvertError } from './bodyText';
import { findRepeatEffect } from './endpoints';
import type { ExportedNode } from './exportedWorkflow';
import type { WorkflowGraph } from './graph';
import { listLeaves } from './jsonTree';
import { proposeKey } from './keyProposal';
import type { StripeCall } from './stripeCall';
import { toOperation } from './translate';
import { explainExpression } from './volatileValues';

/** Our node that replaces an old one. */
export interface ConvertedNode {
	node: ExportedNode;
	/** What makes two items the same payment; undefined if a person has to decide it. */
	proposedKey: string | undefined;
	/** The parameters of Adopt for the payments of the old node; undefined if they cannot be adopted. */
	adopt: Record<string, unknown> | undefined;
	/** The name of the credential of the old node. */
	oldCredential: string | undefined;
	/** What is different from before, one sentence each. */
	remarks: string[];
}

/** A node that a person has to replace. */
export interface UnconvertedNode {
	name: string;
	why: string;
}

const OWN_TYPE = 'n8n-nodes-stripe-idempotent.stripeIdempotent';
/** Settings that are dropped, because our node handles retries and failures itself. */
const DROPPED = [
	'credentials',
	'retryOnFail',
	'maxTries',
	'waitBetweenTries',
	'onError',
	'continueOnFail',
	'alwaysOutputData',
];

/**
 * @returns undefined if nothing has to be replaced
 * @throws CannotConvertError with the reason, if our node cannot send the same request
 */
export function convertNode(
	node: ExportedNode,
	call: StripeCall,
	graph: WorkflowGraph,
): ConvertedNode | undefined {
	if (findRepeatEffect(call) === undefined) return undefined;
	const [obstacle] = [...call.obstacles, ...listResponseObstacles(node)];
	if (obstacle !== undefined) throw new CannotConvertError(obstacle);
	const isTool = node.type.endsWith('Tool');
	const key = proposeKey(node, call, graph, isTool);
	const { options, remarks } = readHeaders(call);
	const { descriptionType, toolDescription } = node.parameters;
	const parameters = {
		...(isTool ? { descriptionType, toolDescription } : {}),
		...toOperation(call),
		...key.parameters,
		ledger: 'localFile',
		simplify: false,
		options: { ...options, ...readTimeout(node) },
	};
	const kept = Object.fromEntries(Object.entries(node).filter(([name]) => !DROPPED.includes(name)));
	return {
		node: {
			...kept,
			name: node.name,
			type: isTool ? `${OWN_TYPE}Tool` : OWN_TYPE,
			typeVersion: 1,
			parameters,
		},
		proposedKey: key.proposed,
		adopt: planAdopt(call, parameters),
		oldCredential: readCredentialName(node),
		remarks: [...remarks, ...listVolatileParams(node, call, graph), ...listChanges(node, call, isTool)],
	};
}

/** Lists what later nodes would be missing. */
function listResponseObstacles({ parameters: p }: ExportedNode): string[] {
	const options = isRecord(p.options) ? p.options : {};
	const nested =
		isRecord(options.response) && isRecord(options.response.response) ? options.response.response : {};
	const response = { ...options, ...nested };
	const format = response.responseFormat ?? p.responseFormat ?? 'json';
	return [
		response.fullResponse === true && 'later nodes read its whole response, with headers and status',
		!['json', 'autodetect'].includes(toInputText(format)) && 'its response is read as text or as a file',
		options.pagination !== undefined && 'it reads page by page',
	].filter((why) => typeof why === 'string');
}

const OPTION_HEADERS: ReadonlyMap<string, string> = new Map([
	['stripe-account', 'stripeAccount'],
	['stripe-version', 'apiVersion'],
]);
const SENT_ANYWAY = ['accept', 'authorization', 'cache-control', 'connection', 'content-type', 'user-agent'];

function readHeaders({ headers }: StripeCall): { options: Record<string, unknown>; remarks: string[] } {
	const options: Record<string, unknown> = {};
	const remarks: string[] = [];
	for (const { name, value } of headers) {
		const header = name.trim().toLowerCase();
		const option = OPTION_HEADERS.get(header);
		if (option !== undefined) options[option] = value;
		else if (!SENT_ANYWAY.includes(header)) remarks.push(`The header ${name} is no longer sent.`);
	}
	return { options, remarks };
}

/** HTTP Request measures its timeout in ms. */
function readTimeout({ parameters: p }: ExportedNode): { timeoutSeconds?: number } {
	const timeout = isRecord(p.options) ? p.options.timeout : undefined;
	if (typeof timeout !== 'number' || timeout <= 0) return {};
	return { timeoutSeconds: Math.min(300, Math.max(1, Math.ceil(timeout / 1000))) };
}

/** A different value under the same key is a conflict, and nothing is sent. */
function listVolatileParams(node: ExportedNode, { params }: StripeCall, graph: WorkflowGraph): string[] {
	return listLeaves(params)
		.filter(({ value }) => explainExpression(value, node, graph) !== undefined)
		.map(
			({ path }) =>
				`${path.join('.')} is different in every run. Remove it, or a repeat is refused as a different request.`,
		);
}

function listChanges(node: ExportedNode, { params }: StripeCall, isTool: boolean): string[] {
	const isContinued = node.onError === 'continueRegularOutput' || node.continueOnFail === true;
	return [
		params.payment_method_types !== undefined &&
			'Stripe no longer takes payment_method_types. A confirmed payment does not need it; otherwise it is now Allowed Payment Method Types.',
		isTool &&
			'As a tool it accepts only payments with a token: give the agent Idempotency Registry → Reserve as a second tool.',
		!isTool &&
			isContinued &&
			'Items that failed went on with the others. Now they leave through Fix and Retry.',
		node.alwaysOutputData === true &&
			'Always Output Data is off: an empty item would look like a payment.',
	].filter((remark) => typeof remark === 'string');
}

function readCredentialName({ credentials = {} }: ExportedNode): string | undefined {
	const { stripeApi } = credentials;
	return (stripeApi ?? Object.values(credentials)[0])?.name;
}
