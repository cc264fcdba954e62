import type { ExportedNode, ExportedWorkflow } from './exportedWorkflow';
import { isOfType } from './exportedWorkflow';
import type { WorkflowGraph } from './graph';

const WEBHOOKS =
	/\.(?:webhook|formTrigger|form|stripeTrigger|shopifyTrigger|wooCommerceTrigger|payPalTrigger|typeformTrigger|jotFormTrigger|slackTrigger|telegramTrigger)$/;
const SCHEDULES = /\.(?:scheduleTrigger|cron|interval)$/;
const CALLERS = ['n8n-nodes-base.executeWorkflow', '@n8n/n8n-nodes-langchain.toolWorkflow'];

/** Lists what may send the same item again, as far as the workflows show it; one sentence each. */
export function listRepeats(
	node: ExportedNode,
	graph: WorkflowGraph,
	calls: readonly WorkflowCall[],
): string[] {
	const upstream = graph.upstreamOf(node);
	const agents = graph.toolUsersOf(node).map(({ name }) => `"${name}"`);
	const [webhook] = upstream.filter(({ type, disabled }) => WEBHOOKS.test(type) && disabled !== true);
	const [schedule] = upstream.filter(({ type, disabled }) => SCHEDULES.test(type) && disabled !== true);
	const callers = calls.filter(({ target }) => target !== undefined && target === graph.workflow.id);
	return [
		node.retryOnFail === true &&
			'Retry On Fail is on: it sends all items again, also those that were executed.',
		agents.length > 0 &&
			`The AI model of ${agents.join(' and ')} can call it several times for one request.`,
		graph.isInLoop(node) &&
			'It is in a loop: if a run stops halfway, the next one begins the loop again.',
		webhook && `"${webhook.name}" starts it: senders deliver again when they get no response in time.`,
		schedule && `"${schedule.name}" starts it: every run sends whatever the source still lists.`,
		...callers.map(describeCall),
	].filter((sentence) => typeof sentence === 'string');
}

/** A workflow that starts another one. */
export interface WorkflowCall {
	from: ExportedWorkflow;
	kind: 'agent' | 'subWorkflow' | 'retried' | 'errors';
	/** The ID of the workflow that is started. */
	target: string | undefined;
}

export function listWorkflowCalls(workflows: readonly ExportedWorkflow[]): WorkflowCall[] {
	return workflows.flatMap((from): WorkflowCall[] => {
		const errorWorkflow = from.settings?.errorWorkflow;
		const nodes = from.nodes.filter(
			(node) => CALLERS.some((type) => isOfType(node, type)) && node.disabled !== true,
		);
		return [
			...nodes.map((node): WorkflowCall => ({ from, kind: kindOf(node), target: targetOf(node) })),
			...(typeof errorWorkflow === 'string'
				? [{ from, kind: 'errors' as const, target: errorWorkflow }]
				: []),
		];
	});
}

function kindOf(node: ExportedNode): WorkflowCall['kind'] {
	if (node.type.endsWith('Tool') || node.type.endsWith('.toolWorkflow')) return 'agent';
	return node.retryOnFail === true ? 'retried' : 'subWorkflow';
}

/** Reads the ID, or what a picker stores instead. */
function targetOf({ parameters: { workflowId } }: ExportedNode): string | undefined {
	const id =
		typeof workflowId === 'object' && workflowId !== null
			? (workflowId as { value?: unknown }).value
			: workflowId;
	return typeof id === 'string' ? id : undefined;
}

function describeCall({ from, kind }: WorkflowCall): string | false {
	const name = from.name ?? 'Another workflow';
	switch (kind) {
		case 'agent':
			return `The AI agent of "${name}" calls this workflow as a tool, and can call it several times for one request.`;
		case 'retried':
			return `"${name}" calls this workflow with Retry On Fail.`;
		case 'errors':
			return `It is the error workflow of "${name}", and starts again at every failed run.`;
		case 'subWorkflow':
			return false;
	}
}
