import type { KeyField } from '../../ledger/identity/key';
import type { LedgerRequest } from '../../ledger/model/request';
import type { TimeSource } from '../../ledger/clock';
import type { TerminalRequest } from '../../payments/lookAtObject';
import type { ReadRequest } from '../../stripe/api/reads';
import { sendRead } from '../../stripe/api/reads';
import { getObjectPath, parseTarget } from '../../stripe/objects/collections';
import { ItemError } from '../shared/run/error';
import { buildReadError } from '../shared/stripe/reads';
import type { OperationClass, WriteOperation } from './operations/operation';

/** Returns the class of an operation for the given parameters. */
export function classOf(
	{ class: usual, classFor }: WriteOperation,
	{ params, method }: Pick<LedgerRequest, 'params' | 'method'>,
): OperationClass {
	return classFor?.(params, method) ?? usual;
}

/** A key derived from the object itself, and which object is meant if its ID can be reused. */
export interface ObjectKey extends TerminalRequest {
	fields: KeyField[];
}

/** @throws ItemError if it is not a key; PreflightError if the object has to be read for it and cannot be */
export async function readObjectKey(
	operation: WriteOperation,
	target: string,
	request: ReadRequest & Pick<LedgerRequest, 'method' | 'path' | 'params'>,
	time: TimeSource,
): Promise<ObjectKey> {
	if (classOf(operation, request) !== 'terminal') {
		throw new ItemError(
			'Once Per',
			'is The Object, but this operation can be needed more than once on one object',
			'Choose the fields that tell which time is meant, e.g. an order number.',
			'missing_key',
		);
	}
	const field: KeyField = { name: 'Object', value: target, treatAs: 'text' };
	const parsed = parseTarget(request.path);
	const objectPath = parsed && getObjectPath(parsed);
	if (!parsed?.collection.hasOwnIds || objectPath === undefined) return { fields: [field] };
	const created = await readCreated(request, objectPath, time);
	const generation: KeyField = { name: 'Created', value: created ?? 'deleted', treatAs: 'text' };
	return { fields: [field, generation], ...(created === undefined ? {} : { created }) };
}

/** @returns Unix seconds; undefined if the object does not exist any more */
async function readCreated(
	request: ReadRequest,
	path: string,
	time: TimeSource,
): Promise<number | undefined> {
	const outcome = await sendRead(request, path, time);
	if (outcome.code === 'resource_missing' || outcome.body?.deleted === true) return undefined;
	const created = outcome.body?.created;
	if (outcome.kind === 'succeeded' && typeof created === 'number') return created;
	throw buildReadError(outcome, path);
}
