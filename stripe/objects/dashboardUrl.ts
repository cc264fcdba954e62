import type { StripeObject } from './stripeObject';

/** Whose dashboard, and which half of it. */
export interface Dashboard {
	connection: { mode: 'test' | 'live' };
	/** The connected account that was acted for; without it the dashboard of the key's own account opens. */
	stripeAccount?: string;
}

/** The pages of objects in the dashboard. Whatever has none of its own is found by its id. */
const PAGES = new Map(
	Object.entries({
		account: 'connect/accounts',
		charge: 'payments',
		coupon: 'coupons',
		customer: 'customers',
		dispute: 'disputes',
		event: 'events',
		invoice: 'invoices',
		payment_intent: 'payments',
		payment_link: 'payment-links',
		payout: 'payouts',
		price: 'prices',
		product: 'products',
		quote: 'quotes',
		subscription: 'subscriptions',
		subscription_schedule: 'subscription_schedules',
		transfer: 'connect/transfers',
	}),
);

/** The address of an object's page in Stripe's dashboard. */
export function buildObjectUrl(dashboard: Dashboard, { id, object }: StripeObject): string {
	const page = PAGES.get(String(object));
	const name = encodeURIComponent(String(id));
	return page === undefined
		? `${buildBaseUrl(dashboard)}search?query=${name}`
		: `${buildBaseUrl(dashboard)}${page}/${name}`;
}

/** The page of an event, with its deliveries. */
export function buildEventUrl(dashboard: Dashboard, eventId: string): string {
	return `${buildBaseUrl(dashboard)}events/${encodeURIComponent(eventId)}`;
}

/** The dashboard's search for everything whose metadata name the entry (docs.stripe.com/dashboard/search). */
export function buildEntrySearchUrl(dashboard: Dashboard, entryId: string): string {
	return `${buildBaseUrl(dashboard)}search?query=${encodeURIComponent(`metadata:${entryId}`)}`;
}

function buildBaseUrl({ connection: { mode }, stripeAccount }: Dashboard): string {
	const account = stripeAccount === undefined ? '' : `${encodeURIComponent(stripeAccount)}/`;
	return `https://dashboard.stripe.com/${account}${mode === 'test' ? 'test/' : ''}`;
}
