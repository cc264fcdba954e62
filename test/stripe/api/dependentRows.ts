import type { Params } from '../../../ledger/model/request';

export type DependentRow = [path: string, params: Params, name: string, needed: string];

const CARD = (options: Params): Params => ({ payment_method_options: { card: options } });

/** As Stripe's documentation names them: the comments of the SDK's types. */
export const DEPENDENT_ROWS: DependentRow[] = [
	...['error_on_requires_action', 'mandate', 'mandate_data', 'off_session', 'return_url'].map(
		(name): DependentRow => ['payment_intents', { [name]: 'true' }, name, 'confirm'],
	),
	...(
		[
			['cvc_token', CARD({ cvc_token: 'cvctok_1' })],
			['moto', CARD({ moto: 'true' })],
			['installments.plan', CARD({ installments: { plan: { type: 'fixed_count' } } })],
		] as const
	).map(([name, params]): DependentRow => [
		'payment_intents',
		params,
		`payment_method_options.card.${name}`,
		'confirm',
	]),
	['setup_intents', { return_url: 'https://example.com' }, 'return_url', 'confirm'],
	[
		'setup_intents',
		{ mandate_data: { customer_acceptance: { type: 'offline' } } },
		'mandate_data',
		'confirm',
	],
	['setup_intents', CARD({ moto: 'true' }), 'payment_method_options.card.moto', 'confirm'],
	[
		'payment_intents/pi_1/confirm',
		{ payment_method_options: { upi: { mandate_options: { amount_type: 'fixed' } } } },
		'payment_method_options.upi.mandate_options.amount_type',
		'payment_method_options.upi.mandate_options.amount',
	],
	['coupons', { amount_off: '500', duration: 'once' }, 'amount_off', 'currency'],
	['coupons', { currency_options: { usd: { amount_off: '5' } } }, 'currency_options', 'amount_off'],
	['coupons', { percent_off: '5', duration: 'repeating' }, 'duration', 'duration_in_months'],
	['coupons', { percent_off: '5', duration_in_months: '3' }, 'duration_in_months', 'duration'],
	['prices', { tiers: [{ up_to: 'inf', unit_amount: '5' }] }, 'tiers', 'billing_scheme'],
	['credit_notes', { refunds: [{ type: 'refund' }] }, 'refunds.0.type', 'refunds.0.refund'],
	[
		'credit_notes',
		{ refunds: [{ type: 'payment_record_refund' }] },
		'refunds.0.type',
		'refunds.0.payment_record_refund',
	],
	[
		'invoices/create_preview',
		{ subscription_details: { proration_date: '1793491200', items: [{ price: 'price_1' }] } },
		'subscription_details.proration_date',
		'subscription',
	],
	[
		'invoices/create_preview',
		{ subscription: 'sub_1', subscription_details: { proration_date: '1793491200' } },
		'subscription_details.proration_date',
		'subscription_details.items',
	],
	['invoices/create_preview', { automatic_tax: { enabled: 'true' } }, 'automatic_tax.enabled', 'customer'],
	[
		'checkout/sessions',
		{ mode: 'setup', customer_update: { name: 'auto' } },
		'customer_update',
		'customer',
	],
	['checkout/sessions', { mode: 'payment' }, 'mode', 'line_items'],
	['checkout/sessions', { mode: 'subscription' }, 'mode', 'line_items'],
];
