import type { StripeRequest } from './client';

/** Path segments that precede a collection: `/v1/checkout/sessions` (docs.stripe.com/api). */
const NAMESPACES: ReadonlySet<string> = new Set([
	'apps',
	'billing',
	'billing_portal',
	'checkout',
	'climate',
	'crypto',
	'entitlements',
	'financial_connections',
	'forwarding',
	'identity',
	'issuing',
	'radar',
	'reporting',
	'sigma',
	'tax',
	'terminal',
	'test_helpers',
	'treasury',
]);

/** Path segments in the position of an ID that are not IDs. */
const ACTIONS: ReadonlySet<string> = new Set([
	'search',
	'upcoming',
	'create_preview',
	'history',
	'create_from_calculation',
	'create_reversal',
]);

/** Splits a path and marks the segments that are IDs: they follow the names of collections. */
function partsOf(path: string): { part: string; isId: boolean }[] {
	const parts = path.replace(/\?.*$/s, '').split('/').slice(1);
	const isNested = parts[0] === 'v2' || NAMESPACES.has(parts[1] ?? '');
	const first = isNested ? 3 : 2;
	return parts.map((part, index) => ({
		part,
		isId: index >= first && (index - first) % 2 === 0 && part !== '' && !ACTIONS.has(part),
	}));
}

/**
 * Returns the endpoint of a request. All objects of one operation share the rate limit of an endpoint
 * (docs.stripe.com/rate-limits).
 */
export function endpointOf({ method, path }: Pick<StripeRequest, 'method' | 'path'>): string {
	const names = partsOf(path).map(({ part, isId }) => (isId ? ':id' : part));
	return `${method} /${names.join('/')}`;
}

/** Parameters of a create request that name an object which it changes. */
const CHANGED_OBJECTS = ['payment_intent', 'charge', 'invoice', 'subscription'];

/**
 * Returns the objects that a request changes. Stripe lets only one request at a time lock each of them
 * (docs.stripe.com/rate-limits, "Object lock timeouts").
 */
export function changedObjectsOf({
	path,
	params,
}: {
	path: string;
	params: Record<string, unknown>;
}): string[] {
	const inPath = partsOf(path).flatMap(({ part, isId }) => (isId ? [part] : []));
	const named = CHANGED_OBJECTS.map((name) => params[name]).filter((id) => typeof id === 'string');
	return [...new Set([...inPath, ...named])];
}
