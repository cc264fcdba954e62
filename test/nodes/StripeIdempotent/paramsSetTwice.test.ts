import type { INodeParameters } from 'n8n-workflow';

import { CHARGE, OrdersFixture, toLocator, withCustomKey } from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
});
beforeEach(() => fixture.forgetRequests());
afterAll(() => fixture.close());

let lastKey = 0;

/** @param other what stands in Other Parameters */
function run(parameters: INodeParameters, other: object, more: INodeParameters = {}) {
	const additionalFields = { ...more, otherParameters: JSON.stringify(other) };
	const key = withCustomKey(`decision ${(lastKey += 1)}`);
	return fixture.run({ ...CHARGE, ...key, ...parameters, additionalFields }, [{}]);
}

const INVOICE = {
	resource: 'invoice',
	operation: 'create',
	customer: toLocator('id', 'cus_1'),
	collectionMethod: 'charge_automatically',
	pendingItems: 'include',
};

describe('a parameter that Other Parameters set differently from its own field', () => {
	it.each<[string, INodeParameters, object, INodeParameters, string]>([
		['an amount', {}, { amount: 5 }, {}, 'Amount'],
		['a customer', { customer: toLocator('id', 'cus_1') }, { customer: 'cus_2' }, {}, 'Customer'],
		['a payment that is not to be confirmed', { confirm: false }, { confirm: true }, {}, 'Confirm'],
		['an additional field', {}, { on_behalf_of: 'acct_2' }, { onBehalfOf: 'acct_1' }, 'On Behalf Of'],
		[
			'a part of an object',
			{},
			{ transfer_data: { destination: 'acct_2' } },
			{ transferDestination: 'acct_1' },
			'a field of its own',
		],
		[
			'a parameter with a field under a different name',
			INVOICE,
			{ pending_invoice_items_behavior: 'exclude' },
			{},
			'Pending Items',
		],
		[
			'a charge, marked as paid elsewhere',
			{
				resource: 'invoice',
				operation: 'pay',
				invoice: toLocator('id', 'in_1'),
				paidOutsideStripe: false,
			},
			{ paid_out_of_band: true },
			{},
			'Paid Outside Stripe',
		],
		[
			'the items of a plan',
			{
				resource: 'subscription',
				operation: 'changePlan',
				subscription: toLocator('id', 'sub_1'),
				price: toLocator('id', 'price_1'),
				quantity: '',
				changeWhen: 'none',
			},
			{ items: [{ price: 'price_1' }, { price: 'price_2' }] },
			{},
			'a field of its own',
		],
		[
			'an object that would replace the values of its fields',
			{
				resource: 'meterEvent',
				operation: 'create',
				eventName: toLocator('name', 'calls'),
				customer: toLocator('id', 'cus_1'),
				value: '25',
			},
			{ payload: { customer: 'cus_2' } },
			{},
			'Other Payload',
		],
		[
			'a key of the metadata',
			{},
			{ metadata: { order: '2' } },
			{ metadata: { entry: [{ key: 'order', value: '1' }] } },
			'Metadata',
		],
	])('is refused by both names, before any call: %s', async (_what, parameters, other, fields, label) => {
		const { fix } = await run(parameters, other, fields);
		expect(fix[0]?.error).toMatchObject({
			outcome: 'refused',
			message: `[Item 0] Other Parameters (JSON) has "${Object.keys(other)[0]}", and ${label} says something else.`,
		});
		expect(fixture.simulator.requests).toEqual([]);
	});
});

describe('a parameter in Other Parameters that would drop a field', () => {
	const sentAfterDays = {
		resource: 'invoice',
		operation: 'create',
		customer: toLocator('id', 'cus_1'),
		collectionMethod: 'send_invoice',
		daysUntilDue: 14,
		pendingItems: 'include',
	};

	it('is refused by both names, before any call', async () => {
		const { fix } = await run(sentAfterDays, { due_date: 1_900_000_000 });
		expect(fix[0]?.error).toMatchObject({
			outcome: 'refused',
			message:
				'[Item 0] Other Parameters (JSON) has "due_date", and with it Days Until Due would not be sent.',
		});
		expect(fixture.simulator.requests).toEqual([]);
	});

	it('is itself a field that replaces the other', async () => {
		const dueDate = '2030-01-01T00:00:00Z';
		const customer = toLocator('id', (await fixture.stripe.customers.create()).id);
		const { success } = await run({ ...sentAfterDays, customer }, {}, { dueDate });
		expect(success).toMatchObject([{ status: 'draft' }]);
		expect(fixture.simulator.sends()[0]?.params).not.toHaveProperty('days_until_due');
	});
});

describe('a parameter that Other Parameters add', () => {
	it.each<[string, object, INodeParameters, object]>([
		['that no field sets', { description: 'x' }, {}, { description: 'x' }],
		['that a field sets to the same value', { amount: 1999, currency: 'eur' }, {}, { amount: '1999' }],
		[
			'to an object',
			{ metadata: { order: '2' } },
			{ metadata: { entry: [{ key: 'shop', value: '1' }] } },
			{ metadata: { order: '2', shop: '1' } },
		],
	])('is sent: %s', async (_what, other, fields, sent) => {
		const { success } = await run({}, other, fields);
		expect(success).toHaveLength(1);
		expect(fixture.simulator.sends()[0]?.params).toMatchObject(sent);
	});
});

it('a customer fixed by a person is not replaced by a model, in any field it can fill in', async () => {
	const tool = {
		...CHARGE,
		...withCustomKey('m'),
		amount: '500',
		currency: 'EUR',
		paymentMethod: 'pm_card_visa',
		customer: toLocator('id', 'cus_1'),
		additionalFields: { otherParameters: "={{ $fromAI('more', '', 'string') }}" },
		options: { requireToken: false },
	};
	const more = '{"customer": "cus_2"}';
	const { answers } = await fixture.asTool(tool, { more, customer: 'cus_2' });
	expect(answers[0]!.items).toMatchObject([{ outcome: 'refused' }]);
	expect(fixture.simulator.requests).toEqual([]);
});
