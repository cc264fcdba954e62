import type { IExecuteFunctions, INode } from 'n8n-workflow';

type NodeContext = Pick<IExecuteFunctions, 'getNode'>;

const nodes = new WeakMap<NodeContext, INode>();

/** The node as it stands in the workflow, to be looked at only: n8n copies it at each call, with everything in it. */
export function nodeOfRun(context: NodeContext): INode {
	const node = nodes.get(context) ?? context.getNode();
	nodes.set(context, node);
	return node;
}
