import { noSuch } from './errors';
import { isMap, getOwn, type ParamMap } from './form';
import type { Customer } from './objects';

/** The bank's decision. */
export type CardOutcome =
	| ('approved' | 'needs_authentication')
	| { declineCode: string }
	/** A debit takes days, and the bank may still refuse it. */
	| { processing: 'succeeds' | 'fails' };

/** The outcome of a refund to a card ("Testing", refunds): some take days, some fail after they succeeded. */
export type RefundOutcome = 'at_once' | 'later' | 'fails_later';

/** Stripe's test payment methods ("Testing"). Any other well-formed id is a card that pays. */
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

/**
 * The outcome of each card. Outcomes can change during a test, so that a customer's money can run out and return.
 */
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

/** Whether the cardholder disputes every payment with this card ("Testing", disputes). */
export function isDisputed(paymentMethod: string): boolean {
	return paymentMethod === 'pm_card_createDispute';
}

/** Throws Stripe's 400 for an id that is not a payment method's. */
export function checkPaymentMethod(id: string, param = 'payment_method'): void {
	if (!/^(pm|card|src|tok|ba)_./.test(id)) throw noSuch('PaymentMethod', id, param, 400);
}

/** `payment_method_data[type]=card` creates a payment method inline. */
export function methodFromData(data: ParamMap | undefined): string | undefined {
	if (data === undefined) return undefined;
	const card = getOwn(data, 'card');
	const token = isMap(card) ? getOwn(card, 'token') : undefined;
	return typeof token === 'string' ? token.replace(/^tok_/, 'pm_card_') : 'pm_card_visa';
}

/** The card that a customer pays with if none is named. */
export function defaultMethodOf(customer: Customer): string {
	const settings = customer.invoice_settings as { default_payment_method: string | null } | undefined;
	return settings?.default_payment_method ?? 'pm_card_visa';
}
