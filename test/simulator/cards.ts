import { noSuch } from './errors';
import { isMap, getOwn, type ParamMap } from './form';
import type { Customer } from './objects';

/** What the bank says. */
export type CardOutcome =
	| ('approved' | 'needs_authentication')
	| { declineCode: string }
	/** A debit takes days, and the bank may still refuse it. */
	| { processing: 'succeeds' | 'fails' };

/** What becomes of a refund to a card ("Testing", refunds): some take days, some fail after they were done. */
export type RefundOutcome = 'at_once' | 'later' | 'fails_later';

/** Stripe's test payment methods ("Testing"); any other well-formed id is a card that pays. */
const TEST_CARDS: ReadonlyMap<string, CardOutcome> = new Map<string, CardOutcome>([
	['chargeDeclined', { declineCode: 'generic_decline' }],
	['visa_chargeDeclined', { declineCode: 'generic_decline' }],
	['chargeDeclinedInsufficientFunds', { declineCode: 'insufficient_funds' }],
	['visa_chargeDeclinedInsufficientFunds', { declineCode: 'insufficient_funds' }],
	['chargeDeclinedExpiredCard', { declineCode: 'expired_card' }],
	['chargeDeclinedIncorrectCvc', { declineCode: 'incorrect_cvc' }],
	['chargeDeclinedProcessingError', { declineCode: 'processing_error' }],
	['chargeDeclinedLostCard', { declineCode: 'lost_card' }],
	['visa_chargeDeclinedLostCard', { declineCode: 'lost_card' }],
	['chargeDeclinedStolenCard', { declineCode: 'stolen_card' }],
	['visa_chargeDeclinedStolenCard', { declineCode: 'stolen_card' }],
	['authenticationRequired', 'needs_authentication'],
	['pm_usBankAccount_success', { processing: 'succeeds' }],
	['pm_usBankAccount_insufficientFunds', { processing: 'fails' }],
]);

/** Which cards pay. Outcomes can be changed while running, so that a customer's money can run out and come back. */
export class CardOutcomes {
	private readonly declining = new Set<string>();

	setDeclines(customerOrPaymentMethodId: string, decline: boolean): void {
		if (decline) this.declining.add(customerOrPaymentMethodId);
		else this.declining.delete(customerOrPaymentMethodId);
	}

	reset(): void {
		this.declining.clear();
	}

	outcome(paymentMethod: string, customer: string | null): CardOutcome {
		if (this.declining.has(paymentMethod) || (customer !== null && this.declining.has(customer))) {
			return { declineCode: 'insufficient_funds' };
		}
		return TEST_CARDS.get(paymentMethod.replace(/^(pm_card|tok)_/, '')) ?? 'approved';
	}
}

export function refundOutcome(paymentMethod: string | null): RefundOutcome {
	if (paymentMethod === 'pm_card_pendingRefund') return 'later';
	return paymentMethod === 'pm_card_refundFail' ? 'fails_later' : 'at_once';
}

/** Whether its owner disputes every payment with it ("Testing", disputes). */
export function isDisputed(paymentMethod: string): boolean {
	return paymentMethod === 'pm_card_createDispute';
}

/** Throws Stripe's 400 for an id that is no payment method at all. */
export function checkPaymentMethod(id: string, param = 'payment_method'): void {
	if (!/^(pm|card|src|tok|ba)_./.test(id)) throw noSuch('PaymentMethod', id, param, 400);
}

/** `payment_method_data[type]=card` makes a payment method on the spot. */
export function methodFromData(data: ParamMap | undefined): string | undefined {
	if (data === undefined) return undefined;
	const card = getOwn(data, 'card');
	const token = isMap(card) ? getOwn(card, 'token') : undefined;
	return typeof token === 'string' ? token.replace(/^tok_/, 'pm_card_') : 'pm_card_visa';
}

/** The card a customer pays with when none is named. */
export function defaultMethodOf(customer: Customer): string {
	const settings = customer.invoice_settings as { default_payment_method: string | null } | undefined;
	return settings?.default_payment_method ?? 'pm_card_visa';
}
