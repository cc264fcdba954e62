import type { IDataObject, IWorkflowSettings } from 'n8n-workflow';

import type { NodeJson, WorkflowJson } from '../../engine/workflowJson';
import { connectNodes } from '../../engine/workflowJson';
import { CHARGE_NODE_NAME } from '../harness/webhookWorkflows';
import { buildChargeNode, buildNoOpNode, ORDER, buildSetNode, buildWebhookNode } from './nodes';

interface Flow {
	/** Of the node that charges. */
	parameters?: IDataObject;
	/** Of the node that charges: not its parameters, but what n8n makes of it. */
	node?: Partial<NodeJson>;
	/** What comes after Success. */
	after?: NodeJson[];
	/** Of the workflow. */
	settings?: IWorkflowSettings;
}

/** Order → Charge Once → what comes after it. */
export function buildFlow(path: string, { parameters, node, after = [], settings }: Flow = {}): WorkflowJson {
	const chain = [
		buildWebhookNode(path),
		buildChargeNode(parameters, node),
		...(after.length > 0 ? after : [buildNoOpNode('Done')]),
	];
	return { name: path, nodes: chain, connections: connectNodes(...inARow(chain)), settings };
}

/** A node that fails whatever comes in. */
export function buildFailingFlow(name: string): NodeJson {
	return {
		name,
		type: 'n8n-nodes-base.stopAndError',
		parameters: { errorMessage: 'The printer has no paper' },
	};
}

/** Order → Charge Once; what leaves through Retry waits and goes back into Charge Once as it first came in. */
export function buildFlowWithWait(path: string, seconds: number, parameters: IDataObject): WorkflowJson {
	const wait: NodeJson = {
		name: 'Wait',
		type: 'n8n-nodes-base.wait',
		typeVersion: 1.1,
		webhookId: `${path}-wait`,
		parameters: { resume: 'timeInterval', amount: seconds, unit: 'seconds' },
	};
	const again = buildSetNode('As It Came In', '$json.input');
	return {
		name: path,
		nodes: [
			buildWebhookNode(path, 'onReceived'),
			buildChargeNode(parameters),
			buildNoOpNode('Done'),
			wait,
			again,
		],
		connections: connectNodes(
			{ from: ORDER, to: CHARGE_NODE_NAME },
			{ from: CHARGE_NODE_NAME, output: 0, to: 'Done' },
			{ from: CHARGE_NODE_NAME, output: 2, to: wait.name },
			{ from: wait.name, to: again.name },
			{ from: again.name, to: CHARGE_NODE_NAME },
		),
	};
}

/** Charges what another workflow passes to it. */
export function buildSubWorkflow(name: string, { parameters, node }: Flow = {}): WorkflowJson {
	const chain: NodeJson[] = [
		{
			name: 'When Called',
			type: 'n8n-nodes-base.executeWorkflowTrigger',
			typeVersion: 1.1,
			parameters: { inputSource: 'passthrough' },
		},
		buildChargeNode(parameters, node),
		buildNoOpNode('Done'),
	];
	return { name, nodes: chain, connections: connectNodes(...inARow(chain)) };
}

/** Order → a sub-workflow, and so once more. */
export function buildCallingFlow(path: string, workflowId: string): WorkflowJson {
	const call = (name: string): NodeJson => ({
		name,
		type: 'n8n-nodes-base.executeWorkflow',
		typeVersion: 1.2,
		parameters: {
			workflowId: { __rl: true, mode: 'id', value: workflowId },
			options: { waitForSubWorkflow: true },
		},
	});
	const order = buildSetNode('The Order Again', `$('${ORDER}').item.json`);
	const chain = [buildWebhookNode(path), call('First Call'), order, call('Second Call')];
	return { name: path, nodes: chain, connections: connectNodes(...inARow(chain)) };
}

export const ERROR = 'An Error Has Come';

/** Is told of executions that fail. */
export function buildErrorWorkflow(name: string): WorkflowJson {
	const chain: NodeJson[] = [
		{ name: ERROR, type: 'n8n-nodes-base.errorTrigger' },
		buildNoOpNode('Tell Somebody'),
	];
	return { name, nodes: chain, connections: connectNodes(...inARow(chain)) };
}

function inARow(nodes: NodeJson[]) {
	return nodes.slice(1).map(({ name: to }, index) => ({ from: nodes[index]!.name, to }));
}
