import type Stripe from 'stripe';

import type { SimulatedObject } from '../../objects';
import * as given from '../../parameters';
import type { Call } from '../../route';
import type { Shown } from '../../sdkTypes';

export interface Session extends SimulatedObject {
	status: 'open' | 'complete' | 'expired';
	expires_at: number;
	url: string | null;
	metadata: Record<string, string>;
}

/** Stripe's limits: 30 minutes and 24 hours. */
export const SHORTEST = 30 * 60;
export const LONGEST = 24 * 60 * 60;

/** What a session shows of features that the simulator does not have. */
const NOT_SIMULATED = {
	adaptive_pricing: null,
	after_expiration: null,
	allow_promotion_codes: null,
	allowed_payment_method_types: null,
	amount_subtotal: null,
	amount_total: null,
	automatic_tax: { enabled: false, liability: null, provider: null, status: null },
	billing_address_collection: null,
	client_secret: null,
	collected_information: null,
	consent: null,
	consent_collection: null,
	currency: null,
	currency_conversion: null,
	custom_fields: [],
	custom_text: {},
	customer_account: null,
	customer_creation: null,
	customer_details: null,
	discounts: null,
	integration_identifier: null,
	invoice_creation: null,
	locale: null,
	managed_payments: null,
	origin_context: null,
	payment_method_collection: null,
	payment_method_configuration_details: null,
	payment_method_options: null,
	payment_method_types: ['card'],
	permissions: null,
	recovered_from: null,
	saved_payment_method_options: null,
	shipping_address_collection: null,
	shipping_cost: null,
	shipping_options: [],
	submit_type: null,
	total_details: null,
	wallet_options: null,
} satisfies Partial<Shown<Stripe.Checkout.Session>>;

export function newSession(
	{ params, world: state }: Call,
	{
		metadata,
		link,
		customer,
	}: { metadata: Record<string, string>; link: string | null; customer: string | null },
): Session {
	const id = state.newId('cs_test');
	return {
		id,
		object: 'checkout.session',
		created: state.seconds(),
		livemode: state.livemode,
		metadata,
		status: 'open' as const,
		payment_status: 'unpaid',
		payment_link: link,
		customer,
		expires_at: given.readInteger(params, 'expires_at') ?? state.seconds() + LONGEST,
		mode: given.readText(params, 'mode') ?? 'payment',
		client_reference_id: given.readText(params, 'client_reference_id') ?? null,
		customer_email: given.readText(params, 'customer_email') ?? null,
		success_url: given.readText(params, 'success_url') ?? null,
		cancel_url: given.readText(params, 'cancel_url') ?? null,
		payment_intent: null,
		subscription: null,
		setup_intent: null,
		invoice: null,
		ui_mode: 'hosted_page',
		url: `https://checkout.stripe.com/c/pay/${id}`,
		...NOT_SIMULATED,
	} satisfies Shown<Stripe.Checkout.Session, Session>;
}
