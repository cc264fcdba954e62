import type { ExportedNode, ExportedWorkflow } from './exportedWorkflow';
import type { AuditFinding } from './finding';
import { toFinding } from './finding';
import { WorkflowGraph } from './graph';
import { listInnerWorkflows } from './innerWorkflows';
import { judgeCall } from './judgeCall';
import { judgeOther, judgeSecret } from './judgeOther';
import { judgeOwnNode } from './judgeOwnNode';
import type { WorkflowCall } from './repeats';
import { listRepeats, listWorkflowCalls } from './repeats';
import { readStripeCall } from './stripeCall';
import { getLastName, readAssignments } from './volatileValues';
import { toInputText } from '../../nodes/shared/parameters/values';

/** What was examined, and every place where a payment can happen twice. */
export interface Audit {
	workflows: number;
	nodes: number;
	findings: AuditFinding[];
}

/** Audits workflows without changing them, all at once, because one may call another. */
export function auditWorkflows(workflows: readonly ExportedWorkflow[]): Audit {
	const calls = listWorkflowCalls(workflows);
	const all = workflows.flatMap((workflow) => [workflow, ...listInnerWorkflows(workflow)]);
	return {
		workflows: workflows.length,
		nodes: all.reduce((sum, { nodes }) => sum + nodes.length, 0),
		findings: all.flatMap((workflow) => auditWorkflow(workflow, calls)),
	};
}

function auditWorkflow(workflow: ExportedWorkflow, calls: readonly WorkflowCall[]): AuditFinding[] {
	const graph = new WorkflowGraph(workflow);
	const texts = readTexts(workflow);
	return workflow.nodes.flatMap((node) => auditNode(node, graph, texts, calls));
}

function auditNode(
	node: ExportedNode,
	graph: WorkflowGraph,
	texts: ReadonlyMap<string, string>,
	calls: readonly WorkflowCall[],
): AuditFinding[] {
	const call = readStripeCall(node, texts);
	const verdicts = [
		call && judgeCall(call, node, graph),
		call ? undefined : judgeOther(node),
		judgeSecret(node),
		...judgeOwnNode(node, graph),
	].filter((verdict) => verdict !== undefined);
	const repeats = verdicts.length > 0 ? listRepeats(node, graph, calls) : [];
	return verdicts.map((verdict) => toFinding(verdict, node, graph.workflow, repeats));
}

/** Collects what Edit Fields and code write, because an address may be kept there. */
export function readTexts({ nodes }: ExportedWorkflow): ReadonlyMap<string, string> {
	const assigned = nodes.flatMap(({ type, parameters }) =>
		type === 'n8n-nodes-base.set'
			? readAssignments(parameters)
			: readAddressesInCode(toInputText(parameters.jsCode ?? parameters.functionCode)),
	);
	return new Map(
		assigned.flatMap(({ name, value }) =>
			typeof value === 'string' ? [[getLastName(name), value] as const] : [],
		),
	);
}

const ADDRESS_IN_CODE =
	/(?<![\w$])([\w$]+)["']?\]?\s*[:=]\s*["'`](https?:\/\/[\w.-]+\.stripe\.com[^"'`\n]*)["'`]/g;

function readAddressesInCode(code: string): { name: string; value: unknown }[] {
	return [...code.matchAll(ADDRESS_IN_CODE)].map(([, name = '', value]) => ({ name, value }));
}
