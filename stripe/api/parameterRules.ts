import type { Params } from '../../ledger/model/request';

/** A parameter that Stripe would refuse whatever its value: which, and why. */
export type ParameterFault =
	| { kind: 'removed'; name: string; successor: string }
	| { kind: 'exclusive'; name: string; other: string }
	| { kind: 'only_with_confirm'; name: string };

interface CheckedRequest {
	path: string;
	/** In wire form. */
	params: Params;
	/** `2026-10-28.endive`: versions compare as texts. */
	apiVersion: string;
}

/** Endpoints that took `payment_method_types` (changelog 2026-09-30, "Removes the payment method types parameter"). */
const HAD_METHOD_TYPES =
	/^\/v1\/(?:payment_intents(?:\/\w+(?:\/confirm)?)?|setup_intents(?:\/\w+)?|checkout\/sessions)$/;
const METHOD_TYPES_REMOVED_IN = '2026-09-30';

const SUBSCRIPTIONS = /^\/v1\/subscriptions(?:\/\w+)?$/;

/** Which parameters each excludes (changelog 2026-07-29, API reference "Create a PaymentIntent"). */
const EXCLUDES: readonly (readonly [path: RegExp, name: string, others: readonly string[]])[] = [
	[
		/^\/v1\/(?:payment_intents|setup_intents)(?:\/\w+(?:\/confirm)?)?$/,
		'allowed_payment_method_types',
		[
			'automatic_payment_methods',
			'excluded_payment_method_types',
			'payment_method_configuration',
			'payment_method_types',
		],
	],
	[/^\/v1\/payment_intents$/, 'confirmation_method', ['automatic_payment_methods']],
	[SUBSCRIPTIONS, 'cancel_at', ['cancel_at_period_end']],
	[SUBSCRIPTIONS, 'trial_end', ['trial_period_days']],
	[SUBSCRIPTIONS, 'billing_cycle_anchor', ['billing_cycle_anchor_config']],
	[/^\/v1\/invoices(?:\/\w+)?$/, 'due_date', ['days_until_due']],
	[/^\/v1\/checkout\/sessions$/, 'customer_email', ['customer']],
	[/^\/v1\/checkout\/sessions$/, 'allow_promotion_codes', ['discounts']],
	[/^\/v1\/prices$/, 'tiers', ['transform_quantity']],
];

/** What belongs to the confirmation: at the creation Stripe takes it only together with `confirm` (API reference). */
const ONLY_WITH_CONFIRM: readonly (readonly [path: string, names: readonly string[]])[] = [
	[
		'/v1/payment_intents',
		['error_on_requires_action', 'mandate', 'mandate_data', 'off_session', 'return_url'],
	],
	['/v1/setup_intents', ['mandate_data', 'return_url']],
];

/**
 * The first thing in a request that Stripe refuses by its documentation alone: it is said before any call, so that no key is
 * spent on it.
 *
 * @returns undefined where nothing is known to be wrong
 */
export function findParameterFault(request: CheckedRequest): ParameterFault | undefined {
	return findRemoved(request) ?? findExclusive(request) ?? findConfirmOnly(request);
}

function findRemoved({ path, params, apiVersion }: CheckedRequest): ParameterFault | undefined {
	const name = 'payment_method_types';
	if (!(name in params) || !HAD_METHOD_TYPES.test(path) || apiVersion < METHOD_TYPES_REMOVED_IN)
		return undefined;
	return { kind: 'removed', name, successor: 'allowed_payment_method_types' };
}

function findExclusive({ path, params }: CheckedRequest): ParameterFault | undefined {
	for (const [where, name, others] of EXCLUDES) {
		const other = where.test(path) && name in params && others.find((one) => one in params);
		if (typeof other === 'string') return { kind: 'exclusive', name, other };
	}
	return undefined;
}

function findConfirmOnly({ path, params }: CheckedRequest): ParameterFault | undefined {
	if (params.confirm === 'true') return undefined;
	const [, names = []] = ONLY_WITH_CONFIRM.find(([where]) => where === path) ?? [];
	const name = names.find((one) => one in params);
	return name === undefined ? undefined : { kind: 'only_with_confirm', name };
}
