import type {
	IConnections,
	IDataObject,
	INode,
	INodeTypes,
	IPinData,
	IWorkflowBase,
	IWorkflowSettings,
	NodeConnectionType,
} from 'n8n-workflow';
import { deepCopy, NodeConnectionTypes, Workflow } from 'n8n-workflow';
import { findNodeType } from './nodeTypes';

/**
 * The shortest wait between the tries of Retry On Fail, in ms. n8n-core reads `waitBetweenTries || 1000`, so 0
 * means a whole second; it also caps the wait at 5000. The harness uses 1 for nodes that do not set it.
 */
export const SHORTEST_WAIT_BETWEEN_TRIES = 1;

/** A node as the editor exports it. Fields that tests rarely need are optional. */
export type NodeJson = Pick<INode, 'name' | 'type'> & Partial<INode>;

/** A workflow as the editor exports it. */
export interface WorkflowJson {
	id?: string;
	name?: string;
	nodes: NodeJson[];
	connections: IConnections;
	settings?: IWorkflowSettings;
	pinData?: IPinData;
}

/** A connection from a node's output (default 0) to another node's input (default 0). */
export interface Wire {
	from: string;
	output?: number;
	to: string;
	input?: number;
	type?: NodeConnectionType;
}

/** Converts a list of wires to n8n's own format of connections. */
export function connectNodes(...wires: Wire[]): IConnections {
	const connections: IConnections = {};
	for (const { from, output = 0, to, input = 0, type = NodeConnectionTypes.Main } of wires) {
		const outputs = ((connections[from] ??= {})[type] ??= []);
		while (outputs.length <= output) outputs.push([]);
		outputs[output]?.push({ node: to, type, index: input });
	}
	return connections;
}

function defaultVersion(nodeTypes: INodeTypes, type: string): number {
	const description = findNodeType(nodeTypes, type)?.description;
	const versions = [description?.version ?? 1].flat();
	return description?.defaultVersion ?? Math.max(...versions);
}

function completeNode(json: NodeJson, index: number, nodeTypes: INodeTypes): INode {
	const node: INode = {
		id: json.name,
		typeVersion: defaultVersion(nodeTypes, json.type),
		position: [index * 200, 0],
		parameters: {},
		...deepCopy(json),
	};
	if (node.retryOnFail) node.waitBetweenTries ??= SHORTEST_WAIT_BETWEEN_TRIES;
	return node;
}

/** Builds a complete workflow, as in n8n's database. The engine gets its own copy to modify. */
export function completeWorkflow(
	json: WorkflowJson,
	nodeTypes: INodeTypes,
	staticData: IDataObject | undefined,
): IWorkflowBase {
	const now = new Date();
	return {
		id: json.id ?? 'test-workflow',
		name: json.name ?? 'Test workflow',
		active: false,
		activeVersionId: null,
		isArchived: false,
		createdAt: now,
		updatedAt: now,
		nodes: json.nodes.map((node, index) => completeNode(node, index, nodeTypes)),
		connections: deepCopy(json.connections),
		settings: { executionOrder: 'v1', ...json.settings },
		pinData: json.pinData,
		staticData: staticData && deepCopy(staticData),
	};
}

/** `Workflow` fills in default parameters and drops those that `displayOptions` hide, as in n8n. */
export function toWorkflow(base: IWorkflowBase, nodeTypes: INodeTypes): Workflow {
	const { id, name, active, nodes, connections, settings, staticData } = base;
	return new Workflow({ id, name, active, nodes, connections, settings, staticData, nodeTypes });
}
