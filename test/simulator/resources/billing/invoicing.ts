import type Stripe from 'stripe';

import { StripeError } from '../../errors';
import type { Invoice, InvoiceItem, InvoicePayment, PaymentIntent } from '../../objects';
import type { Call } from '../../route';
import type { Shown } from '../../sdkTypes';
import { newPaymentIntent } from '../newPaymentIntent';
import { payIntent } from '../payingIntent';
import { newItemLine } from './invoiceLines';
import { wrongState } from './invoiceErrors';
import { addUp } from './invoiceTotals';

const HOUR_MS = 3_600_000;
const RETRY_MS = 3 * 24 * HOUR_MS;

/** Marks a change as Stripe's own: no request caused it. */
export function byStripe(call: Call): Call {
	return { ...call, params: {}, cause: { requestId: null, key: null }, declined: false };
}

/** Starts a new draft. With `auto_advance`, Stripe finalizes it about an hour later. */
export function begin(call: Call, invoice: Invoice): Invoice {
	call.world.invoices.save(invoice);
	call.world.record('invoice.created', invoice, call.cause);
	if (invoice.auto_advance) advance(call, invoice);
	return invoice;
}

function advance(call: Call, invoice: Invoice): void {
	const { world: state } = call;
	state.later(HOUR_MS, () => {
		const own = byStripe(call);
		if (!invoice.auto_advance || invoice.deleted) return;
		if (invoice.status === 'draft') tryByStripe(() => finalize(own, invoice));
		else if (invoice.status === 'open') collect(own, invoice);
	});
}

/** Moves the customer's pending items to this invoice. */
export function takePending(call: Call, invoice: Invoice, isWanted: (item: InvoiceItem) => boolean): void {
	const { world: state } = call;
	const pending = state.invoiceItems
		.newestFirst()
		.filter((item) => !item.deleted && item.invoice === null && item.customer === invoice.customer)
		.filter((item) => item.currency === invoice.currency && isWanted(item));
	for (const item of pending.reverse()) {
		item.invoice = invoice.id;
		state.invoiceItems.save(item);
		state.invoiceLines.save(newItemLine(state, item, invoice.id));
	}
	addUp(state, invoice);
}

export function finalize(call: Call, invoice: Invoice): Invoice {
	const { world: state } = call;
	if (invoice.status !== 'draft') {
		throw wrongState("This invoice is already finalized, you can't re-finalize a non-draft invoice.");
	}
	addUp(state, invoice);
	if (invoice.automatic_tax.status === 'requires_location_inputs') failToFinalize(call, invoice);
	invoice.last_finalization_error = null;
	invoice.status_transitions.finalized_at = state.seconds();
	invoice.number ??= `SIM-${String(state.invoices.newestFirst().length).padStart(4, '0')}`;
	Object.assign(invoice, {
		hosted_invoice_url: `https://invoice.stripe.com/i/${invoice.id}`,
		invoice_pdf: `https://pay.stripe.com/invoice/${invoice.id}/pdf`,
		ending_balance: 0,
	});
	moveTo(call, invoice, 'open', 'invoice.finalized');
	if (invoice.amount_due === 0) return markPaid(call, invoice);
	state.paymentIntents.save(intentOf(call, invoice));
	if (invoice.auto_advance && invoice.collection_method === 'charge_automatically') advance(call, invoice);
	return invoice;
}

/**
 * The invoice stays a draft and stores the error
 * (docs.stripe.com/api/invoices/object#invoice_object-last_finalization_error).
 */
function failToFinalize({ world: state, cause }: Call, invoice: Invoice): never {
	const code = 'customer_tax_location_invalid';
	const message =
		"The customer's location isn't recognized. Set a valid customer address in order to automatically calculate tax.";
	invoice.last_finalization_error = { type: 'invalid_request_error', code, message };
	state.record('invoice.finalization_failed', state.invoices.save(invoice), cause);
	throw wrongState(message, code);
}

/** Marks an invoice as paid: by a charge, outside Stripe, or because nothing is due. */
export function markPaid(call: Call, invoice: Invoice): Invoice {
	invoice.amount_paid = invoice.amount_due;
	invoice.amount_remaining = 0;
	invoice.attempted = true;
	invoice.auto_advance = false;
	invoice.next_payment_attempt = null;
	invoice.status_transitions.paid_at = call.world.seconds();
	moveTo(call, invoice, 'paid', 'invoice.paid');
	call.world.record('invoice.payment_succeeded', invoice, call.cause);
	continueSubscription(call, invoice);
	return invoice;
}

/** Continues a subscription that waited for this payment, and applies a pending update. */
function continueSubscription({ world: state, cause }: Call, invoice: Invoice): void {
	const id = invoice.parent?.subscription_details?.subscription ?? '';
	const subscription = state.subscriptions.find(id);
	if (subscription?.latest_invoice !== invoice.id) return;
	const { pending_update: pending, status, items } = subscription;
	if (!['incomplete', 'past_due', 'paused'].includes(status) && pending === null) return;
	if (status !== 'trialing') subscription.status = 'active';
	if (pending !== null) {
		subscription.pending_update = null;
		items.data = pending.subscription_items as typeof items.data;
		state.record('customer.subscription.pending_update_applied', subscription, cause);
	}
	state.record('customer.subscription.updated', state.subscriptions.save(subscription), cause);
}

/**
 * Charges the remaining amount. @throws Stripe's 402: the invoice stays open, and Stripe may retry automatically
 */
export function charge(call: Call, invoice: Invoice, method: string): Invoice {
	const { world: state } = call;
	const intent = intentOf(call, invoice);
	intent.payment_method = method;
	invoice.attempt_count += 1;
	invoice.attempted = true;
	try {
		payIntent(call, intent);
	} catch (error) {
		return fail(call, invoice, error);
	}
	if (intent.status === 'succeeded') {
		settlePayment(call, invoice, intent);
		return markPaid(call, invoice);
	}
	state.invoices.save(invoice);
	// A bank debit is in progress; the intent reports its outcome later.
	state.later(5 * 24 * HOUR_MS, () => {
		if (intent.status !== 'succeeded' || invoice.status !== 'open') return;
		settlePayment(byStripe(call), invoice, intent);
		markPaid(byStripe(call), invoice);
	});
	return invoice;
}

function fail(call: Call, invoice: Invoice, error: unknown): never {
	const { world: state } = call;
	if (invoice.auto_advance) {
		invoice.next_payment_attempt = state.seconds() + RETRY_MS / 1000;
		// Smart Retries: a declined payment may be charged days later.
		state.later(RETRY_MS, () => {
			if (invoice.status === 'open' && invoice.auto_advance) collect(byStripe(call), invoice);
		});
	}
	state.invoices.save(invoice);
	state.record('invoice.payment_failed', invoice, call.cause);
	throw error;
}

/** Collects the invoice automatically, as Stripe does. */
function collect(call: Call, invoice: Invoice): void {
	const method = methodOf(call, invoice);
	if (method === undefined || invoice.collection_method !== 'charge_automatically') return;
	tryByStripe(() => charge(call, invoice, method));
}

/** A failure of Stripe's own attempt is reported to no caller. */
function tryByStripe(run: () => unknown): void {
	try {
		run();
	} catch (error) {
		if (!(error instanceof StripeError)) throw error;
	}
}

/**
 * The method of the invoice, of its subscription, or of the customer, in this order ("Payment method priority").
 */
export function methodOf(call: Call, invoice: Invoice): string | undefined {
	const subscription = invoice.parent?.subscription_details?.subscription ?? '';
	return (
		invoice.default_payment_method ??
		call.world.subscriptions.find(subscription)?.default_payment_method ??
		methodOfCustomer(call, invoice.customer)
	);
}

export function methodOfCustomer({ world }: Call, id: string): string | undefined {
	const customer = world.customers.find(id);
	const settings = customer?.invoice_settings as { default_payment_method: string | null } | undefined;
	const source = customer?.default_source;
	return settings?.default_payment_method ?? (typeof source === 'string' ? source : undefined);
}

export function moveTo(call: Call, invoice: Invoice, status: Invoice['status'], event: string): Invoice {
	invoice.status = status;
	call.world.invoices.save(invoice);
	call.world.record(event, invoice, call.cause);
	return invoice;
}

/** The payment intent that an invoice has from its finalization on. */
function intentOf({ world: state }: Call, invoice: Invoice): PaymentIntent {
	const existing = paymentOf(state.invoicePayments.newestFirst(), invoice);
	const known = existing && state.paymentIntents.find(existing.payment.payment_intent);
	const { amount_remaining: amount, currency, customer, id } = invoice;
	// Another payment may have been attached since.
	if (known) return Object.assign(known, { amount });
	const intent = newPaymentIntent(state, {
		amount,
		currency,
		customer,
		paymentMethod: null,
		captureMethod: 'automatic',
		confirmationMethod: undefined,
		description: `Payment for Invoice ${id}`,
		metadata: {},
		automatic: { enabled: true, allow_redirects: 'always' },
		allowedTypes: [],
		types: ['card'],
		params: {},
	});
	state.paymentIntents.save(intent);
	state.invoicePayments.save({
		id: state.newId('inpay'),
		object: 'invoice_payment',
		amount_paid: null,
		amount_requested: amount,
		created: state.seconds(),
		currency,
		invoice: id,
		is_default: true,
		livemode: state.livemode,
		payment: { type: 'payment_intent', payment_intent: intent.id },
		status: 'open',
		status_transitions: { canceled_at: null, paid_at: null },
	} satisfies Shown<Stripe.InvoicePayment, InvoicePayment>);
	return intent;
}

function settlePayment(
	{ world: state }: Call,
	invoice: Invoice,
	{ amount_received: paid }: PaymentIntent,
): void {
	const payment = paymentOf(state.invoicePayments.newestFirst(), invoice);
	if (!payment) return;
	Object.assign(payment, { status: 'paid', amount_paid: paid });
	state.invoicePayments.save(payment);
}

function paymentOf(payments: InvoicePayment[], invoice: Invoice): InvoicePayment | undefined {
	return payments.find((payment) => payment.invoice === invoice.id && payment.is_default);
}
