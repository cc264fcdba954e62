import type { Param, Params } from '../../ledger/model/request';

/** Two parameters of which Stripe takes only one, each by its whole path: `discounts.0.coupon`. */
export interface ExclusiveParams {
	name: string;
	other: string;
	/** Where the other one is excluded only as long as it says this. */
	otherIs?: string;
}

/** `name` excludes the others; `name=value` is meant only where it says so, and `a.b` stands inside `a`. */
type Rule = readonly [name: string, others: readonly string[]];

interface Rules {
	/** Of which requests. */
	at: RegExp;
	/** What they stand in, by its own name: an object, or the rows of a list. Without it: beside each other in the request. */
	within?: string;
	rules: readonly Rule[];
}

const ANY = /^\/v1\//;
const INTENTS = /^\/v1\/(?:payment_intents|setup_intents)(?:\/\w+(?:\/confirm)?)?$/;
const PAYMENTS = /^\/v1\/(?:payment_intents|charges)(?:\/\w+(?:\/(?:capture|confirm))?)?$/;
const SUBSCRIPTIONS = /^\/v1\/subscriptions(?:\/\w+)?$/;
const INVOICES = /^\/v1\/invoices(?:\/\w+)?$/;
const SESSIONS = /^\/v1\/checkout\/sessions$/;
const SCHEDULES = /^\/v1\/subscription_schedules$/;
const CREDIT_NOTES = /^\/v1\/credit_notes(?:\/preview)?$/;
const SELLING = /^\/v1\/(?:payment_links|quotes)(?:\/\w+)?$/;

const CHARGED = 'collection_method=charge_automatically';
const TAXED = 'automatic_tax.enabled=true';

/** One of them, and no other. */
function oneOf(...names: readonly string[]): Rule[] {
	return names.slice(0, -1).map((name, index) => [name, names.slice(index + 1)]);
}

/**
 * What Stripe documents as exclusive: the comments of the parameters in the SDK's types, which are those of the API reference, the
 * changelog of 2026-07-29, and Stripe's own answer "You may only specify one of these parameters".
 */
const EXCLUSIVE: readonly Rules[] = [
	{ at: ANY, rules: oneOf('customer_account', 'customer') },
	{ at: ANY, within: 'discounts', rules: oneOf('coupon', 'promotion_code', 'discount') },
	{
		at: ANY,
		within: 'price_data',
		rules: [...oneOf('unit_amount_decimal', 'unit_amount'), ...oneOf('product_data', 'product')],
	},
	{
		at: ANY,
		within: 'default_price_data',
		rules: oneOf('unit_amount_decimal', 'unit_amount', 'custom_unit_amount'),
	},
	...['items', 'line_items', 'add_invoice_items'].map((within) => ({
		at: ANY,
		within,
		rules: oneOf('price_data', 'price'),
	})),
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
	{
		at: /^\/v1\/invoices\/\w+\/add_lines$/,
		within: 'lines',
		rules: [
			...oneOf('amount', 'pricing', 'price_data'),
			['amount', ['quantity', 'quantity_decimal']],
			['tax_amounts', ['tax_rates']],
		],
	},
	{
		at: /^\/v1\/invoices\/create_preview$/,
		rules: [
			['schedule', ['subscription', 'subscription_details']],
			['schedule_details', ['subscription', 'subscription_details']],
		],
	},
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
			['unit_amount_decimal', ['unit_amount']],
			...['description', 'tax_rates', 'unit_amount', 'unit_amount_decimal'].map((name): Rule => [
				name,
				['type=invoice_line_item'],
			]),
			...['amount', 'invoice_line_item'].map((name): Rule => [name, ['type=custom_line_item']]),
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
			['submit_type', ['mode=setup']],
			['success_url', ['ui_mode=embedded_page', 'ui_mode=elements']],
			['cancel_url', ['ui_mode=embedded_page', 'ui_mode=elements']],
		],
	},
	{ at: SESSIONS, within: 'subscription_data', rules: [['trial_end', ['trial_period_days']]] },
	{ at: SELLING, rules: [['application_fee_percent', ['application_fee_amount']]] },
	{ at: SELLING, within: 'transfer_data', rules: [['amount_percent', ['amount']]] },
	{
		at: /^\/v1\/coupons$/,
		rules: [
			['amount_off', ['percent_off']],
			['currency_options', ['percent_off']],
		],
	},
	{
		at: /^\/v1\/prices$/,
		rules: [
			...oneOf('unit_amount', 'unit_amount_decimal', 'custom_unit_amount', 'tiers'),
			['product_data', ['product']],
			['tiers', ['transform_quantity', 'billing_scheme=per_unit']],
		],
	},
	{
		at: /^\/v1\/prices$/,
		within: 'tiers',
		rules: [
			['unit_amount_decimal', ['unit_amount']],
			['flat_amount_decimal', ['flat_amount']],
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
		].map((name): Rule => [name, ['from_subscription']]),
	},
	{ at: /^\/v1\/billing\/credit_grants$/, within: 'scope', rules: [['prices', ['price_type']]] },
];

/** The first two parameters in a request that Stripe does not take together. */
export function findExclusive(path: string, params: Params): ExclusiveParams | undefined {
	const named = EXCLUSIVE.filter(({ at }) => at.test(path));
	if (named.length === 0) return undefined;
	for (const { at, within, object } of listObjects(params)) {
		const rules = named.flatMap((one) => ((one.within ?? '') === within ? one.rules : []));
		for (const [name, others] of rules) {
			const other = isSaid(object, name) && others.find((one) => isSaid(object, one));
			if (typeof other === 'string') return describe(at, name, other);
		}
	}
	return undefined;
}

function describe(at: string, name: string, other: string): ExclusiveParams {
	const [otherName = '', otherIs] = other.split('=');
	return { name: `${at}${name}`, other: `${at}${otherName}`, ...(otherIs ? { otherIs } : {}) };
}

interface Within {
	/** Goes before the names in it: `discounts.0.` */
	at: string;
	within: string;
	object: Params;
}

/** The request, and all objects in it. What people name themselves is no parameter. */
function listObjects(object: Params, at = '', within = ''): Within[] {
	const inner = Object.entries(object)
		.filter(([name]) => name !== 'metadata')
		.flatMap(([name, param]) => listObjectsOf(param, `${at}${name}.`, name));
	return [{ at, within, object }, ...inner];
}

function listObjectsOf(param: Param, at: string, within: string): Within[] {
	if (typeof param === 'string') return [];
	if (!Array.isArray(param)) return listObjects(param, at, within);
	return param.flatMap((row, index) => listObjectsOf(row, `${at}${index}.`, within));
}

/** An empty text unsets a parameter, and goes beside everything. */
function isSaid(object: Params, rule: string): boolean {
	const [path = '', wanted] = rule.split('=');
	const value = path
		.split('.')
		.reduce<Param | undefined>(
			(from, name) => (typeof from === 'object' && !Array.isArray(from) ? from[name] : undefined),
			object,
		);
	return value !== undefined && value !== '' && (wanted === undefined || value === wanted);
}
