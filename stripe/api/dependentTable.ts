/** Stripe accepts `name` only with one of `needs`. `name=value` applies to that value only; `a.b` is nested in `a`. */
export type DependentRule = readonly [name: string, needs: readonly string[]];

export interface DependentRules {
	/** The paths of the requests. */
	at: RegExp;
	/** The name of the object, or list of objects, that contains the parameters. Without it they are top-level parameters. */
	within?: string;
	rules: readonly DependentRule[];
}

const NEW_PAYMENT = /^\/v1\/payment_intents$/;
const NEW_SETUP = /^\/v1\/setup_intents$/;
/** Everything but a confirmation. */
const UNCONFIRMED_PAYMENT = /^\/v1\/payment_intents(?:\/\w+)?$/;
const UNCONFIRMED_SETUP = /^\/v1\/setup_intents(?:\/\w+)?$/;
const SESSIONS = /^\/v1\/checkout\/sessions$/;
const COUPONS = /^\/v1\/coupons$/;
const PRICES = /^\/v1\/prices$/;
const CREDIT_NOTES = /^\/v1\/credit_notes(?:\/preview)?$/;
const PAYING = /^\/v1\/(?:payment_intents|setup_intents|checkout\/sessions)/;
const PHASES = /^\/v1\/(?:subscription_schedules(?:\/\w+)?|invoices\/create_preview)$/;
const PREVIEW = /^\/v1\/invoices\/create_preview$/;

/** Parameters that belong to the confirmation. */
function onlyWithConfirm(...names: readonly string[]): DependentRule[] {
	return names.map((name) => [name, ['confirm=true']]);
}

/** Dependencies that Stripe documents in the API reference, which are also comments in the SDK's types. */
export const DEPENDENT: readonly DependentRules[] = [
	{
		at: NEW_PAYMENT,
		rules: onlyWithConfirm(
			'error_on_requires_action',
			'mandate',
			'mandate_data',
			'off_session',
			'return_url',
		),
	},
	{
		at: UNCONFIRMED_PAYMENT,
		rules: onlyWithConfirm(
			'payment_method_options.blik.code',
			'payment_method_options.card.cvc_token',
			'payment_method_options.card.moto',
			'payment_method_options.card.installments.plan',
		),
	},
	{
		at: NEW_SETUP,
		rules: onlyWithConfirm('mandate_data', 'return_url'),
	},
	{
		at: UNCONFIRMED_SETUP,
		rules: onlyWithConfirm('payment_method_options.blik.code', 'payment_method_options.card.moto'),
	},
	{
		at: PAYING,
		within: 'mandate_options',
		rules: [
			['amount_type=fixed', ['amount']],
			['payment_schedule=interval', ['interval_description']],
			['payment_schedule=combined', ['interval_description']],
		],
	},
	{
		at: /^\/v1\/(?:payment_intents|invoices)/,
		within: 'plan',
		rules: [
			['type=fixed_count', ['count']],
			['type=fixed_count', ['interval']],
		],
	},
	{
		at: PAYING,
		within: 'wechat_pay',
		rules: ['ios', 'android', 'mini_program'].map((client): DependentRule => [
			`client=${client}`,
			['app_id'],
		]),
	},
	{
		at: /^\/v1\/(?:invoices|checkout\/sessions)/,
		within: 'shipping_rate_data',
		rules: [['type=fixed_amount', ['fixed_amount']]],
	},
	{ at: PHASES, within: 'pause_at', rules: [['type=timestamp', ['timestamp']]] },
	{
		at: PHASES,
		within: 'resume_at',
		rules: [
			['type=timestamp', ['timestamp']],
			['type=duration', ['duration']],
		],
	},
	{ at: PREVIEW, within: 'billing_cycle_anchor', rules: [['timestamp', ['type=timestamp']]] },
	...['icon', 'logo'].map((within): DependentRules => ({
		at: SESSIONS,
		within,
		rules: [
			['type=file', ['file']],
			['type=url', ['url']],
		],
	})),
	{
		at: COUPONS,
		rules: [
			['amount_off', ['currency']],
			['currency_options', ['amount_off']],
			['duration=repeating', ['duration_in_months']],
			['duration_in_months', ['duration=repeating']],
		],
	},
	{ at: PRICES, rules: [['tiers', ['billing_scheme=tiered']]] },
	{
		at: CREDIT_NOTES,
		within: 'refunds',
		rules: [
			['type=refund', ['refund']],
			['type=payment_record_refund', ['payment_record_refund']],
		],
	},
	{
		at: PREVIEW,
		rules: [
			['subscription_details.proration_date', ['subscription']],
			[
				'subscription_details.proration_date',
				['subscription_details.items', 'subscription_details.trial_end'],
			],
			[
				'automatic_tax.enabled=true',
				['customer', 'customer_account', 'customer_details', 'subscription', 'schedule'],
			],
		],
	},
	{
		at: SESSIONS,
		rules: [
			['customer_update', ['customer']],
			['mode=payment', ['line_items']],
			['mode=subscription', ['line_items']],
		],
	},
];
