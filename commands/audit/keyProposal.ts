import { findReferences, isExpression, splitExpression } from '../../nodes/shared/parameters/expression';
import type { ExportedNode } from './exportedWorkflow';
import type { WorkflowGraph } from './graph';
import { listLeaves } from './jsonTree';
import { getPurpose } from './judgeCall';
import { isNamedAfterMoment, judgeKey } from './keyQuality';
import { explainField, getLastName } from './volatileValues';
import type { StripeCall } from './stripeCall';

/** A proposed key, from what the old node shows. A person confirms it. */
export interface KeyProposal {
	parameters: Record<string, unknown>;
	/** A description; undefined if there is no proposal. */
	proposed: string | undefined;
}

/** Names that identify one decision, with points for how likely they do. */
const GOOD_NAMES: readonly (readonly [name: RegExp, points: number])[] = [
	[
		/(?:order|invoice|booking|ticket|contract|reservation|registration|refund|credit_?note|case)[ _-]?(?:id|no|nr|num|number|ref|reference|key)?$/i,
		50,
	],
	[
		/(?:transaction|request|event|delivery|message|submission|reference|external)[ _-]?(?:id|no|nr|number|ref|key)?$/i,
		40,
	],
	[/idempotency|_key$/i, 30],
];

/** Names whose values two decisions can share. */
const SHARED =
	/amount|price|total|currency|e?mail|name|phone|customer|cust_|user|card|source|token|method|quantity|description|date|time|created|status|address|city|country|postal|line\d|product|plan/i;

interface Candidate {
	field: string;
	points: number;
}

export function proposeKey(
	node: ExportedNode,
	call: StripeCall,
	graph: WorkflowGraph,
	isTool: boolean,
): KeyProposal {
	if (isTool) {
		const token =
			"={{ $fromAI('token', 'The token that Reserve returned for this payment, exactly as it is', 'string') }}";
		return { parameters: { keySource: 'token', token }, proposed: 'a token of the Idempotency Registry' };
	}
	const { key, pattern } = call;
	if (key && !key.byModel && judgeKey(key.written, node, graph, getPurpose(pattern)).kind === 'stable')
		return {
			parameters: { keySource: 'custom', customKey: key.written },
			proposed: `the old Idempotency-Key, ${String(key.written)}`,
		};
	const [best] = listCandidates(call, node, graph).sort((one, other) => other.points - one.points);
	if (!best)
		return {
			parameters: { keySource: 'fields', keyFields: { field: [{ path: '', treatAs: 'text' }] } },
			proposed: undefined,
		};
	const path = toItemPath(best.field);
	if (path !== undefined)
		return {
			parameters: { keySource: 'fields', keyFields: { field: [{ path, treatAs: 'text' }] } },
			proposed: path,
		};
	return { parameters: { keySource: 'custom', customKey: `={{ ${best.field} }}` }, proposed: best.field };
}

function listCandidates(
	{ key, params, path, pattern }: StripeCall,
	node: ExportedNode,
	graph: WorkflowGraph,
): Candidate[] {
	const pathText = (path ?? [])
		.map(({ kind, source }) => (kind === 'code' ? `{{${source}}}` : ''))
		.join('');
	const written = [
		{ name: 'idempotency_key', value: key?.written },
		{ name: '', value: `=${pathText}` },
		...listLeaves(params).map(({ path: names, value }) => ({ name: names.at(-1) ?? '', value })),
	];
	const isCustomer = pattern === '/v1/customers';
	const isRefund = /^\/v1\/(?:refunds|charges\/:\/refunds?)$/.test(pattern ?? '');
	return written
		.flatMap(({ name, value }) =>
			listFields(value).map((field): Candidate => ({
				field,
				points: rate(name, field, {
					isCustomer,
					isWholeRefund: isRefund && params.amount === undefined,
				}),
			})),
		)
		.filter(({ field, points }) => points > 0 && explainField(field, node, graph) === undefined);
}

function listFields(value: unknown): string[] {
	if (!isExpression(value)) return [];
	return splitExpression(value).flatMap(({ kind, source }) =>
		kind === 'code' ? findReferences(source).map(({ field }) => field) : [],
	);
}

interface Kind {
	/** An address identifies a customer, who is created once. */
	isCustomer: boolean;
	/** A payment is refunded in full only once, so its ID identifies the refund. */
	isWholeRefund: boolean;
}

function rate(parameter: string, field: string, { isCustomer, isWholeRefund }: Kind): number {
	const name = getLastName(field);
	const pointsOf = (text: string) => GOOD_NAMES.find(([pattern]) => pattern.test(text))?.[1] ?? 0;
	if (isWholeRefund && /payment_intent|charge/i.test(`${parameter} ${name}`)) return 20;
	if (isCustomer && /e?mail/i.test(`${parameter} ${name}`)) return 20;
	if (SHARED.test(name) || isNamedAfterMoment(name)) return 0;
	return Math.max(pointsOf(name), pointsOf(parameter));
}

/** Turns `$json.body.order_id` into `body.order_id`; undefined if it is not in the item. */
export function toItemPath(field: string): string | undefined {
	const [, path] = /^\$json\??(?:\.(?=[^[])|(?=\[))?(.+)$/s.exec(field) ?? [];
	if (path === undefined) return undefined;
	const [, alone] = /^\[["']([^"'.]+)["']\]$/.exec(path) ?? [];
	return alone ?? path.replaceAll('?.', '.');
}
