import type { Values } from '../../nodes/shared/parameters/values';
import { isRecord } from '../../nodes/shared/parameters/values';

/** A node as n8n exports it. The editor omits parameters with their default value. */
export interface ExportedNode extends Values {
	name: string;
	type: string;
	typeVersion?: number;
	position?: [number, number];
	parameters: Values;
	disabled?: boolean;
	retryOnFail?: boolean;
	credentials?: Record<string, { name?: string } | undefined>;
}

export interface ExportedWorkflow extends Values {
	id?: string;
	name?: string;
	active?: boolean;
	nodes: ExportedNode[];
	/** By node name, then connection type, then output. */
	connections: Record<string, Record<string, (ConnectionEnd[] | null)[] | undefined> | undefined>;
	settings?: Values;
}

export interface ConnectionEnd {
	node: string;
	type: string;
	index: number;
}

/**
 * Returns all workflows in a file: one, a list, a response of n8n's API (`data`), or a template (`workflow`).
 *
 * @param json the parsed file
 */
export function readWorkflows(json: unknown): ExportedWorkflow[] {
	if (Array.isArray(json)) return json.flatMap(readWorkflows);
	if (!isRecord(json)) return [];
	if (json.nodes !== undefined) return readOne(json);
	return [json.data, json.workflow, json.workflows].flatMap((inner) =>
		inner === undefined ? [] : readWorkflows(inner),
	);
}

/** A database dump contains nodes and connections as text. */
function readOne(json: Values): ExportedWorkflow[] {
	const nodes = parseIfText(json.nodes);
	const connections = parseIfText(json.connections);
	if (!Array.isArray(nodes)) return [];
	const complete = (nodes as unknown[]).filter(isNode).map(completeNode);
	return [
		{
			...json,
			nodes: complete,
			connections: (isRecord(connections) ? connections : {}) as ExportedWorkflow['connections'],
		},
	];
}

function parseIfText(value: unknown): unknown {
	return typeof value === 'string' ? JSON.parse(value) : value;
}

function isNode(value: unknown): value is Values & { type: string } {
	return isRecord(value) && typeof value.type === 'string';
}

function completeNode(node: Values & { type: string }): ExportedNode {
	const parameters = isRecord(node.parameters) ? node.parameters : {};
	return { ...node, name: typeof node.name === 'string' ? node.name : node.type, parameters };
}

/** Also recognizes the variant for agents: `n8n-nodes-base.stripe` and `n8n-nodes-base.stripeTool`. */
export function isOfType(node: ExportedNode, fullName: string): boolean {
	return node.type === fullName || node.type === `${fullName}Tool`;
}

/** Returns the rows of a parameter: `{ parameters: [{ name, value }] }`. */
export function readRows(parameter: unknown, name: string): Values[] {
	const rows = isRecord(parameter) ? parameter[name] : undefined;
	return Array.isArray(rows) ? (rows as unknown[]).filter(isRecord) : [];
}

/** Returns a name that no node has yet. */
export function findFreeName({ nodes }: ExportedWorkflow, wanted: string): string {
	const isTaken = (name: string) => nodes.some((node) => node.name === name);
	let name = wanted;
	for (let n = 1; isTaken(name); n += 1) name = `${wanted} ${n}`;
	return name;
}

/** Returns the leftmost and the topmost position of the nodes. */
export function getTopLeft(nodes: readonly ExportedNode[]): [number, number] {
	const places = nodes.map(({ position = [0, 0] }) => position);
	return [Math.min(...places.map(([x]) => x)), Math.min(...places.map(([, y]) => y))];
}
