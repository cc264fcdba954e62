import type { Params } from '../../ledger/model/request';
import type { DependentParam } from './dependentParams';
import { findDependent } from './dependentParams';
import type { ExclusiveParams } from './exclusiveParams';
import { findExclusive } from './exclusiveParams';
import type { InvalidValue } from './parameterKinds';
import { findInvalidValue } from './parameterKinds';

/** A parameter that Stripe would refuse in any state of its objects, and why. */
export type ParameterFault =
	| { kind: 'removed'; name: string; successor: string }
	| ({ kind: 'exclusive' } & ExclusiveParams)
	| ({ kind: 'unfit' } & InvalidValue)
	| ({ kind: 'dependent' } & DependentParam);

interface CheckedRequest {
	path: string;
	/** In wire form. */
	params: Params;
	/** `2026-10-28.endive`. Versions are compared as strings. */
	apiVersion: string;
}

/** Endpoints that accepted `payment_method_types` (changelog 2026-09-30, "Removes the payment method types parameter"). */
const HAD_METHOD_TYPES =
	/^\/v1\/(?:payment_intents(?:\/\w+(?:\/confirm)?)?|setup_intents(?:\/\w+)?|checkout\/sessions)$/;
const METHOD_TYPES_REMOVED_IN = '2026-09-30';

/**
 * Returns the first fault of a request that Stripe would refuse according to its documentation. It is reported before anything is
 * sent, so that no key is used for it.
 *
 * @returns undefined if no fault is known
 */
export function findParameterFault(request: CheckedRequest): ParameterFault | undefined {
	const { path, params } = request;
	const removed = findRemoved(request);
	if (removed) return removed;
	const exclusive = findExclusive(path, params);
	if (exclusive) return { kind: 'exclusive', ...exclusive };
	const unfit = findInvalidValue(params);
	if (unfit) return { kind: 'unfit', ...unfit };
	const dependent = findDependent(path, params);
	return dependent && { kind: 'dependent', ...dependent };
}

function findRemoved({ path, params, apiVersion }: CheckedRequest): ParameterFault | undefined {
	const name = 'payment_method_types';
	if (!(name in params) || !HAD_METHOD_TYPES.test(path) || apiVersion < METHOD_TYPES_REMOVED_IN)
		return undefined;
	return { kind: 'removed', name, successor: 'allowed_payment_method_types' };
}
