import type { Row, RowState } from '../../model/row';
import type { TermQuery } from '../../store';
import { indexTermsOf, DECIDED_STATES } from '../../store';

/**
 * A member of the sorted set of terms is a term, a rank and an entry: `field:… c279…v1_…`. All scores are equal, so that the
 * members are in byte order (redis.io/docs/latest/commands/zrangebylex).
 */
const RANK_LENGTH = 16;

/** Returns the members of a row. A script appends the entry to each. */
export function toMembers(row: Row): string[] {
	const sortable = new Map<number, string>();
	return indexTermsOf(row).map(({ term, rank }) => {
		const digits = sortable.get(rank) ?? toSortable(rank);
		sortable.set(rank, digits);
		return `${term} ${digits}`;
	});
}

/** Returns the first (exclusive) and the last (inclusive) member of a term query. */
export function toRange({ term, after, end }: TermQuery): [least: string, most: string] {
	return [
		`(${term} ${toSortable(after.rank)}${after.entryId}`,
		// After all ids.
		`[${term} ${toSortable(end)}\u{10ffff}`,
	];
}

export function parseMember(member: string): { rank: number; entryId: string } {
	const from = member.indexOf(' ') + 1;
	return {
		rank: fromSortable(member.slice(from, from + RANK_LENGTH)),
		entryId: member.slice(from + RANK_LENGTH),
	};
}

/**
 * Returns a number as 16 hex digits that sort like the numbers: its bits, with the sign bit inverted, or all bits if it is
 * negative.
 */
export function toSortable(number: number): string {
	const bits = Buffer.alloc(8);
	bits.writeDoubleBE(number + 0);
	const isNegative = (bits[0] ?? 0) >= 0x80;
	for (let place = 0; place < 8; place++)
		bits[place] = (bits[place] ?? 0) ^ (isNegative ? 0xff : place === 0 ? 0x80 : 0);
	return bits.toString('hex');
}

function fromSortable(digits: string): number {
	const bits = Buffer.from(digits, 'hex');
	const wasNegative = (bits[0] ?? 0) < 0x80;
	for (let place = 0; place < 8; place++)
		bits[place] = (bits[place] ?? 0) ^ (wasNegative ? 0xff : place === 0 ? 0x80 : 0);
	return bits.readDoubleBE();
}

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
