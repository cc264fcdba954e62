import type { StripeRequest } from './client';

/** Words of Stripe's paths that stand before a collection: `/v1/checkout/sessions` (docs.stripe.com/api). */
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

/** What stands in the place of an ID and is none. */
const ACTIONS: ReadonlySet<string> = new Set([
	'search',
	'upcoming',
	'create_preview',
	'history',
	'create_from_calculation',
	'create_reversal',
]);

/** The parts of a path, and which of them are IDs: they follow the names of collections. */
function partsOf(path: string): { part: string; isId: boolean }[] {
	const parts = path.replace(/\?.*$/s, '').split('/').slice(1);
	const isNested = parts[0] === 'v2' || NAMESPACES.has(parts[1] ?? '');
	const first = isNested ? 3 : 2;
	return parts.map((part, index) => ({
		part,
		isId: index >= first && (index - first) % 2 === 0 && part !== '' && !ACTIONS.has(part),
	}));
}

/** Whatever object it is about, a request to one operation counts for one endpoint (docs.stripe.com/rate-limits). */
export function endpointOf({ method, path }: Pick<StripeRequest, 'method' | 'path'>): string {
	const names = partsOf(path).map(({ part, isId }) => (isId ? ':id' : part));
	return `${method} /${names.join('/')}`;
}

/** Parameters that name the object which a new one is made for, and changes. */
const CHANGED_OBJECTS = ['payment_intent', 'charge', 'invoice', 'subscription'];

/**
 * The objects that a request changes. Stripe lets one request at a time have each (docs.stripe.com/rate-limits, "Object lock
 * timeouts").
 */
export function changedObjects({
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
