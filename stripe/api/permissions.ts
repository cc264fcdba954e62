/** The access of a restricted key to a resource. Write includes Read (docs.stripe.com/keys/restricted-api-keys). */
export type Access = 'read' | 'write';

interface PermissionFacts {
	/** Its row on the dashboard page that creates keys. */
	label: string;
	/**
	 * The paths it covers, including everything below them; `:id` is any ID. The first one can be read to test the permission.
	 */
	paths: readonly [string, ...string[]];
	/** The paths cannot be read. */
	isUnreadable?: true;
}

/**
 * The permissions of restricted keys, by Stripe's names (docs.stripe.com/stripe-apps/reference/permissions). Some names differ
 * from their objects: refunds belong to charges, and prices are plans.
 */
export const PERMISSIONS = {
	balance: { label: 'Balance', paths: ['/v1/balance'] },
	balance_transaction_source: { label: 'Balance transaction sources', paths: ['/v1/balance_transactions'] },
	billing_meter: { label: 'Meters', paths: ['/v1/billing/meters'] },
	billing_meter_event: {
		label: 'Meter events',
		paths: ['/v1/billing/meter_events'],
		isUnreadable: true,
	},
	charge: { label: 'Charges and refunds', paths: ['/v1/charges', '/v1/refunds'] },
	checkout_session: { label: 'Checkout sessions', paths: ['/v1/checkout/sessions'] },
	connected_account: { label: 'Connected accounts', paths: ['/v1/accounts', '/v1/account'] },
	coupon: { label: 'Coupons', paths: ['/v1/coupons'] },
	credit_note: { label: 'Credit notes', paths: ['/v1/credit_notes'] },
	customer: { label: 'Customers', paths: ['/v1/customers'] },
	customer_portal: {
		label: 'Customer portal',
		paths: ['/v1/billing_portal/configurations', '/v1/billing_portal/sessions'],
	},
	dispute: { label: 'Disputes', paths: ['/v1/disputes'] },
	event: { label: 'Events', paths: ['/v1/events'] },
	invoice: { label: 'Invoices', paths: ['/v1/invoices', '/v1/invoiceitems', '/v1/invoice_payments'] },
	payment_intent: { label: 'Payment intents', paths: ['/v1/payment_intents'] },
	payment_links: { label: 'Payment links', paths: ['/v1/payment_links'] },
	payment_method: {
		label: 'Payment methods',
		paths: ['/v1/payment_methods', '/v1/customers/:id/payment_methods'],
	},
	payout: { label: 'Payouts', paths: ['/v1/payouts'] },
	plan: { label: 'Prices', paths: ['/v1/prices', '/v1/plans'] },
	product: { label: 'Products', paths: ['/v1/products'] },
	promotion_code: { label: 'Promotion codes', paths: ['/v1/promotion_codes'] },
	quote: { label: 'Quotes', paths: ['/v1/quotes'] },
	setup_intent: { label: 'Setup intents', paths: ['/v1/setup_intents'] },
	subscription: {
		label: 'Subscriptions',
		paths: ['/v1/subscriptions', '/v1/subscription_items', '/v1/subscription_schedules'],
	},
	tax_rate: { label: 'Tax rates', paths: ['/v1/tax_rates'] },
	top_up: { label: 'Top-ups', paths: ['/v1/topups'] },
	transfer: { label: 'Transfers', paths: ['/v1/transfers'] },
	webhook: { label: 'Webhook endpoints', paths: ['/v1/webhook_endpoints'] },
} as const satisfies Readonly<Record<string, PermissionFacts>>;

export type PermissionName = keyof typeof PERMISSIONS;

export interface Permission {
	name: PermissionName;
	access: Access;
}

/** The request that needs permission: `/v1/refunds`, without an ID. */
export interface PermissionRequest {
	method: 'GET' | 'POST' | 'DELETE';
	path: string;
}

const FACTS: ReadonlyMap<string, PermissionFacts> = new Map(Object.entries(PERMISSIONS));

/** Longest first: a nested path may need another permission than its parent. */
const OPENED = Object.entries<PermissionFacts>(PERMISSIONS)
	.flatMap(([name, { paths }]) =>
		paths.map((path) => ({ name: name as PermissionName, opened: path.split('/') })),
	)
	.sort((a, b) => b.opened.length - a.opened.length);

const ACCESS_LABELS: Readonly<Record<Access, string>> = { read: 'Read', write: 'Write' };

/** Formats a permission as the dashboard shows it: `Charges and refunds: Write`. */
export function describePermission({ name, access }: Permission): string {
	return describe(name, access);
}

/** A permission without a label keeps Stripe's name. */
function describe(name: string, access: Access): string {
	return `${FACTS.get(name)?.label ?? name}: ${ACCESS_LABELS[access]}`;
}

/** Returns the permission that a request needs: Read for a GET, Write for anything else. */
export function findPermission({ method, path }: PermissionRequest): Permission | undefined {
	const [plain = ''] = path.split('?');
	const parts = plain.split('/');
	const found = OPENED.find(({ opened }) =>
		opened.every((part, position) => part === parts[position] || (part === ':id' && parts[position])),
	);
	return found && { name: found.name, access: method === 'GET' ? 'read' : 'write' };
}

/**
 * Reads the permissions that Stripe names in a refusal: "Having the 'rak_charge_write' permission would allow this request to
 * continue." If it names several, any of them is sufficient.
 *
 * @returns their labels in the dashboard; empty if the message names none
 */
export function readNamedPermissions(message = ''): string[] {
	const names = message.matchAll(/'rak_([a-z0-9_]+)_(read|write)'/g);
	return [...names].map(([, name = '', access]) => describe(name, access as Access));
}
