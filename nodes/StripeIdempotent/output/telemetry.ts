import { traceItem } from '../../../payments/telemetry';
import type { ItemResult } from '../../shared/run/result';
import type { Item } from '../item';

/** What a collector is told of an item's whole way. */
export function traceResult({ name }: Item, run: () => Promise<ItemResult>): Promise<ItemResult> {
	return traceItem(name, run, ({ outcome, output, replayed, entry }) => {
		const { entryId, attempt, sends } = entry ?? {};
		return { outcome, output, replayed, entryId, attempt, sends };
	});
}
