import type { IExecuteFunctions } from 'n8n-workflow';
import { isToolType, NodeOperationError } from 'n8n-workflow';

/**
 * With Always Output Data n8n lets an empty item out through the first output of a node when nothing leaves through that one,
 * whatever left through the others (`ensureAlwaysOutputData` in n8n-core): what was declined, or was done before, would go on as
 * if it had just succeeded.
 *
 * @param output the label of the first one
 * @param isAnswer whether to find nothing is an answer
 * @throws NodeOperationError
 */
export function refuseAlwaysOutput(
	context: IExecuteFunctions,
	output: string,
	isAnswer = (): boolean => false,
): void {
	const node = context.getNode();
	if (node.alwaysOutputData !== true || isToolType(node.type) || isAnswer()) return;
	const message = `Always Output Data is on, so n8n lets an empty item out through ${output} when nothing leaves there, as if it had succeeded`;
	const cure =
		'Switch Always Output Data off in the settings of this node: every item leaves through one of its outputs anyway.';
	// Where n8n goes on after an error it would pass on all items as they came in, which is worse.
	if (context.continueOnFail())
		context.addExecutionHints({
			message: `${message}. ${cure}`,
			type: 'warning',
			location: 'outputPane',
		});
	else throw new NodeOperationError(node, `${message}.`, { description: `Nothing was sent. ${cure}` });
}
