import type { Entry } from '../../../ledger/model/entry';
import { getResendDeadline } from '../../../ledger/rules/resendDeadline';
import { toIsoTime } from '../parameters/isoTime';

/** What an item of Retry says beside its error: until when running it again is all it takes. */
export function buildRetryBefore(entry: Entry | undefined): { retryBefore: string | null } {
	return { retryBefore: toIsoTime(entry && getResendDeadline(entry)) };
}
