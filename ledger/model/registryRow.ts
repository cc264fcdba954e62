import { randomBytes, randomUUID } from 'node:crypto';

import type { RegistryRow, Row } from './entry';
import type { Store } from '../store';
import { write } from '../store';
import { firstVersion } from './version';

/** The one row of a ledger that everything in it shares. */
export const REGISTRY = 'registry_v1';

/** It is never forgotten; a store wants a time all the same. ms since the epoch: the year 9999. */
export const NEVER = Date.UTC(9999, 0, 1);

function newRegistry(version: number, secret: string | undefined): RegistryRow {
	return {
		...{ state: 'registry', entryId: REGISTRY, version, expiresAt: NEVER },
		...(secret === undefined ? {} : { secret }),
	};
}

/** ms since the epoch; undefined where nobody has written it down yet */
export function newestTimeIn(row: Row | undefined): number | undefined {
	return row?.state === 'registry' ? row.newestTime : undefined;
}

/** Made at the first use; of several who make it at once, one's stands for all. @throws StoreUnavailable */
export async function registryRow(store: Store): Promise<RegistryRow> {
	const secret = store.isPublic ? undefined : randomBytes(32).toString('base64url');
	for (;;) {
		const [standing] = await store.find([REGISTRY]);
		if (standing?.state === 'registry') return standing;
		await store.insertIfAbsent([newRegistry(firstVersion(randomUUID()), secret)]);
	}
}

/** @param to gives the row itself where nothing is to be changed. @throws StoreUnavailable */
export async function changeRegistryRow(
	store: Store,
	to: (row: RegistryRow) => RegistryRow,
): Promise<RegistryRow> {
	for (;;) {
		const row = await registryRow(store);
		const changed = to(row);
		if (changed === row) return row;
		const next = { ...changed, version: row.version + 1 };
		if (await write(store, next, false)) return next;
	}
}
