import type { Params } from '../../ledger/model/request';
import type { ExclusiveParams } from './exclusiveParams';
import { findExclusive } from './exclusiveParams';
import type { InvalidValue } from './parameterKinds';
import { findInvalidValue } from './parameterKinds';

/** What Stripe would refuse in whatever state its objects are: which parameter, and why. */
export type ParameterFault =
	| { kind: 'removed'; name: string; successor: string }
	| ({ kind: 'exclusive' } & ExclusiveParams)
	| ({ kind: 'unfit' } & InvalidValue)
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
	const { path, params } = request;
	const removed = findRemoved(request);
	if (removed) return removed;
	const exclusive = findExclusive(path, params);
	if (exclusive) return { kind: 'exclusive', ...exclusive };
	const unfit = findInvalidValue(params);
	return unfit ? { kind: 'unfit', ...unfit } : findConfirmOnly(request);
}

function findRemoved({ path, params, apiVersion }: CheckedRequest): ParameterFault | undefined {
	const name = 'payment_method_types';
	if (!(name in params) || !HAD_METHOD_TYPES.test(path) || apiVersion < METHOD_TYPES_REMOVED_IN)
		return undefined;
	return { kind: 'removed', name, successor: 'allowed_payment_method_types' };
}

function findConfirmOnly({ path, params }: CheckedRequest): ParameterFault | undefined {
	if (params.confirm === 'true') return undefined;
	const [, names = []] = ONLY_WITH_CONFIRM.find(([where]) => where === path) ?? [];
	const name = names.find((one) => one in params);
	return name === undefined ? undefined : { kind: 'only_with_confirm', name };
}
