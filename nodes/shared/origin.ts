import type { IExecuteFunctions } from 'n8n-workflow';

import type { Origin } from '../../ledger/entry';

/** Where an item comes from: for people to trace, never part of a key. */
export function originOf(context: IExecuteFunctions, index: number): Origin {
	const { id, name } = context.getWorkflow();
	const nodeName = context.getNode().name;
	const executionId = context.getExecutionId();
	const loop = context.evaluateExpression('{{ $runIndex }}', index);
	return {
		...{ workflowId: id, workflowName: name, executionId, nodeName },
		run: JSON.stringify([executionId, nodeName, loop]),
	};
}
