import { movedBy } from '../../../ledger/rules/budget';
import type { Entry } from '../../../ledger/model/entry';
import { inMajorUnits } from '../../../stripe/objects/money';

/** Says where Stripe has moved something else than what was sent for a reservation. */
export function movedWarning(entry: Entry): string | undefined {
	const { reservation } = entry;
	const payment = entry.state === 'succeeded' ? entry.outcome.payment : undefined;
	if (!reservation || !payment) return undefined;
	const { amount, currency } = reservation.intent;
	const asked = inMajorUnits(String(reservation.used ?? amount), currency);
	if (payment.currency !== undefined && payment.currency !== currency)
		return `${asked} was asked for by token, and Stripe has moved another currency: ${payment.currency.toUpperCase()}. A person has to look at it.`;
	const moved = movedBy(entry);
	if (moved === undefined || moved === (reservation.used ?? amount)) return undefined;
	return `${asked} was asked for by token, and Stripe has moved ${inMajorUnits(String(moved), currency)}: that is what counts at the limits. A person has to look at it.`;
}
