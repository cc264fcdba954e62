import type { IExecuteFunctions } from 'n8n-workflow';
import { isToolType } from 'n8n-workflow';

import { nodeOfRun } from './origin';

/** Triggers whose workflows a model or a chat starts. */
const CHAT_TRIGGERS = /\.(?:mcpTrigger|chatTrigger|manualChatTrigger)$/;

/** A node that lets a model decide, and passes its output on like any other node. */
const AGENTS =
	/^@n8n\/n8n-nodes-langchain\.(?:agent|chain\w*|openAi|anthropic|googleGemini|informationExtractor)$/i;

type RunContext = Pick<IExecuteFunctions, 'getNode' | 'getParentCallbackManager' | 'getExecutionContext'>;

/** Returns whether a model decided that the node runs: as its tool, or in a workflow that it called. */
export function isCalledByModel(context: RunContext): boolean {
	return isToolType(nodeOfRun(context).type) || isInCalledWorkflow(context);
}

/**
 * A called workflow sees little of its caller (n8n 2.41): the callbacks of an agent that uses LangChain's loop, and the trigger that
 * began everything. An agent whose tools run in n8n's engine passes on neither, unless it was started by a chat or by MCP.
 */
function isInCalledWorkflow(context: RunContext): boolean {
	if (context.getParentCallbackManager() !== undefined) return true;
	const { triggerNode, parentExecutionId } = context.getExecutionContext() ?? {};
	return parentExecutionId !== undefined && CHAT_TRIGGERS.test(triggerNode?.type ?? '');
}

/**
 * Returns how a model may influence what the node does, if n8n does not report it; undefined if there is no
 * sign of one.
 */
export function describePossibleModel(
	context: RunContext & Pick<IExecuteFunctions, 'getMode' | 'getParentNodes'>,
): string | undefined {
	const { name } = nodeOfRun(context);
	const agent = context.getParentNodes(name).find(({ type, disabled }) => !disabled && AGENTS.test(type));
	if (agent) return `What this node receives may come from the model of "${agent.name}"`;
	if (context.getMode() !== 'integrated') return undefined;
	return 'Another workflow started this one, perhaps as the tool of an AI agent';
}
