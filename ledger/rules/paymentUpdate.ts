import type { Entry } from '../model/entry';
import type { Scope } from '../identity/key';
import { getKnownPayment } from '../model/entryFacts';
import type { KnownPayment, Payment } from '../model/payment';
import { pickLater } from '../model/payment';

/** News of a payment after its entry was settled, e.g. from a signed Stripe event. */
export interface PaymentUpdate extends Scope {
	payment: KnownPayment;
	/** The object as Stripe shows it now. */
	shown: Record<string, unknown>;
}

/**
 * Updates what an entry knows about its payment. The decision and its outcome do not change. An unresolved entry is not updated,
 * because its own response is still due.
 *
 * @param paymentOf derives what the entry knows about its payment
 * @returns the entry to write, or undefined if there is nothing new
 */
export function applyPaymentUpdate(
	current: Entry,
	update: PaymentUpdate,
	paymentOf: (entry: Entry) => Payment | undefined,
): Entry | undefined {
	const { payment: incoming, shown, mode, account } = update;
	if (current.mode !== mode || current.account !== account) return undefined;
	if (current.state !== 'succeeded' && current.state !== 'rejected') return undefined;
	const { outcome } = current;
	const known = getKnownPayment(current, paymentOf);
	// For a declined attempt, only the ID of the payment is stored.
	if ((known?.object ?? outcome.objectId) !== incoming.object) return undefined;
	const payment = known ? pickLater(known, incoming) : incoming;
	if (payment === known) return undefined;
	const body = outcome.body && { ...outcome.body, ...shown };
	return {
		...current,
		version: current.version + 1,
		outcome: { ...outcome, payment, ...(body ? { body } : {}) },
	};
}
