import type { Entry } from '../../../ledger/model/entry';
import { repeatableUntil } from '../../../ledger/rules/repeatable';
import { isoTime } from '../parameters/isoTime';

/** What an item of Server Error says beside its error: until when running it again is all it takes. */
export function retryBefore(entry: Entry | undefined): { retryBefore: string | null } {
	return { retryBefore: isoTime(entry && repeatableUntil(entry)) };
}
