import type { IExecuteFunctions } from 'n8n-workflow';

import { ItemError } from './error';

/**
 * An item from an error output of these nodes has everything one level deeper: fields and keys would be empty or others.
 *
 * @throws ItemError
 */
export function refuseOwnErrorItem(context: IExecuteFunctions, index: number): void {
	const { error, input, idempotency } = context.getInputData()[index]?.json ?? {};
	const isOwn = [error, input, idempotency].every((part) => typeof part === 'object' && part !== null);
	if (!isOwn || !('outcome' in (error as object)) || !('entryId' in (idempotency as object))) return;
	throw new ItemError(
		'The item',
		'comes unchanged from an error output of this node',
		'Pass on the original item: put an Edit Fields node (mode JSON) with {{ $json.input }} in between.',
	);
}
