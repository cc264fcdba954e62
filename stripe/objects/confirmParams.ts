import type Stripe from 'stripe';

import type { Params } from '../../ledger/model/request';

type ConfirmParamName = keyof Stripe.PaymentIntentConfirmParams;

/** With what is paid: that may be another one at every confirmation of the same payment. */
const PAYMENT_METHOD_PARAMS = [
	'confirmation_token',
	'payment_method',
	'payment_method_data',
] as const satisfies ConfirmParamName[];

/**
 * What belongs to a confirmation, and not to the payment that is confirmed: it has to be said again. Everything else stands in
 * the payment since it was made (docs.stripe.com/api/payment_intents/confirm).
 */
const CONFIRMATION_PARAMS: ReadonlySet<string> = new Set<ConfirmParamName>([
	...PAYMENT_METHOD_PARAMS,
	...(['error_on_requires_action', 'expand', 'mandate', 'mandate_data', 'off_session'] as const),
	...(['payment_method_options', 'radar_options', 'return_url', 'use_stripe_sdk'] as const),
]);

/** @param sent the parameters of a request for a new payment that is confirmed at once */
export function pickConfirmParams(sent: Params): Params {
	return Object.fromEntries(Object.entries(sent).filter(([name]) => CONFIRMATION_PARAMS.has(name)));
}

/** Charges, which are older than payment intents, are paid from a source. */
const PAYMENT_SOURCE_PARAMS: readonly string[] = [...PAYMENT_METHOD_PARAMS, 'source'];

/** Whether a request says with what to pay. */
export function hasPaymentMethod(params: Params): boolean {
	return PAYMENT_SOURCE_PARAMS.some((name) => params[name] !== undefined && params[name] !== '');
}

/** The parameters without what says with what to pay. */
export function omitPaymentMethod(params: Params): Params {
	return Object.fromEntries(
		Object.entries(params).filter(([name]) => !PAYMENT_SOURCE_PARAMS.includes(name)),
	);
}
