import type Stripe from 'stripe';

import { getOwn, type ParamMap } from '../form';
import type { PaymentIntent } from '../objects';
import * as given from '../parameters';
import type { Shown } from '../sdkTypes';
import type { StripeState } from '../world';

export interface IntentWish {
	amount: number;
	currency: string;
	customer: string | null;
	paymentMethod: string | null;
	captureMethod: string | undefined;
	confirmationMethod: string | undefined;
	description: string | null;
	metadata: Record<string, string>;
	/** Whether payment methods may redirect; null without automatic payment methods. */
	automatic: PaymentIntent['automatic_payment_methods'];
	/** The types to which the payment is limited. */
	allowedTypes: string[];
	/** The explicit types of older API versions. */
	types: string[];
	/** The other parameters are shown as given. */
	params: ParamMap;
}

/** A payment intent with every field that Stripe shows, in its initial state. */
export function newPaymentIntent(state: StripeState, wish: IntentWish): PaymentIntent {
	const id = state.newId('pi');
	const shown = (name: string) => getOwn(wish.params, name) ?? null;
	const excluded = given.readList(wish.params, 'excluded_payment_method_types');
	return {
		id,
		object: 'payment_intent',
		amount: wish.amount,
		amount_capturable: 0,
		amount_details: { tip: {} },
		amount_received: 0,
		application: null,
		application_fee_amount: null,
		allowed_payment_method_types: wish.allowedTypes.length > 0 ? wish.allowedTypes : null,
		automatic_payment_methods: wish.automatic,
		canceled_at: null,
		cancellation_reason: null,
		capture_method: wish.captureMethod ?? 'automatic_async',
		client_secret: `${id}_secret_${state.newId('s').slice(2)}`,
		confirmation_method: wish.confirmationMethod ?? 'automatic',
		created: state.seconds(),
		currency: wish.currency,
		customer: wish.customer,
		customer_account: shown('customer_account'),
		description: wish.description,
		excluded_payment_method_types: excluded.length > 0 ? excluded : null,
		last_payment_error: null,
		latest_charge: null,
		livemode: state.livemode,
		managed_payments: null,
		metadata: wish.metadata,
		next_action: null,
		on_behalf_of: shown('on_behalf_of'),
		payment_method: wish.paymentMethod,
		payment_method_configuration_details: null,
		payment_method_options: {
			card: { installments: null, network: null, request_three_d_secure: 'automatic' },
		},
		payment_method_types: [wish.types, wish.allowedTypes].find(({ length }) => length > 0) ?? ['card'],
		payment_record: null,
		processing: null,
		receipt_email: shown('receipt_email'),
		review: null,
		setup_future_usage: shown('setup_future_usage'),
		shipping: shown('shipping'),
		source: null,
		statement_descriptor: shown('statement_descriptor'),
		statement_descriptor_suffix: shown('statement_descriptor_suffix'),
		status: wish.paymentMethod === null ? 'requires_payment_method' : 'requires_confirmation',
		transfer_data: shown('transfer_data'),
		transfer_group: shown('transfer_group'),
	} satisfies Shown<Stripe.PaymentIntent, PaymentIntent>;
}
