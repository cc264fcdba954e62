import type Stripe from 'stripe';
import type { StripeObject } from './stripeObject';

import type { Entry, Outcome } from '../../ledger/model/entry';
import type { Payment, PaymentKind, PaymentState } from '../../ledger/model/payment';
import { redactSecrets } from '../api/redact';

/** The status values that the SDK lists, without the open type that it adds for future values. */
type Known<Status> = Status extends string
	? string extends keyof Record<Status, 1>
		? never
		: Status
	: never;

/** docs.stripe.com/payments/paymentintents/lifecycle */
const INTENT_STATES = toTable({
	succeeded: 'paid',
	requires_capture: 'authorized',
	processing: 'processing',
	requires_action: 'requires_action',
	requires_confirmation: 'unpaid',
	requires_payment_method: 'unpaid',
	canceled: 'canceled',
} satisfies Record<Known<Stripe.PaymentIntent.Status>, PaymentState>);

/** A charge with status `succeeded` counts as paid only if it was also captured: see `getChargeState`. */
const CHARGE_STATES = toTable({
	succeeded: 'paid',
	pending: 'processing',
	failed: 'unpaid',
} satisfies Record<Known<Stripe.Charge.Status>, PaymentState>);

/** docs.stripe.com/invoicing/overview#invoice-statuses */
const INVOICE_STATES = toTable({
	draft: 'unpaid',
	open: 'unpaid',
	uncollectible: 'unpaid',
	paid: 'paid',
	void: 'canceled',
} satisfies Record<Known<Stripe.Invoice.Status>, PaymentState>);

/**
 * The state of the first invoice (docs.stripe.com/billing/subscriptions/overview#subscription-statuses), if the invoice is not
 * shown. A status that does not prove a payment counts as unpaid.
 */
const SUBSCRIPTION_STATES = toTable({
	active: 'paid',
	trialing: 'unpaid',
	incomplete: 'unpaid',
	past_due: 'unpaid',
	unpaid: 'unpaid',
	paused: 'unpaid',
	incomplete_expired: 'canceled',
	canceled: 'canceled',
} satisfies Record<Known<Stripe.Subscription.Status>, PaymentState>);

/** docs.stripe.com/api/checkout/sessions/object. Nothing is due if no payment is required. */
const CHECKOUT_STATES = toTable({
	paid: 'paid',
	no_payment_required: 'paid',
	unpaid: 'unpaid',
} satisfies Record<Known<Stripe.Checkout.Session.PaymentStatus>, PaymentState>);

/** The SDK has no types for these statuses (docs.stripe.com/api/refunds/object, docs.stripe.com/api/payouts/object). */
const REFUND_STATES = toTable({
	succeeded: 'refunded',
	pending: 'pending',
	requires_action: 'requires_action',
	failed: 'failed',
	canceled: 'canceled',
} satisfies Record<string, PaymentState>);
const PAYOUT_STATES = toTable({
	paid: 'paid_out',
	pending: 'pending',
	in_transit: 'in_transit',
	failed: 'failed',
	canceled: 'canceled',
} satisfies Record<string, PaymentState>);

/** How one kind of payment object shows its state, and how much has moved. */
interface PaymentRow {
	kind: PaymentKind;
	state: (object: StripeObject) => PaymentState | undefined;
	/** The amounts that moved and that were requested in total, in minor units. */
	amounts: (object: StripeObject, state: PaymentState | undefined) => { moved: number; requested: number };
	/** Returns the object that holds the money, if it is another one. */
	belongsTo?: (object: StripeObject) => unknown;
}

const PAYMENT_ROWS: ReadonlyMap<string, PaymentRow> = toTable<PaymentRow>({
	payment_intent: {
		kind: 'payment',
		state: ({ status }) => lookUpState(INTENT_STATES, status),
		amounts: ({ amount, amount_received: moved }) => ({
			moved: toMinor(moved),
			requested: toMinor(amount),
		}),
	},
	charge: {
		kind: 'payment',
		state: getChargeState,
		// A pending debit counts as captured before its bank has responded.
		amounts: ({ amount, amount_captured: captured, status }) => ({
			moved: status === 'succeeded' ? toMinor(captured) : 0,
			requested: toMinor(amount),
		}),
		belongsTo: ({ payment_intent }) => payment_intent,
	},
	invoice: {
		kind: 'payment',
		state: ({ status }) => lookUpState(INVOICE_STATES, status),
		amounts: ({ amount_due, amount_paid }) => ({
			moved: toMinor(amount_paid),
			requested: toMinor(amount_due),
		}),
		belongsTo: ({ payment_intent, payments }) => payment_intent ?? findSingleIntent(payments),
	},
	subscription: {
		kind: 'payment',
		state: getSubscriptionState,
		amounts: () => ({ moved: 0, requested: 0 }),
		belongsTo: ({ latest_invoice }) => latest_invoice,
	},
	'checkout.session': {
		kind: 'payment',
		state: getCheckoutState,
		amounts: ({ amount_total }, state) => {
			const requested = toMinor(amount_total);
			return { moved: state === 'paid' ? requested : 0, requested };
		},
		belongsTo: ({ payment_intent, invoice }) => payment_intent ?? invoice,
	},
	refund: {
		kind: 'refund',
		state: ({ status }) => lookUpState(REFUND_STATES, status),
		amounts: movesAtOnce('refunded'),
	},
	payout: {
		kind: 'payout',
		// A payout that reverses another one pays nothing out.
		state: ({ status, original_payout: original }) =>
			readId(original) === undefined ? lookUpState(PAYOUT_STATES, status) : undefined,
		amounts: movesAtOnce('paid_out'),
	},
	// Stripe has no status for these: they are made at once, or not at all (docs.stripe.com/api/transfers/object).
	transfer: { kind: 'transfer', state: () => undefined, amounts: movesAll },
	transfer_reversal: { kind: 'transfer_reversal', state: () => undefined, amounts: movesAll },
	topup: {
		kind: 'top_up',
		state: () => undefined,
		amounts: ({ amount, status }) => ({
			moved: status === 'succeeded' ? toMinor(amount) : 0,
			requested: toMinor(amount),
		}),
	},
});

/**
 * Reads the payment from a Stripe object. This is the only place that decides whether a status means paid.
 *
 * @returns undefined if the object is not a payment, refund or payout
 */
export function readPaymentFacts(object: StripeObject | undefined): Payment | undefined {
	const row = PAYMENT_ROWS.get(String(object?.object));
	if (!row || !object || object.deleted === true) return undefined;
	const invoice = object.object === 'subscription' ? findFirstInvoice(object) : undefined;
	if (invoice) return readPaymentFacts(invoice);
	const id = readId(row.belongsTo?.(object)) ?? readId(object.id);
	if (id === undefined) return undefined;
	const state = row.state(object);
	const { moved, requested } = row.amounts(object, state);
	const { currency } = object;
	return {
		kind: row.kind,
		object: id,
		moved,
		...(state === undefined ? {} : { state }),
		notMoved: state === 'paid' ? 0 : Math.max(0, requested - moved),
		...(typeof currency === 'string' && currency !== '' ? { currency: currency.toLowerCase() } : {}),
	};
}

/** Returns what an entry knows of its payment. Entries written without it fall back to the stored response. */
export function paymentOf(entry: Entry): Payment | undefined {
	// A declined payment is known only from later events.
	if (entry.state === 'rejected') return entry.outcome.payment;
	if (entry.state !== 'succeeded') return undefined;
	// A response of another API may look like one of Stripe's.
	if (!entry.request.path.startsWith('/')) return undefined;
	return entry.outcome.payment ?? readPaymentFacts(entry.outcome.body);
}

/** Returns what a success stores of its object. */
export function toSuccessFacts(object: StripeObject): Pick<Outcome, 'objectId' | 'body' | 'payment'> {
	const payment = readPaymentFacts(object);
	return {
		objectId: typeof object.id === 'string' ? object.id : undefined,
		body: redactSecrets(object),
		...(payment ? { payment } : {}),
	};
}

/** Stripe shows a released authorization as refunded, although nothing was ever captured (docs.stripe.com/api/charges/object). */
function getChargeState({ status, captured, refunded }: StripeObject): PaymentState | undefined {
	const state = lookUpState(CHARGE_STATES, status);
	if (state !== 'paid' || captured === true) return state;
	return refunded === true ? 'canceled' : 'authorized';
}

/** A subscription is active even while an invoice that was sent to be paid later is unpaid. */
function getSubscriptionState({ status, collection_method: how }: StripeObject): PaymentState | undefined {
	const state = lookUpState(SUBSCRIPTION_STATES, status);
	return state === 'paid' && how === 'send_invoice' ? 'unpaid' : state;
}

/** A session that is complete and unpaid waits for its bank (docs.stripe.com/payments/checkout/fulfill-orders). */
function getCheckoutState({ status, payment_status: payment }: StripeObject): PaymentState | undefined {
	const state = lookUpState(CHECKOUT_STATES, payment);
	if (state !== 'unpaid') return state;
	return status === 'expired' ? 'canceled' : status === 'complete' ? 'processing' : 'unpaid';
}

function findFirstInvoice({ latest_invoice: invoice }: StripeObject): StripeObject | undefined {
	const expanded = typeof invoice === 'object' ? (invoice as StripeObject | null) : undefined;
	return expanded?.object === 'invoice' ? expanded : undefined;
}

/**
 * Returns the PaymentIntent of an invoice if it has exactly one. They are a list since API version 2025-03-31
 * (docs.stripe.com/changelog/basil).
 */
function findSingleIntent(payments: unknown): unknown {
	const { data } = (payments ?? {}) as { data?: { payment?: { payment_intent?: unknown } }[] };
	return Array.isArray(data) && data.length === 1 ? data[0]?.payment?.payment_intent : undefined;
}

function movesAtOnce(done: PaymentState): PaymentRow['amounts'] {
	return ({ amount }, state) => {
		const requested = toMinor(amount);
		return { moved: state === done ? requested : 0, requested };
	};
}

function movesAll({ amount }: StripeObject): { moved: number; requested: number } {
	return { moved: toMinor(amount), requested: toMinor(amount) };
}

/** Builds a Map, because a status comes from outside and must not find inherited properties such as `constructor`. */
function toTable<Row = PaymentState>(rows: Readonly<Record<string, Row>>): ReadonlyMap<string, Row> {
	return new Map(Object.entries(rows));
}

function lookUpState(table: ReadonlyMap<string, PaymentState>, status: unknown): PaymentState | undefined {
	return typeof status === 'string' ? table.get(status) : undefined;
}

/** A value that is not a whole number counts as 0. */
function toMinor(value: unknown): number {
	return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0;
}

/** A reference is an ID, or the whole object if the request expanded it. */
function readId(reference: unknown): string | undefined {
	const id =
		typeof reference === 'object' && reference !== null ? (reference as StripeObject).id : reference;
	return typeof id === 'string' && id !== '' ? id : undefined;
}
