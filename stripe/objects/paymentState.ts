import type Stripe from 'stripe';

import type { Entry, Outcome } from '../../ledger/model/entry';
import type { Payment, PaymentKind, PaymentState } from '../../ledger/model/payment';
import { withoutSecrets } from '../api/redact';

type StripeObject = Record<string, unknown>;

/** The names of a status that the SDK knows, without the room that it leaves for names that come later. */
type Known<Status> = Status extends string
	? string extends keyof Record<Status, 1>
		? never
		: Status
	: never;

/** docs.stripe.com/payments/paymentintents/lifecycle */
const INTENT = tableOf({
	succeeded: 'paid',
	requires_capture: 'authorized',
	processing: 'processing',
	requires_action: 'requires_action',
	...{ requires_confirmation: 'unpaid', requires_payment_method: 'unpaid' },
	canceled: 'canceled',
} satisfies Record<Known<Stripe.PaymentIntent.Status>, PaymentState>);

/** A charge that succeeded is paid only when it was captured, too: `chargeState`. */
const CHARGE = tableOf({
	...{ succeeded: 'paid', pending: 'processing', failed: 'unpaid' },
} satisfies Record<Known<Stripe.Charge.Status>, PaymentState>);

/** docs.stripe.com/invoicing/overview#invoice-statuses */
const INVOICE = tableOf({
	...{ draft: 'unpaid', open: 'unpaid', uncollectible: 'unpaid' },
	...{ paid: 'paid', void: 'canceled' },
} satisfies Record<Known<Stripe.Invoice.Status>, PaymentState>);

/**
 * Of the first invoice (docs.stripe.com/billing/subscriptions/overview#subscription-statuses), where that is not shown.
 * Whatever does not prove that it was paid is not paid.
 */
const SUBSCRIPTION = tableOf({
	active: 'paid',
	...{ trialing: 'unpaid', incomplete: 'unpaid', past_due: 'unpaid', unpaid: 'unpaid', paused: 'unpaid' },
	...{ incomplete_expired: 'canceled', canceled: 'canceled' },
} satisfies Record<Known<Stripe.Subscription.Status>, PaymentState>);

/** docs.stripe.com/api/checkout/sessions/object: nothing is due where no payment is required. */
const CHECKOUT = tableOf({
	...{ paid: 'paid', no_payment_required: 'paid', unpaid: 'unpaid' },
} satisfies Record<Known<Stripe.Checkout.Session.PaymentStatus>, PaymentState>);

/** The SDK has no names for these two (docs.stripe.com/api/refunds/object, docs.stripe.com/api/payouts/object). */
const REFUND = tableOf({
	...{ succeeded: 'refunded', pending: 'pending', requires_action: 'requires_action' },
	...{ failed: 'failed', canceled: 'canceled' },
} satisfies Record<string, PaymentState>);
const PAYOUT = tableOf({
	...{ paid: 'paid_out', pending: 'pending', in_transit: 'in_transit' },
	...{ failed: 'failed', canceled: 'canceled' },
} satisfies Record<string, PaymentState>);

/** One row per kind of object that is a payment: how it says what has become of its money, and how much has moved. */
interface PaymentRow {
	kind: PaymentKind;
	state: (object: StripeObject) => PaymentState | undefined;
	/** Minor units that have moved, and that were asked for in all. */
	amounts: (object: StripeObject, state: PaymentState | undefined) => { moved: number; asked: number };
	/** The object whose money it is, where that is another one. */
	belongsTo?: (object: StripeObject) => unknown;
}

const PAYMENTS: ReadonlyMap<string, PaymentRow> = tableOf<PaymentRow>({
	payment_intent: {
		kind: 'payment',
		state: ({ status }) => named(INTENT, status),
		amounts: ({ amount, amount_received: moved }) => ({ moved: minor(moved), asked: minor(amount) }),
	},
	charge: {
		kind: 'payment',
		state: chargeState,
		// A debit that is under way counts as captured before its bank has said a word.
		amounts: ({ amount, amount_captured: captured, status }) => ({
			...{ moved: status === 'succeeded' ? minor(captured) : 0, asked: minor(amount) },
		}),
		belongsTo: ({ payment_intent }) => payment_intent,
	},
	invoice: {
		kind: 'payment',
		state: ({ status }) => named(INVOICE, status),
		amounts: ({ amount_due, amount_paid }) => ({ moved: minor(amount_paid), asked: minor(amount_due) }),
		belongsTo: ({ payment_intent, payments }) => payment_intent ?? intentOfPayments(payments),
	},
	subscription: {
		kind: 'payment',
		state: subscriptionState,
		amounts: () => ({ moved: 0, asked: 0 }),
		belongsTo: ({ latest_invoice }) => latest_invoice,
	},
	'checkout.session': {
		kind: 'payment',
		state: checkoutState,
		amounts: ({ amount_total }, state) => {
			const asked = minor(amount_total);
			return { moved: state === 'paid' ? asked : 0, asked };
		},
		belongsTo: ({ payment_intent, invoice }) => payment_intent ?? invoice,
	},
	refund: {
		kind: 'refund',
		state: ({ status }) => named(REFUND, status),
		amounts: allOrNothing('refunded'),
	},
	payout: {
		kind: 'payout',
		state: ({ status }) => named(PAYOUT, status),
		amounts: allOrNothing('paid_out'),
	},
});

/**
 * What an object of Stripe's says of money: the one place where a status is read as paid or not.
 *
 * @returns undefined for what is no payment, refund or payout
 */
export function paymentOf(object: StripeObject | undefined): Payment | undefined {
	const row = PAYMENTS.get(String(object?.object));
	if (!row || !object || object.deleted === true) return undefined;
	const invoice = object.object === 'subscription' ? firstInvoice(object) : undefined;
	if (invoice) return paymentOf(invoice);
	const id = idOf(row.belongsTo?.(object)) ?? idOf(object.id);
	if (id === undefined) return undefined;
	const state = row.state(object);
	const { moved, asked } = row.amounts(object, state);
	const { currency } = object;
	return {
		...{ kind: row.kind, object: id, moved },
		...(state === undefined ? {} : { state }),
		notMoved: state === 'paid' ? 0 : Math.max(0, asked - moved),
		...(typeof currency === 'string' && currency !== '' ? { currency: currency.toLowerCase() } : {}),
	};
}

/** What an entry knows of its money; of one that was written without it, what its stored answer shows. */
export function paymentOfEntry(entry: Entry): Payment | undefined {
	// Of what was declined it is known only by what was heard later.
	if (entry.state === 'rejected') return entry.outcome.payment;
	if (entry.state !== 'succeeded') return undefined;
	// An answer of another API may look like Stripe's.
	if (!entry.request.path.startsWith('/')) return undefined;
	return entry.outcome.payment ?? paymentOf(entry.outcome.body);
}

/** What a success keeps of the object that it came with. */
export function factsOfObject(object: StripeObject): Pick<Outcome, 'objectId' | 'body' | 'payment'> {
	const payment = paymentOf(object);
	return {
		...{ objectId: typeof object.id === 'string' ? object.id : undefined, body: withoutSecrets(object) },
		...(payment ? { payment } : {}),
	};
}

/** An authorization that was let go is shown as refunded, and nothing was ever taken (docs.stripe.com/api/charges/object). */
function chargeState({ status, captured, refunded }: StripeObject): PaymentState | undefined {
	const state = named(CHARGE, status);
	if (state !== 'paid' || captured === true) return state;
	return refunded === true ? 'canceled' : 'authorized';
}

/** An invoice that is sent to be paid later says nothing of the subscription: that is active all the same. */
function subscriptionState({ status, collection_method: how }: StripeObject): PaymentState | undefined {
	const state = named(SUBSCRIPTION, status);
	return state === 'paid' && how === 'send_invoice' ? 'unpaid' : state;
}

/** A session that is complete and unpaid waits for its bank (docs.stripe.com/payments/checkout/fulfill-orders). */
function checkoutState({ status, payment_status: payment }: StripeObject): PaymentState | undefined {
	const state = named(CHECKOUT, payment);
	if (state !== 'unpaid') return state;
	return status === 'expired' ? 'canceled' : status === 'complete' ? 'processing' : 'unpaid';
}

function firstInvoice({ latest_invoice: invoice }: StripeObject): StripeObject | undefined {
	const isShown = typeof invoice === 'object' && invoice !== null;
	const shown = isShown ? (invoice as StripeObject) : undefined;
	return shown?.object === 'invoice' ? shown : undefined;
}

/** Since 2025 an invoice names its intents in a list (docs.stripe.com/changelog/basil). */
function intentOfPayments(payments: unknown): unknown {
	const { data } = (payments ?? {}) as { data?: { payment?: { payment_intent?: unknown } }[] };
	return Array.isArray(data) && data.length === 1 ? data[0]?.payment?.payment_intent : undefined;
}

function allOrNothing(done: PaymentState): PaymentRow['amounts'] {
	return ({ amount }, state) => {
		const asked = minor(amount);
		return { moved: state === done ? asked : 0, asked };
	};
}

/** A status comes from outside: whatever its name is, it finds no more than what stands in the table. */
function tableOf<Row = PaymentState>(rows: Readonly<Record<string, Row>>): ReadonlyMap<string, Row> {
	return new Map(Object.entries(rows));
}

function named(table: ReadonlyMap<string, PaymentState>, status: unknown): PaymentState | undefined {
	return typeof status === 'string' ? table.get(status) : undefined;
}

/** What is no whole number has not been told. */
function minor(value: unknown): number {
	return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0;
}

/** A reference is an id, or the whole object where that was asked for. */
function idOf(reference: unknown): string | undefined {
	const id =
		typeof reference === 'object' && reference !== null ? (reference as StripeObject).id : reference;
	return typeof id === 'string' && id !== '' ? id : undefined;
}
