import type { INodeParameters } from 'n8n-workflow';

import { OrdersFixture, toLocator, withCustomKey } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
let own: Record<'customer' | 'payment' | 'charge' | 'invoice' | 'refund', string>;
let other: typeof own;

/** A customer with a payment of 19.99 EUR, of which 1.00 EUR was refunded, and a draft invoice. */
async function createCustomer(): Promise<typeof own> {
	const { stripe } = fixture;
	const { id: customer } = await stripe.customers.create();
	const payment = await stripe.paymentIntents.create({
		amount: 1999,
		currency: 'eur',
		customer,
		payment_method: 'pm_card_visa',
		confirm: true,
		return_url: 'https://example.com',
	});
	const refund = await stripe.refunds.create({ payment_intent: payment.id, amount: 100 });
	const invoice = await stripe.invoices.create({ customer });
	const charge = payment.latest_charge as string;
	return { customer, payment: payment.id, charge, invoice: invoice.id, refund: refund.id };
}

beforeAll(async () => {
	fixture = await OrdersFixture.open();
	own = await createCustomer();
	other = await createCustomer();
});
afterAll(() => fixture.close());

const limitedTo = (onlyCustomer: unknown, parameters: INodeParameters): INodeParameters => ({
	...parameters,
	options: { onlyCustomer, requireToken: false } as never,
});
const get = (resource: string, id: string): INodeParameters => ({
	resource,
	operation: 'get',
	[resource]: toLocator('id', id),
});
const list = (resource: string, filters: INodeParameters = {}): INodeParameters => ({
	resource,
	operation: 'getMany',
	returnAll: true,
	filters,
});
const call = (method: string, path: string, body = '{}'): INodeParameters => ({
	resource: 'customApiCall',
	operation: 'request',
	method,
	path,
	body,
	...(method === 'GET' ? {} : withCustomKey('one')),
});

const READS: [string, (of: typeof own) => INodeParameters][] = [
	['the customer', ({ customer }) => get('customer', customer)],
	['a payment', ({ payment }) => get('paymentIntent', payment)],
	['a charge', ({ charge }) => get('charge', charge)],
	['an invoice', ({ invoice }) => get('invoice', invoice)],
	['a refund', ({ refund }) => get('refund', refund)],
	[
		'the lines of an invoice',
		({ invoice }) => ({ resource: 'invoice', operation: 'getLines', invoice: toLocator('id', invoice) }),
	],
	['a payment, by a custom call', ({ payment }) => call('GET', `/v1/payment_intents/${payment}`)],
	[
		'payments, by a custom call',
		({ customer }) => call('GET', '/v1/payment_intents', `{"customer": "${customer}"}`),
	],
	[
		'the balance, by a custom call',
		({ customer }) => call('GET', `/v1/customers/${customer}/balance_transactions`),
	],
	[
		'the list of their payments',
		({ customer }) => list('paymentIntent', { customer: toLocator('id', customer) }),
	],
];

describe('a tool that is limited to one customer', () => {
	it.each(READS)('reads %s of that customer, and of no other', async (_what, read) => {
		const theirs = await fixture.run(limitedTo(own.customer, read(own)), [{}]);
		expect(theirs.fix).toEqual([]);
		const { success, fix, retry } = await fixture.run(limitedTo(own.customer, read(other)), [{}]);
		expect([success, retry]).toEqual([[], []]);
		expect(fix).toMatchObject([{ error: { outcome: 'blocked' } }]);
		expect(JSON.stringify(fix)).not.toContain('"amount"');
	});

	it.each(['paymentIntent', 'charge', 'invoice'])('lists no %s of another customer', async (resource) => {
		const { success } = await fixture.run(limitedTo(own.customer, list(resource)), [{}]);
		expect(success.map(({ customer }) => customer)).toEqual([own.customer]);
	});

	it.each<[string, INodeParameters]>([
		['customers', list('customer')],
		['refunds', list('refund')],
		['events', list('event')],
		['the balance', { resource: 'balance', operation: 'get' }],
		['payouts', list('payout')],
		['all customers, by a custom call', call('GET', '/v1/customers')],
		['all payments, by a custom call', call('GET', '/v1/payment_intents')],
		[
			'customers, by a search',
			call('GET', '/v1/customers/search', '{"query": "email:\\"a@example.com\\""}'),
		],
		['a report', { resource: 'account', operation: 'findDuplicates' }],
	])('does not read %s', async (_what, parameters) => {
		const { success, retry } = await fixture.run(limitedTo(own.customer, parameters), [{}]);
		expect([success, retry]).toEqual([[], []]);
	});

	it.each<[string, (of: typeof own) => INodeParameters]>([
		[
			'refunds a payment',
			({ payment }) => ({
				resource: 'refund',
				operation: 'create',
				refundOf: 'paymentIntent',
				paymentIntent: toLocator('id', payment),
				amount: 100,
				amountUnit: 'minor',
			}),
		],
		[
			'refunds, by a custom call,',
			({ charge }) => call('POST', '/v1/refunds', `{"charge": "${charge}", "amount": 100}`),
		],
		[
			'changes the customer',
			({ customer }) => call('POST', `/v1/customers/${customer}`, '{"description": "x"}'),
		],
		[
			'changes an invoice',
			({ invoice }) => call('POST', `/v1/invoices/${invoice}`, '{"description": "x"}'),
		],
		[
			'adds to the next invoice',
			({ customer }) =>
				call(
					'POST',
					'/v1/invoiceitems',
					`{"customer": "${customer}", "amount": 100, "currency": "eur"}`,
				),
		],
	])('%s of that customer, and of no other', async (what, change) => {
		const key = (of: string) => withCustomKey(`${what} ${of}`);
		const theirs = await fixture.run(limitedTo(own.customer, { ...change(own), ...key('own') }), [{}]);
		expect(theirs.fix).toEqual([]);
		const before = fixture.simulator.sends().length;
		const { fix } = await fixture.run(limitedTo(own.customer, { ...change(other), ...key('other') }), [
			{},
		]);
		expect(fix).toMatchObject([{ error: { outcome: 'blocked' } }]);
		expect(fixture.simulator.sends()).toHaveLength(before);
	});

	it.each(['', ' ', '={{ $json.missing }}', '={{ null }}', 'cus_1/../cus_2', 7])(
		'reads nothing if it contains %j',
		async (written) => {
			const { success, fix } = await fixture.run(limitedTo(written, get('customer', own.customer)), [
				{},
			]);
			expect([success.length, fix.length]).toEqual([0, 1]);
		},
	);

	it('cannot be filled in by a model', async () => {
		const parameters = limitedTo("={{ $fromAI('customer') }}", get('customer', other.customer));
		const { answers } = await fixture.asTool(parameters, { customer: other.customer });
		expect(JSON.stringify(answers)).toMatch(/filled in by the model/);
	});
});

it('a conflict with an entry of a different customer reveals nothing of it', async () => {
	const charge = (customer: string, amount: number): INodeParameters => ({
		...withCustomKey('the same number'),
		resource: 'paymentIntent',
		operation: 'create',
		amount,
		amountUnit: 'minor',
		currency: 'eur',
		customer: toLocator('id', customer),
		paymentMethod: 'pm_card_visa',
	});
	expect((await fixture.run(charge(other.customer, 4321), [{}])).success).toHaveLength(1);
	const limited = await fixture.run(limitedTo(own.customer, charge(own.customer, 100)), [{}]);
	expect(limited.fix).toMatchObject([{ error: { outcome: 'blocked' } }]);
	expect(JSON.stringify(limited.fix)).not.toMatch(new RegExp(`4321|43\\.21|${other.customer}|pi_`));
	const checked = limitedTo(own.customer, charge(own.customer, 100));
	const check = await fixture.run(
		{ ...checked, options: { ...(checked.options as object), checkOnly: true } },
		[{}],
	);
	expect(JSON.stringify(check.success)).not.toMatch(new RegExp(`4321|43\\.21|${other.customer}`));
	const theirs = await fixture.run(limitedTo(other.customer, charge(other.customer, 100)), [{}]);
	expect(theirs.fix).toMatchObject([{ error: { outcome: 'conflict' } }]);
});
