import { invalid } from './errors';
import { isMap, type ParamMap, type ParamValue } from './form';

/**
 * Parameters of which Stripe accepts only one, according to its API reference. Checked before anything is
 * executed, so no key remembers the refusal. `a.b` is a field of `a`, `a.*.b` a field of each element of `a`.
 */

const INTENTS = /^\/v1\/(payment|setup)_intents/;
const SUBSCRIPTIONS = /^\/v1\/subscriptions(\/\w+)?$/;
const INVOICES = /^\/v1\/invoices(\/in_\w+)?$/;
const LINES = /^\/v1\/invoices\/\w+\/add_lines$/;
const PREVIEW = /^\/v1\/invoices\/create_preview$/;
const ITEMS = /^\/v1\/invoiceitems/;
const CREDIT_NOTES = /^\/v1\/credit_notes/;
const SESSIONS = /^\/v1\/checkout\/sessions$/;
const SELLING = /^\/v1\/(payment_links|quotes)/;
const PRICES = /^\/v1\/prices/;
const NEW_SCHEDULE = /^\/v1\/subscription_schedules$/;
const SCHEDULES = /^\/v1\/(subscription_schedules|invoices\/create_preview)/;
const ANY = /^/;

/** Matches every hash of a request. */
const ANYWHERE = '*';

/** The requests, the hash or list of hashes (`''`: the request itself), and the exclusive names. */
type Group = readonly [at: RegExp, within: string, ...names: string[]];

const ONE_OF: readonly Group[] = [
	[ANY, '', 'customer', 'customer_account'],
	[ANY, 'discounts', 'coupon', 'promotion_code', 'discount'],
	[ANY, ANYWHERE, 'unit_amount', 'unit_amount_decimal'],
	[ANY, ANYWHERE, 'flat_amount', 'flat_amount_decimal'],
	[ANY, ANYWHERE, 'product', 'product_data'],
	[ANY, ANYWHERE, 'price', 'price_data'],
	[ANY, 'default_price_data', 'unit_amount', 'custom_unit_amount'],
	[ANY, 'default_price_data', 'unit_amount_decimal', 'custom_unit_amount'],
	[INTENTS, '', 'allowed_payment_method_types', 'automatic_payment_methods'],
	[INTENTS, '', 'allowed_payment_method_types', 'excluded_payment_method_types'],
	[INTENTS, '', 'allowed_payment_method_types', 'payment_method_configuration'],
	[INTENTS, '', 'allowed_payment_method_types', 'payment_method_types'],
	[INTENTS, '', 'payment_method_types', 'automatic_payment_methods'],
	[INTENTS, '', 'confirmation_method', 'automatic_payment_methods'],
	[INTENTS, '', 'payment_method', 'payment_method_data'],
	[INTENTS, '', 'application_fee_amount', 'transfer_data.amount'],
	[INTENTS, 'konbini', 'expires_after_days', 'expires_at'],
	[INTENTS, 'pix', 'expires_after_seconds', 'expires_at'],
	[INTENTS, 'amount_details', 'discount_amount', 'line_items.*.discount_amount'],
	[INTENTS, 'amount_details', 'tax.total_tax_amount', 'line_items.*.tax.total_tax_amount'],
	[SUBSCRIPTIONS, '', 'cancel_at', 'cancel_at_period_end'],
	[SUBSCRIPTIONS, '', 'trial_end', 'trial_period_days'],
	[SUBSCRIPTIONS, '', 'billing_cycle_anchor', 'billing_cycle_anchor_config'],
	[INVOICES, '', 'days_until_due', 'due_date'],
	[INVOICES, '', 'application_fee_amount', 'transfer_data.amount'],
	[LINES, 'lines', 'amount', 'pricing', 'price_data'],
	[LINES, 'lines', 'amount', 'quantity'],
	[LINES, 'lines', 'amount', 'quantity_decimal'],
	[LINES, '', 'lines.*.tax_amounts', 'lines.*.tax_rates'],
	[/\/attach_payment$/, '', 'payment_intent', 'payment_record'],
	[PREVIEW, '', 'schedule', 'subscription'],
	[PREVIEW, '', 'schedule', 'subscription_details'],
	[PREVIEW, '', 'schedule_details', 'subscription'],
	[PREVIEW, '', 'schedule_details', 'subscription_details'],
	[ITEMS, '', 'amount', 'pricing', 'price_data', 'unit_amount_decimal'],
	[ITEMS, '', 'amount', 'quantity'],
	[ITEMS, '', 'amount', 'quantity_decimal'],
	[CREDIT_NOTES, '', 'amount', 'lines'],
	[CREDIT_NOTES, 'lines', 'tax_amounts', 'tax_rates'],
	[SESSIONS, '', 'customer', 'customer_email'],
	[SESSIONS, '', 'customer_account', 'customer_email'],
	[SESSIONS, '', 'allow_promotion_codes', 'discounts'],
	[SESSIONS, 'subscription_data', 'trial_end', 'trial_period_days'],
	[SELLING, '', 'application_fee_amount', 'application_fee_percent'],
	[SELLING, 'transfer_data', 'amount', 'amount_percent'],
	[/^\/v1\/coupons$/, '', 'amount_off', 'percent_off'],
	[/^\/v1\/coupons$/, '', 'currency_options', 'percent_off'],
	[PRICES, '', 'unit_amount', 'custom_unit_amount'],
	[PRICES, '', 'unit_amount', 'tiers'],
	[PRICES, '', 'unit_amount_decimal', 'custom_unit_amount'],
	[PRICES, '', 'unit_amount_decimal', 'tiers'],
	[PRICES, '', 'custom_unit_amount', 'tiers'],
	[PRICES, '', 'tiers', 'transform_quantity'],
	[SCHEDULES, 'phases', 'duration', 'end_date'],
	[/^\/v1\/billing\/credit_grants$/, 'scope', 'price_type', 'prices'],
];

/** Together with these, only the named parameters are accepted. */
const ALONE: readonly (readonly [at: RegExp, name: string, beside: readonly string[]])[] = [
	[/^\/v1\/subscription_schedules$/, 'from_subscription', ['billing_mode', 'expand']],
	[/^\/v1\/quotes$/, 'from_quote', ['expires_at', 'expand']],
];

/** A parameter that is refused if another parameter has this value. */
type Unless = readonly [at: RegExp, within: string, name: string, other: string, ...values: string[]];

const UNLESS: readonly Unless[] = [
	[INTENTS, '', 'customer', 'attach_to_self', 'true'],
	[SUBSCRIPTIONS, '', 'trial_end', 'trial_from_plan', 'true'],
	[SUBSCRIPTIONS, '', 'days_until_due', 'collection_method', 'charge_automatically'],
	[SUBSCRIPTIONS, '', 'default_tax_rates', 'automatic_tax.enabled', 'true'],
	[INVOICES, '', 'days_until_due', 'collection_method', 'charge_automatically'],
	[INVOICES, '', 'due_date', 'collection_method', 'charge_automatically'],
	[INVOICES, '', 'default_tax_rates', 'automatic_tax.enabled', 'true'],
	[PREVIEW, 'subscription_details', 'proration_date', 'proration_behavior', 'none'],
	...['description', 'tax_rates', 'unit_amount', 'unit_amount_decimal'].map((name): Unless => [
		CREDIT_NOTES,
		'lines',
		name,
		'type',
		'invoice_line_item',
	]),
	...['amount', 'invoice_line_item'].map((name): Unless => [
		CREDIT_NOTES,
		'lines',
		name,
		'type',
		'custom_line_item',
	]),
	[SCHEDULES, 'phases', 'billing_cycle_anchor', 'trial', 'true'],
	[NEW_SCHEDULE, 'phases', 'trial_end', 'trial', 'true'],
	[/^\/v1\/coupons$/, '', 'duration_in_months', 'duration', 'once', 'forever'],
	[PRICES, '', 'tiers', 'billing_scheme', 'per_unit'],
	[SESSIONS, '', 'subscription_data', 'mode', 'payment', 'setup'],
	[SESSIONS, '', 'payment_intent_data', 'mode', 'setup', 'subscription'],
	[SESSIONS, '', 'setup_intent_data', 'mode', 'payment', 'subscription'],
	[SESSIONS, '', 'payment_method_collection', 'mode', 'payment', 'setup'],
	[SESSIONS, '', 'customer_creation', 'mode', 'subscription'],
	[SESSIONS, '', 'payment_method_options.acss_debit.currency', 'mode', 'payment', 'subscription'],
	...['submit_type', 'phone_number_collection', 'saved_payment_method_options'].map((name): Unless => [
		SESSIONS,
		'',
		name,
		'mode',
		'setup',
	]),
	...['success_url', 'cancel_url'].map((name): Unless => [
		SESSIONS,
		'',
		name,
		'ui_mode',
		'embedded_page',
		'elements',
	]),
	[SESSIONS, '', 'optional_items', 'ui_mode', 'elements', 'form'],
	[SESSIONS, '', 'permissions', 'ui_mode', 'hosted_page', 'form'],
	[SESSIONS, '', 'permissions.update_shipping_details', 'ui_mode', 'embedded_page'],
	...(['after_expiration', 'branding_settings', 'custom_fields', 'custom_text'] as const).map(
		(name): Unless => [SESSIONS, '', name, 'ui_mode', 'elements'],
	),
	...(['origin_context', 'submit_type', 'tax_id_collection.required'] as const).map((name): Unless => [
		SESSIONS,
		'',
		name,
		'ui_mode',
		'elements',
	]),
	...['acss_debit', 'card.restrictions'].map((name): Unless => [
		SESSIONS,
		'',
		`payment_method_options.${name}`,
		'ui_mode',
		'elements',
	]),
	...['icon', 'logo'].flatMap((within): Unless[] => [
		[SESSIONS, within, 'file', 'type', 'url'],
		[SESSIONS, within, 'url', 'type', 'file'],
	]),
];

/** Throws Stripe's 400 for mutually exclusive parameters. */
export function refuseExclusive(path: string, params: ParamMap): void {
	for (const [at, name, beside] of ALONE) if (at.test(path)) refuseCompany(params, name, beside);
	for (const { within, hash } of listHashes(params)) {
		const isMeant = ([at, where]: readonly [RegExp, string, ...string[]]) =>
			at.test(path) && (where === ANYWHERE || where === within);
		for (const [, , ...names] of ONE_OF.filter(isMeant)) {
			const given = names.filter((name) => isSaid(hash, name.split('.')));
			if (given.length > 1) throw onlyOneOf(given);
		}
		for (const [, , name, other, ...values] of UNLESS.filter(isMeant)) {
			if (!isSaid(hash, name.split('.'))) continue;
			const value = values.find((one) => isSaid(hash, other.split('.'), one));
			if (value !== undefined)
				throw invalid(name, `You cannot set \`${name}\` when \`${other}\` is \`${value}\`.`);
		}
	}
}

function refuseCompany(params: ParamMap, name: string, allowed: readonly string[]): void {
	if (!isSaid(params, [name])) return;
	const other = Object.keys(params).find((one) => one !== name && !allowed.includes(one));
	if (other !== undefined) throw invalid(other, `You cannot set \`${other}\` if \`${name}\` is set.`);
}

function onlyOneOf(names: readonly string[]) {
	const [first = ''] = names;
	return invalid(first, `You may only specify one of these parameters: ${[...names].sort().join(', ')}.`);
}

function listHashes(value: ParamValue, within = ''): { within: string; hash: ParamMap }[] {
	if (Array.isArray(value)) return value.flatMap((row) => listHashes(row, within));
	if (!isMap(value)) return [];
	const inner = Object.entries(value).filter(([name]) => name !== 'metadata');
	return [{ within, hash: value }, ...inner.flatMap(([name, one]) => listHashes(one, name))];
}

/** An empty value unsets a parameter. */
function isSaid(
	value: ParamValue | undefined,
	[first, ...below]: readonly string[],
	wanted?: string,
): boolean {
	if (first === undefined) return value !== undefined && value !== '' && (wanted ?? value) === value;
	if (first === '*') return Array.isArray(value) && value.some((row) => isSaid(row, below, wanted));
	return isMap(value) && Object.hasOwn(value, first) && isSaid(value[first], below, wanted);
}
