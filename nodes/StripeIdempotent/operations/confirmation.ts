import type Stripe from 'stripe';

import type { Params } from '../../../ledger/model/request';
import type { ParameterReader } from '../../shared/parameters/parameterReader';
import { checkParamNames } from '../../shared/parameters/stripeParams';

/** Stripe accepts no `automatic_payment_methods` with the first four; the last one asks for redirects. */
const DECIDES_REDIRECTS = [
	'allowed_payment_method_types',
	'automatic_payment_methods',
	'confirmation_method',
	'payment_method_types',
	'return_url',
] as const;

/** Parameters that name the payment method. */
const PAYS_WITH = [
	'confirmation_token',
	'payment_method',
	'payment_method_data',
] as const satisfies readonly (keyof Stripe.PaymentIntentCreateParams)[];

/**
 * Builds the parameters that the node adds to a new payment. A workflow has no browser: without a return URL, only payment
 * methods without redirects can be confirmed, and Confirm itself cannot restrict them
 * (docs.stripe.com/api/payment_intents/create, `automatic_payment_methods.allow_redirects`). A payment that needs its customer
 * would wait forever (`error_on_requires_action`).
 *
 * @param params in wire form
 */
export function buildCreationParams(params: Params): Record<string, unknown> {
	const isAlone =
		!isOn(params.off_session) && !('return_url' in params) && !('error_on_requires_action' in params);
	return checkParamNames<Stripe.PaymentIntentCreateParams>({
		automatic_payment_methods: hasRedirectParam(params)
			? undefined
			: { enabled: true, allow_redirects: 'never' },
		error_on_requires_action: isOn(params.confirm) && isAlone ? true : undefined,
	});
}

/**
 * Refuses a payment that Stripe could not confirm.
 *
 * @throws ItemError
 */
export function refuseUnconfirmable(read: ParameterReader, params: Params): void {
	if (!isOn(params.confirm)) return;
	if (!PAYS_WITH.some((name) => name in params)) {
		throw read.buildError(
			'paymentMethod',
			'is empty, but Confirm is on',
			'Fill in Payment Method or Confirmation Token, or check that its expression returns a value for this item. To create a payment that is paid later, turn Confirm off.',
		);
	}
	const cause = findRedirectCause(params);
	if (cause === undefined) return;
	throw read.buildError(
		'returnUrl',
		`is empty, but Confirm is on, and with ${cause} the customer may be redirected to a different page, so Stripe requires it`,
		`Fill in Return URL, or leave out ${cause}: then only payment methods without a redirect are accepted.`,
	);
}

/** @returns the label of the parameter that makes Stripe require a return URL */
function findRedirectCause(params: Params): string | undefined {
	if ('return_url' in params || !hasRedirectParam(params)) return undefined;
	if ('allowed_payment_method_types' in params) return 'Allowed Payment Method Types';
	const automatic = params.automatic_payment_methods;
	const isNever =
		typeof automatic === 'object' &&
		'allow_redirects' in automatic &&
		automatic.allow_redirects === 'never';
	if (isNever) return undefined;
	const name = DECIDES_REDIRECTS.find((one) => one in params) ?? '';
	return `"${name}" in Other Parameters (JSON)`;
}

function hasRedirectParam(params: Params): boolean {
	return DECIDES_REDIRECTS.some((name) => name in params);
}

/** The kind of payment (`recurring`) may imply off session. */
function isOn(value: unknown): boolean {
	return value !== undefined && value !== 'false';
}
