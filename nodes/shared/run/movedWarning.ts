import { movedAmountOf } from '../../../ledger/rules/budget';
import type { Entry, Expectation } from '../../../ledger/model/entry';
import { formatAmount } from '../../../stripe/objects/money';

/** Says where Stripe has moved something else than what was sent for a reservation. */
export function getMovedWarning(entry: Entry): string | undefined {
	if (entry.expectation?.inWords !== undefined) return getPreviewWarning(entry, entry.expectation);
	const { reservation } = entry;
	const payment = entry.state === 'succeeded' ? entry.outcome.payment : undefined;
	if (!reservation || !payment) return undefined;
	const { amount, currency } = reservation.intent;
	const requested = formatAmount(String(reservation.usedAmount ?? amount), currency);
	if (payment.currency !== undefined && payment.currency !== currency)
		return `${requested} was requested by token, but Stripe moved a different currency: ${payment.currency.toUpperCase()}. A person has to check it.`;
	const moved = movedAmountOf(entry);
	if (moved === undefined || moved === (reservation.usedAmount ?? amount)) return undefined;
	return `${requested} was requested by token, but Stripe moved ${formatAmount(String(moved), currency)}, which is what counts toward the limits. A person has to check it.`;
}

/** An invoice can come to more than its preview: nobody but Stripe can keep it from that. */
function getPreviewWarning(entry: Entry, { spend, atMost }: Expectation): string | undefined {
	const payment = entry.state === 'succeeded' ? entry.outcome.payment : undefined;
	if (!payment) return undefined;
	const { moved, notMoved, object, currency = spend.currency } = payment;
	const came = moved + notMoved;
	if (currency === spend.currency && came <= spend.amount) return undefined;
	const [previewed, invoiced] = [
		formatAmount(String(spend.amount), spend.currency),
		formatAmount(String(came), currency),
	];
	const isAbove = atMost !== undefined && (currency !== spend.currency || came > atMost);
	const limit = isAbove
		? `, which is more than Charge at Most (${formatAmount(String(atMost), spend.currency)})`
		: '';
	return `Stripe previewed ${previewed}, but the invoice came to ${invoiced}${limit}. A person has to check ${object}.`;
}
