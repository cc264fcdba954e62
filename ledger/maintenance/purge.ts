import { compareAndSwap, replaceTogether } from '../compareAndSwap';
import type { Row } from '../model/row';
import { isRegistrySeen, loadRegistryRow } from '../registryRow';
import { recordTime } from './newestTime';
import { expireIfUnused } from '../rules/reservation';
import type { Store } from '../store';
import { isEntry, PURGEABLE_STATES, isPastRetention, StoreUnavailableError } from '../store';
import type { Clock } from '../clock';
import { dropMissing } from '../identity/nearbyTimes';

/** Rows removed per claim. More than one, so that the ledger shrinks; few, so that the purge stays short. */
const PURGED_PER_CLAIM = 5;

/** ms until the next purge, after one that found nothing more to delete. */
const IDLE_INTERVAL_MS = 60_000;

/** Rows per batch. A batch of this size delays a busy ledger by milliseconds. */
const BATCH_SIZE = 200;

/**
 * Consecutive batches that remove nothing before `purgeAll` stops: their rows only expire, or are kept because others need
 * them.
 */
const MAX_IDLE_BATCHES = 10;

/**
 * Deletes rows past their retention, and ends unused reservations that have expired: at most `limit` rows.
 *
 * @param now ms since the epoch: the newest time that is certain to be Stripe's
 * @returns how many expired rows it read, and how many it removed
 */
export async function purge(
	store: Store,
	now: number,
	limit: number,
): Promise<{ expired: number; removed: number }> {
	const expired = await store.list({ states: [...PURGEABLE_STATES, 'reserved'], expiredBy: now, limit });
	if (expired.length === 0) return { expired: 0, removed: 0 };
	await expireUnused(store, expired, now);
	const entries = expired.filter(
		(row) => row.state !== 'timeline' && row.state !== 'reserved' && isPastRetention(row, now),
	);
	const removed = (await store.remove(entries)).filter(Boolean).length;
	// After the entries, so that a timeline can be removed together with its last entry.
	return { expired: expired.length, removed: removed + (await purgeTimelines(store, expired, now)) };
}

/** Writes all at once. If one of them was written in the meantime, writes them one by one. */
async function expireUnused(store: Store, expired: readonly Row[], now: number): Promise<void> {
	const changes = expired.flatMap((current) => {
		const next = isEntry(current) ? expireIfUnused(current, now) : undefined;
		return next ? [{ current, next }] : [];
	});
	if (changes.length === 0 || (await replaceTogether(store, changes))) return;
	for (const { current, next } of changes) await compareAndSwap(store, current, next);
}

async function purgeTimelines(store: Store, expired: readonly Row[], now: number): Promise<number> {
	let removed = 0;
	for (const timeline of expired) {
		if (timeline.state !== 'timeline') continue;
		const entryIds = timeline.occurrences.map(({ entryId }) => entryId);
		const remaining = dropMissing(timeline, await findMissingIds(store, entryIds), now);
		if (remaining) await store.replaceIfVersion([remaining]);
		else if ((await store.remove([timeline]))[0]) removed++;
	}
	return removed;
}

/** Returns which of these entries are not in the ledger. */
export async function findMissingIds(
	store: Store,
	entryIds: readonly string[],
): Promise<ReadonlySet<string>> {
	if (entryIds.length === 0) return new Set();
	const found = await store.find(entryIds);
	return new Set(entryIds.filter((_, index) => found[index] === undefined));
}

/**
 * Deletes rows past their retention, batch by batch, until none are left or `maxRows` are removed. Entries that are unknown, in
 * flight or still reserved stay, whatever their age.
 *
 * @param now ms since the epoch, by a correct clock
 * @returns how many were removed, and whether none are left
 * @throws StoreUnavailableError
 */
export async function purgeAll(
	store: Store,
	now: number,
	maxRows: number,
	signal?: AbortSignal,
): Promise<{ removed: number; isClear: boolean }> {
	let removed = 0;
	for (let idle = 0; idle < MAX_IDLE_BATCHES && removed < maxRows && !signal?.aborted;) {
		const limit = Math.min(BATCH_SIZE, maxRows - removed);
		const batch = await purge(store, now, limit);
		removed += batch.removed;
		if (batch.expired < limit) return { removed, isClear: true };
		idle = batch.removed > 0 ? 0 : idle + 1;
	}
	return { removed, isClear: false };
}

/** Purges a few rows after each claim, in the background: no claim waits for it. */
export class BackgroundPurge {
	private running: Promise<void> | undefined;
	private nextRunAt = -Infinity;

	/** Returns the instance that all ledgers on a store share, so that they do not search for the same rows. */
	static of(store: Store): BackgroundPurge {
		const backgroundPurge = backgroundPurges.get(store) ?? new BackgroundPurge();
		backgroundPurges.set(store, backgroundPurge);
		return backgroundPurge;
	}

	/** @param clock nothing is deleted while it does not know Stripe's time */
	start(store: Store, clock: Clock): void {
		const now = clock.known();
		if (now === undefined || this.running || clock.monotonic() < this.nextRunAt) return;
		this.running = this.purgeBatch(store, clock, now).finally(() => (this.running = undefined));
	}

	/** Resolves when no purge is running. */
	async finish(): Promise<void> {
		await this.running;
	}

	private async purgeBatch(store: Store, clock: Clock, now: number): Promise<void> {
		try {
			if (clock.of === 'host') {
				// Marks the ledger as one that has entries, so that their loss is noticed. Static data is kept as a whole, so
				// it needs no mark.
				if (!store.isPublic && !isRegistrySeen(store)) await loadRegistryRow(store);
				return;
			}
			const newest = clock.of === 'stripe' ? await recordTime(store, now) : now;
			const { expired: found } = await purge(store, Math.min(now, newest), PURGED_PER_CLAIM);
			if (found < PURGED_PER_CLAIM) this.nextRunAt = clock.monotonic() + IDLE_INTERVAL_MS;
		} catch (error) {
			this.nextRunAt = clock.monotonic() + IDLE_INTERVAL_MS;
			// The claim itself reports a store that is unavailable. Any other error is a bug, but must not fail a payment.
			if (!(error instanceof StoreUnavailableError))
				process.emitWarning(`The ledger could not purge old entries: ${String(error)}`);
		}
	}
}

const backgroundPurges = new WeakMap<Store, BackgroundPurge>();
