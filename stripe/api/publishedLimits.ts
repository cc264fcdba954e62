/** How many requests Stripe accepts at once, and per second. */
export interface PublishedLimits {
	perSecond: number;
	concurrent: number;
}

/** The maximum number of concurrent requests per account. Stripe publishes no number, but advises keeping it low. */
const MAX_CONCURRENT = 50;

/** The global rate limit of an account (docs.stripe.com/rate-limits, "Global API rate limit"). */
export function accountLimits(mode: 'test' | 'live'): PublishedLimits {
	return { perSecond: mode === 'live' ? 100 : 25, concurrent: MAX_CONCURRENT };
}

/** Endpoints with their own limits. All others accept 25 requests per second (docs.stripe.com/rate-limits). */
const ENDPOINTS: readonly {
	endpoint: RegExp;
	perSecond: { live: number; test: number };
	concurrent?: number;
}[] = [
	{ endpoint: /^POST \/v1\/payouts$/, perSecond: { live: 15, test: 15 }, concurrent: 30 },
	{ endpoint: /^POST \/v1\/accounts$/, perSecond: { live: 30, test: 5 } },
	{ endpoint: /^GET .*\/search$/, perSecond: { live: 20, test: 20 } },
	{ endpoint: / \/v1\/files/, perSecond: { live: 20, test: 20 } },
];

export function endpointLimits(endpoint: string, mode: 'test' | 'live'): PublishedLimits {
	const own = ENDPOINTS.find((row) => row.endpoint.test(endpoint));
	return { perSecond: own?.perSecond[mode] ?? 25, concurrent: own?.concurrent ?? MAX_CONCURRENT };
}
