import type { INodeCredentials, INodeExecutionData } from 'n8n-workflow';
import { START } from './builtins';
import { findNodeType, nodeTypesFrom } from './nodeTypes';
import type { RunOptions, RunResult } from './run';
import { runWorkflow } from './run';
import type { NodeJson, WorkflowJson } from './workflowJson';
import { connectNodes } from './workflowJson';

/** A node of which only the type is required. Its default name is "Node". */
export type NodeUnderTest = Omit<NodeJson, 'name'> & { name?: string };

/** Default name of the node under test. */
const NODE_NAME = 'Node';

/** Selects each stored credential that the node's type asks for, as a user would in the editor. */
function chooseCredentials(type: string, options: RunOptions): INodeCredentials {
	const wanted = findNodeType(nodeTypesFrom(options.nodeTypes), type)?.description.credentials ?? [];
	const stored = wanted.filter(({ name }) => options.credentials?.[name] !== undefined);
	return Object.fromEntries(stored.map(({ name }) => [name, { id: name, name }]));
}

/** Fills in the name and the credentials. Credentials that the node names itself are kept; `{}` means none. */
export function nodeUnderTest(node: NodeUnderTest, options: RunOptions): NodeJson {
	const credentials = chooseCredentials(node.type, options);
	return { name: NODE_NAME, credentials, ...node };
}

/** The workflow that `runNode` runs; `retryExecution` needs it again. */
export function workflowOf(node: NodeUnderTest, options: RunOptions): WorkflowJson {
	const complete = nodeUnderTest(node, options);
	return {
		nodes: [{ name: 'Start', type: START }, complete],
		connections: connectNodes({ from: 'Start', to: complete.name }),
	};
}

/**
 * Runs a start node and one node of the given type on the items; `items` of the result holds the node's outputs.
 */
export async function runNode(
	node: NodeUnderTest,
	options: RunOptions,
): Promise<RunResult & { items: INodeExecutionData[][] }> {
	const result = await runWorkflow(workflowOf(node, options), options);
	return { ...result, items: result.outputs(node.name ?? NODE_NAME) };
}
