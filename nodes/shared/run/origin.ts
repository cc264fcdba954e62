import type { IExecuteFunctions } from 'n8n-workflow';

import type { Origin } from '../../../ledger/model/entry';

/** One for all items of a run: n8n takes its time to tell which turn of a loop it is. */
const origins = new WeakMap<IExecuteFunctions, Origin>();

/** Where an item comes from: for people to trace, never part of a key. */
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
