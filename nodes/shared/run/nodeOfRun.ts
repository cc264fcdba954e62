import type { IExecuteFunctions, INode } from 'n8n-workflow';

type NodeContext = Pick<IExecuteFunctions, 'getNode'>;

const nodes = new WeakMap<NodeContext, INode>();

/** Returns the node for reading only, cached: n8n copies the whole node on each call. */
export function nodeOfRun(context: NodeContext): INode {
	const node = nodes.get(context) ?? context.getNode();
	nodes.set(context, node);
	return node;
}
