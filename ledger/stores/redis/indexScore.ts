import type { RowState } from '../../model/row';
import { DECIDED_STATES } from '../../store';

/**
 * One index for all states: its score is the state's code in the high bits, and the time of expiry, in ms, in the lower
 * 49 (the year 19807). So a state is a range of scores in the order of expiry, and a row that changes its state keeps its
 * place in the index, where a scan finds it whatever happens meanwhile. 16 codes fit into the 53 bits that a score keeps
 * exactly. Never change a code that was published.
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

/** Of a row that is gone before its time. */
export const LOST_CODE = 15;

/** What is gone once it has expired. */
export const EXPIRING_CODES = [...[...DECIDED_STATES].map((state) => STATE_CODES[state]), LOST_CODE];

export function scoreOf(state: RowState, expiresAt: number): number {
	return STATE_CODES[state] * EXPIRY_END + Math.min(Math.max(Math.trunc(expiresAt), 0), EXPIRY_END - 1);
}

/** ms since the epoch */
export function expiryOf(score: string): number {
	return Number(score) % EXPIRY_END;
}
