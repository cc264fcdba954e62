import type { Entry } from '../../ledger/entry';
import { repeatableUntil } from '../../ledger/repeatable';
import { isoTime } from './isoTime';

/** What an item of Server Error says beside its error: until when running it again is all it takes. */
export function retryBefore(entry: Entry | undefined): { retryBefore: string | null } {
	return { retryBefore: isoTime(entry && repeatableUntil(entry)) };
}
