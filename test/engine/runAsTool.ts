import type { IDataObject } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import type { AgentStyle, ToolAnswer } from './agent';
import { AGENT } from './agent';
import { START } from './builtins';
import type { RunOptions, RunResult } from './run';
import { runWorkflow } from './run';
import type { NodeUnderTest } from './runNode';
import { nodeUnderTest } from './runNode';
import { toolTypeOf } from './toolTwin';
import { connectNodes } from './workflowJson';

export interface ToolOptions extends RunOptions {
	/** Default `engine`, the agent of n8n 2.x. */
	agent?: AgentStyle;
}

/**
 * Runs a `usableAsTool` node as an AI tool. Its twin is connected by `ai_tool` to an agent without a model, which
 * calls it with each of `args` in turn. Parameters that the model fills in are expressions with `$fromAI('key')`.
 *
 * @param node the plain node: its type without `Tool`
 * @param args the arguments of one call, or of several; with an empty list (`invoke`), the agent only reads the
 * tools' descriptions
 */
export async function runAsTool(
	node: NodeUnderTest,
	args: IDataObject | IDataObject[],
	options: ToolOptions,
): Promise<RunResult & { answers: ToolAnswer[]; tools: string[] }> {
	const tool = nodeUnderTest({ ...node, type: toolTypeOf(node.type) }, options);
	const calls = JSON.stringify([args].flat());
	const result = await runWorkflow(
		{
			nodes: [
				{ name: 'Start', type: START },
				{ name: 'Agent', type: AGENT, parameters: { calls, style: options.agent ?? 'engine' } },
				tool,
			],
			connections: connectNodes(
				{ from: 'Start', to: 'Agent' },
				{ from: tool.name, to: 'Agent', type: NodeConnectionTypes.AiTool },
			),
		},
		options,
	);
	const items = (result.outputs('Agent')[0] ?? []).map(({ json }) => json);
	if (calls === '[]')
		return { ...result, answers: [], tools: items.map(({ description }) => description as string) };
	return { ...result, answers: items as unknown as ToolAnswer[], tools: [] };
}
