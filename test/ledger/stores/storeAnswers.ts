import type { Row } from '../../../ledger/model/row';
import type { Store } from '../../../ledger/store';
import { StoreUnavailableError } from '../../../ledger/store';

export const nextVersion = <R extends Row>(row: R): R => ({ ...row, version: row.version + 1 });

export async function scanned(store: Store): Promise<Row[]> {
	const all: Row[] = [];
	for await (const rows of store.scan()) all.push(...rows);
	return all;
}

/** Why it was refused, in words. */
export async function getRefusal(pending: Promise<unknown>): Promise<string> {
	const error = await pending.then(
		() => new Error('It was not refused'),
		(reason: unknown) => reason,
	);
	if (error instanceof StoreUnavailableError) return error.reason;
	throw error;
}
