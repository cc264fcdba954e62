import type Stripe from 'stripe';

import type { Params } from '../../ledger/model/request';

type ConfirmParamName = keyof Stripe.PaymentIntentConfirmParams;

/** The payment method. It may differ at every confirmation of the same payment. */
const PAYMENT_METHOD_PARAMS = [
	'confirmation_token',
	'payment_method',
	'payment_method_data',
] as const satisfies ConfirmParamName[];

/**
 * Parameters of a confirmation. They are not stored in the payment, so a repeated confirmation has to send them again. All other
 * parameters are stored when the payment is created (docs.stripe.com/api/payment_intents/confirm).
 */
const CONFIRMATION_PARAMS: ReadonlySet<string> = new Set<ConfirmParamName>([
	...PAYMENT_METHOD_PARAMS,
	...(['error_on_requires_action', 'expand', 'mandate', 'mandate_data', 'off_session'] as const),
	...(['payment_method_options', 'radar_options', 'return_url', 'use_stripe_sdk'] as const),
]);

/** @param sent the parameters of a request that creates a payment and confirms it at once */
export function pickConfirmParams(sent: Params): Params {
	return Object.fromEntries(Object.entries(sent).filter(([name]) => CONFIRMATION_PARAMS.has(name)));
}

/** The Charges API, older than PaymentIntents, uses sources. */
const PAYMENT_SOURCE_PARAMS: readonly string[] = [...PAYMENT_METHOD_PARAMS, 'source'];

/** Returns whether a request names a payment method. */
export function hasPaymentMethod(params: Params): boolean {
	return PAYMENT_SOURCE_PARAMS.some((name) => params[name] !== undefined && params[name] !== '');
}

/** Returns the parameters without the payment method. */
export function omitPaymentMethod(params: Params): Params {
	return Object.fromEntries(
		Object.entries(params).filter(([name]) => !PAYMENT_SOURCE_PARAMS.includes(name)),
	);
}
