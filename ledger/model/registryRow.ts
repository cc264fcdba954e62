import { randomBytes, randomUUID } from 'node:crypto';

import type { RegistryRow, Row } from './entry';
import type { Store } from '../store';
import { writeRow } from '../store';
import { initialVersion } from './version';

/** The one row of a ledger that everything in it shares. */
export const REGISTRY_ROW_ID = 'registry_v1';

/** It is never forgotten; a store wants a time all the same. ms since the epoch: the year 9999. */
export const NEVER = Date.UTC(9999, 0, 1);

function newTokenSettings(version: number, secret: string | undefined): RegistryRow {
	return {
		state: 'registry',
		entryId: REGISTRY_ROW_ID,
		version,
		expiresAt: NEVER,
		...(secret === undefined ? {} : { secret }),
	};
}

/** ms since the epoch; undefined where nobody has written it down yet */
export function newestTimeIn(row: Row | undefined): number | undefined {
	return row?.state === 'registry' ? row.newestTime : undefined;
}

/** Made at the first use; of several who make it at once, one's stands for all. @throws StoreUnavailableError */
export async function loadRegistryRow(store: Store): Promise<RegistryRow> {
	const secret = store.isPublic ? undefined : randomBytes(32).toString('base64url');
	for (;;) {
		const [current] = await store.find([REGISTRY_ROW_ID]);
		if (current?.state === 'registry') return current;
		await store.insertIfAbsent([newTokenSettings(initialVersion(randomUUID()), secret)]);
	}
}

/** @param change gives the row itself where nothing is to be changed. @throws StoreUnavailableError */
export async function updateRegistryRow(
	store: Store,
	change: (row: RegistryRow) => RegistryRow,
): Promise<RegistryRow> {
	for (;;) {
		const row = await loadRegistryRow(store);
		const changed = change(row);
		if (changed === row) return row;
		const next = { ...changed, version: row.version + 1 };
		if (await writeRow(store, next, false)) return next;
	}
}
