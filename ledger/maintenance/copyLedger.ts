import { isDeepStrictEqual } from 'node:util';

import type { Row } from '../model/entry';
import type { Store } from '../store';

export interface Moved {
	/** Rows of the source; each of them stands in the target now. */
	rows: number;
	/** Of these, rows that were not there before. */
	added: number;
	/** Entries that the target knew already, and otherwise: nothing of them was overwritten. */
	differing: string[];
	/** Entries that are being sent right now, by somebody who still writes to the source. */
	inFlight: string[];
}

/**
 * Copies every row from one ledger's store to another's, with its keys, times and history as they are. The source stays as
 * it is, and what stands in the target is never overwritten, so it can be stopped and begun again at any time.
 *
 * @param onProgress hears how many rows have been copied so far
 * @throws StoreUnavailable
 */
export async function moveRows(
	from: Store,
	to: Store,
	now: number,
	onProgress: (rows: number) => void = () => undefined,
): Promise<Moved> {
	const moved: Moved = { rows: 0, added: 0, differing: [], inFlight: [] };
	for await (const rows of from.scan()) {
		if (rows.length === 0) continue;
		const entryIds = rows.map(({ entryId }) => entryId);
		const known = await to.find(entryIds);
		await to.insertIfAbsent(rows);
		// Read back rather than believed.
		const standing = await to.find(entryIds);
		for (const [position, row] of rows.entries()) {
			moved.rows++;
			if (!known[position]) moved.added++;
			if (!isDeepStrictEqual(standing[position], row)) moved.differing.push(row.entryId);
			if (isInFlight(row, now)) moved.inFlight.push(row.entryId);
		}
		onProgress(moved.rows);
	}
	return moved;
}

function isInFlight(row: Row, now: number): boolean {
	return row.state === 'in_flight' && now < row.leaseUntil;
}
