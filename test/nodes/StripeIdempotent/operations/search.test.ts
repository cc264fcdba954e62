import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { PAID } from '../../../simulator/client';
import { OrdersFixture, toLocator } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
let customer: string;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
	const { stripe } = fixture;
	customer = (await stripe.customers.create({ name: 'Ada "A" Smith', email: 'Ada@example.com' })).id;
	await stripe.customers.create({ name: 'Grace', email: 'grace@example.org' });
	const paid = { ...PAID, amount: 500, currency: 'eur', customer, metadata: { order_id: '1001' } };
	await stripe.paymentIntents.create(paid);
	const { id } = await stripe.invoices.create({ customer, currency: 'eur' });
	await stripe.invoices.finalizeInvoice(id, { auto_advance: false });
	fixture.simulator.advance(61_000);
});
afterAll(() => fixture.close());

async function search(resource: string, parameters: INodeParameters, item: IDataObject = {}) {
	fixture.forgetRequests();
	const { success, fix, error } = await fixture.run({ resource, operation: 'search', ...parameters }, [
		item,
	]);
	expect(error).toBeUndefined();
	const query = fixture.simulator.requests[0]?.params.query;
	return { success, query, refusal: fix[0]?.error };
}

const metadata = (key: string, value: string) => ({ metadata: { entry: [{ key, value }] } });

const FOUND: [resource: string, filters: INodeParameters, query: string][] = [
	['customer', { email: 'ADA@example.com' }, 'email:"ADA@example.com"'],
	['customer', { emailDomain: '@example.com' }, 'email~"@example.com"'],
	['customer', { nameContains: 'ada "a"' }, String.raw`name~"ada \"a\""`],
	[
		'charge',
		{ cardLastFour: '4242', status: 'succeeded' },
		'payment_method_details.card.last4:"4242" AND status:"succeeded"',
	],
	['paymentIntent', metadata('order_id', '1001'), 'metadata["order_id"]:"1001"'],
	['paymentIntent', { currency: 'EUR', status: 'succeeded' }, 'currency:"eur" AND status:"succeeded"'],
];

describe("people search without Stripe's search language", () => {
	it.each(FOUND)('%s: %j', async (resource, filters, query) => {
		expect(await search(resource, { filters })).toMatchObject({ query, success: [{}] });
	});

	it('an invoice is found by its number, and by customer and state', async () => {
		const [{ number, id } = {}] = (await fixture.stripe.invoices.list()).data;
		const byNumber = await search('invoice', { filters: { number: number! } });
		expect(byNumber).toMatchObject({ query: `number:"${number}"`, success: [{ id }] });
		const filters = { customer: toLocator('id', customer), status: 'open' };
		const byCustomer = await search('invoice', { filters });
		expect(byCustomer.query).toBe(`customer:"${customer}" AND status:"open"`);
	});

	it('times, switches and names are sent in Stripe’s notation', async () => {
		const times = { canceledAfter: '2026-11-01T00:00:00Z', canceledBefore: '2026-12-01T00:00:00Z' };
		expect((await search('subscription', { filters: { ...times, status: 'canceled' } })).query).toBe(
			'canceled_at>=1793491200 AND canceled_at<=1796083200 AND status:"canceled"',
		);
		const sold = {
			active: true,
			lookupKey: 'pro',
			product: toLocator('id', 'prod_1'),
			type: 'recurring',
		};
		expect((await search('price', { filters: sold })).query).toBe(
			'active:"true" AND lookup_key:"pro" AND product:"prod_1" AND type:"recurring"',
		);
	});

	it('filters and a custom query are combined', async () => {
		const { query } = await search('paymentIntent', {
			query: "amount>499 AND metadata['a']:'this OR that'",
			filters: { status: 'succeeded' },
		});
		expect(query).toBe(`amount>499 AND metadata['a']:'this OR that' AND status:"succeeded"`);
	});
});

describe('windows of time', () => {
	const window = {
		createdAfterExclusive: '2026-11-01T00:00:00Z',
		createdBeforeExclusive: '2026-12-01T00:00:00Z',
	};
	it('exclude their bounds if requested, in lists and in searches', async () => {
		fixture.forgetRequests();
		await fixture.run({ resource: 'charge', operation: 'getMany', filters: window }, [{}]);
		const created = { gt: '1793491200', lt: '1796083200' };
		expect(fixture.simulator.requests[0]!.params).toMatchObject({ created });
		expect((await search('charge', { filters: window })).query).toBe(
			'created>1793491200 AND created<1796083200',
		);
	});
});

describe('references of an object are included by a switch', () => {
	async function read(resource: string, operation: string, parameters: INodeParameters) {
		fixture.forgetRequests();
		const { success, fix } = await fixture.run({ resource, operation, ...parameters }, [{}]);
		expect(fix).toEqual([]);
		return { object: success[0]!, expand: fixture.simulator.requests[0]!.params.expand };
	}

	it('customer and fee, of one object and of each object of a list', async () => {
		const [charge] = (await fixture.stripe.charges.list()).data;
		const one = await read('charge', 'get', {
			charge: toLocator('id', charge!.id),
			includeCustomer: true,
			includeFee: true,
			options: { expand: 'customer' },
		});
		expect(one.expand).toEqual(['customer', 'balance_transaction']);
		expect(one.object).toMatchObject({ customer: { id: customer, email: 'Ada@example.com' } });
		const many = await read('paymentIntent', 'getMany', { includeFee: true });
		expect(many.expand).toEqual(['data.latest_charge.balance_transaction']);
		const found = await search('invoice', { filters: { status: 'paid' }, includeCustomer: true });
		expect(found.success).toMatchObject([{ customer: { name: 'Ada "A" Smith' } }]);
	});

	it('nothing is included if none is on', async () => {
		expect((await read('charge', 'getMany', {})).expand).toBeUndefined();
	});

	it('line items of a link', async () => {
		const { id: price } = await fixture.stripe.prices.create({
			currency: 'eur',
			unit_amount: 500,
			product_data: { name: 'Pro' },
		});
		await fixture.stripe.paymentLinks.create({ line_items: [{ price, quantity: 1 }] });
		const { expand } = await read('paymentLink', 'getMany', { includeLineItems: true });
		expect(expand).toEqual(['data.line_items']);
	});
});

describe('empty values are not searched for', () => {
	const emptyMetadata = { filters: metadata('order_id', '={{ $json.order }}') };
	it.each<[string, INodeParameters, words: RegExp]>([
		['no filter and no query', {}, /Query is empty, and no filter is filled in/],
		['a filter with nothing in it', { filters: { email: '' } }, /Query is empty/],
		[
			'an expression without a value',
			{ filters: { email: '={{ $json.email }}' } },
			/Email is an expression that returned no value/,
		],
		['metadata whose value is missing', emptyMetadata, /Metadata.* returned no value/],
		[
			'metadata without a value',
			{ filters: metadata('order_id', ' ') },
			/Metadata has no value for "order_id"/,
		],
		[
			'OR beside a filter',
			{ query: 'amount>1 or amount<0', filters: { email: 'a' } },
			/Query contains OR/,
		],
	])('%s', async (_name, parameters, words) => {
		const { refusal } = await search('customer', parameters);
		expect(refusal).toMatchObject({ outcome: 'refused' });
		expect(refusal?.message).toMatch(words);
		expect(fixture.simulator.requests).toEqual([]);
	});
});
