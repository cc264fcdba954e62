import { invalid } from '../errors';
import { getOwn, type ParamMap } from '../form';
import type { PaymentIntent } from '../objects';
import { WITH_CONFIRM } from './paymentIntentParameters';

/** Rules about combinations of payment intent parameters. Stripe checks them before it executes anything. */

/** Throws Stripe's 400 for parameters that a creation accepts only together with `confirm`. */
export function refuseWithoutConfirm(params: ParamMap): void {
	if (getOwn(params, 'confirm') === 'true') return;
	const name = WITH_CONFIRM.find((candidate) => isGiven(params, candidate));
	if (name === undefined) return;
	throw invalid(
		name,
		`The parameter \`${name}\` cannot be passed when creating a PaymentIntent unless \`confirm\` is set to true.`,
	);
}

/** With these parameters, the payment methods of the dashboard do not apply. */
const NOT_AUTOMATIC = ['allowed_payment_method_types', 'confirmation_method', 'payment_method_types'];

/**
 * The automatic payment methods of a new intent. By default it accepts every method enabled in the dashboard,
 * including those that redirect.
 */
export function automaticMethods(params: ParamMap): PaymentIntent['automatic_payment_methods'] {
	const given = getOwn(params, 'automatic_payment_methods');
	if (typeof given === 'object' && !Array.isArray(given)) {
		if (getOwn(given, 'enabled') !== 'true') return null;
		return {
			enabled: true,
			allow_redirects: getOwn(given, 'allow_redirects') === 'never' ? 'never' : 'always',
		};
	}
	return NOT_AUTOMATIC.some((name) => isGiven(params, name))
		? null
		: { enabled: true, allow_redirects: 'always' };
}

/**
 * Any intent may redirect its customer, even with a card, unless it was created without redirects, so a return
 * URL is required. Confirm itself cannot disallow redirects. Throws Stripe's 400.
 */
export function needsReturnUrl(
	params: ParamMap,
	{ automatic_payment_methods: automatic }: Pick<PaymentIntent, 'automatic_payment_methods'>,
): void {
	if (automatic?.allow_redirects === 'never' || isGiven(params, 'return_url')) return;
	const message =
		'A `return_url` must be specified because this Payment Intent is configured to automatically accept the payment methods enabled in the Dashboard, some of which may require a full page redirect to succeed. If you do not want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.';
	throw invalid('return_url', message);
}

function isGiven(params: ParamMap, name: string): boolean {
	return getOwn(params, name) !== undefined;
}
