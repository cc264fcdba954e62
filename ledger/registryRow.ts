import { randomBytes, randomUUID } from 'node:crypto';

import { updateRow } from './compareAndSwap';
import type { RegistryRow } from './model/row';
import { initialVersion, NEVER, REGISTRY_ROW_ID } from './model/row';
import type { Store } from './store';

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
export function loadRegistryRow(store: Store): Promise<RegistryRow> {
	return updateRegistryRow(store, (row) => row);
}

/** @param change gives the row itself where nothing is to be changed. @throws StoreUnavailableError */
export function updateRegistryRow(
	store: Store,
	change: (row: RegistryRow) => RegistryRow,
): Promise<RegistryRow> {
	const secret = store.isPublic ? undefined : randomBytes(32).toString('base64url');
	return updateRow<RegistryRow>(store, REGISTRY_ROW_ID, (current) => {
		if (current?.state !== 'registry') {
			const made = change(newTokenSettings(initialVersion(randomUUID()), secret));
			return { result: made, next: made };
		}
		const changed = change(current);
		if (changed === current) return { result: current };
		const next = { ...changed, version: current.version + 1 };
		return { result: next, next };
	});
}
