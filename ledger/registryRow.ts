import { randomBytes, randomUUID } from 'node:crypto';

import { takeSingle, updateRow } from './compareAndSwap';
import type { RegistryRow, Row } from './model/row';
import { initialVersion, NEVER, REGISTRY_ROW_ID } from './model/row';
import type { Store } from './store';
import { LostEntriesError } from './store';

function newTokenSettings(version: number, secret: string | undefined): RegistryRow {
	return {
		state: 'registry',
		entryId: REGISTRY_ROW_ID,
		version,
		expiresAt: NEVER,
		...(secret === undefined ? {} : { secret }),
	};
}

/**
 * Loads the registry row. The first use creates it; if several processes create it at once, one wins. @throws
 * StoreUnavailableError
 */
export async function loadRegistryRow(store: Store): Promise<RegistryRow> {
	const row = await updateRegistryRow(store, (created) => created);
	await confirmRegistry(store, row);
	return row;
}

/** The registry row that this process read last, per ledger. */
const lastSeen = new WeakMap<Store, Pick<RegistryRow, 'secret' | 'version'>>();

export function isRegistrySeen(store: Store): boolean {
	return lastSeen.has(store);
}

/**
 * Confirms that a ledger is still the one that this process has used. The registry row is never removed, and every write raises
 * its version. If it is missing, or older than before, entries are missing too, and the payments that they protect would be
 * repeated.
 *
 * @param read the row as read
 * @throws LostEntriesError, StoreUnavailableError
 */
export async function confirmRegistry(store: Store, read: Row | undefined): Promise<void> {
	const seen = lastSeen.get(store);
	// A concurrent call may have read a newer row in the meantime.
	const row = isSuccessor(read, seen) ? read : takeSingle(await store.find([REGISTRY_ROW_ID]));
	if (!isSuccessor(row, seen)) throw new LostEntriesError(LOST_ENTRIES_MESSAGE);
	if (row?.state === 'registry') lastSeen.set(store, { secret: row.secret, version: row.version });
}

/** Reads the registry row and confirms that the ledger is the one that this process has used. @throws StoreUnavailableError */
export async function readRegistry(store: Store): Promise<Row | undefined> {
	const row = takeSingle(await store.find([REGISTRY_ROW_ID]));
	await confirmRegistry(store, row);
	return row;
}

function isSuccessor(
	row: Row | undefined,
	seen: Pick<RegistryRow, 'secret' | 'version'> | undefined,
): boolean {
	if (!seen) return true;
	return row?.state === 'registry' && row.secret === seen.secret && row.version >= seen.version;
}

const LOST_ENTRIES_MESSAGE =
	'The ledger has lost entries while n8n was running: it is empty, or an older copy. Nothing is sent, because what it has forgotten would be paid again. Restore it, or write the latest payments into it (Idempotency Registry → Entry → Adopt); then restart n8n.';

/** @param change returns the same object if nothing changes. @throws StoreUnavailableError */
export function updateRegistryRow(
	store: Store,
	change: (row: RegistryRow) => RegistryRow,
): Promise<RegistryRow> {
	const secret = store.isPublic ? undefined : randomBytes(32).toString('base64url');
	return updateRow<RegistryRow>(store, REGISTRY_ROW_ID, (current) => {
		if (current?.state !== 'registry') {
			const created = change(newTokenSettings(initialVersion(randomUUID()), secret));
			return { result: created, next: created };
		}
		const changed = change(current);
		if (changed === current) return { result: current };
		const next = { ...changed, version: current.version + 1 };
		return { result: next, next };
	});
}
