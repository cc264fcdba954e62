import type { Entry } from '../model/entry';
import type { Scope } from '../identity/key';
import { getKnownPayment } from '../model/knownPayment';
import type { KnownPayment, Payment } from '../model/payment';
import { pickLater } from '../model/payment';

/** What somebody has heard of a payment since the entry was answered, e.g. in a signed event of Stripe. */
export interface PaymentUpdate extends Scope {
	payment: KnownPayment;
	/** What the stored object shows by now. */
	shown: Record<string, unknown>;
}

/**
 * What news make of the entry that stands: the decision and its outcome stay, and what is known of the money changes. While
 * an entry is open its own answer is awaited.
 *
 * @param paymentOf how to read what the entry knows of its payment
 * @returns the entry to write, or undefined where nothing new was heard
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
	// What a decline has left behind is named by its id alone.
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
