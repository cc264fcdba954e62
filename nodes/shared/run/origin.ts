import type { IExecuteFunctions } from 'n8n-workflow';

import type { Origin } from '../../../ledger/model/entry';

/** Which turn of a loop a run of the node is: one for all of its items, and n8n takes its time to tell. */
const loops = new WeakMap<IExecuteFunctions, unknown>();

/** Where an item comes from: for people to trace, never part of a key. */
export function readOrigin(context: IExecuteFunctions, index: number): Origin {
	const { id, name } = context.getWorkflow();
	const nodeName = context.getNode().name;
	const executionId = context.getExecutionId();
	const loop = loops.get(context) ?? context.evaluateExpression('{{ $runIndex }}', index);
	loops.set(context, loop);
	return {
		workflowId: id,
		workflowName: name,
		executionId,
		nodeName,
		run: JSON.stringify([executionId, nodeName, loop]),
	};
}
