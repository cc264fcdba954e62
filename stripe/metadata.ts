/** The metadata field by which an entry's object can be found again in Stripe. */
export const ENTRY_METADATA = 'n8n_entry';

/** Stripe keeps at most 50 metadata fields per object (docs.stripe.com/api/metadata). */
const MOST_FIELDS = 50;

/** Collections of the v1 API whose objects take `metadata`, when created and when updated. */
const COLLECTIONS = [
	...[
		'accounts',
		'charges',
		'checkout/sessions',
		'coupons',
		'credit_notes',
		'customers',
		'disputes',
		'files',
	],
	...[
		'invoiceitems',
		'invoices',
		'payment_intents',
		'payment_links',
		'payment_methods',
		'payouts',
		'plans',
		'prices',
	],
	...['products', 'promotion_codes', 'quotes', 'refunds', 'setup_intents', 'subscription_items'],
	...['subscription_schedules', 'subscriptions', 'tax_rates', 'topups', 'transfers'],
];

/** Actions on one object that take `metadata` too. Confirm and cancel do not. */
const ACTIONS = ['payment_intents/[^/]+/capture'];

const TAKES_METADATA = new RegExp(`^/v1/(?:(?:${COLLECTIONS.join('|')})(?:/[^/]+)?|${ACTIONS.join('|')})$`);

/** The parameters with the entry's id among the metadata, where the object takes metadata and has room for it. */
export function withEntryId(
	path: string,
	params: Readonly<Record<string, unknown>>,
	entryId: string,
): Record<string, unknown> {
	const { metadata = {} } = params;
	const isAction = /^\/v1\/checkout\/sessions\/[^/]+$/.test(path);
	if (isAction || !TAKES_METADATA.test(path) || typeof metadata !== 'object' || metadata === null)
		return { ...params };
	const others = Object.keys(metadata).filter((name) => name !== ENTRY_METADATA);
	if (others.length >= MOST_FIELDS) return { ...params };
	return { ...params, metadata: { ...metadata, [ENTRY_METADATA]: entryId } };
}
