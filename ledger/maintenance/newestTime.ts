import { confirmRegistry, updateRegistryRow } from '../registryRow';
import { newestTimeIn, REGISTRY_ROW_ID } from '../model/row';
import type { Store } from '../store';

/** ms by which what is written down may be behind: it is not written at each claim. */
const BEHIND_MS = 30_000;

/**
 * Writes down that it is so late, so that nobody who comes later takes an earlier time for the right one.
 *
 * @param now ms since the epoch, by Stripe's time
 * @returns the newest time that this ledger knows
 * @throws StoreUnavailableError
 */
export async function recordTime(store: Store, now: number): Promise<number> {
	const noted = await updateRegistryRow(store, (row) =>
		row.newestTime !== undefined && row.newestTime >= now - BEHIND_MS ? row : { ...row, newestTime: now },
	);
	await confirmRegistry(store, noted);
	return noted.newestTime ?? now;
}

/** The newest time that this ledger knows, in ms since the epoch; undefined where it knows none. @throws StoreUnavailableError */
export async function readNewestTime(store: Store): Promise<number | undefined> {
	const [row] = await store.find([REGISTRY_ROW_ID]);
	return newestTimeIn(row);
}

/**
 * What was written down is wrong: Stripe has said so twice.
 *
 * @param seen what was written down
 */
export async function resetNewestTime(store: Store, seen: number, now: number): Promise<void> {
	await updateRegistryRow(store, (row) => (row.newestTime === seen ? { ...row, newestTime: now } : row));
}
