import type { Params } from '../../../ledger/model/request';
import { sentParamsOf } from '../../../ledger/model/request';
import {
	ENTRY_METADATA,
	findOrigin,
	namesForeignEntry,
	toEntryMetadata,
} from '../../../stripe/objects/metadata';

const ENTRY = 'v1_entry';
const marked = (path: string, params: Params = {}) =>
	sentParamsOf({ params, added: toEntryMetadata(path, params, ENTRY) });
const fields = (count: number) =>
	Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, String(i)]));

describe('the entry is in the metadata of created objects', () => {
	it.each([
		'accounts',
		'billing/credit_grants',
		'charges',
		'checkout/sessions',
		'coupons',
		'credit_notes',
		'customers',
		'customers/cus_1/balance_transactions',
		'invoiceitems',
		'invoices',
		'payment_intents',
		'payment_links',
		'payment_methods',
		'payouts',
		'plans',
		'prices',
		'products',
		'promotion_codes',
		'quotes',
		'refunds',
		'setup_intents',
		'subscription_items',
		'subscription_schedules',
		'subscriptions',
		'tax_rates',
		'topups',
		'transfers',
		'transfers/tr_1/reversals',
	])('/v1/%s', (collection) => {
		expect(marked(`/v1/${collection}`)).toEqual({ metadata: { [ENTRY_METADATA]: ENTRY } });
	});

	it.each([
		'/v1/payment_intents/pi_1',
		'/v1/customers/cus_1',
		'/v1/payment_intents/pi_1/capture',
		'/v1/payment_intents/pi_1/confirm',
		'/v1/payment_intents/pi_1/cancel',
		'/v1/checkout/sessions/cs_1',
		'/v1/account',
		'/v1/account_links',
		'/v1/invoices/in_1/pay',
		'/v1/customers/cus_1/sources/card_1',
		'/v2/core/accounts',
		'/v1/payment_intents/',
		'/v1/payment_intentsx',
		'/x/v1/refunds',
		'/v1/charges/ch_1/capture',
	])('not of %s, which would lose its creator, or which Stripe would refuse', (path) => {
		expect(marked(path, { a: '1' })).toEqual({ a: '1' });
	});
});

it('is beside the fields of the user', () => {
	expect(marked('/v1/refunds', { amount: '5', metadata: { order: '1001' } })).toEqual({
		amount: '5',
		metadata: { order: '1001', [ENTRY_METADATA]: ENTRY },
	});
});

it('replaces one that the user sent: the entry is found by it', () => {
	expect(marked('/v1/refunds', { metadata: { [ENTRY_METADATA]: 'copied' } })).toEqual({
		metadata: { [ENTRY_METADATA]: ENTRY },
	});
});

it.each([
	[49, 50],
	[50, 50],
	[51, 51],
])('of %i fields become %i: the user’s come first, and Stripe accepts 50', (given, sendCount) => {
	const { metadata } = marked('/v1/refunds', { metadata: fields(given) });
	expect(Object.keys(metadata as object)).toHaveLength(sendCount);
	expect(metadata).toMatchObject(fields(given));
});

it('has room among 50 fields of which one is its own', () => {
	const metadata = { ...fields(49), [ENTRY_METADATA]: 'copied' };
	expect(marked('/v1/refunds', { metadata }).metadata).toEqual({ ...fields(49), [ENTRY_METADATA]: ENTRY });
});

it.each(['', 'text'])('is not added to metadata of %j: Stripe reports the error', (metadata) => {
	expect(marked('/v1/refunds', { metadata })).toEqual({ metadata });
});

it('is the same for the same entry, so that a repeat has the same parameters', () => {
	const params = { metadata: { b: '2', a: '1' } };
	expect(JSON.stringify(marked('/v1/refunds', params))).toBe(JSON.stringify(marked('/v1/refunds', params)));
	expect(params).toEqual({ metadata: { b: '2', a: '1' } });
});

it('is on each line added to an invoice, and on nothing else', () => {
	const lines = [{ amount: '5' }, 'text', ['list']];
	expect(toEntryMetadata('/v1/invoices/in_1/add_lines', { lines }, ENTRY)).toEqual({
		lines: [{ metadata: { [ENTRY_METADATA]: ENTRY } }, 'text', ['list']],
	});
	expect(toEntryMetadata('/v1/invoices/in_1/add_lines', { lines: 'text' }, ENTRY)).toEqual({});
});

it('usage accepts no metadata: it is found by its identifier, unless it has a custom one', () => {
	const path = '/v1/billing/meter_events';
	expect(marked(path)).toEqual({ identifier: `n8n_${ENTRY}` });
	expect(marked(path, { identifier: 'mine' })).toEqual({ identifier: 'mine' });
});

it('a schedule of a running subscription accepts none: it is found by its subscription and its key', () => {
	const path = '/v1/subscription_schedules';
	expect(marked(path, { from_subscription: 'sub_1' })).toEqual({ from_subscription: 'sub_1' });
	expect(marked(path, { customer: 'cus_1' })).toMatchObject({ metadata: { [ENTRY_METADATA]: ENTRY } });
});

it('a quote made of another accepts none: it is found by that one and its key', () => {
	const params = { from_quote: { quote: 'qt_1' } };
	expect(marked('/v1/quotes', params)).toEqual(params);
	const isMadeFrom = findOrigin('/v1/quotes', params)!;
	expect(
		[{ quote: 'qt_1' }, { quote: 'qt_2' }, null].map((from) => isMadeFrom({ from_quote: from })),
	).toEqual([true, false, false]);
});

describe('a request with the entry of another', () => {
	it.each<[string, Params, boolean]>([
		['with its own in the metadata', { metadata: { [ENTRY_METADATA]: ENTRY } }, false],
		['with a different one in the metadata', { metadata: { [ENTRY_METADATA]: 'v1_other' } }, true],
		[
			'with a different one in a nested object',
			{ lines: [{ metadata: { [ENTRY_METADATA]: 'v1_other' } }] },
			true,
		],
		['with its name removed', { metadata: { [ENTRY_METADATA]: '' } }, true],
		['with all metadata removed', { metadata: '' }, true],
		['where there are other fields', { metadata: { order: '' }, description: 'metadata' }, false],
		['where nothing is sent', {}, false],
	])('%s: %j', (_where, sent, isForeign) => {
		expect(namesForeignEntry(sent, ENTRY)).toBe(isForeign);
	});
});
