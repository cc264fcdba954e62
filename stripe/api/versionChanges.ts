/** A change in a version of Stripe's API that matters to users of an earlier version. */
interface VersionChange {
	/** The version of the change. Versions are compared as strings. */
	since: string;
	/** The affected resources of the node. */
	resources: ReadonlySet<string>;
	/** Completes the sentence "Before 2025-03-31, ". */
	before: string;
}

/** The changes in docs.stripe.com/changelog on which operations of the node depend. */
const CHANGES: readonly VersionChange[] = [
	{
		since: '2025-03-31',
		resources: new Set(['invoice', 'invoiceItem', 'subscription', 'creditNote']),
		before: 'an invoice names its subscription, its payment and whether it is paid in fields of its own, and a subscription its period: what this node reads there is empty.',
	},
	{
		since: '2025-03-31',
		resources: new Set(['invoice', 'invoiceItem']),
		before: '"pricing" is unknown: the price of an invoice item or a line is called "price".',
	},
	{
		since: '2025-03-31',
		resources: new Set(['creditNote']),
		before: '"refunds" is unknown: the refund that a credit note takes in is called "refund".',
	},
	{
		since: '2025-09-30',
		resources: new Set(['promotionCode']),
		before: '"promotion" is unknown: the coupon of a promotion code is called "coupon".',
	},
	{
		since: '2026-09-30',
		resources: new Set(['paymentIntent', 'setupIntent', 'checkoutSession']),
		before: '"allowed_payment_method_types" is unknown: it is called "payment_method_types".',
	},
	{
		since: '2026-09-30',
		resources: new Set(['subscription']),
		before: '"billing_cycle_anchor" of Update and Resume is a text: "now" or "unchanged".',
	},
];

/**
 * Describes what does not work if a resource is used with another API version than its operations were written for.
 *
 * @param version the requested version, such as `2024-06-20`
 * @param written the version of the operations
 * @returns sentences, the oldest change first
 */
export function describeVersionChanges(resource: string, version: string, written: string): string[] {
	if (version > written)
		return ['A later version may have renamed or removed parameters and fields that this node uses.'];
	return CHANGES.filter(({ since, resources }) => version < since && resources.has(resource)).map(
		({ since, before }) => `Before ${since}, ${before}`,
	);
}
