import type Stripe from 'stripe';

import { toMajorUnits } from '../../../stripe/objects/money';

type Words<Names extends string> = Names extends `${infer First} ${infer Others}`
	? First | Words<Others>
	: Names;

type Keep<StripeObject> = <const Names extends string>(
	names: Words<Names> extends keyof StripeObject ? Names : never,
) => string[];

/** Splits names, which the compiler checks against the fields of Stripe's objects. */
const keep =
	<StripeObject>(): Keep<StripeObject> =>
	(names) =>
		names.split(' ');

/** The most important fields by kind of Stripe object; at most ten. */
const MAIN_FIELDS: ReadonlyMap<unknown, readonly string[]> = new Map(
	Object.entries({
		account: keep<Stripe.Account>()(
			'id object email business_profile country default_currency charges_enabled payouts_enabled type metadata',
		),
		balance_transaction: keep<Stripe.BalanceTransaction>()(
			'id object type status amount fee net currency source created',
		),
		'billing.credit_grant': keep<Stripe.Billing.CreditGrant>()(
			'id object name customer amount category effective_at expires_at voided_at metadata',
		),
		'billing.meter': keep<Stripe.Billing.Meter>()(
			'id object status display_name event_name default_aggregation customer_mapping value_settings created',
		),
		charge: keep<Stripe.Charge>()(
			'id object status amount amount_refunded currency customer payment_intent created metadata',
		),
		'checkout.session': keep<Stripe.Checkout.Session>()(
			'id object status payment_status url expires_at customer amount_total currency metadata',
		),
		coupon: keep<Stripe.Coupon>()(
			'id object name percent_off amount_off currency duration valid times_redeemed metadata',
		),
		credit_note: keep<Stripe.CreditNote>()(
			'id object status number invoice customer total currency refunds metadata',
		),
		customer: keep<Stripe.Customer>()('id object email name phone description created metadata'),
		customer_balance_transaction: keep<Stripe.CustomerBalanceTransaction>()(
			'id object type amount ending_balance currency customer invoice description metadata',
		),
		dispute: keep<Stripe.Dispute>()(
			'id object status amount currency charge payment_intent reason evidence_details metadata',
		),
		event: keep<Stripe.EventBase>()('id object type account created data request'),
		invoice: keep<Stripe.Invoice>()(
			'id object status number customer currency total amount_due amount_remaining hosted_invoice_url metadata',
		),
		invoiceitem: keep<Stripe.InvoiceItem>()(
			'id object amount currency customer invoice description quantity period metadata',
		),
		payment_intent: keep<Stripe.PaymentIntent>()(
			'id object status amount amount_received currency customer latest_charge created metadata',
		),
		payment_link: keep<Stripe.PaymentLink>()(
			'id object active url currency restrictions after_completion metadata',
		),
		payment_method: keep<Stripe.PaymentMethod>()(
			'id object type customer card billing_details created metadata',
		),
		payout: keep<Stripe.Payout>()(
			'id object status amount currency arrival_date destination failure_message reversed_by metadata',
		),
		price: keep<Stripe.Price>()(
			'id object active product unit_amount currency recurring lookup_key nickname metadata',
		),
		product: keep<Stripe.Product>()('id object active name description default_price created metadata'),
		promotion_code: keep<Stripe.PromotionCode>()(
			'id object active code promotion customer expires_at times_redeemed restrictions metadata',
		),
		quote: keep<Stripe.Quote>()(
			'id object status number customer currency amount_total expires_at invoice subscription',
		),
		refund: keep<Stripe.Refund>()(
			'id object status amount currency charge payment_intent reason created metadata',
		),
		setup_intent: keep<Stripe.SetupIntent>()(
			'id object status customer payment_method usage description last_setup_error created metadata',
		),
		subscription: keep<Stripe.Subscription>()(
			'id object status customer currency cancel_at cancel_at_period_end latest_invoice created metadata',
		),
		subscription_schedule: keep<Stripe.SubscriptionSchedule>()(
			'id object status customer subscription current_phase end_behavior phases created metadata',
		),
		tax_rate: keep<Stripe.TaxRate>()(
			'id object active display_name percentage inclusive country jurisdiction created metadata',
		),
		topup: keep<Stripe.Topup>()(
			'id object status amount currency description expected_availability_date failure_message created metadata',
		),
		transfer: keep<Stripe.Transfer>()(
			'id object amount amount_reversed currency destination source_transaction transfer_group created metadata',
		),
		transfer_reversal: keep<Stripe.TransferReversal>()(
			'id object amount currency transfer created metadata',
		),
	}),
);

type Fields = Record<string, unknown>;

/** Fields that Stripe has moved, under the names that people know. */
const MOVED_FIELDS: ReadonlyMap<unknown, (object: Fields) => Fields> = new Map(
	Object.entries({
		// Since docs.stripe.com/changelog/basil, invoices and their items have the subscription in `parent`.
		invoice: ({ status, ...invoice }: Fields) => ({
			paid: status === 'paid',
			...readSubscription(invoice),
		}),
		invoiceitem: readSubscription,
		// Since docs.stripe.com/changelog/basil, each item has its own period. If there are several, none represents all.
		subscription: ({ items }: Fields) => {
			const [item, ...others] = listItems(items);
			if (item === undefined || others.length > 0) return {};
			const { price, quantity, current_period_end } = item;
			return { price: toFields(price).id ?? price, quantity, current_period_end };
		},
	}),
);

function readSubscription({ parent }: Fields): Fields {
	const { subscription } = toFields(toFields(parent).subscription_details);
	return subscription === undefined ? {} : { subscription };
}

function listItems(items: unknown): Fields[] {
	const { data } = toFields(items);
	return Array.isArray(data) ? data.map(toFields) : [];
}

/** Fields in the minor unit of the object's currency. */
const MINOR_UNIT_FIELDS: ReadonlySet<string> = new Set(
	(
		'amount amount_due amount_off amount_received amount_refunded amount_remaining amount_reversed amount_total ' +
		'ending_balance fee net total unit_amount'
	).split(' '),
);

/** The same amount as people write it, and exact: `amount_major: '19.99'` beside `amount: 1999`. */
function toMajor(object: Fields, field: string): [string, string][] {
	const { currency, [field]: amount } = object;
	if (!MINOR_UNIT_FIELDS.has(field) || !Number.isSafeInteger(amount) || typeof currency !== 'string')
		return [];
	return [[`${field}_major`, toMajorUnits(String(amount), currency)]];
}

function toFields(value: unknown): Fields {
	return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

/**
 * Reduces an object to its main fields. Objects of other kinds are returned unchanged.
 *
 * @param expanded references that were expanded on request; they are kept
 */
export function simplify(
	object: Record<string, unknown>,
	expanded: readonly string[] = [],
): Record<string, unknown> {
	const fields = MAIN_FIELDS.get(object.object);
	if (!fields) return object;
	// The workflow continues with `next_action`, and the person who approves reads `inWords`.
	const next = object.next_action ? ['next_action'] : [];
	const names = new Set([
		...fields,
		...next,
		'deleted',
		'inWords',
		...expanded.map((path) => path.split('.')[0] ?? path),
	]);
	const kept = Object.fromEntries(
		[...names].flatMap((name) =>
			Object.hasOwn(object, name) ? [[name, object[name]], ...toMajor(object, name)] : [],
		),
	);
	return { ...kept, ...MOVED_FIELDS.get(object.object)?.(object) };
}
