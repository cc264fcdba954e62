import type { IExecuteFunctions } from 'n8n-workflow';

import type { Item } from './item';
import type { ReadingRun } from './itemRequest';
import { readItemRequest } from './itemRequest';
import { findStripeOperation } from './operations';
import { InputReader } from '../shared/parameters/inputReader';
import { ParameterReader } from '../shared/parameters/parameterReader';
import { stripeCatalog } from './description';
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

/** Whether the operation of the first item, which n8n draws the node by, sends nothing. What cannot be told may send. */
export function isReadOnly(context: IExecuteFunctions): boolean {
	try {
		const read = new ParameterReader(new InputReader(context, 0, stripeCatalog));
		return findStripeOperation(read).kind !== 'write';
	} catch {
		return false;
	}
}
