import { Coalescer } from '../coalescer';
import { concernsOneRow } from './errorKinds';
import { MAX_BATCH_ROWS } from './scripts';

/** Coalesces reads of rows. @param find reads rows, each of which is given once */
export function buildReads(
	find: (entryIds: readonly string[]) => Promise<unknown[]>,
): Coalescer<string, unknown> {
	return new Coalescer({
		mayConcernOneRequest: concernsOneRow,
		maxBatchSize: MAX_BATCH_ROWS,
		sendBatch: async (entryIds) => {
			const uniqueIds = [...new Set(entryIds)];
			const responses = await find(uniqueIds);
			const found = new Map(uniqueIds.map((entryId, nth) => [entryId, responses[nth]]));
			return entryIds.map((entryId) => found.get(entryId));
		},
	});
}
