import type { Params } from '../../../ledger/model/request';
import { findExclusive } from '../../../stripe/api/exclusiveParams';

type Row = [path: string, params: Params, name: string, other: string, otherIs?: string];

const ITEM = (more: Params): Params => ({ lines: [{ description: 'Work' }, more] });

/** As Stripe's documentation names them: the comments of the SDK's types, the changelog, and its own refusals. */
const EXCLUSIVE: Row[] = [
	['payment_intents', { customer: 'cus_1', customer_account: 'acct_1' }, 'customer_account', 'customer'],
	['invoices', { customer: 'cus_1', customer_account: 'acct_1' }, 'customer_account', 'customer'],
	...['automatic_payment_methods', 'excluded_payment_method_types', 'payment_method_configuration'].map(
		(other): Row => [
			'payment_intents',
			{ allowed_payment_method_types: ['card'], [other]: 'x' },
			'allowed_payment_method_types',
			other,
		],
	),
	[
		'setup_intents/seti_1/confirm',
		{ payment_method: 'pm_1', payment_method_data: { type: 'card' } },
		'payment_method_data',
		'payment_method',
	],
	[
		'payment_intents',
		{ confirmation_method: 'manual', automatic_payment_methods: { enabled: 'true' } },
		'confirmation_method',
		'automatic_payment_methods',
	],
	[
		'payment_intents/pi_1/capture',
		{ application_fee_amount: '5', transfer_data: { amount: '5' } },
		'transfer_data.amount',
		'application_fee_amount',
	],
	['subscriptions', { cancel_at: '1', cancel_at_period_end: 'true' }, 'cancel_at', 'cancel_at_period_end'],
	['subscriptions', { trial_end: '1', trial_period_days: '3' }, 'trial_end', 'trial_period_days'],
	[
		'subscriptions/sub_1',
		{ trial_end: '1', trial_from_plan: 'true' },
		'trial_end',
		'trial_from_plan',
		'true',
	],
	[
		'subscriptions',
		{ billing_cycle_anchor: '1', billing_cycle_anchor_config: { day_of_month: '1' } },
		'billing_cycle_anchor',
		'billing_cycle_anchor_config',
	],
	...['subscriptions', 'subscriptions/sub_1', 'invoices', 'invoices/in_1'].flatMap((path): Row[] => [
		[
			path,
			{ days_until_due: '30', collection_method: 'charge_automatically' },
			'days_until_due',
			'collection_method',
			'charge_automatically',
		],
		[
			path,
			{ default_tax_rates: ['txr_1'], automatic_tax: { enabled: 'true' } },
			'default_tax_rates',
			'automatic_tax.enabled',
			'true',
		],
	]),
	['invoices', { due_date: '1', days_until_due: '30' }, 'due_date', 'days_until_due'],
	[
		'invoices',
		{ due_date: '1', collection_method: 'charge_automatically' },
		'due_date',
		'collection_method',
		'charge_automatically',
	],
	[
		'invoices',
		{ application_fee_amount: '5', transfer_data: { amount: '5' } },
		'transfer_data.amount',
		'application_fee_amount',
	],
	['invoices/in_1/add_lines', ITEM({ amount: '5', quantity: '2' }), 'lines.1.amount', 'lines.1.quantity'],
	[
		'invoices/in_1/add_lines',
		ITEM({ amount: '5', pricing: { price: 'price_1' } }),
		'lines.1.amount',
		'lines.1.pricing',
	],
	[
		'invoices/in_1/add_lines',
		ITEM({ pricing: { price: 'price_1' }, price_data: { currency: 'eur' } }),
		'lines.1.pricing',
		'lines.1.price_data',
	],
	[
		'invoices/in_1/add_lines',
		ITEM({ tax_amounts: [{ amount: '1' }], tax_rates: ['txr_1'] }),
		'lines.1.tax_amounts',
		'lines.1.tax_rates',
	],
	[
		'invoices/in_1/add_lines',
		ITEM({ price_data: { unit_amount: '5', unit_amount_decimal: '5.5' } }),
		'lines.1.price_data.unit_amount_decimal',
		'lines.1.price_data.unit_amount',
	],
	[
		'invoices/create_preview',
		{ schedule: 'sub_sched_1', subscription: 'sub_1' },
		'schedule',
		'subscription',
	],
	[
		'invoices/create_preview',
		{ schedule_details: { end_behavior: 'cancel' }, subscription_details: { trial_end: 'now' } },
		'schedule_details',
		'subscription_details',
	],
	['invoiceitems', { amount: '5', unit_amount_decimal: '5' }, 'amount', 'unit_amount_decimal'],
	['invoiceitems/ii_1', { amount: '5', quantity: '2' }, 'amount', 'quantity'],
	['invoiceitems', { amount: '5', quantity_decimal: '2' }, 'amount', 'quantity_decimal'],
	['credit_notes', { amount: '5', lines: [{ amount: '5' }] }, 'lines', 'amount'],
	['credit_notes/preview', { amount: '5', lines: [{ amount: '5' }] }, 'lines', 'amount'],
	[
		'credit_notes',
		ITEM({ type: 'invoice_line_item', unit_amount: '5' }),
		'lines.1.unit_amount',
		'lines.1.type',
		'invoice_line_item',
	],
	[
		'credit_notes',
		ITEM({ type: 'custom_line_item', invoice_line_item: 'il_1' }),
		'lines.1.invoice_line_item',
		'lines.1.type',
		'custom_line_item',
	],
	['checkout/sessions', { customer: 'cus_1', customer_email: 'a@b.c' }, 'customer_email', 'customer'],
	[
		'checkout/sessions',
		{ allow_promotion_codes: 'false', discounts: [{ coupon: 'c' }] },
		'allow_promotion_codes',
		'discounts',
	],
	...(
		[
			['subscription_data', 'payment'],
			['payment_intent_data', 'subscription'],
			['setup_intent_data', 'payment'],
			['payment_method_collection', 'setup'],
			['customer_creation', 'subscription'],
			['submit_type', 'setup'],
		] as const
	).map(([name, mode]): Row => ['checkout/sessions', { [name]: 'x', mode }, name, 'mode', mode]),
	[
		'checkout/sessions',
		{ success_url: 'https://a.example', ui_mode: 'elements' },
		'success_url',
		'ui_mode',
		'elements',
	],
	[
		'checkout/sessions',
		{ subscription_data: { trial_end: '1', trial_period_days: '3' } },
		'subscription_data.trial_end',
		'subscription_data.trial_period_days',
	],
	[
		'payment_links',
		{ application_fee_amount: '5', application_fee_percent: '5' },
		'application_fee_percent',
		'application_fee_amount',
	],
	[
		'quotes/qt_1',
		{ transfer_data: { amount: '5', amount_percent: '5' } },
		'transfer_data.amount_percent',
		'transfer_data.amount',
	],
	[
		'payment_links',
		{ line_items: [{ price: 'price_1', price_data: { currency: 'eur' } }] },
		'line_items.0.price_data',
		'line_items.0.price',
	],
	[
		'quotes',
		{ line_items: [{ price_data: { product: 'prod_1', product_data: { name: 'A' } } }] },
		'line_items.0.price_data.product_data',
		'line_items.0.price_data.product',
	],
	...['subscriptions', 'invoices', 'checkout/sessions', 'quotes'].map((path): Row => [
		path,
		{ discounts: [{ coupon: 'c' }, { coupon: 'c', promotion_code: 'promo_1' }] },
		'discounts.1.coupon',
		'discounts.1.promotion_code',
	]),
	['coupons', { percent_off: '5', amount_off: '5' }, 'amount_off', 'percent_off'],
	[
		'coupons',
		{ percent_off: '5', currency_options: { usd: { amount_off: '5' } } },
		'currency_options',
		'percent_off',
	],
	['prices', { unit_amount: '5', unit_amount_decimal: '5' }, 'unit_amount', 'unit_amount_decimal'],
	[
		'prices',
		{ custom_unit_amount: { enabled: 'true' }, tiers: [{ up_to: 'inf' }] },
		'custom_unit_amount',
		'tiers',
	],
	['prices', { product: 'prod_1', product_data: { name: 'A' } }, 'product_data', 'product'],
	[
		'prices',
		{ tiers: [{ up_to: 'inf' }], transform_quantity: { round: 'up' } },
		'tiers',
		'transform_quantity',
	],
	[
		'prices',
		{ tiers: [{ up_to: 'inf', flat_amount: '5', flat_amount_decimal: '5' }] },
		'tiers.0.flat_amount_decimal',
		'tiers.0.flat_amount',
	],
	[
		'products',
		{ default_price_data: { unit_amount: '5', custom_unit_amount: { enabled: 'true' } } },
		'default_price_data.unit_amount',
		'default_price_data.custom_unit_amount',
	],
	...['customer', 'default_settings', 'end_behavior', 'metadata', 'phases', 'start_date'].map(
		(name): Row => [
			'subscription_schedules',
			{ from_subscription: 'sub_1', [name]: 'x' },
			name,
			'from_subscription',
		],
	),
	[
		'billing/credit_grants',
		{ applicability_config: { scope: { price_type: 'metered', prices: [{ id: 'price_1' }] } } },
		'applicability_config.scope.prices',
		'applicability_config.scope.price_type',
	],
];

it.each(EXCLUSIVE.map((row) => [row] as const))('%j', ([path, params, name, other, otherIs]) => {
	const found = findExclusive(`/v1/${path}`, params);
	expect(found).toEqual({ name, other, ...(otherIs === undefined ? {} : { otherIs }) });
});

it.each<[string, Params]>([
	['subscriptions/sub_1', { cancel_at: '', cancel_at_period_end: 'true' }],
	['subscriptions/sub_1', { default_tax_rates: '', automatic_tax: { enabled: 'true' } }],
	['subscriptions/sub_1', { default_tax_rates: ['txr_1'], automatic_tax: { enabled: 'false' } }],
	['subscriptions', { trial_period_days: '3', trial_from_plan: 'false' }],
	['invoices', { days_until_due: '30', collection_method: 'send_invoice' }],
	['checkout/sessions', { mode: 'subscription', subscription_data: { trial_period_days: '3' } }],
	['checkout/sessions', { discounts: [{ coupon: 'c' }, { promotion_code: 'promo_1' }] }],
	['payment_intents', { metadata: { customer: 'a', customer_account: 'b' } }],
	['credit_notes', ITEM({ type: 'custom_line_item', unit_amount: '5', description: 'x' })],
	['subscription_schedules', { customer: 'cus_1', phases: [{ items: [] }], metadata: { a: 'b' } }],
])('%s takes %j', (path, params) => {
	expect(findExclusive(`/v1/${path}`, params)).toBeUndefined();
});
