import type { INodeType, INodeTypes, IVersionedNodeType } from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';
import { AGENT, agentNode } from './agent';
import type { CodeFunction } from './builtins';
import { CODE, codeNode, ifNode, MERGE, mergeNode, NO_OP, noOpNode } from './builtins';
import { START, startNode, stickyNote, switchNode } from './builtins';
import { baseTypeOf, toolTwin } from './toolTwin';

/** Node types by full name, `<package>.<node>`. */
export type NodeTypeMap = Record<string, INodeType | IVersionedNodeType>;

/**
 * The harness's own nodes, also under the names of the n8n nodes that they replace in workflows made in the
 * editor.
 */
function builtIns(functions: Record<string, CodeFunction>): NodeTypeMap {
	return {
		[START]: startNode,
		[NO_OP]: noOpNode,
		[MERGE]: mergeNode,
		[CODE]: codeNode(functions),
		[AGENT]: agentNode,
		'n8n-nodes-base.manualTrigger': startNode,
		'n8n-nodes-base.if': ifNode,
		'n8n-nodes-base.noOp': noOpNode,
		'n8n-nodes-base.stickyNote': stickyNote,
		'n8n-nodes-base.switch': switchNode,
	};
}

/**
 * n8n's lookup of node types, with the caller's types before the built-in ones, and a tool twin for every type
 * that is `usableAsTool`.
 *
 * Descriptions are used as the node classes define them. The additions of n8n's loader
 * (`applySpecialNodeParameters`) only concern polling nodes, webhooks with CORS and declarative nodes; `Workflow`
 * fills in default parameters.
 */
export function nodeTypesFrom(given: NodeTypeMap, functions: Record<string, CodeFunction> = {}): INodeTypes {
	const known: NodeTypeMap = { ...builtIns(functions), ...given };
	const twins = new Map<INodeType, INodeType>();

	const twinOf = (nodeType: INodeType): INodeType => {
		const twin = twins.get(nodeType) ?? toolTwin(nodeType);
		twins.set(nodeType, twin);
		return twin;
	};
	const find = (name: string, version?: number): INodeType | undefined => {
		const exact = known[name];
		if (exact) return NodeHelpers.getVersionedNodeType(exact, version);
		const base = known[baseTypeOf(name) ?? ''];
		return base && twinOf(NodeHelpers.getVersionedNodeType(base, version));
	};
	// n8n accepts undefined for an unknown type and the engine reports the node, although the interface does not
	// allow it.
	return {
		getByName: (name) => find(name)!,
		getByNameAndVersion: (name, version) => find(name, version)!,
		getKnownTypes: () => ({}),
	};
}

/** The same lookup, with undefined in its return type for unknown types. */
export function findNodeType(nodeTypes: INodeTypes, name: string, version?: number): INodeType | undefined {
	return nodeTypes.getByNameAndVersion(name, version);
}
