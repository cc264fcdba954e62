import { moneyOf } from './entryFacts';
import type { PreviousAttempt, SettledEntry } from './entry';

/** What stays of an attempt when a newer one begins, or when nothing more may come of its entry. */
export function archiveAttempt(entry: SettledEntry): PreviousAttempt {
	const { attempt, key, outcome, settledAt, firstSentAt, lastSentAt, sends, origin, samePayment } = entry;
	return {
		attempt,
		key,
		outcome,
		settledAt,
		firstSentAt,
		lastSentAt,
		sends,
		...moneyOf(entry),
		origin,
		...(samePayment === undefined ? {} : { samePayment }),
		...(entry.request.added ? { added: entry.request.added } : {}),
	};
}
