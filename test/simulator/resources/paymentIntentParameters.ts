import { ALWAYS_ALLOWED } from '../route';

/** The parameters that Stripe's payment intent endpoints take; any other is refused. */

/** Fields that describe a payment and move nothing. */
export const DESCRIPTIVE: readonly string[] = [
	'description',
	'metadata',
	'receipt_email',
	'shipping',
	'statement_descriptor',
	'statement_descriptor_suffix',
	'transfer_group',
	'application_fee_amount',
];

/** What is paid with, and how. */
export const PAYING = [
	'capture_method',
	'customer',
	'excluded_payment_method_types',
	'hooks',
	'payment_details',
	'payment_method',
	'payment_method_configuration',
	'payment_method_data',
	'payment_method_options',
	'payment_method_types',
	'setup_future_usage',
	'transfer_data',
] as const;

const CONFIRMING = [
	'confirmation_token',
	'error_on_requires_action',
	'mandate',
	'mandate_data',
	'off_session',
	'radar_options',
	'return_url',
	'use_stripe_sdk',
] as const;

export const UPDATE = [...DESCRIPTIVE, ...PAYING, 'amount', 'currency', ...ALWAYS_ALLOWED];
export const CREATE = [
	...UPDATE,
	...CONFIRMING,
	'automatic_payment_methods',
	'confirm',
	'confirmation_method',
	'on_behalf_of',
	'customer_account',
];
export const CONFIRM = [
	...PAYING.filter((name) => name !== 'customer' && name !== 'transfer_data'),
	...CONFIRMING,
	'amount_details',
	'receipt_email',
	'shipping',
	...ALWAYS_ALLOWED,
];
export const CAPTURE = [
	'amount_to_capture',
	'application_fee_amount',
	'final_capture',
	'metadata',
	'statement_descriptor',
	'statement_descriptor_suffix',
	'transfer_data',
	...ALWAYS_ALLOWED,
];
