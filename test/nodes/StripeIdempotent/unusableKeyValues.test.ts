import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { sampleRows } from '../../crash/soak';
import type { OrdersRun } from '../fixtures/ordersFixture';
import { CHARGE, withCustomKey, toLocator, OrdersFixture } from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

/** What an item may hold where its field says nothing; `missing` is a field that is not there at all. */
const NOTHINGS: [what: string, item: IDataObject][] = [
	['is missing', {}],
	['is null', { refundAmount: null }],
	['is an empty text', { refundAmount: '' }],
	['is blanks', { refundAmount: ' \t ' }],
	['is not a number', { refundAmount: NaN }],
	['is the word undefined', { refundAmount: 'undefined' }],
];

async function expectRefused(result: OrdersRun, label: string): Promise<void> {
	expect(result.error).toBeUndefined();
	expect(result.fix).toHaveLength(1);
	expect(result.fix[0]!.error.outcome).toBe('refused');
	expect(result.fix[0]!.error.message).toContain(`[Item 0] ${label}`);
	expect(fixture.simulator.sends()).toEqual([]);
	const { refunds, charges } = fixture.simulator.report();
	expect([refunds, charges]).toEqual([[], before()]);
}

/** The charges that had been collected before the node ran. */
let before: () => unknown[] = () => [];
beforeEach(() => {
	before = () => [];
});

async function payment(params: object = {}): Promise<string> {
	const { id } = await fixture.stripe.paymentIntents.create({
		amount: 10_000,
		currency: 'eur',
		payment_method: 'pm_card_visa',
		confirm: true,
		return_url: 'https://example.com',
		...params,
	});
	const { charges } = fixture.simulator.report();
	before = () => charges;
	fixture.forgetRequests();
	return id;
}

const REFUND: INodeParameters = {
	resource: 'refund',
	operation: 'create',
	amountUnit: 'minor',
	...withCustomKey('r1'),
};
const CAPTURE: INodeParameters = { ...REFUND, resource: 'paymentIntent', operation: 'capture' };
const CALL: INodeParameters = {
	resource: 'customApiCall',
	operation: 'request',
	method: 'POST',
	...withCustomKey('c1'),
};

describe.each(sampleRows(3, NOTHINGS))('an amount that %s', (_what, item) => {
	it.each([
		'={{ $json.refundAmount }}',
		'={{ $json.refundAmount }} ',
		'={{ $json.refundAmount || "" }}',
		'={{ $json.refundAmount ?? null }}',
		'={{ [$json.refundAmount][0] }}',
	])('refunds and collects nothing if it is written as %s', async (amount) => {
		await expectRefused(
			await fixture.run({ ...REFUND, paymentIntent: toLocator('id', await payment()), amount }, [item]),
			'Amount',
		);
		const held = await payment({ capture_method: 'manual' });
		fixture.simulator.requests.length = 0;
		await expectRefused(
			await fixture.run({ ...CAPTURE, paymentIntent: toLocator('id', held), amount }, [item]),
			'Amount',
		);
	});

	it.each([
		['{"payment_intent": "PI", "amount": {{ $json.refundAmount }}}', /^Body \(JSON\)/],
		['{"payment_intent": "PI", "amount": "{{ $json.refundAmount }}"}', /^Body \(JSON\) › amount/],
		['{{ { payment_intent: "PI", amount: $json.refundAmount } }}', /^Body \(JSON\) › amount/],
		[
			'{{ JSON.stringify({ payment_intent: "PI", amount: $json.refundAmount }) }}',
			/^Body \(JSON\) › amount/,
		],
		[
			'{{ { payment_intent: "PI", amount: $json.refundAmount }.toJsonString() }}',
			/^Body \(JSON\) › amount/,
		],
		['{{ Object.assign({ payment_intent: "PI" }, { amount: $json.refundAmount }) }}', /^Body \(JSON\)/],
		['{{ { payment_intent: "PI", amount: $json.refundAmount }.compact() }}', /^Body \(JSON\)/],
	])('moves nothing by a call of the API with the body =%s', async (body, label) => {
		const written = `=${body.replace('PI', await payment())}`;
		const result = await fixture.run({ ...CALL, path: '/v1/refunds', body: written }, [item]);
		await expectRefused(result, 'Body (JSON)');
		expect(result.fix[0]!.error.message.slice('[Item 0] '.length)).toMatch(label);
	});
});

it('a list inside the text of an amount is not an amount', async () => {
	const amount = '={{ $json.amounts }} ';
	const result = await fixture.run({ ...CHARGE, amount, ...withCustomKey('l1') }, [{ amounts: [500] }]);
	await expectRefused(result, 'Amount has a list or an object inside a text');
});

describe('an amount that is left empty', () => {
	it.each(['', ' '])('%j refunds all that is left', async (amount) => {
		const paymentIntent = toLocator('id', await payment());
		const { success } = await fixture.run({ ...REFUND, paymentIntent, amount }, [{}]);
		expect(success).toMatchObject([{ object: 'refund', amount: 10_000 }]);
	});

	it('captures all that was authorized', async () => {
		const paymentIntent = toLocator('id', await payment({ capture_method: 'manual' }));
		const { success } = await fixture.run({ ...CAPTURE, paymentIntent, amount: '' }, [{}]);
		expect(success).toMatchObject([{ amount_received: 10_000 }]);
	});
});

describe('a sum of fields of which one is empty', () => {
	it.each([
		['={{ $json.base + $json.fee }}', 'Amount'],
		['={{ Number($json.base) + Number($json.fee) }}', 'Amount'],
		['={{ $json.base - $json["fee"] }}', 'Amount'],
		['={{ $json.base - $jmespath($json, "fee") }}', 'Amount'],
		['={{ $json.base - $thisItem.json.fee }}', 'Amount'],
		['={{ $json.base - $items()[0].json.fee }}', 'Amount'],
		['={{ $json.base }}{{ $json.fee }}', 'Amount'],
	])('is not an amount: %s', async (amount, label) => {
		for (const fee of [undefined, null, '']) {
			const result = await fixture.run({ ...CHARGE, amount, ...withCustomKey('s1') }, [
				{ base: 1000, fee },
			] as IDataObject[]);
			await expectRefused(result, label);
		}
	});

	it('is an amount if a field is only named in a comment, or in a text', async () => {
		const amount = `={{ $json.base /* not $json.fee */ + Number("0".replace("$json.fee", "")) }}`;
		const { success } = await fixture.run({ ...CHARGE, amount, ...withCustomKey('s2') }, [
			{ base: 1000 },
		]);
		expect(success).toMatchObject([{ amount: 1000 }]);
	});

	it('is an amount if the expression has a default for it', async () => {
		const amount = '={{ $json.base + ($json.fee ?? 0) }}';
		const { success } = await fixture.run({ ...CHARGE, amount, ...withCustomKey('s1') }, [
			{ base: 1000 },
		]);
		expect(success).toMatchObject([{ amount: 1000 }]);
	});
});

describe('a Capture Method that returns nothing', () => {
	it.each([{}, { when: null }, { when: '' }, { when: ' ' }, { when: [] }, { when: {} }])(
		'in %j: nothing is charged at once',
		async (item) => {
			const additionalFields = { captureMethod: '={{ $json.when }}' };
			const result = await fixture.run({ ...CHARGE, additionalFields, ...withCustomKey('m1') }, [item]);
			await expectRefused(result, 'Capture Method is an expression that returned no value');
		},
	);
});

describe('a destination in Other Parameters that returns nothing', () => {
	const items: IDataObject[] = [
		{},
		{ seller: null },
		{ seller: '' },
		{ seller: ' ' },
		{ seller: 'undefined' },
	];
	const written = [
		'={"transfer_data": {"destination": "{{ $json.seller }}"}, "application_fee_amount": 100}',
		'={{ { transfer_data: { destination: $json.seller }, application_fee_amount: 100 } }}',
		'={{ JSON.stringify({ transfer_data: { destination: $json.seller } }) }}',
		'={{ ({ transfer_data: { destination: $json.seller } }).toJsonString() }}',
		'={{ JSON.stringify({ transfer_data: { destination: $json.vip ? "acct_1" : $json.seller } }) }}',
		'={"transfer_data": {{ JSON.stringify({ destination: $json.seller }) }} }',
	];

	it.each(written)('%s: no money goes elsewhere', async (otherParameters) => {
		for (const item of items) {
			const result = await fixture.run(
				{ ...CHARGE, additionalFields: { otherParameters }, ...withCustomKey('t1') },
				[item],
			);
			await expectRefused(result, 'Other Parameters (JSON) › transfer_data');
		}
	});

	it('nor if the object that should name it is empty', async () => {
		const additionalFields = { otherParameters: '={{ { transfer_data: $json.transfer } }}' };
		for (const transfer of [undefined, null, {}, { destination: null }]) {
			const result = await fixture.run({ ...CHARGE, additionalFields, ...withCustomKey('t1') }, [
				{ transfer },
			] as IDataObject[]);
			await expectRefused(result, 'Other Parameters (JSON) › transfer_data');
		}
	});

	it('a person who writes JSON without expressions can unset any parameter', async () => {
		const { id } = await fixture.stripe.customers.create({ description: 'x', email: 'a@example.com' });
		const update = {
			resource: 'customer',
			operation: 'update',
			customer: toLocator('id', id),
			...withCustomKey('u1'),
		};
		const additionalFields = { otherParameters: '{"email": "", "description": null}' };
		const { success } = await fixture.run({ ...update, additionalFields }, [{}]);
		expect(success).toHaveLength(1);
	});
});

describe('a parameter that only describes', () => {
	const described = (value: string): INodeParameters => ({
		...CHARGE,
		...withCustomKey('d1'),
		additionalFields: { description: value, metadata: { entry: [{ key: 'note', value }] } },
	});

	it.each([{ note: null }, { note: '' }, { note: ' ' }])('is left empty with %j', async (item) => {
		expect((await fixture.run(described('={{ $json.note }}'), [item])).success).toHaveLength(1);
	});

	it('is refused if its field does not exist', async () => {
		await expectRefused(
			await fixture.run(described('={{ $json.note }}'), [{}]),
			'Description is an expression',
		);
	});

	it('is named with its row in metadata', async () => {
		const additionalFields = {
			metadata: {
				entry: [
					{ key: 'a', value: 'b' },
					{ key: 'note', value: '={{ $json.note }}' },
				],
			},
		};
		await expectRefused(
			await fixture.run({ ...CHARGE, ...withCustomKey('d1'), additionalFields }, [{}]),
			'Metadata, row 2: Value is an expression',
		);
	});
});

describe('an API call that moves everything without an amount', () => {
	it.each([
		'/v1/refunds',
		'/v1/charges/ch_1/refund',
		'/v1/charges/ch_1/refunds',
		'/v1/charges/ch_1/capture',
		'/v1/payment_intents/pi_1/capture',
		'/v1/transfers/tr_1/reversals',
		'/v1/credit_notes',
		'/v1/Refunds',
		'/v1/refunds%20',
		'/v1/payment_intents/pi_1/CAPTURE',
		'/v1/payment_intents/pi_1/apply_customer_balance',
		'/v1/terminal/readers/tmr_1/refund_payment',
	])('%s is refused without one', async (path) => {
		for (const body of [
			'{}',
			'{"charge": "ch_1"}',
			'{"amount": ""}',
			'{"amount": null}',
			'{"amount": "\u200b"}',
			'{"amount": []}',
			'{"lines": [{}]}',
			'={{ $json.body }}',
		]) {
			const result = await fixture.run({ ...CALL, path, body }, [{ body: { charge: 'ch_1' } }]);
			await expectRefused(result, 'Body (JSON) has no amount');
		}
	});

	it.each(['', ' ', '\u200b', null])(
		'a refund with the amount %j in Other Parameters is not a full refund',
		async (amount) => {
			const paymentIntent = toLocator('id', await payment());
			const additionalFields = { otherParameters: JSON.stringify({ amount }) };
			await expectRefused(
				await fixture.run({ ...REFUND, paymentIntent, additionalFields }, [{}]),
				'"amount" in Other Parameters (JSON) is empty',
			);
		},
	);

	it('is sent with one', async () => {
		const body = JSON.stringify({ payment_intent: await payment(), amount: 500 });
		const { success } = await fixture.run({ ...CALL, path: '/v1/refunds', body }, [{}]);
		expect(success).toMatchObject([{ amount: 500 }]);
	});
});

describe('a piece of JSON text', () => {
	const note = (value: string): INodeParameters => ({
		...CALL,
		path: '/v1/customers',
		body: `={"description": "${value}", "email": "a@example.com"}`,
	});

	it('cannot end the text that it is in, and so add parameters of its own', async () => {
		const item = { note: 'x", "metadata": {"admin": "yes"}, "name": "y' };
		await expectRefused(
			await fixture.run(note('{{ $json.note }}'), [item]),
			'Body (JSON) › description would end the text around it',
		);
		const body = '={"email": {{ $json.email }} }';
		const bare = { email: '"a@example.com", "balance": -5000' };
		await expectRefused(
			await fixture.run({ ...CALL, path: '/v1/customers', body }, [bare]),
			'Body (JSON) › email would end the value around it',
		);
	});

	it('that was made for JSON is accepted unchanged', async () => {
		const item = { note: 'say "hi"\n' };
		const escaped = "{{ $json.note.replaceAll('\"', '\\\\\"').trim() }}";
		const { success } = await fixture.run(note(escaped), [item]);
		expect(success).toMatchObject([{ description: 'say "hi"' }]);
	});
});

const LONG = '1234567890123456789';

it.each([
	'{"amount": 100, "amount": 10000}',
	'{"a": [{"b": 1, "c": "}"}, {"b": 2, "\\u0062": 3}]}',
	'={"amount": {{ $json.n }}, "currency": "eur", "amount": 10000}',
])('a name that occurs twice in %s is refused', async (body) => {
	const result = await fixture.run({ ...CALL, path: '/v1/payment_intents', body }, [{ n: 100 }]);
	expect(result.fix[0]?.error.message).toMatch(/^\[Item 0\] Body \(JSON\) has "(?:amount|b)" twice/);
	expect(fixture.simulator.sends()).toEqual([]);
});

it('a name may occur once in each object', async () => {
	const body =
		'{"name": "name", "metadata": {"name": "a, \\"name\\": {", "b": ""}, "email": "a@example.com"}';
	const { success } = await fixture.run({ ...CALL, path: '/v1/customers', body }, [{}]);
	expect(success).toMatchObject([{ name: 'name' }]);
});

describe('a 19-digit number', () => {
	it('in JSON text is sent digit by digit', async () => {
		const bodies = [
			`{"metadata": {"number": ${LONG}}, "name": "0.12345678901234567890"}`,
			`={"metadata": {"number": {{ $json.text }} } }`,
			`={{ $json.body }}`,
		];
		for (const [n, body] of bodies.entries()) {
			const item = { text: LONG, body: `{"metadata": {"number": ${LONG}}}` };
			const call = { ...CALL, ...withCustomKey(`n${n}`), path: '/v1/customers', body };
			const { success } = await fixture.run(call, [item]);
			expect(success).toMatchObject([{ metadata: { number: LONG } }]);
		}
		const additionalFields = { otherParameters: `{"metadata": {"number": ${LONG}}}` };
		const { success } = await fixture.run({ ...CHARGE, ...withCustomKey('n9'), additionalFields }, [{}]);
		expect(success).toMatchObject([{ metadata: { number: LONG } }]);
	});

	it.each([
		[
			'a body',
			{ ...CALL, path: '/v1/customers', body: '={"metadata": {"number": "{{ $json.number }}"} }' },
		],
		[
			'a body, without quotes',
			{ ...CALL, path: '/v1/customers', body: '={"metadata": {"number": {{ $json.number }} } }' },
		],
		[
			'a body that is an object',
			{ ...CALL, path: '/v1/customers', body: '={{ { metadata: { number: $json.number } } }}' },
		],
		[
			'metadata',
			{
				...CHARGE,
				additionalFields: { metadata: { entry: [{ key: 'a', value: '={{ $json.number }}' }] } },
			},
		],
		[
			'metadata, beside text',
			{
				...CHARGE,
				additionalFields: { metadata: { entry: [{ key: 'a', value: '=no. {{ $json.number }}' }] } },
			},
		],
		[
			'metadata that is an object',
			{
				...CHARGE,
				additionalFields: {
					metadata: { entry: [{ key: 'a', value: '={{ { n: [$json.number] } }}' }] },
				},
			},
		],
		['a description', { ...CHARGE, additionalFields: { description: '={{ $json.number }}' } }],
		['an amount', { ...CHARGE, amount: '={{ $json.number }}' }],
	])('that was rounded before it arrived is refused in %s', async (_what, parameters) => {
		const result = await fixture.run({ ...parameters, ...withCustomKey('n1') }, [
			{ number: Number(LONG) },
		]);
		expect(result.fix[0]?.error.message).toMatch(/too many digits to be exact/);
		expect(fixture.simulator.sends()).toEqual([]);
	});

	it.each(['1e400', '12345678901234567890e0', '1.2345678901234567e30'])(
		'that cannot be preserved, %s, is refused',
		async (number) => {
			const body = `{"metadata": {"number": ${number}}}`;
			await expectRefused(
				await fixture.run({ ...CALL, path: '/v1/customers', body }, [{}]),
				`Body (JSON) has the number ${number}, which cannot be stored exactly`,
			);
		},
	);

	it('numbers that a double can hold are unchanged', async () => {
		const body = '{"metadata": {"a": 10, "b": 10.50, "c": 1e3, "d": -0.1, "e": 1234567890123456}}';
		const { success } = await fixture.run({ ...CALL, path: '/v1/customers', body }, [{}]);
		expect(success).toMatchObject([
			{ metadata: { a: '10', b: '10.5', c: '1000', d: '-0.1', e: '1234567890123456' } },
		]);
	});
});

describe('the unit of an amount', () => {
	it('that was not selected keeps the workflow from starting', async () => {
		const { amountUnit: _none, ...charge } = CHARGE;
		await expect(fixture.run(charge, [{ order: '1' }])).rejects.toThrow(
			'Parameter "Amount Unit" is required',
		);
		expect(fixture.simulator.requests).toEqual([]);
	});

	it('that an expression does not return refuses its item', async () => {
		for (const unit of [undefined, null, '', ' ']) {
			const item = { order: '1', unit } as IDataObject;
			await expectRefused(
				await fixture.run({ ...CHARGE, amountUnit: '={{ $json.unit }}' }, [item]),
				'Amount Unit is an expression that returned no value',
			);
		}
	});

	it('is not required if Amount is empty', async () => {
		const { amountUnit: _none, ...refund } = REFUND;
		const paymentIntent = toLocator('id', await payment());
		const { success } = await fixture.run({ ...refund, paymentIntent }, [{}]);
		expect(success).toMatchObject([{ amount: 10_000 }]);
	});
});
