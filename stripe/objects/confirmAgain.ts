import type Stripe from 'stripe';

import type { Params } from '../../ledger/model/request';

type ConfirmParam = keyof Stripe.PaymentIntentConfirmParams;

/** With what is paid: that may be another one at every confirmation of the same payment. */
const METHOD = [
	'confirmation_token',
	'payment_method',
	'payment_method_data',
] as const satisfies ConfirmParam[];

/**
 * What belongs to a confirmation, and not to the payment that is confirmed: it has to be said again. Everything else stands in
 * the payment since it was made (docs.stripe.com/api/payment_intents/confirm).
 */
const OF_CONFIRMATION: ReadonlySet<string> = new Set<ConfirmParam>([
	...METHOD,
	...(['error_on_requires_action', 'expand', 'mandate', 'mandate_data', 'off_session'] as const),
	...(['payment_method_options', 'radar_options', 'return_url', 'use_stripe_sdk'] as const),
]);

/** @param sent the parameters of a request for a new payment that is confirmed at once */
export function confirmParams(sent: Params): Params {
	return Object.fromEntries(Object.entries(sent).filter(([name]) => OF_CONFIRMATION.has(name)));
}

/** Charges, which are older than payment intents, are paid from a source. */
const PAID_WITH: readonly string[] = [...METHOD, 'source'];

/** Whether a request says with what to pay. */
export function namesMethod(params: Params): boolean {
	return PAID_WITH.some((name) => params[name] !== undefined && params[name] !== '');
}

/** The parameters without what says with what to pay. */
export function withoutMethod(params: Params): Params {
	return Object.fromEntries(Object.entries(params).filter(([name]) => !PAID_WITH.includes(name)));
}
