import { findMismatch } from '../../../stripe/objects/matchesRequest';

const requested = (params: Record<string, string>, paramsStored = true) => ({
	request: { method: 'POST' as const, path: '/v1/payment_intents', params },
	paramsStored,
});

describe('an object is not the one that was requested', () => {
	it.each<[string, string, unknown, string]>([
		['amount', '1999', 1998, 'its amount is 1998, not 1999'],
		['amount', '1999', 'none', 'its amount is none, not 1999'],
		['currency', 'EUR', 'usd', 'its currency is usd, not EUR'],
		['customer', 'cus_1', 'cus_2', 'its customer is cus_2, not cus_1'],
		['customer', 'cus_1', { id: 'cus_2' }, 'its customer is cus_2, not cus_1'],
		['customer', 'CUS_1', 'cus_1', 'its customer is cus_1, not CUS_1'],
		['mode', 'payment', 'setup', 'its mode is setup, not payment'],
		...[
			'payment_intent',
			'charge',
			'destination',
			'invoice',
			'subscription',
			'price',
			'product',
			'quantity',
			'unit_amount',
		].map((name): [string, string, string, string] => [
			name,
			'one',
			'another',
			`its ${name} is another, not one`,
		]),
	])('if its %s, requested as %s, is %j', (name, sent, shown, words) => {
		expect(findMismatch(requested({ [name]: sent }), { id: 'x_1', [name]: shown })).toBe(words);
	});
});

describe('an object may be the one that was requested', () => {
	it.each([
		['amount', '1999', 1999],
		['amount', '01999', 1999],
		['currency', 'EUR', 'eur'],
		['customer', 'cus_1', { id: 'cus_1' }],
		['customer', 'cus_1', undefined],
		['customer', 'cus_1', null],
		['customer', '', 'cus_2'],
		['description', 'Order 1', 'Order 2'],
	])('if its %s, requested as %s, is %j', (name, sent, shown) => {
		expect(findMismatch(requested({ [name]: sent }), { id: 'x_1', [name]: shown })).toBeUndefined();
	});

	it('if what was requested is not stored', () => {
		expect(findMismatch(requested({ amount: '1' }, false), { id: 'x_1', amount: 2 })).toBeUndefined();
	});
});
