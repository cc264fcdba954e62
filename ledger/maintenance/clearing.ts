import { purge } from './purge';
import type { Store } from '../store';

/** Rows per portion: a portion of this size holds a busy ledger up for milliseconds. */
const PORTION = 200;

/** Portions in a row that remove nothing: what is met there only ends, or is kept for the sake of others. */
const IDLE_PORTIONS = 10;

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
