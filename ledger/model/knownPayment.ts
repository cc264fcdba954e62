import type { Entry } from './entry';
import type { KnownPayment, Payment } from './payment';
import { pickLater } from './payment';

/** Returns what an entry knows about its payment, and since when. */
export function getKnownPayment(
	entry: Entry,
	of: (entry: Entry) => Payment | undefined = storedPaymentOf,
): KnownPayment | undefined {
	const payment = of(entry);
	if (!payment || !('outcome' in entry)) return undefined;
	const answered: KnownPayment = { ...payment, asOf: payment.asOf ?? responseTimeOf(entry) };
	// An event may have arrived while the response was still pending, and may be newer.
	return (entry.lateResponses ?? []).reduce((known, { outcome, at }) => {
		const heard = outcome.payment;
		return heard?.object === known.object
			? pickLater(known, { ...heard, asOf: heard.asOf ?? at })
			: known;
	}, answered);
}

/** A declined payment is known only from later events. A response of another API may look like one of Stripe's. */
export function storedPaymentOf(entry: Entry): Payment | undefined {
	if (entry.state === 'rejected') return entry.outcome.payment;
	return entry.state === 'succeeded' && entry.request.path.startsWith('/')
		? entry.outcome.payment
		: undefined;
}

/** A replayed response is as old as the first send of its key. */
function responseTimeOf({ outcome, settledAt, firstSentAt }: Extract<Entry, { outcome: unknown }>): number {
	const { requestId, originalRequestId } = outcome;
	const isRepeated = originalRequestId !== undefined && originalRequestId !== requestId;
	return isRepeated ? (firstSentAt ?? settledAt) : settledAt;
}
