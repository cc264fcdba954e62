import { confirmRegistry, updateRegistryRow } from '../registryRow';
import { newestTimeIn, REGISTRY_ROW_ID } from '../model/row';
import type { Store } from '../store';

/** ms by which the recorded time may lag, because it is not written on every claim. */
const RECORD_INTERVAL_MS = 30_000;

/**
 * Records the time, so that no later process accepts an earlier one.
 *
 * @param now ms since the epoch, by Stripe's time
 * @returns the newest time that this ledger knows
 * @throws StoreUnavailableError
 */
export async function recordTime(store: Store, now: number): Promise<number> {
	const registry = await updateRegistryRow(store, (row) =>
		row.newestTime !== undefined && row.newestTime >= now - RECORD_INTERVAL_MS
			? row
			: { ...row, newestTime: now, beganAt: row.beganAt ?? now },
	);
	await confirmRegistry(store, registry);
	return registry.newestTime ?? now;
}

/** Reads the newest time in this ledger, in ms since the epoch; undefined if there is none. @throws StoreUnavailableError */
export async function readNewestTime(store: Store): Promise<number | undefined> {
	const [row] = await store.find([REGISTRY_ROW_ID]);
	return newestTimeIn(row);
}

/**
 * Replaces a recorded time that Stripe has contradicted twice.
 *
 * @param seen the recorded time
 */
export async function resetNewestTime(store: Store, seen: number, now: number): Promise<void> {
	await updateRegistryRow(store, (row) => (row.newestTime === seen ? { ...row, newestTime: now } : row));
}

/** The warning about a recorded time that was later than Stripe's. Both are ms since the epoch. */
export function laterTimeMessage(newest: number, now: number): string {
	const [recorded, reported] = [newest, now].map((at) => new Date(at).toISOString());
	return `The ledger has recorded ${recorded}, but Stripe says twice that it is ${reported}. Either a wrong clock wrote into the ledger, or it comes from a different Stripe environment. Check the entries of that time before you run them again.`;
}
