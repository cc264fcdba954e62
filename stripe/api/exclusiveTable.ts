/** `name` excludes `others`. `name=value` applies to that value only; `a.b` is nested in `a`, `a.*.b` in a row of it. */
export type ExclusiveRule = readonly [name: string, others: readonly string[]];

export interface ExclusiveRules {
	/** The paths of the requests. */
	at: RegExp;
	/** The name of the object, or list of objects, that contains the parameters. Without it they are top-level parameters. */
	within?: string;
	/** The rule applies wherever both parameters are in the same object. */
	isAnywhere?: true;
	rules: readonly ExclusiveRule[];
}

const ANY = /^\/v1\//;
const INTENTS = /^\/v1\/(?:payment_intents|setup_intents)(?:\/\w+(?:\/confirm)?)?$/;
const PAYMENTS = /^\/v1\/(?:payment_intents|charges)(?:\/\w+(?:\/(?:capture|confirm))?)?$/;
const SUBSCRIPTIONS = /^\/v1\/subscriptions(?:\/\w+)?$/;
const INVOICES = /^\/v1\/invoices(?:\/\w+)?$/;
const ADD_LINES = /^\/v1\/invoices\/\w+\/add_lines$/;
const SESSIONS = /^\/v1\/checkout\/sessions$/;
const SCHEDULES = /^\/v1\/subscription_schedules$/;
const PHASES = /^\/v1\/(?:subscription_schedules(?:\/\w+)?|invoices\/create_preview)$/;
const CREDIT_NOTES = /^\/v1\/credit_notes(?:\/preview)?$/;
const SELLING = /^\/v1\/(?:payment_links|quotes)(?:\/\w+)?$/;

const CHARGED = 'collection_method=charge_automatically';
const TAXED = 'automatic_tax.enabled=true';

/** At most one of these. */
function oneOf(...names: readonly string[]): ExclusiveRule[] {
	return names.slice(0, -1).map((name, index) => [name, names.slice(index + 1)]);
}

/**
 * Exclusions that Stripe documents: in the API reference (also comments in the SDK's types), in the changelog of 2026-07-29, and
 * in its error "You may only specify one of these parameters".
 */
export const EXCLUSIVE: readonly ExclusiveRules[] = [
	{ at: ANY, rules: oneOf('customer_account', 'customer') },
	{ at: ANY, within: 'discounts', rules: oneOf('coupon', 'promotion_code', 'discount') },
	{
		at: ANY,
		isAnywhere: true,
		rules: [
			['unit_amount_decimal', ['unit_amount']],
			['flat_amount_decimal', ['flat_amount']],
			['product_data', ['product']],
			['price_data', ['price']],
		],
	},
	{ at: ANY, within: 'default_price_data', rules: oneOf('unit_amount', 'custom_unit_amount') },
	{ at: ANY, within: 'default_price_data', rules: [['unit_amount_decimal', ['custom_unit_amount']]] },
	{
		at: INTENTS,
		rules: [
			[
				'allowed_payment_method_types',
				[
					'automatic_payment_methods',
					'excluded_payment_method_types',
					'payment_method_configuration',
					'payment_method_types',
				],
			],
			['payment_method_data', ['payment_method']],
			['attach_to_self=true', ['customer', 'customer_account']],
		],
	},
	{ at: INTENTS, within: 'konbini', rules: [['expires_after_days', ['expires_at']]] },
	{ at: INTENTS, within: 'pix', rules: [['expires_after_seconds', ['expires_at']]] },
	{
		at: /^\/v1\/payment_intents\b/,
		within: 'amount_details',
		rules: [
			['discount_amount', ['line_items.*.discount_amount']],
			['tax.total_tax_amount', ['line_items.*.tax.total_tax_amount']],
		],
	},
	{ at: /^\/v1\/payment_intents$/, rules: [['confirmation_method', ['automatic_payment_methods']]] },
	{ at: PAYMENTS, rules: [['transfer_data.amount', ['application_fee_amount']]] },
	{
		at: SUBSCRIPTIONS,
		rules: [
			['cancel_at', ['cancel_at_period_end']],
			['trial_end', ['trial_period_days', 'trial_from_plan=true']],
			['billing_cycle_anchor', ['billing_cycle_anchor_config']],
			['days_until_due', [CHARGED]],
			['default_tax_rates', [TAXED]],
		],
	},
	{
		at: INVOICES,
		rules: [
			['due_date', ['days_until_due', CHARGED]],
			['days_until_due', [CHARGED]],
			['default_tax_rates', [TAXED]],
			['transfer_data.amount', ['application_fee_amount']],
		],
	},
	{ at: /^\/v1\/invoices\/\w+\/attach_payment$/, rules: oneOf('payment_record', 'payment_intent') },
	{
		at: ADD_LINES,
		within: 'lines',
		rules: [...oneOf('amount', 'pricing', 'price_data'), ['amount', ['quantity', 'quantity_decimal']]],
	},
	{ at: ADD_LINES, rules: [['lines.*.tax_amounts', ['lines.*.tax_rates']]] },
	{
		at: /^\/v1\/invoices\/create_preview$/,
		rules: [
			['schedule', ['subscription', 'subscription_details']],
			['schedule_details', ['subscription', 'subscription_details']],
			['subscription_details.proration_date', ['subscription_details.proration_behavior=none']],
		],
	},
	{
		at: PHASES,
		within: 'phases',
		rules: [
			['duration', ['end_date']],
			['trial=true', ['billing_cycle_anchor=phase_start']],
			['trial_end', ['billing_cycle_anchor=phase_start']],
		],
	},
	{ at: SCHEDULES, within: 'phases', rules: [['trial_end', ['trial=true']]] },
	{
		at: /^\/v1\/invoiceitems(?:\/\w+)?$/,
		rules: [
			...oneOf('amount', 'pricing', 'price_data', 'unit_amount_decimal'),
			['amount', ['quantity', 'quantity_decimal']],
		],
	},
	{ at: CREDIT_NOTES, rules: oneOf('lines', 'amount') },
	{
		at: CREDIT_NOTES,
		within: 'lines',
		rules: [
			['tax_amounts', ['tax_rates']],
			...['description', 'tax_rates', 'unit_amount', 'unit_amount_decimal'].map(
				(name): ExclusiveRule => [name, ['type=invoice_line_item']],
			),
			...['amount', 'invoice_line_item'].map((name): ExclusiveRule => [
				name,
				['type=custom_line_item'],
			]),
		],
	},
	{
		at: SESSIONS,
		rules: [
			['customer_email', ['customer', 'customer_account']],
			['allow_promotion_codes', ['discounts']],
			['subscription_data', ['mode=payment', 'mode=setup']],
			['payment_intent_data', ['mode=setup', 'mode=subscription']],
			['setup_intent_data', ['mode=payment', 'mode=subscription']],
			['payment_method_collection', ['mode=payment', 'mode=setup']],
			['customer_creation', ['mode=subscription']],
			['submit_type', ['mode=setup', 'ui_mode=elements']],
			['phone_number_collection', ['mode=setup']],
			['saved_payment_method_options', ['mode=setup']],
			['payment_method_options.acss_debit.currency', ['mode=payment', 'mode=subscription']],
			['success_url', ['ui_mode=embedded_page', 'ui_mode=elements']],
			['cancel_url', ['ui_mode=embedded_page', 'ui_mode=elements']],
			['optional_items', ['ui_mode=elements', 'ui_mode=form']],
			['permissions', ['ui_mode=hosted_page', 'ui_mode=form']],
			['permissions.update_shipping_details', ['ui_mode=embedded_page']],
			...[
				'after_expiration',
				'branding_settings',
				'custom_fields',
				'custom_text',
				'origin_context',
				'payment_method_options.acss_debit',
				'payment_method_options.card.restrictions',
				'tax_id_collection.required',
			].map((name): ExclusiveRule => [name, ['ui_mode=elements']]),
		],
	},
	...['icon', 'logo'].map((within): ExclusiveRules => ({
		at: SESSIONS,
		within,
		rules: [
			['file', ['type=url']],
			['url', ['type=file']],
		],
	})),
	{ at: SESSIONS, within: 'subscription_data', rules: [['trial_end', ['trial_period_days']]] },
	{ at: SELLING, rules: [['application_fee_percent', ['application_fee_amount']]] },
	{ at: SELLING, within: 'transfer_data', rules: [['amount_percent', ['amount']]] },
	{
		at: /^\/v1\/coupons$/,
		rules: [
			['amount_off', ['percent_off']],
			['currency_options', ['percent_off']],
			['duration_in_months', ['duration=forever', 'duration=once']],
		],
	},
	{
		at: /^\/v1\/prices$/,
		rules: [
			['unit_amount', ['custom_unit_amount', 'tiers']],
			['unit_amount_decimal', ['custom_unit_amount', 'tiers']],
			['custom_unit_amount', ['tiers']],
			['tiers', ['transform_quantity', 'billing_scheme=per_unit']],
		],
	},
	{
		at: SCHEDULES,
		rules: [
			'customer',
			'customer_account',
			'default_settings',
			'end_behavior',
			'metadata',
			'phases',
			'start_date',
		].map((name): ExclusiveRule => [name, ['from_subscription']]),
	},
	{
		at: /^\/v1\/quotes$/,
		rules: [
			'application_fee_amount',
			'application_fee_percent',
			'automatic_tax',
			'collection_method',
			'customer',
			'customer_account',
			'default_tax_rates',
			'description',
			'discounts',
			'footer',
			'header',
			'invoice_settings',
			'line_items',
			'metadata',
			'on_behalf_of',
			'subscription_data',
			'test_clock',
			'transfer_data',
		].map((name): ExclusiveRule => [name, ['from_quote']]),
	},
	{ at: /^\/v1\/billing\/credit_grants$/, within: 'scope', rules: [['prices', ['price_type']]] },
];
