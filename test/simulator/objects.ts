import type Stripe from 'stripe';

import type { ErrorBody } from './errors';

/** The fields of Stripe's objects that the simulator itself reads or changes; the rest is built once and shown. */
export interface SimulatedObject {
	id: string;
	object: string;
	created: number;
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
	status: 'succeeded' | 'pending' | 'failed';
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

export interface SimulatedEvent extends SimulatedObject {
	object: 'event';
	type: string;
	data: { object: SimulatedObject };
	/** Who caused it: Stripe's API reference, "Events". */
	request: { id: string | null; idempotency_key: string | null };
}
