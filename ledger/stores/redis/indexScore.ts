import type { RowState } from '../../model/row';
import { DECIDED_STATES } from '../../store';

/**
 * The score of a row in the one index for all states: the code of the state in the high bits, and the expiry in ms in the lower
 * 49 (up to the year 19807). A state is therefore a range of scores ordered by expiry, and a row that changes its state stays a
 * member of the index, so that a concurrent scan finds it. 16 codes fit into the 53 bits that a score keeps exactly. Never
 * change a code that was published.
 */
const STATE_CODES: Record<RowState, number> = {
	reserved: 0,
	in_flight: 1,
	succeeded: 2,
	rejected: 3,
	unknown: 4,
	released: 5,
	cancelled: 6,
	timeline: 7,
	budget: 8,
	registry: 9,
	key_secret: 10,
	lock: 11,
};
export const EXPIRY_END = 2 ** 49;

/** The code of a row that was lost before its expiry. */
export const LOST_CODE = 15;

/** The codes of rows that Redis removes once they have expired. */
export const EXPIRING_CODES = [...[...DECIDED_STATES].map((state) => STATE_CODES[state]), LOST_CODE];

export function scoreOf(state: RowState, expiresAt: number): number {
	return STATE_CODES[state] * EXPIRY_END + Math.min(Math.max(Math.trunc(expiresAt), 0), EXPIRY_END - 1);
}

/** ms since the epoch */
export function expiryOf(score: string): number {
	return Number(score) % EXPIRY_END;
}
