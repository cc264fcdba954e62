import './instance';
import 'reflect-metadata';
import { randomInt } from 'node:crypto';
import { ExecutionLifecycleHooks, WorkflowExecute } from 'n8n-core';
import type {
	ExecutionError,
	IDataObject,
	INodeExecutionData,
	IRun,
	IRunExecutionData,
	ITaskData,
	IWorkflowBase,
	NodeExecutionHint,
	Workflow,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import {
	createRunExecutionData,
	deepCopy,
	LoggerProxy,
	NodeConnectionTypes,
	NodeHelpers,
} from 'n8n-workflow';
import { additionalDataFor } from './additionalData';
import type { CodeFunction } from './builtins';
import { START } from './builtins';
import type { Credentials } from './credentials';
import type { ItemsInput } from './items';
import { toItems } from './items';
import type { NodeTypeMap } from './nodeTypes';
import { nodeTypesFrom } from './nodeTypes';
import { withWhatMayShow } from './shownProperties';
import type { WorkflowJson } from './workflowJson';
import { completeWorkflow, toWorkflow } from './workflowJson';

export interface RunOptions {
	/** Node types by full name. Each `usableAsTool` type is also known under its name with `Tool` appended. */
	nodeTypes: NodeTypeMap;
	/** Decrypted data by credential type name. A node uses the credentials that it names in `node.credentials`. */
	credentials?: Credentials;
	/** Default `trigger`: a production run. `manual` is a click in the editor. */
	mode?: WorkflowExecuteMode;
	/** Default: a new id that no other process uses either. */
	executionId?: string;
	/** Workflow static data as loaded from the database. */
	staticData?: IDataObject;
	/** What the start node emits. Default: one empty item. */
	items?: ItemsInput;
	/** The node to start with. Default: the first `test.start`, else the start node that n8n finds. */
	startNode?: string;
	/** Bodies of the `test.code` nodes, by their `name` parameter. */
	functions?: Record<string, CodeFunction>;
	/** The execution that started this one as its sub-workflow, as n8n passes it on. */
	calledBy?: {
		/** The trigger that began everything. */
		triggerType?: string;
		/** Whether LangChain called it as a tool. */
		hasCallbacks?: boolean;
	};
	/** Cancels the execution when it settles, like the Stop button: the running node sees its cancel signal. */
	cancelWhen?: Promise<unknown>;
}

export interface RunResult {
	executionId: string;
	/** `success`, `error` or `canceled`. */
	status: string;
	/** Why the run ended, as n8n stores it: a plain object with `name`, `message`, `description` … */
	error?: ExecutionError;
	/**
	 * Items of the node's last run, per main output; `[]` for an output without items, also if the node did not run.
	 */
	outputs(nodeName: string): INodeExecutionData[][];
	/** Every run of the node. All tries of Retry On Fail count as one run. */
	runs(nodeName: string): ITaskData[];
	/** Hints of all the node's runs. n8n drops the hints of a failed try. */
	hints(nodeName: string): NodeExecutionHint[];
	/**
	 * The static data in n8n's database after the run. n8n saves it only if the execution was not manual and was not
	 * cancelled, then as a whole, and only if a node wrote to it. Otherwise this is still `RunOptions.staticData`.
	 */
	staticData: IDataObject;
	/** Static data as the nodes left it in memory, whether or not it was saved. */
	staticDataInMemory: IDataObject;
	raw: IRun;
}

const NO_LOG = { error() {}, warn() {}, info() {}, debug() {} };

/**
 * n8n's execution ids are numbers as text. They are random here, because processes that share a ledger must not
 * share an id.
 */
function freshExecutionId(): string {
	return String(randomInt(1, 2 ** 48 - 1));
}

function freshRunData(workflow: Workflow, options: RunOptions): IRunExecutionData {
	const name = options.startNode ?? Object.values(workflow.nodes).find(({ type }) => type === START)?.name;
	const node = name === undefined ? workflow.getStartNode() : workflow.getNode(name);
	if (!node) throw new Error(`The workflow has no start node${name ? ` "${name}"` : ''}`);
	return createRunExecutionData({
		parentExecution: options.calledBy && toParentExecution(options.calledBy),
		executionData: {
			nodeExecutionStack: [{ node, data: { main: [toItems(options.items)] }, source: null }],
		},
	});
}

function toParentExecution({
	triggerType: type,
}: NonNullable<RunOptions['calledBy']>): IRunExecutionData['parentExecution'] {
	const triggerNode = type === undefined ? undefined : { name: 'Trigger', type };
	return {
		executionId: '1',
		workflowId: 'caller',
		executionContext: { version: 1, establishedAt: 0, source: 'trigger', triggerNode },
	};
}

/** Saves static data exactly when n8n's server would; see `RunResult.staticData`. */
function keepStaticData(hooks: ExecutionLifecycleHooks, base: IWorkflowBase): () => IDataObject {
	let saved = deepCopy(base.staticData ?? {});
	hooks.addHandler('workflowExecuteAfter', (_run, newStaticData: IDataObject | undefined) => {
		if (newStaticData !== undefined && hooks.mode !== 'manual') saved = asSaved(newStaticData);
	});
	return () => saved;
}

/** Static data is stored in the database as JSON. */
function asSaved(staticData: IDataObject): IDataObject {
	return JSON.parse(JSON.stringify(staticData)) as IDataObject;
}

/**
 * Counts the outputs that the node shows in the editor: those of its description and, with `continueErrorOutput`,
 * one more.
 */
function countMainOutputs(workflow: Workflow, nodeName: string): number {
	const node = workflow.getNode(nodeName);
	if (!node) throw new Error(`The workflow has no node "${nodeName}"`);
	const { description } = workflow.nodeTypes.getByNameAndVersion(node.type, node.typeVersion);
	const types = NodeHelpers.getConnectionTypes(NodeHelpers.getNodeOutputs(workflow, node, description));
	return types.filter((type) => type === NodeConnectionTypes.Main).length;
}

/** Outputs can be expressions, which n8n evaluates only in an engine that the caller has acquired. */
async function mainOutputs(workflow: Workflow): Promise<ReadonlyMap<string, number>> {
	const names = Object.keys(workflow.nodes);
	return await workflow.expression.withIsolate(
		async () => new Map(names.map((name) => [name, countMainOutputs(workflow, name)])),
	);
}

function resultOf(
	raw: IRun,
	executionId: string,
	workflow: Workflow,
	saved: IDataObject,
	counts: ReadonlyMap<string, number>,
): RunResult {
	const runs = (nodeName: string): ITaskData[] => raw.data.resultData.runData[nodeName] ?? [];
	const outputs = (nodeName: string): INodeExecutionData[][] => {
		const produced = runs(nodeName).at(-1)?.data?.[NodeConnectionTypes.Main] ?? [];
		const count = counts.get(nodeName);
		if (count === undefined) throw new Error(`The workflow has no node "${nodeName}"`);
		const length = Math.max(produced.length, count);
		return Array.from({ length }, (_, index) => produced[index] ?? []);
	};
	return {
		executionId,
		status: raw.status,
		error: raw.data.resultData.error,
		outputs,
		runs,
		hints: (nodeName) => runs(nodeName).flatMap(({ hints }) => hints ?? []),
		staticData: saved,
		staticDataInMemory: asSaved(workflow.staticData),
		raw,
	};
}

/** How a run gets its data: a new run, or the data that a retry resumes with. */
export type PrepareRunData = (workflow: Workflow) => IRunExecutionData;

/** Runs the workflow in n8n-core's `WorkflowExecute`. */
export async function execute(
	json: WorkflowJson,
	options: RunOptions,
	prepare: PrepareRunData,
	retryOf?: string,
): Promise<RunResult> {
	const { mode = 'trigger', executionId = freshExecutionId() } = options;
	const nodeTypes = nodeTypesFrom(withWhatMayShow(options.nodeTypes, json.nodes), options.functions);
	const base = completeWorkflow(json, nodeTypes, options.staticData);
	const workflow = toWorkflow(base, nodeTypes);
	const hooks = new ExecutionLifecycleHooks(mode, executionId, base, retryOf);
	const savedStaticData = keepStaticData(hooks, base);
	const additionalData = additionalDataFor(executionId, hooks, options.credentials ?? {});
	if (options.calledBy?.hasCallbacks) additionalData.parentCallbackManager = {} as never;
	// n8n's logger determines its caller even if it is silent, which takes longer than many nodes.
	LoggerProxy.init(NO_LOG);

	const execution = new WorkflowExecute(additionalData, mode, prepare(workflow));
	const running = execution.processRunExecutionData(workflow);
	const cancel = () => running.cancel();
	void options.cancelWhen?.then(cancel, cancel);
	const raw = await running;
	return resultOf(raw, executionId, workflow, savedStaticData(), await mainOutputs(workflow));
}

/**
 * Runs a workflow from its start node to its end, as n8n does.
 *
 * @throws WorkflowHasIssuesError (n8n-core) if a node's type is unknown or a required parameter is empty, before
 * any node runs. A failing node does not throw: see `status` and `error` of the result.
 */
export async function runWorkflow(workflow: WorkflowJson, options: RunOptions): Promise<RunResult> {
	return await execute(workflow, options, (loaded) => freshRunData(loaded, options));
}
