import type { StripeObject } from './stripeObject';
import { readReference } from './stripeObject';

/** An account's dashboard, in test or live mode. */
export interface Dashboard {
	connection: { mode: 'test' | 'live' };
	/** The connected account of the request. Without it, the dashboard of the key's own account opens. */
	stripeAccount?: string;
}

/** The dashboard pages by kind of object. Objects of other kinds are found by searching for their ID. */
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

/** Kinds that are shown on another object's page, with the fields that reference it. Each field is named like its kind. */
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

/** Returns the URL of the dashboard page that shows an object. */
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

/** Returns the URL of the account's own page. */
export function buildAccountUrl(dashboard: Dashboard): string {
	return `${buildBaseUrl(dashboard)}settings/account`;
}

function buildPageUrl(dashboard: Dashboard, page: string, id: unknown): string {
	return `${buildBaseUrl(dashboard)}${page}/${encodeURIComponent(String(id))}`;
}

/** Returns the URL of an event's page, which lists its deliveries. */
export function buildEventUrl(dashboard: Dashboard, eventId: string): string {
	return buildPageUrl(dashboard, 'events', eventId);
}

/** Returns the URL of a dashboard search for all objects with the entry in their metadata (docs.stripe.com/dashboard/search). */
export function buildEntrySearchUrl(dashboard: Dashboard, entryId: string): string {
	return `${buildBaseUrl(dashboard)}search?query=${encodeURIComponent(`metadata:${entryId}`)}`;
}

function buildBaseUrl({ connection: { mode }, stripeAccount }: Dashboard): string {
	const account = stripeAccount === undefined ? '' : `${encodeURIComponent(stripeAccount)}/`;
	return `https://dashboard.stripe.com/${account}${mode === 'test' ? 'test/' : ''}`;
}
