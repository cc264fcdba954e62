import type { Entry } from '../model/entry';
import type { Scope } from '../identity/key';
import { knownPayment } from '../model/knownPayment';
import type { Known, Payment } from '../model/payment';
import { laterOf } from '../model/payment';

/** What somebody has heard of a payment since the entry was answered, e.g. in a signed event of Stripe. */
export interface PaymentNews extends Scope {
	payment: Known;
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
export function withNews(
	standing: Entry,
	news: PaymentNews,
	paymentOf: (entry: Entry) => Payment | undefined,
): Entry | undefined {
	const { payment: told, shown, mode, account } = news;
	if (standing.mode !== mode || standing.account !== account) return undefined;
	if (standing.state !== 'succeeded' && standing.state !== 'rejected') return undefined;
	const { outcome } = standing;
	const known = knownPayment(standing, paymentOf);
	// What a decline has left behind is named by its id alone.
	if ((known?.object ?? outcome.objectId) !== told.object) return undefined;
	const payment = known ? laterOf(known, told) : told;
	if (payment === known) return undefined;
	const body = outcome.body && { ...outcome.body, ...shown };
	return {
		...standing,
		version: standing.version + 1,
		outcome: { ...outcome, payment, ...(body ? { body } : {}) },
	};
}
