import { isDeepStrictEqual } from 'node:util';

import type { Row } from '../model/row';
import type { Store } from '../store';

export interface CopyResult {
	/** Rows of the source. Each of them is in the target now. */
	rows: number;
	/** Rows that were not in the target before. */
	added: number;
	/** Entries that were already in the target and differ. They were not overwritten. */
	differing: string[];
	/** Entries that are being sent right now, by a process that still writes to the source. */
	inFlight: string[];
}

/**
 * Copies every row from one ledger's store to another's, with its keys, times and history unchanged. The source is not changed,
 * and nothing in the target is overwritten, so the copy can be stopped and restarted at any time.
 *
 * @param onProgress receives the number of rows copied so far
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
		// Verify by reading back.
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
