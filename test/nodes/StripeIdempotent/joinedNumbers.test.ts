import type { INodeParameters } from 'n8n-workflow';

import { CHARGE, OrdersFixture, withCustomKey } from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

/** Numbers as a spreadsheet and a form return them, and as they are. */
const ITEM = {
	price: '1000',
	fee: '500',
	euros: '15',
	cents: '00',
	n: 1000,
	m: 500,
	rows: [{ p: '10' }, { p: '5' }],
};

const charge = (amount: string, more: INodeParameters = {}) =>
	fixture.run({ ...CHARGE, amount, ...withCustomKey('1'), ...more }, [ITEM]);

describe('an amount of texts joined by a plus sign is refused', () => {
	it.each([
		'={{ $json.price + $json.fee }}',
		'={{ $json["price"] + $json["fee"] }}',
		'={{ $json.n + $json.fee }}',
		'={{ $json.price + 500 }}',
		'={{ 500 + $json.price }}',
		'={{ $json.price + ($json.missing ?? 0) }}',
		'={{ $json.n + ($json.fee ?? 0) }}',
		'={{ ($json.price + $json.fee) * 1 }}',
		'={{ Number($json.price + $json.fee) }}',
		'={{ $json.price.trim() + $json.fee.trim() }}',
		'={{ $json.price.replace(",", "") + $json.fee.replace(",", "") }}',
		'={{ $json.rows.reduce((sum, row) => sum + row.p, 0) }}',
		'={{ $json.price + +$json.fee }}',
	])('%s', async (amount) => {
		const { fix } = await charge(amount);
		expect(fix[0]!.error.outcome).toBe('refused');
		expect(fix[0]!.error.message).toBe(
			'[Item 0] Amount joins numbers that are text: "10" + "5" is "105".',
		);
		expect(fixture.simulator.sends()).toEqual([]);
	});

	it.each([
		['Body (JSON) › amount', '={"amount": {{ $json.price + $json.fee }}, "currency": "eur"}'],
		['Body (JSON) › amount', '={{ { amount: $json.price + $json.fee, currency: "eur" } }}'],
		[
			'Body (JSON) › amount',
			'={{ JSON.stringify({ amount: $json.price + $json.fee, currency: "eur" }) }}',
		],
	])('%s in %s', async (label, body) => {
		const { fix } = await fixture.run(
			{
				resource: 'customApiCall',
				operation: 'request',
				path: '/v1/payment_intents',
				body,
				...withCustomKey('1'),
			},
			[ITEM],
		);
		expect(fix[0]!.error.message).toContain(`[Item 0] ${label} joins numbers that are text`);
		expect(fixture.simulator.sends()).toEqual([]);
	});
});

describe('a sum, and an intended text, is accepted', () => {
	it.each([
		['={{ $json.n + $json.m }}', 1500],
		['={{ ($json.n + $json.m).toFixed(0) }}', 1500],
		['={{ Number($json.price) + Number($json.fee) }}', 1500],
		['={{ +$json.price + +$json.fee }}', 1500],
		['={{ $json.price * 1 + $json.fee * 1 }}', 1500],
		['={{ $json.n + 2 * $json.fee }}', 2000],
		['={{ (parseInt($json.price) + 500).toString() }}', 1500],
		['={{ $json.euros + "" + $json.cents }}', 1500],
		['={{ $json.euros }}{{ $json.cents }}', 1500],
		['={{ $json.price.replace(/[^0-9]+/g, "") }}', 1000],
	])('%s', async (amount, expected) => {
		const { success, fix } = await charge(amount);
		expect(fix).toEqual([]);
		expect(success).toMatchObject([{ amount: expected }]);
	});

	it('an ID in an address is not a number', async () => {
		const additionalFields = { returnUrl: '={{ $json.shop + $json.price }}' };
		const { success } = await fixture.run({ ...CHARGE, ...withCustomKey('1'), additionalFields }, [
			{ ...ITEM, shop: 'https://shop.example/thanks/' },
		]);
		expect(success).toHaveLength(1);
	});

	it('a description may join anything', async () => {
		const { success } = await charge('1000', {
			simplify: false,
			additionalFields: { description: '={{ $json.price + $json.fee }}' },
		});
		expect(success).toMatchObject([{ description: '1000500' }]);
	});
});
