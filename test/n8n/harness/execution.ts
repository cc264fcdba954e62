import type {
	ExecutionError,
	ExecutionStatus,
	INodeExecutionData,
	IRunExecutionData,
	ITaskData,
	NodeExecutionHint,
	WorkflowExecuteMode,
} from 'n8n-workflow';

import { unflatten } from './flatted';

/** A row of the list of executions. */
export interface ExecutionSummary {
	id: string;
	workflowId: string;
	mode: WorkflowExecuteMode;
	status: ExecutionStatus;
	/** Not set until a worker takes the execution. */
	startedAt?: string | null;
	stoppedAt?: string | null;
	retryOf?: string | null;
	retrySuccessId?: string | null;
}

/** An execution as the API returns it. */
export interface StoredExecution extends ExecutionSummary {
	/** Serialized with flatted. */
	data: string;
}

/** One execution, with the same accessors as the results of test/engine. */
export class Execution {
	readonly id: string;
	readonly workflowId: string;
	readonly mode: WorkflowExecuteMode;
	readonly status: ExecutionStatus;
	readonly retryOf: string | undefined;
	/** All run data, in n8n's format. */
	readonly data: IRunExecutionData;

	constructor(stored: StoredExecution) {
		this.id = stored.id;
		this.workflowId = stored.workflowId;
		this.mode = stored.mode;
		this.status = stored.status;
		this.retryOf = stored.retryOf ?? undefined;
		this.data = unflatten(stored.data) as IRunExecutionData;
	}

	/** Why the execution ended. */
	get error(): ExecutionError | undefined {
		return this.data.resultData.error;
	}

	get lastNode(): string | undefined {
		return this.data.resultData.lastNodeExecuted;
	}

	/** Every run of the node. All tries of Retry On Fail count as one run. */
	runs(node: string): ITaskData[] {
		return this.data.resultData.runData[node] ?? [];
	}

	/** Items of the node's last run, per main output, up to the last output that n8n stored. */
	outputs(node: string): INodeExecutionData[][] {
		return (this.runs(node).at(-1)?.data?.main ?? []).map((items) => items ?? []);
	}

	hints(node: string): NodeExecutionHint[] {
		return this.runs(node).flatMap(({ hints }) => hints ?? []);
	}

	/** Why the node's last run failed. */
	errorOf(node: string): ExecutionError | undefined {
		return this.runs(node).at(-1)?.error;
	}
}

const UNDERWAY: ReadonlySet<ExecutionStatus> = new Set(['new', 'running', 'waiting']);

/** Whether the execution may still change. */
export function isUnderway({ status }: { status: ExecutionStatus }): boolean {
	return UNDERWAY.has(status);
}
