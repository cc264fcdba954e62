import type Stripe from 'stripe';

import type { ErrorBody } from './errors';

/**
 * The fields of Stripe's objects that the simulator itself reads or changes. The others are built once and only
 * shown.
 */
export interface SimulatedObject {
	id: string;
	object: string;
	/** Unix seconds. A payment link, a line, a discount and a bank account do not show it. */
	created?: number;
	metadata?: Record<string, string>;
	[field: string]: unknown;
}

export type PaymentIntentStatus = Stripe.PaymentIntent.Status;

export interface PaymentIntent extends SimulatedObject {
	object: 'payment_intent';
	status: PaymentIntentStatus;
	amount: number;
	amount_capturable: number;
	amount_received: number;
	currency: string;
	customer: string | null;
	payment_method: string | null;
	automatic_payment_methods: { enabled: boolean; allow_redirects: 'always' | 'never' } | null;
	capture_method: string;
	confirmation_method: string;
	description: string | null;
	client_secret: string;
	latest_charge: string | null;
	last_payment_error: ErrorBody | null;
	next_action: Record<string, unknown> | null;
	canceled_at: number | null;
	cancellation_reason: string | null;
	metadata: Record<string, string>;
}

export interface Charge extends SimulatedObject {
	object: 'charge';
	created: number;
	status: 'succeeded' | 'pending' | 'failed';
	amount: number;
	amount_captured: number;
	amount_refunded: number;
	captured: boolean;
	refunded: boolean;
	currency: string;
	customer: string | null;
	payment_intent: string | null;
	payment_method: string | null;
	metadata: Record<string, string>;
}

export interface Refund extends SimulatedObject {
	object: 'refund';
	status: 'succeeded' | 'pending' | 'failed' | 'requires_action' | 'canceled';
	amount: number;
	charge: string;
	currency: string;
	payment_intent: string | null;
	reason: string | null;
	metadata: Record<string, string>;
}

export interface Customer extends SimulatedObject {
	object: 'customer';
	email: string | null;
	deleted?: true;
	metadata: Record<string, string>;
}

export interface SubscriptionItem extends SimulatedObject {
	object: 'subscription_item';
	subscription: string;
	price: Price;
	quantity: number;
	current_period_start: number;
	current_period_end: number;
	metadata: Record<string, string>;
}

/** The fields that billing uses. */
export interface Price extends SimulatedObject {
	currency: string;
	product: string;
	unit_amount: number;
	recurring: { interval: string; interval_count: number } | null;
}

export interface Subscription extends SimulatedObject {
	object: 'subscription';
	status: Stripe.Subscription.Status;
	customer: string;
	currency: string;
	items: ShownList<SubscriptionItem>;
	latest_invoice: string | null;
	collection_method: string;
	days_until_due: number | null;
	default_payment_method: string | null;
	cancel_at: number | null;
	cancel_at_period_end: boolean;
	canceled_at: number | null;
	cancellation_details: Record<string, string | null>;
	ended_at: number | null;
	pause_collection: { behavior: string; resumes_at: number | null } | null;
	pending_update: Record<string, unknown> | null;
	discounts: string[];
	schedule: string | null;
	trial_end: number | null;
	metadata: Record<string, string>;
}

export interface Invoice extends SimulatedObject {
	object: 'invoice';
	status: 'draft' | 'open' | 'paid' | 'uncollectible' | 'void';
	customer: string;
	currency: string;
	amount_due: number;
	amount_paid: number;
	amount_remaining: number;
	attempt_count: number;
	auto_advance: boolean;
	automatic_tax: { enabled: boolean; status: string | null };
	collection_method: string;
	default_payment_method: string | null;
	/** IDs. */
	default_tax_rates: string[];
	due_date: number | null;
	discounts: string[];
	lines: ShownList<InvoiceLine>;
	next_payment_attempt: number | null;
	number: string | null;
	parent: { type: string; subscription_details: { subscription: string } | null } | null;
	status_transitions: Record<string, number | null>;
	total: number;
	deleted?: true;
	metadata: Record<string, string>;
}

export interface InvoiceLine extends SimulatedObject {
	object: 'line_item';
	amount: number;
	currency: string;
	invoice: string | null;
	quantity: number | null;
}

/** Waits for an invoice, or is on one. */
export interface InvoiceItem extends SimulatedObject {
	object: 'invoiceitem';
	amount: number;
	currency: string;
	customer: string;
	description: string | null;
	invoice: string | null;
	date: number;
	quantity: number;
	proration: boolean;
	deleted?: true;
	metadata: Record<string, string>;
}

export interface InvoicePayment extends SimulatedObject {
	object: 'invoice_payment';
	invoice: string;
	is_default: boolean;
	status: 'open' | 'paid' | 'canceled';
	payment: { type: 'payment_intent'; payment_intent: string };
}

/** A list inside an object. */
export interface ShownList<T> {
	object: 'list';
	data: T[];
	has_more: boolean;
	url: string;
}

export interface SimulatedEvent extends SimulatedObject {
	object: 'event';
	created: number;
	type: string;
	data: { object: SimulatedObject };
	/** The request that caused the event: Stripe's API reference, "Events". */
	request: { id: string | null; idempotency_key: string | null };
}
