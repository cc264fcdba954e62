import fc from '../../fastCheck';

import { appendQuery } from '../../../stripe/api/query';

const pairsOf = (path: string) => [...new URL(path, 'https://api.stripe.com').searchParams];

it.each([
	[{}, '/v1/charges'],
	[{ created: {}, expand: [] }, '/v1/charges'],
	[{ limit: '10' }, '/v1/charges?limit=10'],
	[{ customer: '' }, '/v1/charges?customer='],
])('%j gives %s', (params, path) => {
	expect(appendQuery('/v1/charges', params)).toBe(path);
});

it('writes nested parameters in Stripe’s brackets, in order', () => {
	const path = appendQuery('/v1/charges', {
		created: { gte: '1', lte: '2' },
		expand: ['data.customer', 'data.refunds'],
		deep: { list: [{ a: 'x' }] },
	});
	expect(pairsOf(path)).toEqual([
		['created[gte]', '1'],
		['created[lte]', '2'],
		['expand[0]', 'data.customer'],
		['expand[1]', 'data.refunds'],
		['deep[list][0][a]', 'x'],
	]);
});

it('escapes what would end the query or add to it', () => {
	const query = `email:'a&b=c#d?e/f%20+" AND x'`;
	expect(pairsOf(appendQuery('/v1/customers/search', { query, 'a&b=': '1' }))).toEqual([
		['query', query],
		['a&b=', '1'],
	]);
});

it('any names and values are preserved', () => {
	const text = fc.string({ unit: 'grapheme' });
	fc.assert(
		fc.property(fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), text), (params) => {
			expect(pairsOf(appendQuery('/v1/charges', params))).toEqual(Object.entries(params));
		}),
	);
});
