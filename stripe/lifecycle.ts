/** What the status of a payment intent says of the money (docs.stripe.com/payments/paymentintents/lifecycle). */

/** It exists, but somebody has still to act before money moves. */
const NOT_PAID_YET = new Set(['requires_payment_method', 'requires_confirmation', 'requires_action']);

/** It was created, but the charge that was asked for with it did not happen. `failed` is a refund's or a charge's. */
const WITHOUT_EFFECT = new Set(['requires_payment_method', 'requires_confirmation', 'canceled', 'failed']);

/** The states that prove an action on it. */
const PROVES: Readonly<Record<string, readonly string[]>> = {
	confirm: ['succeeded', 'processing', 'requires_capture'],
	capture: ['succeeded'],
	cancel: ['canceled'],
};

type StripeObject = Record<string, unknown>;

export function isPaymentNotPaidYet({ object, status }: StripeObject): boolean {
	return object === 'payment_intent' && NOT_PAID_YET.has(String(status));
}

export function isWithoutEffect({ status }: StripeObject): boolean {
	return WITHOUT_EFFECT.has(String(status));
}

/** Whether the object's state shows that it was confirmed, captured or canceled. */
export function proves({ object, status, captured }: StripeObject, action: string): boolean {
	if (object === 'charge') return action === 'capture' && captured === true;
	return PROVES[action]?.includes(String(status)) ?? false;
}
