import type { IExecuteFunctions, INode } from 'n8n-workflow';

import type { Origin } from '../../../ledger/model/entry';

/** Shared by all items of a run, because finding out the iteration of a loop takes n8n long. */
const origins = new WeakMap<IExecuteFunctions, Origin>();

/** Returns where an item comes from, so that people can trace it. Never part of a key. */
export function readOrigin(context: IExecuteFunctions, index: number): Origin {
	const origin = origins.get(context) ?? findOrigin(context, index);
	origins.set(context, origin);
	return origin;
}

function findOrigin(context: IExecuteFunctions, index: number): Origin {
	const { id, name } = context.getWorkflow();
	const nodeName = context.getNode().name;
	const executionId = context.getExecutionId();
	const loop = context.evaluateExpression('{{ $runIndex }}', index);
	return {
		workflowId: id,
		workflowName: name,
		executionId,
		nodeName,
		run: JSON.stringify([executionId, nodeName, loop]),
	};
}

type NodeContext = Pick<IExecuteFunctions, 'getNode'>;

const nodes = new WeakMap<NodeContext, INode>();

/** Returns the node for reading only, cached: n8n copies the whole node on each call. */
export function nodeOfRun(context: NodeContext): INode {
	const node = nodes.get(context) ?? context.getNode();
	nodes.set(context, node);
	return node;
}
