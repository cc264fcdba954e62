import type { Params } from '../../../ledger/model/request';

export type ExclusiveRow = [path: string, params: Params, name: string, other: string, otherIs?: string];

export const ITEM = (more: Params): Params => ({ lines: [{ description: 'Work' }, more] });

/** As Stripe's documentation names them: the comments of the SDK's types, the changelog, and its own refusals. */
export const EXCLUSIVE_ROWS: ExclusiveRow[] = [
	['payment_intents', { customer: 'cus_1', customer_account: 'acct_1' }, 'customer_account', 'customer'],
	['invoices', { customer: 'cus_1', customer_account: 'acct_1' }, 'customer_account', 'customer'],
	...['automatic_payment_methods', 'excluded_payment_method_types', 'payment_method_configuration'].map(
		(other): ExclusiveRow => [
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
	...['subscriptions', 'subscriptions/sub_1', 'invoices', 'invoices/in_1'].flatMap(
		(path): ExclusiveRow[] => [
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
		],
	),
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
		'invoices/in_1/attach_payment',
		{ payment_intent: 'pi_1', payment_record: 'pr_1' },
		'payment_record',
		'payment_intent',
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
	).map(([name, mode]): ExclusiveRow => ['checkout/sessions', { [name]: 'x', mode }, name, 'mode', mode]),
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
	...['subscriptions', 'invoices', 'checkout/sessions', 'quotes'].map((path): ExclusiveRow => [
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
	['prices', { unit_amount: '5', unit_amount_decimal: '5' }, 'unit_amount_decimal', 'unit_amount'],
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
		(name): ExclusiveRow => [
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
	...[
		'after_expiration',
		'branding_settings',
		'custom_fields',
		'custom_text',
		'origin_context',
		'submit_type',
		'optional_items',
	].map((name): ExclusiveRow => [
		'checkout/sessions',
		{ [name]: 'x', ui_mode: 'elements' },
		name,
		'ui_mode',
		'elements',
	]),
	...(
		[
			['optional_items', 'form'],
			['permissions', 'hosted_page'],
			['permissions', 'form'],
		] as const
	).map(([name, mode]): ExclusiveRow => [
		'checkout/sessions',
		{ [name]: 'x', ui_mode: mode },
		name,
		'ui_mode',
		mode,
	]),
	[
		'checkout/sessions',
		{ permissions: { update_shipping_details: 'server_only' }, ui_mode: 'embedded_page' },
		'permissions.update_shipping_details',
		'ui_mode',
		'embedded_page',
	],
	[
		'checkout/sessions',
		{ tax_id_collection: { enabled: 'true', required: 'never' }, ui_mode: 'elements' },
		'tax_id_collection.required',
		'ui_mode',
		'elements',
	],
	...['phone_number_collection', 'saved_payment_method_options'].map((name): ExclusiveRow => [
		'checkout/sessions',
		{ [name]: { enabled: 'true' }, mode: 'setup' },
		name,
		'mode',
		'setup',
	]),
	...['payment', 'subscription'].map((mode): ExclusiveRow => [
		'checkout/sessions',
		{ payment_method_options: { acss_debit: { currency: 'cad' } }, mode },
		'payment_method_options.acss_debit.currency',
		'mode',
		mode,
	]),
	...['forever', 'once'].map((duration): ExclusiveRow => [
		'coupons',
		{ percent_off: '5', duration, duration_in_months: '3' },
		'duration_in_months',
		'duration',
		duration,
	]),
	[
		'payment_intents',
		{ payment_method_options: { konbini: { expires_after_days: '3', expires_at: '1' } } },
		'payment_method_options.konbini.expires_after_days',
		'payment_method_options.konbini.expires_at',
	],
	[
		'payment_intents/pi_1/confirm',
		{ payment_method_options: { pix: { expires_after_seconds: '3', expires_at: '1' } } },
		'payment_method_options.pix.expires_after_seconds',
		'payment_method_options.pix.expires_at',
	],
	[
		'payment_intents/pi_1/increment_authorization',
		{
			amount_details: {
				discount_amount: '1',
				line_items: [{ unit_cost: '1' }, { discount_amount: '1' }],
			},
		},
		'amount_details.discount_amount',
		'amount_details.line_items.1.discount_amount',
	],
	[
		'payment_intents',
		{
			amount_details: {
				tax: { total_tax_amount: '1' },
				line_items: [{ tax: { total_tax_amount: '1' } }],
			},
		},
		'amount_details.tax.total_tax_amount',
		'amount_details.line_items.0.tax.total_tax_amount',
	],
	['setup_intents', { attach_to_self: 'true', customer: 'cus_1' }, 'attach_to_self', 'customer'],
	[
		'invoices/create_preview',
		{ subscription: 'sub_1', subscription_details: { proration_date: '1', proration_behavior: 'none' } },
		'subscription_details.proration_date',
		'subscription_details.proration_behavior',
		'none',
	],
	...['subscription_schedules', 'subscription_schedules/sub_sched_1'].map((path): ExclusiveRow => [
		path,
		{ phases: [{ duration: { interval: 'month' }, end_date: '1' }] },
		'phases.0.duration',
		'phases.0.end_date',
	]),
	[
		'subscription_schedules',
		{ phases: [{ iterations: '1' }, { trial: 'true', billing_cycle_anchor: 'phase_start' }] },
		'phases.1.trial',
		'phases.1.billing_cycle_anchor',
		'phase_start',
	],
	[
		'subscription_schedules',
		{ phases: [{ trial_end: '1', trial: 'true' }] },
		'phases.0.trial_end',
		'phases.0.trial',
		'true',
	],
	[
		'subscription_schedules/sub_sched_1',
		{ phases: [{ add_invoice_items: [{ price: 'price_1', price_data: { currency: 'eur' } }] }] },
		'phases.0.add_invoice_items.0.price_data',
		'phases.0.add_invoice_items.0.price',
	],
	[
		'prices/price_1',
		{ currency_options: { usd: { unit_amount: '5', unit_amount_decimal: '5' } } },
		'currency_options.usd.unit_amount_decimal',
		'currency_options.usd.unit_amount',
	],
	...['acss_debit', 'card.restrictions'].map((name): ExclusiveRow => {
		const [method = '', inner] = name.split('.');
		const option = inner === undefined ? 'x' : { [inner]: 'x' };
		const params = { payment_method_options: { [method]: option }, ui_mode: 'elements' };
		return ['checkout/sessions', params, `payment_method_options.${name}`, 'ui_mode', 'elements'];
	}),
	...['icon', 'logo'].flatMap((image): ExclusiveRow[] => [
		[
			'checkout/sessions',
			{ branding_settings: { [image]: { type: 'url', file: 'file_1' } } },
			`branding_settings.${image}.file`,
			`branding_settings.${image}.type`,
			'url',
		],
		[
			'checkout/sessions',
			{ branding_settings: { [image]: { type: 'file', url: 'https://a.example' } } },
			`branding_settings.${image}.url`,
			`branding_settings.${image}.type`,
			'file',
		],
	]),
	[
		'invoices/in_1/add_lines',
		{ lines: [{ tax_rates: ['txr_1'] }, { tax_amounts: [{ amount: '1' }] }] },
		'lines.1.tax_amounts',
		'lines.0.tax_rates',
	],
	...['customer', 'line_items', 'discounts', 'metadata'].map((name): ExclusiveRow => [
		'quotes',
		{ from_quote: { quote: 'qt_1' }, [name]: 'x' },
		name,
		'from_quote',
	]),
];
