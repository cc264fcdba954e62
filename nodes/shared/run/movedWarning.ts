import { movedAmountOf } from '../../../ledger/rules/budget';
import type { Entry } from '../../../ledger/model/entry';
import { formatAmount } from '../../../stripe/objects/money';

/** Says where Stripe has moved something else than what was sent for a reservation. */
export function getMovedWarning(entry: Entry): string | undefined {
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
