import { invalid } from '../errors';
import { getOwn, type ParamMap } from '../form';
import type { PaymentIntent } from '../objects';
import { WITH_CONFIRM } from './paymentIntentParameters';

/** Which parameters of payment intents go together. All of this Stripe says before it executes anything. */

/** Throws Stripe's 400 for what a creation takes only together with `confirm`. */
export function refuseWithoutConfirm(params: ParamMap): void {
	if (getOwn(params, 'confirm') === 'true') return;
	const name = WITH_CONFIRM.find((candidate) => isGiven(params, candidate));
	if (name === undefined) return;
	throw invalid(
		name,
		`The parameter \`${name}\` cannot be passed when creating a PaymentIntent unless \`confirm\` is set to true.`,
	);
}

/** With these, nothing of the dashboard's is offered. */
const NOT_AUTOMATIC = ['allowed_payment_method_types', 'confirmation_method', 'payment_method_types'];

/** What a new intent allows: without a word about it, whatever the dashboard offers, also what leads to another page. */
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
 * Any intent may lead its customer to another page, for cards too, unless it was created without redirects: then there has
 * to be a page to come back to. Confirm itself cannot say that there are none. Throws Stripe's 400.
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
