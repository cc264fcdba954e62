import { invalid } from './errors';
import { getOwn, type ParamMap } from './form';
import type { RecordedRequest } from './request';
import { SIMULATED_API_VERSION } from './world';

/** Requests that accepted `payment_method_types` (changelog 2026-09-30.endive). */
const TOOK_TYPES =
	/^\/v1\/(?:payment_intents(?:\/[^/]+(?:\/confirm)?)?|setup_intents(?:\/[^/]+)?|checkout\/sessions)$/;

const TYPES_REMOVED = '2026-09-30';
const ALLOWED_TYPES_ADDED = '2026-07-29';

/**
 * Checks parameters that the request's API version treats differently from the newest. Throws Stripe's 400s.
 *
 * @returns names of parameters that this version still accepts
 */
export function otherwiseTaken({ method, path, params, apiVersion }: RecordedRequest): readonly string[] {
	if (method !== 'POST' || !TOOK_TYPES.test(path)) return [];
	const version = apiVersion ?? SIMULATED_API_VERSION;
	const unknown = 'allowed_payment_method_types';
	if (version < ALLOWED_TYPES_ADDED && isGiven(params, unknown)) {
		throw invalid(unknown, `Received unknown parameter: ${unknown}`, 'parameter_unknown');
	}
	if (version < TYPES_REMOVED) return ['payment_method_types'];
	if (!isGiven(params, 'payment_method_types')) return [];
	throw invalid(
		'payment_method_types',
		'The `payment_method_types` parameter is no longer supported. Use dynamic payment methods, `allowed_payment_method_types` or `excluded_payment_method_types`.',
		'payment_method_types_no_longer_supported',
	);
}

function isGiven(params: ParamMap, name: string): boolean {
	return getOwn(params, name) !== undefined;
}
