import { invalid } from './errors';
import { isMap, type ParamMap, type ParamValue } from './form';

/**
 * Parameters that Stripe accepts only together with others, according to its API reference. Checked before
 * anything is executed, so no key remembers the refusal.
 */

/**
 * The requests, the hash (`''`: the request itself), a condition, and the alternatives of which one must hold
 * with it.
 */
type Rule = readonly [at: RegExp, within: string, when: Said, ...needs: Said[]];

type Said = readonly [path: string, value?: string];

const PAYMENT = /^\/v1\/payment_intents$/;
const SETUP = /^\/v1\/setup_intents$/;
const COUPON = /^\/v1\/coupons$/;
const SESSION = /^\/v1\/checkout\/sessions$/;
const PAYING = /^\/v1\/(payment_intents|setup_intents|checkout\/sessions)/;
const PREVIEW = /^\/v1\/invoices\/create_preview$/;
const CONFIRMED = ['confirm', 'true'] as const;

const RULES: readonly Rule[] = [
	...['error_on_requires_action', 'mandate', 'mandate_data', 'off_session', 'return_url'].map(
		(name): Rule => [PAYMENT, '', [name], CONFIRMED],
	),
	...['blik.code', 'card.cvc_token', 'card.moto', 'card.installments.plan'].map((name): Rule => [
		/^\/v1\/(payment|setup)_intents(\/\w+)?$/,
		'',
		[`payment_method_options.${name}`],
		CONFIRMED,
	]),
	...['mandate_data', 'return_url'].map((name): Rule => [SETUP, '', [name], CONFIRMED]),
	[PAYING, 'mandate_options', ['amount_type', 'fixed'], ['amount']],
	...['interval', 'combined'].map((schedule): Rule => [
		PAYING,
		'mandate_options',
		['payment_schedule', schedule],
		['interval_description'],
	]),
	...['count', 'interval'].map((name): Rule => [
		/^\/v1\/(payment_intents|invoices)/,
		'plan',
		['type', 'fixed_count'],
		[name],
	]),
	...['ios', 'android', 'mini_program'].map((client): Rule => [
		PAYING,
		'wechat_pay',
		['client', client],
		['app_id'],
	]),
	[/^/, 'shipping_rate_data', ['type', 'fixed_amount'], ['fixed_amount']],
	[/^/, 'pause_at', ['type', 'timestamp'], ['timestamp']],
	[/^/, 'resume_at', ['type', 'timestamp'], ['timestamp']],
	[/^/, 'resume_at', ['type', 'duration'], ['duration']],
	[PREVIEW, 'billing_cycle_anchor', ['timestamp'], ['type', 'timestamp']],
	...['icon', 'logo'].flatMap((within): Rule[] => [
		[SESSION, within, ['type', 'file'], ['file']],
		[SESSION, within, ['type', 'url'], ['url']],
	]),
	[COUPON, '', ['amount_off'], ['currency']],
	[COUPON, '', ['currency_options'], ['amount_off']],
	[COUPON, '', ['duration', 'repeating'], ['duration_in_months']],
	[COUPON, '', ['duration_in_months'], ['duration', 'repeating']],
	[/^\/v1\/prices$/, '', ['tiers'], ['billing_scheme', 'tiered']],
	[/^\/v1\/credit_notes/, 'refunds', ['type', 'refund'], ['refund']],
	[/^\/v1\/credit_notes/, 'refunds', ['type', 'payment_record_refund'], ['payment_record_refund']],
	[PREVIEW, '', ['subscription_details.proration_date'], ['subscription']],
	[
		PREVIEW,
		'',
		['subscription_details.proration_date'],
		['subscription_details.items'],
		['subscription_details.trial_end'],
	],
	[
		PREVIEW,
		'',
		['automatic_tax.enabled', 'true'],
		...['customer', 'customer_account', 'customer_details', 'subscription', 'schedule'].map(
			(name): Said => [name],
		),
	],
	[SESSION, '', ['customer_update'], ['customer']],
	[SESSION, '', ['mode', 'payment'], ['line_items']],
	[SESSION, '', ['mode', 'subscription'], ['line_items']],
];

/** Throws Stripe's 400 for a parameter without the one that it requires. */
export function refuseIncomplete(path: string, params: ParamMap): void {
	for (const { within, hash } of hashesOf(params)) {
		for (const [at, where, when, ...needs] of RULES) {
			if (!at.test(path) || where !== within || !says(hash, when)) continue;
			if (needs.some((need) => says(hash, need))) continue;
			const [name = '', value] = needs[0] ?? [];
			const wanted = value === undefined ? 'is provided' : `is \`${value}\``;
			throw invalid(
				value === undefined ? name : when[0],
				`\`${when[0]}\` can only be used when \`${name}\` ${wanted}.`,
				'parameter_missing',
			);
		}
	}
}

function hashesOf(value: ParamValue, within = ''): { within: string; hash: ParamMap }[] {
	if (Array.isArray(value)) return value.flatMap((row) => hashesOf(row, within));
	if (!isMap(value)) return [];
	const inner = Object.entries(value).filter(([name]) => name !== 'metadata');
	return [{ within, hash: value }, ...inner.flatMap(([name, one]) => hashesOf(one, name))];
}

function says(hash: ParamMap, [path, wanted]: Said): boolean {
	const value = path
		.split('.')
		.reduce<ParamValue | undefined>(
			(at, name) => (isMap(at) && Object.hasOwn(at, name) ? at[name] : undefined),
			hash,
		);
	return value !== undefined && value !== '' && (wanted ?? value) === value;
}
