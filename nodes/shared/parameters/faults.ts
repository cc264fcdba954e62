import type { IExecuteFunctions } from 'n8n-workflow';
import { ApplicationError, BaseError, NodeError } from 'n8n-workflow';

import { redactMessage } from '../../../stripe/api/redact';

/** What n8n itself says, such as that there is no credential: it is so for every item. */
export function isNodeWideError(error: unknown): boolean {
	return [NodeError, BaseError, ApplicationError].some((kind) => error instanceof kind);
}

/** What nobody has foreseen, in words for the item that it happened to; whoever runs n8n finds it in the log. */
export function logUnexpectedError(context: IExecuteFunctions, error: unknown): string {
	const message = describeUnexpectedError(error);
	context.logger.error(`${context.getNode().name}: ${message}`);
	return message;
}

function describeUnexpectedError(error: unknown): string {
	if (isTooDeep(error)) return 'The item cannot be read: a value in it is nested too deeply';
	return redactMessage(error instanceof Error ? error.message : String(error));
}

/** V8's words: n8n and JSON walk through values by functions that call themselves. */
function isTooDeep(error: unknown): boolean {
	return error instanceof Error && error.message.includes('Maximum call stack size exceeded');
}
