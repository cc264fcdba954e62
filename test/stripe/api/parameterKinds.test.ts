import type { Params } from '../../../ledger/model/request';
import { findIdFault, findInvalidValue } from '../../../stripe/api/parameterKinds';
import { findImplausibleTime } from '../../../stripe/api/parameterTimes';

const LONG = '1MoBy5LkdIwHu7ix';

it.each<[string, Params, path: string, words: RegExp]>([
	[
		'an ID of a different object',
		{ payment_method: 'cus_1' },
		'payment_method',
		/different object \(customer\)/,
	],
	['in a row', { items: [{ price: `cus_${LONG}` }] }, 'items.0.price', /different object \(customer\)/],
	['in a list', { default_tax_rates: ['txr_1', 'price_1'] }, 'default_tax_rates.1', /\(price\)/],
	['an account for a customer', { customer: `acct_${LONG}` }, 'customer', /\(connected account\)/],
	['a schedule for a subscription', { subscription: 'sub_sched_1' }, 'subscription', /schedule\)/],
	[
		'an address for an ID',
		{ payment_method: 'https://a.example/pm_1' },
		'payment_method',
		/not a valid Stripe/,
	],
	['an object for an ID', { customer: { id: 'cus_1' } }, 'customer', /is an object/],
	['an address without a host', { success_url: 'https://' }, 'success_url', /not an address/],
	['a text for a quantity', { quantity_decimal: '1,5' }, 'quantity_decimal', /is "1,5"\. Give a number/],
	['a quantity below zero', { quantity_decimal: '-1.5' }, 'quantity_decimal', /not below 0/],
	['a text for a price', { unit_amount_decimal: 'free' }, 'unit_amount_decimal', /is not a number/],
	['too many decimals', { unit_amount_decimal: `0.${'1'.repeat(13)}` }, 'unit_amount_decimal', /up to 12/],
	['small letters in a prefix', { invoice_prefix: 'acme' }, 'invoice_prefix', /3 to 12 capital letters/],
	[
		'a list in one text',
		{ payment_method_types: ['card, ideal'] },
		'payment_method_types.0',
		/card, ideal/,
	],
	[
		'a name of a type',
		{ allowed_payment_method_types: ['Card'] },
		'allowed_payment_method_types.0',
		/"Card"/,
	],
	['words for a source', { source: 'my bank' }, 'source', /not a valid Stripe ID/],
	[
		'words for an address of evidence',
		{ evidence: { customer_email_address: 'see below' } },
		'evidence.customer_email_address',
		/not an email address/,
	],
	['an address without its beginning', { cancel_url: 'www.example.com' }, 'cancel_url', /not an address/],
	['an address of an app', { success_url: 'capacitor://localhost' }, 'success_url', /not an address/],
	[
		'an address with a space',
		{ after_completion: { redirect: { url: 'https://a b.example' } } },
		'after_completion.redirect.url',
		/not an address/,
	],
	['a page to come back to', { return_url: 'example.com' }, 'return_url', /not an address/],
	['an email address', { customer_email: 'ada' }, 'customer_email', /not an email address/],
	['an email address with its name', { receipt_email: 'Ada <a@b.example>' }, 'receipt_email', /email/],
	['a page of a product', { url: 'example.com/pro' }, 'url', /not an address/],
	['a picture', { images: ['https://a.example/1.png', '2.png'] }, 'images.1', /not an address/],
	['a price of a product', { default_price: `prod_${LONG}` }, 'default_price', /\(product\)/],
	[
		'products of a coupon',
		{ applies_to: { products: [`price_${LONG}`] } },
		'applies_to.products.0',
		/\(price\)/,
	],
	['a tax code', { tax_code: 'txr_1' }, 'tax_code', /\(tax rate\)/],
	['a file of evidence', { evidence: { receipt: 'ch_1' } }, 'evidence.receipt', /\(charge\)/],
	['an invalid file', { evidence: { refund_policy: 'See page' } }, 'evidence.refund_policy', /not a valid/],
	[
		'a different charge',
		{ evidence: { duplicate_charge_id: 'pi_1' } },
		'evidence.duplicate_charge_id',
		/intent\)/,
	],
	['the end of a tier', { tiers: [{ up_to: 'many' }] }, 'tiers.0.up_to', /is "many"/],
	['a country', { country: 'Germany' }, 'country', /not a country code/],
	[
		'a country in a list',
		{ shipping_address_collection: { allowed_countries: ['DE', 'FRA'] } },
		'shipping_address_collection.allowed_countries.1',
		/not a country code/,
	],
	['a currency', { currency: 'EURO' }, 'currency', /not a currency code/],
	['a language', { locale: 'German' }, 'locale', /not a language code/],
	['a percentage above 100', { application_fee_percent: '101' }, 'application_fee_percent', /is "101"/],
	['a percentage below 0', { percentage: '-1' }, 'percentage', /is "-1"/],
	['a quantity', { line_items: [{ quantity: '1.5' }] }, 'line_items.0.quantity', /is "1.5"/],
	[
		'an amount in the major unit',
		{ application_fee_amount: '19.99' },
		'application_fee_amount',
		/is "19.99"/,
	],
])('%s is not accepted by the parameter', (_what, params, path, words) => {
	const found = findInvalidValue(params);
	expect(found?.path).toBe(path);
	expect(found?.fault.join('. ')).toMatch(words);
});

it.each<[string, Params]>([
	['IDs from earlier times', { payment_method: 'card_1', default_payment_method: 'src_1', charge: 'py_1' }],
	['payouts that were transfers', { payout: 'tr_1' }],
	[
		'a custom ID with the prefix of a different object',
		{ coupon: 'in_store', product: 're_fill', price: 'po_2025' },
	],
	['an old plan', { price: 'plan_1' }],
	['a test card', { payment_method: 'pm_card_visa' }],
	['a new kind of object', { payment_method: 'xyz_1' }],
	['an unset value', { default_payment_method: '', customer: '', currency: '', quantity: '' }],
	['an app to come back to', { return_url: 'myapp://stripe' }],
	['a placeholder', { success_url: 'https://a.example/?s={CHECKOUT_SESSION_ID}' }],
	['this computer', { success_url: 'http://localhost:3000' }],
	[
		'any country in an address',
		{ address: { country: 'Germany' }, shipping: { address: { country: 'USA' } } },
	],
	['a browser’s language', { locale: 'auto' }],
	['languages', { preferred_locales: ['en-GB', 'zh-Hant-TW', 'es-419', 'pt_BR', 'fil'] }],
	['all of it', { percent_off: '100', percentage: '0' }],
	['a credit', { amount: '-500' }],
	['a credit per unit', { unit_amount_decimal: '-0.125', quantity_decimal: '7.5' }],
	['whatever moved money', { source: 'tok_visa' }],
	['a payout as a source', { source: 'po_1' }],
	['a source as an object', { source: { object: 'card' } }],
	['types', { payment_method_types: ['sepa_debit', 'us_bank_account'] }],
	['a prefix', { invoice_prefix: 'ACME1' }],
	['a last tier', { tiers: [{ up_to: 'inf' }] }],
	['words of evidence', { evidence: { receipt: 'file_1', refund_policy_disclosure: 'See page 2' } }],
	['products of the portal', { products: [{ product: 'prod_1', prices: ['price_1'] }] }],
	['an amount in an object', { amount: { monetary: { value: '500', currency: 'usd' } } }],
	['a custom ID', { metadata: { customer: 'Ada', currency: 'EURO', email: 'none' } }],
	['an object if Stripe accepts one', { destination: { account: 'acct_1' } }],
])('%s can be sent', (_what, params) => {
	expect(findInvalidValue(params)).toBeUndefined();
});

it('an ID is accepted unchecked for a parameter without a known kind of object', () => {
	expect(findIdFault('object_id', 'cus_1')).toBeUndefined();
	expect(findIdFault('object_id', 'a/b')).toBeDefined();
});

const NOW = Date.UTC(2026, 10, 1);
const inSeconds = (ms: number) => String((NOW + ms) / 1000);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('a time that Stripe refuses', () => {
	it.each<[string, string, number]>([
		['checkout/sessions', 'expires_at', 20 * 60_000],
		['checkout/sessions', 'expires_at', 25 * HOUR],
		['coupons', 'redeem_by', 6 * 366 * DAY],
	])('%s: %s in %d ms, in every account', (path, name, ms) => {
		const params = { [name]: inSeconds(ms) };
		for (const mode of ['test', 'live'] as const)
			expect(findImplausibleTime({ path: `/v1/${path}`, params, mode }, NOW)?.path).toBe(name);
	});

	it.each<[string, string, number]>([
		['quotes/qt_1/finalize', 'expires_at', -HOUR],
		['subscriptions', 'trial_end', -HOUR],
		['subscriptions/sub_1', 'trial_end', -HOUR],
		['subscriptions', 'billing_cycle_anchor', -HOUR],
		['subscriptions', 'backdate_start_date', HOUR],
		['billing/meter_events', 'timestamp', -36 * DAY],
		['billing/meter_events', 'timestamp', HOUR],
	])('%s: %s in %d ms, but not where a customer may live in a test clock', (path, name, ms) => {
		const request = { path: `/v1/${path}`, params: { [name]: inSeconds(ms) } };
		expect(findImplausibleTime({ ...request, mode: 'live' }, NOW)?.path).toBe(name);
		expect(findImplausibleTime({ ...request, mode: 'test' }, NOW)).toBeUndefined();
	});

	it.each<[string, Params]>([
		['checkout/sessions', { expires_at: inSeconds(30 * 60_000 - 5_000) }],
		['checkout/sessions', { expires_at: inSeconds(DAY) }],
		['subscriptions', { trial_end: 'now', cancel_at: inSeconds(-DAY) }],
		['subscriptions/sub_1', { billing_cycle_anchor: { type: 'now' } }],
		['billing/meter_events', { timestamp: inSeconds(-34 * DAY) }],
	])('is not valid: %s %j', (path, params) => {
		expect(findImplausibleTime({ path: `/v1/${path}`, params, mode: 'live' }, NOW)).toBeUndefined();
	});
});
