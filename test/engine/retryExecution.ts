import type { IRunExecutionData, Workflow } from 'n8n-workflow';
import { deepCopy } from 'n8n-workflow';
import type { RunOptions, RunResult } from './run';
import { execute } from './run';
import type { WorkflowJson } from './workflowJson';

/**
 * Returns the data that n8n resumes with. The failed node is still on the execution stack with its input, so only
 * the trace of its failure is removed: the run's error, and the node's last run if that holds one. Otherwise the
 * engine would throw the old error again.
 */
function withoutFailure(previous: RunResult): IRunExecutionData {
	const data = deepCopy(previous.raw.data);
	const { resultData } = data;
	if (resultData.lastNodeExecuted !== undefined) {
		delete resultData.error;
		const runs = resultData.runData[resultData.lastNodeExecuted];
		if (runs?.at(-1)?.error !== undefined) runs.pop();
	}
	return data;
}

function withNodesOf(workflow: Workflow, data: IRunExecutionData): IRunExecutionData {
	for (const waiting of data.executionData?.nodeExecutionStack ?? []) {
		const node = workflow.getNode(waiting.node.name);
		if (node === null) throw new Error(`The workflow has no node "${waiting.node.name}" to retry`);
		waiting.node = node;
	}
	return data;
}

/**
 * "Retry" in n8n's list of executions: a new execution id, mode `retry`, and the run resumes at the failed node
 * with the data of the preceding nodes. Uses the given workflow, as with "Retry with currently saved workflow";
 * pass the same workflow for "Retry with original workflow". For the latter n8n starts with empty static data,
 * which is the default here.
 *
 * @throws Error if the previous run succeeded, because n8n refuses to retry it
 */
export async function retryExecution(
	previous: RunResult,
	workflow: WorkflowJson,
	options: RunOptions,
): Promise<RunResult> {
	if (previous.status === 'success') throw new Error('The execution succeeded, so it cannot be retried.');
	const prepare = (loaded: Workflow) => withNodesOf(loaded, withoutFailure(previous));
	return await execute(workflow, { ...options, mode: 'retry' }, prepare, previous.executionId);
}
