import type { Entry } from '../model/entry';
import { unknownSince } from '../model/entryStatus';
import { blindSendLimitMs } from './uncertainty';

/**
 * Until when what may have been sent of the present attempt is simply sent again, with its key. After that it is looked up
 * first, and waits for what Stripe shows.
 *
 * @returns ms since the epoch; undefined where nothing of the attempt may have been sent
 */
export function getResendDeadline(entry: Entry): number | undefined {
	return mayHaveBeenSent(entry) ? unknownSince(entry) + blindSendLimitMs(entry.request) : undefined;
}

/** Whoever holds a claim may be sending. What Stripe has turned away for its pace has reached it all the same. */
function mayHaveBeenSent(entry: Entry): boolean {
	if (entry.state === 'in_flight' || entry.mayHaveExecuted) return true;
	return entry.state === 'released' && entry.outcome.kind === 'rate_limited';
}
