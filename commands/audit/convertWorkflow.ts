import { toInputText } from '../../nodes/shared/parameters/values';
import { readTexts } from './audit';
import { CannotConvertError } from './bodyText';
import { addAdoptStep } from './adoptStep';
import type { ExportedNode, ExportedWorkflow, ConnectionEnd } from './exportedWorkflow';
import { findFreeName } from './exportedWorkflow';
import { WorkflowGraph } from './graph';
import type { UnconvertedNode, ConvertedNode } from './convertNode';
import { convertNode } from './convertNode';
import { findRepeatEffect } from './endpoints';
import type { FindingKind } from './finding';
import { judgeOther } from './judgeOther';
import { readStripeCall } from './stripeCall';
import { buildNote } from './conversionNote';

/** A copy of a workflow that pays with our node. */
export interface ConvertedWorkflow {
	workflow: ExportedWorkflow;
	replaced: ConvertedNode[];
	left: UnconvertedNode[];
}

/** Fields by which n8n would recognize the original. They are removed, so that importing the copy overwrites nothing. */
const OF_THE_ORIGINAL = [
	'id',
	'versionId',
	'activeVersionId',
	'activeVersion',
	'shared',
	'staticData',
	'triggerCount',
	'createdAt',
	'updatedAt',
	'versionCounter',
	'tags',
];

/** @returns undefined if nothing can be replaced. The original is not changed */
export function convertWorkflow(original: ExportedWorkflow): ConvertedWorkflow | undefined {
	const graph = new WorkflowGraph(original);
	const { replaced, left } = convertNodes(original, graph);
	if (replaced.length === 0) return undefined;
	const workflow = structuredClone(original);
	for (const name of OF_THE_ORIGINAL) Reflect.deleteProperty(workflow, name);
	workflow.name = `${original.name ?? 'Workflow'} (converted)`;
	workflow.active = false;
	for (const converted of replaced) converted.remarks.push(...listSharedKeys(converted, replaced));
	for (const converted of replaced) putInPlace(workflow, converted.node, graph.find(converted.node.name));
	addAdoptStep(workflow, replaced);
	workflow.nodes.push(buildNote(workflow.nodes, replaced, left));
	return { workflow, replaced, left };
}

function convertNodes(workflow: ExportedWorkflow, graph: WorkflowGraph): Omit<ConvertedWorkflow, 'workflow'> {
	const texts = readTexts(workflow);
	const replaced: ConvertedNode[] = [];
	const left: UnconvertedNode[] = [];
	for (const node of workflow.nodes) {
		const call = readStripeCall(node, texts);
		if (!call) left.push(...leaveOther(node));
		if (!call || findRepeatEffect(call) === undefined) continue;
		try {
			const converted = convertNode(node, call, graph);
			if (converted) replaced.push(converted);
		} catch (error) {
			if (!(error instanceof CannotConvertError)) throw error;
			left.push({ name: node.name, why: error.message });
		}
	}
	return { replaced, left };
}

/** Lists a node that writes to Stripe in a way that cannot be converted. */
function leaveOther(node: ExportedNode): UnconvertedNode[] {
	const verdict = judgeOther(node);
	if (!verdict || verdict.severity === 'note') return [];
	return [{ name: node.name, why: WHY_LEFT[verdict.kind] ?? 'it does not show what it sends to Stripe' }];
}

const WHY_LEFT: Readonly<Partial<Record<FindingKind, string>>> = {
	code: 'its code calls Stripe',
	mcp: "it uses Stripe's MCP server",
};

/** If two nodes send to one endpoint with the same key, the second one is refused as a repeat. */
function listSharedKeys(converted: ConvertedNode, all: readonly ConvertedNode[]): string[] {
	const identify = ({ node: { parameters: p } }: ConvertedNode) =>
		JSON.stringify([p.resource, p.operation, p.path, p.keySource, p.keyFields, p.customKey]);
	const twins = all.filter((other) => other !== converted && identify(other) === identify(converted));
	if (converted.proposedKey === undefined || converted.node.parameters.keySource === 'token') return [];
	return twins.map(
		({ node }) =>
			`It has the same key as "${node.name}", so the second one is refused. Add a field that tells them apart.`,
	);
}

/**
 * Connects Success to what followed the old node, and the failures to where it sent them; without such a place they stop the
 * workflow.
 */
function putInPlace(workflow: ExportedWorkflow, node: ExportedNode, old: ExportedNode | undefined): void {
	workflow.nodes = workflow.nodes.map((one) => (one.name === node.name ? node : one));
	const { pinData } = workflow;
	if (typeof pinData === 'object' && pinData !== null) Reflect.deleteProperty(pinData, node.name);
	if (node.type.endsWith('Tool')) return;
	const [paid, failed] = workflow.connections[node.name]?.main ?? [];
	const hasErrorOutput = old?.onError === 'continueErrorOutput' && (failed ?? []).length > 0;
	const ends = hasErrorOutput ? (failed ?? []) : [addStop(workflow, node)];
	workflow.connections[node.name] = {
		...workflow.connections[node.name],
		main: [paid ?? [], [...ends], [...ends]],
	};
}

/** An item that was not paid must not end unnoticed. */
function addStop(workflow: ExportedWorkflow, node: ExportedNode): ConnectionEnd {
	const name = findFreeName(workflow, `Stop: ${node.name}`);
	const [x, y] = node.position ?? [0, 0];
	workflow.nodes.push({
		id: `${toInputText(node.id ?? node.name)}-stop`,
		name,
		type: 'n8n-nodes-base.stopAndError',
		typeVersion: 1,
		position: [x + 240, y + 220],
		parameters: { errorMessage: '={{ $json.error.message }} → {{ $json.error.nextStep }}' },
	});
	return { node: name, type: 'main', index: 0 };
}
