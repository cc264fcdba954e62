import type { IExecuteFunctions } from 'n8n-workflow';

import type { Item } from './item';
import type { ReadingRun } from './itemRequest';
import { readItemRequest } from './itemRequest';
import { readWriteItem } from './readWriteItem';

/**
 * Reads the parameters of an item, from the credential to the entry's identity.
 *
 * @throws ItemError, InvalidKeyFieldError, InvalidParamError, InvalidCredentialError, PreflightError: the item leaves with it, and nothing was sent
 */
export async function readItem(context: IExecuteFunctions, index: number, run: ReadingRun): Promise<Item> {
	const reading = await readItemRequest(context, index, run);
	const { operation, request, read } = reading;
	if (operation.kind === 'write') return readWriteItem({ ...reading, operation });
	if (operation.kind === 'report')
		return { ...request, kind: 'read', operation, report: operation.prepare(read) };
	const most = operation.kind === 'read' ? 1 : read.maxResults();
	return { ...request, kind: 'read', operation, most };
}
