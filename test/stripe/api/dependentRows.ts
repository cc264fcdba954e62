import type { Params } from '../../../ledger/model/request';

export type DependentRow = [path: string, params: Params, name: string, needed: string];

const OPTIONS = (options: Params): Params => ({ payment_method_options: options });
const CARD = (options: Params): Params => OPTIONS({ card: options });
const PLAN = (more: Params): Params => CARD({ installments: { plan: { type: 'fixed_count', ...more } } });
const AT_PLAN = 'payment_method_options.card.installments.plan';
const PAUSE = (pause: Params): Params => ({ pause_schedule: [pause] });
const ICON = 'branding_settings.icon';
const LOGO = 'branding_settings.logo';

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
	...['payment_intents', 'setup_intents/seti_1'].map((path): DependentRow => [
		path,
		OPTIONS({ blik: { code: '123456' } }),
		'payment_method_options.blik.code',
		'confirm',
	]),
	['payment_intents/pi_1/confirm', PLAN({ interval: 'month' }), `${AT_PLAN}.type`, `${AT_PLAN}.count`],
	[
		'invoices',
		{ payment_settings: PLAN({ count: '3' }) },
		`payment_settings.${AT_PLAN}.type`,
		`payment_settings.${AT_PLAN}.interval`,
	],
	...['interval', 'combined'].map((schedule): DependentRow => [
		schedule === 'interval' ? 'setup_intents/seti_1' : 'checkout/sessions',
		OPTIONS({ acss_debit: { mandate_options: { payment_schedule: schedule } } }),
		'payment_method_options.acss_debit.mandate_options.payment_schedule',
		'payment_method_options.acss_debit.mandate_options.interval_description',
	]),
	[
		'subscription_schedules/sub_sched_1',
		PAUSE({ pause: { pause_at: { type: 'timestamp' } } }),
		'pause_schedule.0.pause.pause_at.type',
		'pause_schedule.0.pause.pause_at.timestamp',
	],
	...['timestamp', 'duration'].map((type): DependentRow => [
		'subscription_schedules',
		PAUSE({ resume: { resume_at: { type } } }),
		'pause_schedule.0.resume.resume_at.type',
		`pause_schedule.0.resume.resume_at.${type}`,
	]),
	[
		'invoices/create_preview',
		{ subscription_details: { billing_cycle_anchor: { type: 'now', timestamp: '1793491200' } } },
		'subscription_details.billing_cycle_anchor.timestamp',
		'subscription_details.billing_cycle_anchor.type',
	],
	[
		'invoices/in_1',
		{ shipping_cost: { shipping_rate_data: { type: 'fixed_amount' } } },
		'shipping_cost.shipping_rate_data.type',
		'shipping_cost.shipping_rate_data.fixed_amount',
	],
	...['ios', 'android', 'mini_program'].map((client): DependentRow => [
		client === 'ios' ? 'checkout/sessions' : 'payment_intents/pi_1',
		OPTIONS({ wechat_pay: { client } }),
		'payment_method_options.wechat_pay.client',
		'payment_method_options.wechat_pay.app_id',
	]),
	['checkout/sessions', { branding_settings: { icon: { type: 'file' } } }, `${ICON}.type`, `${ICON}.file`],
	['checkout/sessions', { branding_settings: { icon: { type: 'url' } } }, `${ICON}.type`, `${ICON}.url`],
	['checkout/sessions', { branding_settings: { logo: { type: 'file' } } }, `${LOGO}.type`, `${LOGO}.file`],
	['checkout/sessions', { branding_settings: { logo: { type: 'url' } } }, `${LOGO}.type`, `${LOGO}.url`],
];
