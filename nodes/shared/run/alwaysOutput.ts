import type { IExecuteFunctions } from 'n8n-workflow';
import { isToolType, NodeOperationError } from 'n8n-workflow';

/**
 * With Always Output Data, n8n sends an empty item through the first output of a node if nothing else leaves there
 * (`ensureAlwaysOutputData` in n8n-core). A declined payment, or one that was made before, would look like a success.
 *
 * @param output the label of the first output
 * @param isAnswer whether an empty result is an answer
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
	// If n8n continues after an error, it would pass all items on unchanged, which is worse.
	if (context.continueOnFail())
		context.addExecutionHints({
			message: `${message}. ${cure}`,
			type: 'warning',
			location: 'outputPane',
		});
	else throw new NodeOperationError(node, `${message}.`, { description: `Nothing was sent. ${cure}` });
}
