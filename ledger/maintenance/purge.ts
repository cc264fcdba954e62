import { compareAndSwap, replaceTogether } from '../compareAndSwap';
import type { Row } from '../model/row';
import { isRegistrySeen, loadRegistryRow } from '../registryRow';
import { expireIfUnused } from '../rules/reservation';
import type { Store } from '../store';
import { isEntry, PURGEABLE_STATES, isPastRetention, StoreUnavailableError } from '../store';
import type { Clock } from '../clock';
import { recordTime } from './newestTime';
import { dropMissing } from '../identity/nearbyTimes';

/** Rows removed per claim: more than one, so that the ledger shrinks; few, so that nobody waits for it. */
const PURGED_PER_CLAIM = 5;

/** ms until somebody looks again, where a look found nothing more to forget. */
const NEXT_LOOK_MS = 60_000;

/** Rows per portion: a portion of this size holds a busy ledger up for milliseconds. */
const PORTION = 200;

/** Portions in a row that remove nothing: what is met there only ends, or is kept for the sake of others. */
const IDLE_PORTIONS = 10;

/**
 * Forgets what is past its retention, and ends reservations that nobody has used in their time: at most `limit` rows.
 *
 * @param now ms since the epoch: the newest time that is surely Stripe's
 * @returns how many expired rows it met, and how many are gone
 */
export async function purge(
	store: Store,
	now: number,
	limit: number,
): Promise<{ expired: number; removed: number }> {
	const expired = await store.list({ states: [...PURGEABLE_STATES, 'reserved'], expiredBy: now, limit });
	if (expired.length === 0) return { expired: 0, removed: 0 };
	await endUnused(store, expired, now);
	const entries = expired.filter(
		(row) => row.state !== 'timeline' && row.state !== 'reserved' && isPastRetention(row, now),
	);
	const removed = (await store.remove(entries)).filter(Boolean).length;
	// After the entries, so that a timeline can go together with its last one.
	return { expired: expired.length, removed: removed + (await purgeTimelines(store, expired, now)) };
}

/** All at once; where one of them was written meanwhile, one by one. */
async function endUnused(store: Store, expired: readonly Row[], now: number): Promise<void> {
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
		const left = dropMissing(timeline, await findMissingIds(store, entryIds), now);
		if (left) await store.replaceIfVersion([left]);
		else if ((await store.remove([timeline]))[0]) removed++;
	}
	return removed;
}

/** Which of these entries the ledger does not know any more. */
export async function findMissingIds(
	store: Store,
	entryIds: readonly string[],
): Promise<ReadonlySet<string>> {
	if (entryIds.length === 0) return new Set();
	const found = await store.find(entryIds);
	return new Set(entryIds.filter((_, index) => found[index] === undefined));
}

/**
 * Forgets what is past its retention, portion by portion, until nothing is left or `most` are gone. What is unknown, in
 * flight or still reserved stays, whatever its age.
 *
 * @param now ms since the epoch, by a clock that is right
 * @returns how many are gone, and whether nothing more was found
 * @throws StoreUnavailableError
 */
export async function purgeAll(
	store: Store,
	now: number,
	maxRows: number,
	signal?: AbortSignal,
): Promise<{ removed: number; isClear: boolean }> {
	let removed = 0;
	for (let idle = 0; idle < IDLE_PORTIONS && removed < maxRows && !signal?.aborted;) {
		const limit = Math.min(PORTION, maxRows - removed);
		const portion = await purge(store, now, limit);
		removed += portion.removed;
		if (portion.expired < limit) return { removed, isClear: true };
		idle = portion.removed > 0 ? 0 : idle + 1;
	}
	return { removed, isClear: false };
}

/** Purges a little whenever a claim has been made, after it and beside it: no claim ever waits for it. */
export class BackgroundPurge {
	private running: Promise<void> | undefined;
	private nextLookAt = -Infinity;

	/** One for all ledgers on a store, so that they do not all look for the same rows. */
	static of(store: Store): BackgroundPurge {
		const backgroundPurge = backgroundPurges.get(store) ?? new BackgroundPurge();
		backgroundPurges.set(store, backgroundPurge);
		return backgroundPurge;
	}

	/** @param clock where it does not know Stripe's time, nothing is forgotten */
	start(store: Store, clock: Clock): void {
		const now = clock.known();
		if (now === undefined || this.running || clock.monotonic() < this.nextLookAt) return;
		this.running = this.purgeBatch(store, clock, now).finally(() => (this.running = undefined));
	}

	/** Resolves when nothing is under way. */
	async finish(): Promise<void> {
		await this.running;
	}

	private async purgeBatch(store: Store, clock: Clock, now: number): Promise<void> {
		try {
			if (clock.of === 'host') {
				// From now on it is known of this ledger that it has entries; static data is remembered as a whole.
				if (!store.isPublic && !isRegistrySeen(store)) await loadRegistryRow(store);
				return;
			}
			const newest = clock.of === 'stripe' ? await recordTime(store, now) : now;
			const { expired: met } = await purge(store, Math.min(now, newest), PURGED_PER_CLAIM);
			if (met < PURGED_PER_CLAIM) this.nextLookAt = clock.monotonic() + NEXT_LOOK_MS;
		} catch (error) {
			this.nextLookAt = clock.monotonic() + NEXT_LOOK_MS;
			// A store that is down says so at the claim itself. Anything else is a fault, but none that may cost a payment.
			if (!(error instanceof StoreUnavailableError))
				process.emitWarning(`The ledger could not forget old entries: ${String(error)}`);
		}
	}
}

const backgroundPurges = new WeakMap<Store, BackgroundPurge>();
