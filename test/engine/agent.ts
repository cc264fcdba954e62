import type {
	EngineRequest,
	EngineResponse,
	ExecutionError,
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { randomUUID } from 'node:crypto';
import { describeNode } from './builtins';

/**
 * How an agent reaches its tools.
 *
 * - `engine` – Agent v3, n8n 2.x: the agent returns an `EngineRequest`, and the engine runs the tool node like any
 *   other node. There `isToolExecution()` is false, the input item carries `toolCallId` beside the arguments, and an
 *   error becomes the answer `{error: message}` unless the node says "Stop Workflow".
 * - `invoke` – older agents and sub-agents: n8n-core wraps the node as a LangChain tool and the agent invokes it.
 */
export type AgentStyle = 'engine' | 'invoke';

/** One tool call and its result. */
export interface ToolAnswer {
	args: IDataObject;
	/**
	 * The `json` of the items on output 0, which is all that n8n shows to the model. Empty after a failed call
	 * (`invoke`).
	 */
	items: IDataObject[];
	/**
	 * The text that the model reads. n8n releases format it differently (a single item with or without the array
	 * around it; an empty result as `""` or not sent), so assert on `items` where the wording does not matter.
	 */
	answer: string;
	/** Set if the call failed instead of answering (`invoke`), or the tool node stopped with an error (`engine`). */
	error?: string;
}

export const AGENT = 'test.agent';

interface InvokableTool {
	/** The tool description that the model reads. */
	description: string;
	invoke(args: IDataObject): Promise<unknown>;
}

/** The state that an agent keeps between two turns. The engine carries it in the request's metadata. */
interface Turn {
	itemIndex: number;
	answers: ToolAnswer[];
}

function asItems(answers: ToolAnswer[]): INodeExecutionData[][] {
	return [answers.map((answer) => ({ json: { ...answer } }))];
}

/** n8n-core answers a call with the items as JSON, or with a sentence if the call was cancelled. */
function parseItems(answer: string): IDataObject[] {
	try {
		const parsed: unknown = JSON.parse(answer);
		return Array.isArray(parsed) ? (parsed as IDataObject[]) : [];
	} catch {
		return [];
	}
}

async function invokeTools(agent: IExecuteFunctions, calls: IDataObject[]): Promise<INodeExecutionData[][]> {
	const [tool] = (await agent.getInputConnectionData(NodeConnectionTypes.AiTool, 0)) as InvokableTool[];
	if (tool === undefined) throw new Error('No tool is connected to the agent');
	if (calls.length === 0) return [[{ json: { description: tool.description } }]];
	const answers: ToolAnswer[] = [];
	for (const args of calls) {
		try {
			const answer = String(await tool.invoke(args));
			answers.push({ args, items: parseItems(answer), answer });
		} catch (error) {
			const message = error instanceof Error ? error.message : String(error);
			answers.push({ args, items: [], answer: message, error: message });
		}
	}
	return asItems(answers);
}

function answerText(items: IDataObject[], error: ExecutionError | undefined): string {
	if (items.length > 0) return JSON.stringify(items);
	return JSON.stringify(error ? { error: error.message, errorType: error.name } : '');
}

function readAnswers(response: EngineResponse<Turn>): ToolAnswer[] {
	return response.actionResponses.map(({ action, data }) => {
		const items = (data.data?.[NodeConnectionTypes.AiTool]?.[0] ?? []).map(({ json }) => json);
		const error = data.error && { error: data.error.message };
		return { args: action.input, items, answer: answerText(items, data.error), ...error };
	});
}

function requestTool(
	agent: IExecuteFunctions,
	calls: IDataObject[],
	response: EngineResponse<Turn> | undefined,
): INodeExecutionData[][] | EngineRequest<Turn> {
	const answers = response ? [...response.metadata.answers, ...readAnswers(response)] : [];
	const args = calls[answers.length];
	if (args === undefined) return asItems(answers);
	const [tool] = agent.getParentNodes(agent.getNode().name, {
		connectionType: NodeConnectionTypes.AiTool,
		depth: 1,
	});
	if (tool === undefined) throw new Error('No tool is connected to the agent');
	const turn: Turn = { itemIndex: 0, answers };
	const action: EngineRequest<Turn>['actions'][number] = {
		actionType: 'ExecutionNodeAction',
		nodeName: tool.name,
		input: args,
		type: NodeConnectionTypes.AiTool,
		id: `call_${randomUUID()}`,
		metadata: turn,
	};
	return { actions: [action], metadata: turn };
}

/**
 * An AI agent without a model. It calls its one tool with each of `parameters.calls` in turn, waiting for each
 * answer before the next call, as a model would, and outputs one item per answer. The real agents are in n8n's
 * own package; this node reproduces only their requests to the engine and the parts of a tool's result that they
 * read.
 */
export const agentNode: INodeType = {
	description: describeNode(AGENT, {
		inputs: [NodeConnectionTypes.Main, NodeConnectionTypes.AiTool],
		properties: [
			{ displayName: 'Calls', name: 'calls', type: 'json', default: '[]' },
			{ displayName: 'Style', name: 'style', type: 'string', default: 'engine' },
		],
	}),
	async execute(response) {
		const calls = JSON.parse(this.getNodeParameter('calls', 0) as string) as IDataObject[];
		const style = this.getNodeParameter('style', 0) as AgentStyle;
		if (style === 'invoke') return await invokeTools(this, calls);
		const isResumed = response !== undefined && response.actionResponses.length > 0;
		return requestTool(this, calls, isResumed ? (response as EngineResponse<Turn>) : undefined);
	},
};
