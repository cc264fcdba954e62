import type { Entry } from './entry';
import type { Known, Payment } from './payment';
import { laterOf } from './payment';

/** What an entry knows of its payment, and since when. `of` reads it from entries that were written without it. */
export function knownPayment(
	entry: Entry,
	of: (entry: Entry) => Payment | undefined = paymentKept,
): Known | undefined {
	const payment = of(entry);
	if (!payment || !('outcome' in entry)) return undefined;
	const answered: Known = { ...payment, asOf: payment.asOf ?? answeredAt(entry) };
	// What was heard while the answer was under way stands beside it, and may be newer.
	return (entry.evidence ?? []).reduce((known, { outcome, at }) => {
		const heard = outcome.payment;
		return heard?.object === known.object ? laterOf(known, { ...heard, asOf: heard.asOf ?? at }) : known;
	}, answered);
}

function paymentKept(entry: Entry): Payment | undefined {
	return 'outcome' in entry ? entry.outcome.payment : undefined;
}

/** What Stripe repeats under a key is as old as the first send of that key. */
function answeredAt({ outcome, settledAt, firstSentAt }: Extract<Entry, { outcome: unknown }>): number {
	const { requestId, originalRequestId } = outcome;
	const isRepeated = originalRequestId !== undefined && originalRequestId !== requestId;
	return isRepeated ? (firstSentAt ?? settledAt) : settledAt;
}
