/** How much Stripe takes at once, and per second. */
export interface PublishedLimits {
	perSecond: number;
	concurrent: number;
}

/** Sends of one account under way at once. Stripe publishes no number; its own advice is to keep it low. */
const MAX_CONCURRENT = 50;

/** docs.stripe.com/rate-limits: "Global API rate limit", for each account. */
export function accountLimits(mode: 'test' | 'live'): PublishedLimits {
	return { perSecond: mode === 'live' ? 100 : 25, concurrent: MAX_CONCURRENT };
}

/** docs.stripe.com/rate-limits: endpoints with limits of their own; all others take 25 per second. */
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
