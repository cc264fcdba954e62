import { randomBytes, randomUUID } from 'node:crypto';

import type { RegistryRow } from './model/row';
import { initialVersion, NEVER, REGISTRY_ROW_ID } from './model/row';
import type { Store } from './store';
import { writeRow } from './store';

function newTokenSettings(version: number, secret: string | undefined): RegistryRow {
	return {
		state: 'registry',
		entryId: REGISTRY_ROW_ID,
		version,
		expiresAt: NEVER,
		...(secret === undefined ? {} : { secret }),
	};
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
