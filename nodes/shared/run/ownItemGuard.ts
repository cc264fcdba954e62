import type { IExecuteFunctions } from 'n8n-workflow';

import { ItemError } from './error';

/**
 * Refuses an item from an error output of these nodes: its data is nested one level deeper, so fields and keys would be empty or
 * different.
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

/**
 * n8n connects outputs by position: with Check Only, nodes after Success get items that were only checked. Such items must not
 * start a payment, unless a person approved them.
 *
 * @throws ItemError
 */
export function refuseCheckedItem(context: IExecuteFunctions, index: number): void {
	const { checked, check } = context.getInputData()[index]?.json ?? {};
	if (typeof checked !== 'object' || checked === null || check === undefined) return;
	if (!('answer' in checked) || !('run' in checked)) return;
	throw new ItemError(
		'The item',
		'was only checked: it comes from a node with Check Only on, and it was not approved',
		'Switch Check Only off there. To send what a person approves, set the option Approved Check here to {{ $json.check }}.',
	);
}
