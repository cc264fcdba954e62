import type Stripe from 'stripe';
import type { StripeObject } from './stripeObject';

import type { Entry, Outcome } from '../../ledger/model/entry';
import type { Payment, PaymentKind, PaymentState } from '../../ledger/model/payment';
import { redactSecrets } from '../api/redact';

/** The names of a status that the SDK knows, without the room that it leaves for names that come later. */
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

/** A charge that succeeded is paid only when it was captured, too: `getChargeState`. */
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
 * Of the first invoice (docs.stripe.com/billing/subscriptions/overview#subscription-statuses), where that is not shown.
 * Whatever does not prove that it was paid is not paid.
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

/** docs.stripe.com/api/checkout/sessions/object: nothing is due where no payment is required. */
const CHECKOUT_STATES = toTable({
	paid: 'paid',
	no_payment_required: 'paid',
	unpaid: 'unpaid',
} satisfies Record<Known<Stripe.Checkout.Session.PaymentStatus>, PaymentState>);

/** The SDK has no names for these two (docs.stripe.com/api/refunds/object, docs.stripe.com/api/payouts/object). */
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

/** One row per kind of object that is a payment: how it says what has become of its money, and how much has moved. */
interface PaymentRow {
	kind: PaymentKind;
	state: (object: StripeObject) => PaymentState | undefined;
	/** Minor units that have moved, and that were asked for in all. */
	amounts: (object: StripeObject, state: PaymentState | undefined) => { moved: number; asked: number };
	/** The object whose money it is, where that is another one. */
	belongsTo?: (object: StripeObject) => unknown;
}

const PAYMENT_ROWS: ReadonlyMap<string, PaymentRow> = toTable<PaymentRow>({
	payment_intent: {
		kind: 'payment',
		state: ({ status }) => lookUpState(INTENT_STATES, status),
		amounts: ({ amount, amount_received: moved }) => ({ moved: toMinor(moved), asked: toMinor(amount) }),
	},
	charge: {
		kind: 'payment',
		state: getChargeState,
		// A debit that is under way counts as captured before its bank has said a word.
		amounts: ({ amount, amount_captured: captured, status }) => ({
			moved: status === 'succeeded' ? toMinor(captured) : 0,
			asked: toMinor(amount),
		}),
		belongsTo: ({ payment_intent }) => payment_intent,
	},
	invoice: {
		kind: 'payment',
		state: ({ status }) => lookUpState(INVOICE_STATES, status),
		amounts: ({ amount_due, amount_paid }) => ({
			moved: toMinor(amount_paid),
			asked: toMinor(amount_due),
		}),
		belongsTo: ({ payment_intent, payments }) => payment_intent ?? findSingleIntent(payments),
	},
	subscription: {
		kind: 'payment',
		state: getSubscriptionState,
		amounts: () => ({ moved: 0, asked: 0 }),
		belongsTo: ({ latest_invoice }) => latest_invoice,
	},
	'checkout.session': {
		kind: 'payment',
		state: getCheckoutState,
		amounts: ({ amount_total }, state) => {
			const requested = toMinor(amount_total);
			return { moved: state === 'paid' ? requested : 0, asked: requested };
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
		// One that takes another back pays nothing out.
		state: ({ status, original_payout: original }) =>
			typeof original === 'string' ? undefined : lookUpState(PAYOUT_STATES, status),
		amounts: movesAtOnce('paid_out'),
	},
});

/**
 * What an object of Stripe's says of money: the one place where a status is read as paid or not.
 *
 * @returns undefined for what is no payment, refund or payout
 */
export function readPaymentFacts(object: StripeObject | undefined): Payment | undefined {
	const row = PAYMENT_ROWS.get(String(object?.object));
	if (!row || !object || object.deleted === true) return undefined;
	const invoice = object.object === 'subscription' ? findFirstInvoice(object) : undefined;
	if (invoice) return readPaymentFacts(invoice);
	const id = readId(row.belongsTo?.(object)) ?? readId(object.id);
	if (id === undefined) return undefined;
	const state = row.state(object);
	const { moved, asked: requested } = row.amounts(object, state);
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

/** What an entry knows of its money; of one that was written without it, what its stored answer shows. */
export function paymentOf(entry: Entry): Payment | undefined {
	// Of what was declined it is known only by what was heard later.
	if (entry.state === 'rejected') return entry.outcome.payment;
	if (entry.state !== 'succeeded') return undefined;
	// An answer of another API may look like Stripe's.
	if (!entry.request.path.startsWith('/')) return undefined;
	return entry.outcome.payment ?? readPaymentFacts(entry.outcome.body);
}

/** What a success keeps of the object that it came with. */
export function toSuccessFacts(object: StripeObject): Pick<Outcome, 'objectId' | 'body' | 'payment'> {
	const payment = readPaymentFacts(object);
	return {
		objectId: typeof object.id === 'string' ? object.id : undefined,
		body: redactSecrets(object),
		...(payment ? { payment } : {}),
	};
}

/** An authorization that was let go is shown as refunded, and nothing was ever taken (docs.stripe.com/api/charges/object). */
function getChargeState({ status, captured, refunded }: StripeObject): PaymentState | undefined {
	const state = lookUpState(CHARGE_STATES, status);
	if (state !== 'paid' || captured === true) return state;
	return refunded === true ? 'canceled' : 'authorized';
}

/** An invoice that is sent to be paid later says nothing of the subscription: that is active all the same. */
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
	const isShown = typeof invoice === 'object' && invoice !== null;
	const expanded = isShown ? (invoice as StripeObject) : undefined;
	return expanded?.object === 'invoice' ? expanded : undefined;
}

/** Since 2025 an invoice names its intents in a list (docs.stripe.com/changelog/basil). */
function findSingleIntent(payments: unknown): unknown {
	const { data } = (payments ?? {}) as { data?: { payment?: { payment_intent?: unknown } }[] };
	return Array.isArray(data) && data.length === 1 ? data[0]?.payment?.payment_intent : undefined;
}

function movesAtOnce(done: PaymentState): PaymentRow['amounts'] {
	return ({ amount }, state) => {
		const requested = toMinor(amount);
		return { moved: state === done ? requested : 0, asked: requested };
	};
}

/** A status comes from outside: whatever its name is, it finds no more than what stands in the table. */
function toTable<Row = PaymentState>(rows: Readonly<Record<string, Row>>): ReadonlyMap<string, Row> {
	return new Map(Object.entries(rows));
}

function lookUpState(table: ReadonlyMap<string, PaymentState>, status: unknown): PaymentState | undefined {
	return typeof status === 'string' ? table.get(status) : undefined;
}

/** What is no whole number has not been told. */
function toMinor(value: unknown): number {
	return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0;
}

/** A reference is an id, or the whole object where that was asked for. */
function readId(reference: unknown): string | undefined {
	const id =
		typeof reference === 'object' && reference !== null ? (reference as StripeObject).id : reference;
	return typeof id === 'string' && id !== '' ? id : undefined;
}
