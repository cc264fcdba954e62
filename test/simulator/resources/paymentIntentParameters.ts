import type Stripe from 'stripe';

import type { ParameterNames } from '../sdkTypes';

/** The parameters that Stripe's payment intent endpoints accept; all others are refused. */

/** Fields that describe a payment and move nothing. */
export const DESCRIPTIVE = [
	'description',
	'metadata',
	'receipt_email',
	'shipping',
	'statement_descriptor',
	'statement_descriptor_suffix',
	'transfer_group',
	'application_fee_amount',
] as const satisfies ParameterNames<Stripe.PaymentIntentUpdateParams>;

/** The payment method and its options. */
export const PAYING = [
	'allowed_payment_method_types',
	'amount_details',
	'capture_method',
	'excluded_payment_method_types',
	'hooks',
	'payment_details',
	'payment_method',
	'payment_method_data',
	'payment_method_options',
	'setup_future_usage',
] as const satisfies ParameterNames<Stripe.PaymentIntentConfirmParams & Stripe.PaymentIntentUpdateParams>;

/**
 * Stripe accepts these at creation only together with `confirm`; it always accepts `use_stripe_sdk` and its
 * token.
 */
export const WITH_CONFIRM = [
	'error_on_requires_action',
	'mandate',
	'mandate_data',
	'off_session',
	'return_url',
] as const satisfies ParameterNames<Stripe.PaymentIntentConfirmParams & Stripe.PaymentIntentCreateParams>;

const CONFIRMING = [
	...WITH_CONFIRM,
	'confirmation_token',
	'radar_options',
	'use_stripe_sdk',
] as const satisfies ParameterNames<Stripe.PaymentIntentConfirmParams & Stripe.PaymentIntentCreateParams>;

export const UPDATE = [
	...DESCRIPTIVE,
	...PAYING,
	'amount',
	'currency',
	'customer',
	'customer_account',
	'expand',
	'payment_method_configuration',
	'transfer_data',
] as const satisfies ParameterNames<Stripe.PaymentIntentUpdateParams>;

export const CREATE = [
	...UPDATE,
	...CONFIRMING,
	'automatic_payment_methods',
	'confirm',
	'confirmation_method',
	'on_behalf_of',
] as const satisfies ParameterNames<Stripe.PaymentIntentCreateParams>;

export const CONFIRM = [
	...PAYING,
	...CONFIRMING,
	'amount_to_confirm',
	'expand',
	'receipt_email',
	'shipping',
] as const satisfies ParameterNames<Stripe.PaymentIntentConfirmParams>;

export const CAPTURE = [
	'amount_details',
	'amount_to_capture',
	'application_fee_amount',
	'expand',
	'final_capture',
	'hooks',
	'metadata',
	'payment_details',
	'statement_descriptor',
	'statement_descriptor_suffix',
	'transfer_data',
] as const satisfies ParameterNames<Stripe.PaymentIntentCaptureParams>;

export const INCREMENT = [
	...(['amount', 'amount_details', 'application_fee_amount', 'description', 'expand', 'hooks'] as const),
	...(['metadata', 'payment_details', 'statement_descriptor', 'transfer_data'] as const),
] as const satisfies ParameterNames<Stripe.PaymentIntentIncrementAuthorizationParams>;
