import { isDeepStrictEqual } from 'node:util';

import type { Row } from '../model/row';
import type { Store } from '../store';

export interface CopyResult {
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
 * @throws StoreUnavailableError
 */
export async function copyRows(
	from: Store,
	to: Store,
	now: number,
	onProgress: (rows: number) => void = () => undefined,
): Promise<CopyResult> {
	const result: CopyResult = { rows: 0, added: 0, differing: [], inFlight: [] };
	for await (const rows of from.scan()) {
		if (rows.length === 0) continue;
		const entryIds = rows.map(({ entryId }) => entryId);
		const existing = await to.find(entryIds);
		await to.insertIfAbsent(rows);
		// Read back rather than believed.
		const current = await to.find(entryIds);
		for (const [position, row] of rows.entries()) {
			result.rows++;
			if (!existing[position]) result.added++;
			if (!isDeepStrictEqual(current[position], row)) result.differing.push(row.entryId);
			if (isInFlight(row, now)) result.inFlight.push(row.entryId);
		}
		onProgress(result.rows);
	}
	return result;
}

function isInFlight(row: Row, now: number): boolean {
	return row.state === 'in_flight' && now < row.leaseUntil;
}
