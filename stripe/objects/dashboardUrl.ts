import type { StripeObject } from './stripeObject';
import { readReference } from './stripeObject';

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

/** What has no page of its own, but is shown on that of another: the fields that may name it, each called like its kind. */
const OWNERS = new Map(
	Object.entries({
		'billing.credit_grant': ['customer'],
		'billing_portal.session': ['customer'],
		customer_balance_transaction: ['customer'],
		invoice_payment: ['invoice'],
		invoiceitem: ['invoice', 'customer'],
		line_item: ['invoice'],
		payment_method: ['customer'],
		refund: ['payment_intent', 'charge'],
		transfer_reversal: ['transfer'],
	}),
);

/** The address of the page in Stripe's dashboard on which an object is shown. */
export function buildObjectUrl(dashboard: Dashboard, object: StripeObject): string {
	const kind = String(object.object);
	const own = PAGES.get(kind);
	if (own !== undefined) return buildPageUrl(dashboard, own, object.id);
	for (const owner of OWNERS.get(kind) ?? []) {
		const id = readReference(object[owner]);
		const page = PAGES.get(owner);
		if (id !== undefined && page !== undefined) return buildPageUrl(dashboard, page, id);
	}
	return `${buildBaseUrl(dashboard)}search?query=${encodeURIComponent(String(object.id))}`;
}

/** The page of the account itself, whose dashboard it is. */
export function buildAccountUrl(dashboard: Dashboard): string {
	return `${buildBaseUrl(dashboard)}settings/account`;
}

function buildPageUrl(dashboard: Dashboard, page: string, id: unknown): string {
	return `${buildBaseUrl(dashboard)}${page}/${encodeURIComponent(String(id))}`;
}

/** The page of an event, with its deliveries. */
export function buildEventUrl(dashboard: Dashboard, eventId: string): string {
	return buildPageUrl(dashboard, 'events', eventId);
}

/** The dashboard's search for everything whose metadata name the entry (docs.stripe.com/dashboard/search). */
export function buildEntrySearchUrl(dashboard: Dashboard, entryId: string): string {
	return `${buildBaseUrl(dashboard)}search?query=${encodeURIComponent(`metadata:${entryId}`)}`;
}

function buildBaseUrl({ connection: { mode }, stripeAccount }: Dashboard): string {
	const account = stripeAccount === undefined ? '' : `${encodeURIComponent(stripeAccount)}/`;
	return `https://dashboard.stripe.com/${account}${mode === 'test' ? 'test/' : ''}`;
}
