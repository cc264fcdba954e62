import type { INodeParameters } from 'n8n-workflow';

import { sampleRows } from '../../../crash/soak';
import { NO_REDIRECTS, PAID } from '../../../simulator/client';
import type { ParamMap } from '../../../simulator/form';
import type { OrdersOutputItem } from '../../fixtures/ordersFixture';
import { withCustomKey, toLocator, OrdersFixture } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

/** Objects that stand in Stripe before the node runs. */
interface CreatedObjects {
	customer: string;
	/** Not charged yet. */
	open: string;
	/** Authorized, not captured. */
	held: string;
	paid: string;
	charge: string;
	heldCharge: string;
	refund: string;
	/** Waiting for the customer's bank details: it can still be canceled. */
	waitingRefund: string;
}

async function createObjects(): Promise<CreatedObjects> {
	const { stripe } = fixture;
	const card = { payment_method: 'pm_card_visa', confirm: true };
	const money = { amount: 5000, currency: 'eur', ...NO_REDIRECTS };
	const customer = await stripe.customers.create({ email: 'ada@example.com', name: 'Ada' });
	const open = await stripe.paymentIntents.create({ ...money, payment_method: 'pm_card_visa' });
	const held = await stripe.paymentIntents.create({ ...money, ...card, capture_method: 'manual' });
	const paid = await stripe.paymentIntents.create({ ...money, ...card, customer: customer.id });
	const heldCharge = await stripe.charges.create({
		amount: 5000,
		currency: 'eur',
		source: 'tok_visa',
		capture: false,
	});
	const charge = paid.latest_charge as string;
	const refund = await stripe.refunds.create({ charge, amount: 100 });
	const returned = await stripe.paymentIntents.create({ ...money, ...card });
	const waitingRefund = await stripe.refunds.create({
		payment_intent: returned.id,
		instructions_email: 'ada@example.com',
	});
	fixture.forgetRequests();
	return {
		customer: customer.id,
		open: open.id,
		held: held.id,
		paid: paid.id,
		charge,
		heldCharge: heldCharge.id,
		refund: refund.id,
		waitingRefund: waitingRefund.id,
	};
}

interface Expected {
	parameters: INodeParameters;
	request: string;
	params: ParamMap;
	/** Fields of the item that leaves through Success. */
	item: Record<string, unknown>;
}

const metadata = (key: string, value: string) => ({ metadata: { entry: [{ key, value }] } });
const REDIRECTS_OFF = { automatic_payment_methods: { enabled: 'true', allow_redirects: 'never' } };

/** Writes: `takesMetadata` says whether the entry's id goes along. */
const WRITES: [operation: string, isMarked: boolean, row: (at: CreatedObjects) => Expected][] = [
	[
		'paymentIntent.create',
		true,
		({ customer }) => ({
			parameters: {
				amount: '19.99',
				amountUnit: 'major',
				currency: ' eur',
				confirm: true,
				customer: toLocator('list', customer),
				paymentMethod: 'pm_card_visa',
				additionalFields: {
					description: 'Order 1001',
					captureMethod: 'manual',
					...metadata('order_id', '1001'),
				},
			},
			request: 'POST /v1/payment_intents',
			params: {
				amount: '1999',
				currency: 'eur',
				confirm: 'true',
				customer,
				payment_method: 'pm_card_visa',
				description: 'Order 1001',
				capture_method: 'manual',
				...REDIRECTS_OFF,
				error_on_requires_action: 'true',
				metadata: { order_id: '1001' },
			},
			item: { object: 'payment_intent', status: 'requires_capture', amount: 1999, customer },
		}),
	],
	[
		'paymentIntent.confirm',
		false,
		({ open }) => ({
			parameters: {
				paymentIntent: toLocator('id', open),
				paymentMethod: 'pm_card_visa',
				additionalFields: { returnUrl: 'https://example.com/thanks', offSession: true },
			},
			request: `POST /v1/payment_intents/${open}/confirm`,
			params: {
				payment_method: 'pm_card_visa',
				return_url: 'https://example.com/thanks',
				off_session: 'true',
			},
			item: { id: open, status: 'succeeded' },
		}),
	],
	[
		'paymentIntent.capture',
		false,
		({ held }) => ({
			parameters: { paymentIntent: toLocator('id', held), amount: 4000, amountUnit: 'minor' },
			request: `POST /v1/payment_intents/${held}/capture`,
			params: { amount_to_capture: '4000' },
			item: { id: held, status: 'succeeded', amount_received: 4000 },
		}),
	],
	[
		'paymentIntent.cancel',
		false,
		({ open }) => ({
			parameters: {
				paymentIntent: toLocator('id', open),
				additionalFields: { cancellationReason: 'abandoned' },
			},
			request: `POST /v1/payment_intents/${open}/cancel`,
			params: { cancellation_reason: 'abandoned' },
			item: { id: open, status: 'canceled', cancellation_reason: 'abandoned' },
		}),
	],
	[
		'paymentIntent.update',
		false,
		({ open }) => ({
			parameters: {
				paymentIntent: toLocator('id', open),
				additionalFields: { description: 'Order 1001', receiptEmail: 'ada@example.com' },
			},
			request: `POST /v1/payment_intents/${open}`,
			params: { description: 'Order 1001', receipt_email: 'ada@example.com' },
			item: { id: open, description: 'Order 1001' },
		}),
	],
	[
		'refund.create',
		true,
		({ paid }) => ({
			parameters: {
				paymentIntent: toLocator('id', paid),
				amount: '1500',
				amountUnit: 'minor',
				reason: 'requested_by_customer',
				additionalFields: { instructionsEmail: 'ada@example.com' },
			},
			request: 'POST /v1/refunds',
			params: {
				payment_intent: paid,
				amount: '1500',
				reason: 'requested_by_customer',
				instructions_email: 'ada@example.com',
			},
			item: { object: 'refund', amount: 1500, payment_intent: paid },
		}),
	],
	[
		'refund.update',
		false,
		({ refund }) => ({
			parameters: {
				refund: toLocator('id', refund),
				additionalFields: metadata('order_id', '1001'),
			},
			request: `POST /v1/refunds/${refund}`,
			params: { metadata: { order_id: '1001' } },
			item: { id: refund },
		}),
	],
	[
		'refund.cancel',
		false,
		({ waitingRefund }) => ({
			parameters: { refund: toLocator('id', waitingRefund), keySource: 'object' },
			request: `POST /v1/refunds/${waitingRefund}/cancel`,
			params: {},
			item: { id: waitingRefund, status: 'canceled' },
		}),
	],
	[
		'customer.create',
		true,
		() => ({
			parameters: {
				additionalFields: {
					email: 'grace@example.com',
					name: 'Grace',
					otherParameters: '{ "preferred_locales": ["en", "de"], "balance": -500 }',
				},
			},
			request: 'POST /v1/customers',
			params: {
				email: 'grace@example.com',
				name: 'Grace',
				preferred_locales: ['en', 'de'],
				balance: '-500',
			},
			item: { object: 'customer', email: 'grace@example.com', balance: -500 },
		}),
	],
	[
		'customer.update',
		false,
		({ customer }) => ({
			parameters: {
				customer: toLocator('id', customer),
				additionalFields: { phone: '+49 30 1234567' },
			},
			request: `POST /v1/customers/${customer}`,
			params: { phone: '+49 30 1234567' },
			item: { id: customer, phone: '+49 30 1234567' },
		}),
	],
	[
		'customer.delete',
		false,
		({ customer }) => ({
			parameters: { yesDelete: true, customer: toLocator('id', customer) },
			request: `DELETE /v1/customers/${customer}`,
			params: {},
			item: { id: customer, deleted: true },
		}),
	],
	[
		'charge.capture',
		false,
		({ heldCharge }) => ({
			parameters: { charge: toLocator('id', heldCharge) },
			request: `POST /v1/charges/${heldCharge}/capture`,
			params: {},
			item: { id: heldCharge, captured: true, amount_captured: 5000 },
		}),
	],
	[
		'charge.update',
		false,
		({ charge }) => ({
			parameters: { charge: toLocator('id', charge), additionalFields: { description: 'Order 1001' } },
			request: `POST /v1/charges/${charge}`,
			params: { description: 'Order 1001' },
			item: { id: charge, description: 'Order 1001' },
		}),
	],
	[
		'customApiCall.request',
		true,
		() => ({
			parameters: {
				method: 'POST',
				path: '/v1/products',
				body: '{ "name": "Tea", "shippable": true }',
			},
			request: 'POST /v1/products',
			params: { name: 'Tea', shippable: 'true' },
			item: { object: 'product', name: 'Tea' },
		}),
	],
	[
		'customApiCall.request',
		false,
		({ customer }) => ({
			parameters: { method: 'DELETE', path: `/v1/customers/${customer}` },
			request: `DELETE /v1/customers/${customer}`,
			params: {},
			item: { id: customer, deleted: true },
		}),
	],
];

const parametersOf = (operation: string, { parameters }: Expected): INodeParameters => {
	const [resource = '', name = ''] = operation.split('.');
	return { resource, operation: name, simplify: false, ...withCustomKey('order 1001'), ...parameters };
};

/** But for the question whose key it is. */
const readRequests = () => fixture.simulator.requests.filter(({ path }) => path !== '/v1/account');
const sent = () => readRequests().map(({ method, path }) => `${method} ${path}`);

describe('writes are sent once, with their key', () => {
	it.each(sampleRows(3, WRITES))('%s', async (operation, isMarked, row) => {
		const expected = row(await createObjects());
		const result = await fixture.run(parametersOf(operation, expected), [{}]);

		expect(result.error).toBeUndefined();
		expect(result.success).toMatchObject([expected.item]);
		const request = fixture.simulator.requests.at(-1);
		// What nothing can undo is looked at first.
		expect(sent().filter((one) => !one.startsWith('GET'))).toEqual([expected.request]);
		const { key, entryId } = result.success[0]!.idempotency;
		expect(request!.key).toBe(key);
		expect(key).toBe(`n8n_${entryId}`);
		const marked = { metadata: { ...(expected.params.metadata as ParamMap), n8n_entry: entryId } };
		expect(request!.params).toEqual({ ...expected.params, ...(isMarked ? marked : {}) });
		if (request!.method === 'POST') {
			expect(request!.headers['content-type']).toBe('application/x-www-form-urlencoded');
		}

		const again = await fixture.run(parametersOf(operation, expected), [{}]);
		expect(again.success[0]).toMatchObject({ ...expected.item, idempotency: { key, replayed: true } });
		expect(sent().filter((one) => !one.startsWith('GET'))).toHaveLength(1);
	});
});

const READS: [operation: string, row: (at: CreatedObjects) => Expected][] = [
	[
		'paymentIntent.get',
		({ paid }) => ({
			parameters: { paymentIntent: toLocator('id', paid) },
			request: `GET /v1/payment_intents/${paid}`,
			params: {},
			item: { id: paid, object: 'payment_intent' },
		}),
	],
	[
		'paymentIntent.getMany',
		({ customer, paid }) => ({
			parameters: { filters: { customer: toLocator('list', customer) } },
			request: 'GET /v1/payment_intents',
			params: { customer, limit: '50' },
			item: { id: paid },
		}),
	],
	[
		'refund.get',
		({ refund }) => ({
			parameters: { refund: toLocator('id', refund) },
			request: `GET /v1/refunds/${refund}`,
			params: {},
			item: { id: refund, object: 'refund' },
		}),
	],
	[
		'refund.getMany',
		({ charge, refund }) => ({
			parameters: {
				limit: 7,
				filters: { charge: toLocator('url', `https://dashboard.stripe.com/test/payments/${charge}`) },
			},
			request: 'GET /v1/refunds',
			params: { charge, limit: '7' },
			item: { id: refund },
		}),
	],
	[
		'customer.get',
		({ customer }) => ({
			parameters: { customer: toLocator('id', customer) },
			request: `GET /v1/customers/${customer}`,
			params: {},
			item: { id: customer, email: 'ada@example.com' },
		}),
	],
	[
		'customer.getMany',
		({ customer }) => ({
			parameters: { filters: { email: 'ada@example.com' } },
			request: 'GET /v1/customers',
			params: { email: 'ada@example.com', limit: '50' },
			item: { id: customer },
		}),
	],
	[
		'charge.get',
		({ charge }) => ({
			parameters: { charge: toLocator('id', charge) },
			request: `GET /v1/charges/${charge}`,
			params: {},
			item: { id: charge, object: 'charge' },
		}),
	],
	[
		'charge.getMany',
		({ charge, paid }) => ({
			parameters: { filters: { paymentIntent: paid } },
			request: 'GET /v1/charges',
			params: { payment_intent: paid, limit: '50' },
			item: { id: charge },
		}),
	],
	[
		'customApiCall.request',
		({ customer }) => ({
			parameters: {
				method: 'GET',
				path: `/v1/customers/${customer}`,
				body: '{ "expand": ["default_source"] }',
			},
			request: `GET /v1/customers/${customer}`,
			params: { expand: ['default_source'] },
			item: { id: customer },
		}),
	],
];

describe('reads need no key and create no entry', () => {
	it.each(sampleRows(3, READS))('%s', async (operation, row) => {
		const expected = row(await createObjects());
		const parameters = { ...parametersOf(operation, expected), ledgerFile: '/nowhere/at/all' };
		const result = await fixture.run(parameters, [{}]);

		expect(result.error).toBeUndefined();
		expect(result.fix).toEqual([]);
		expect(result.success).toMatchObject([expected.item]);
		expect(result.success[0]).not.toHaveProperty('idempotency');
		expect(sent()).toEqual([expected.request]);
		expect(fixture.simulator.requests[0]).toMatchObject({ params: expected.params });
		expect(fixture.simulator.requests[0]!.key).toBeUndefined();
	});

	it.each([
		['paymentIntent', "status:'succeeded'"],
		['charge', 'amount>4999'],
		['customer', "email:'ada@example.com'"],
	])('%s.search', async (resource, query) => {
		await createObjects();
		fixture.simulator.advance(61_000);
		const { success } = await fixture.run({ resource, operation: 'search', query }, [{}]);
		expect(success.length).toBeGreaterThan(0);
		expect(fixture.simulator.requests[0]).toMatchObject({
			method: 'GET',
			params: { query, limit: '50' },
		});
	});
});

async function customers(count: number): Promise<string[]> {
	const ids: string[] = [];
	for (let n = 0; n < count; n++) ids.push((await fixture.stripe.customers.create()).id);
	fixture.forgetRequests();
	return ids;
}

const idsOf = (items: OrdersOutputItem[]) => items.map(({ id }) => id);

describe('many objects', () => {
	const many = { resource: 'customer', operation: 'getMany' };

	it('Return All reads page by page to the end, in Stripe’s order', async () => {
		const ids = await customers(230);
		const { success } = await fixture.run({ ...many, returnAll: true }, [{}]);
		expect(idsOf(success)).toEqual(ids.reverse());
		expect(fixture.simulator.requests.map(({ params }) => params)).toEqual([
			{ limit: '100' },
			{ limit: '100', starting_after: ids[99] },
			{ limit: '100', starting_after: ids[199] },
		]);
	});

	it('Limit requests no more than its number', async () => {
		const ids = await customers(120);
		const { success } = await fixture.run({ ...many, limit: 110 }, [{}]);
		expect(idsOf(success)).toEqual(ids.reverse().slice(0, 110));
		expect(fixture.simulator.requests.map(({ params }) => params.limit)).toEqual(['100', '10']);
	});

	it('filters by the time of creation', async () => {
		const filters = { createdAfter: '2026-11-24T10:40:00.000Z', createdBefore: '2026-11-25T00:00:00Z' };
		await fixture.run({ ...many, filters }, [{}]);
		const created = { gte: '1795516800', lte: '1795564800' };
		expect(fixture.simulator.requests[0]!.params).toEqual({ limit: '50', created });
	});

	it('each item returns its own objects, paired with it', async () => {
		const [first, second] = await customers(2);
		const { items } = await fixture.run({ ...many, operation: 'get', customer: '={{ $json.id }}' }, [
			{ id: first },
			{ id: second },
		]);
		expect(items[0]!.map(({ json, pairedItem }) => [json.id, pairedItem])).toEqual([
			[first, { item: 0 }],
			[second, { item: 1 }],
		]);
	});

	it('a search continues with Stripe’s token', async () => {
		await customers(130);
		fixture.simulator.advance(61_000);
		const search = { resource: 'customer', operation: 'search', query: 'created>0', returnAll: true };
		const { success } = await fixture.run(search, [{}]);
		expect(new Set(idsOf(success)).size).toBe(130);
		expect(fixture.simulator.requests.map(({ params }) => Object.keys(params))).toEqual([
			['query', 'limit'],
			['query', 'page', 'limit'],
		]);
	});

	it('a missing object leaves through Fix, and the message says what to correct', async () => {
		const get = { resource: 'customer', operation: 'get', customer: toLocator('id', 'cus_gone') };
		const { fix } = await fixture.run(get, [{ order: 1 }]);
		expect(fix[0]!.error).toMatchObject({
			outcome: 'rejected',
			statusCode: 404,
			code: 'resource_missing',
			retryable: false,
			nextStep: 'Correct the ID, filter or query, and run it again.',
		});
		expect(fix[0]!.error.message).toMatch(/^\[Item 0\] Stripe rejected the request: No such/);
	});
});

describe('an object is chosen', () => {
	const URLS = {
		paymentIntent: ['https://dashboard.stripe.com/test/payments/', 'paid'],
		charge: ['https://dashboard.stripe.com/acct_1032D82eZvKYlo2C/test/payments/', 'charge'],
		customer: ['https://dashboard.stripe.com/customers/', 'customer'],
		refund: ['https://dashboard.stripe.com/refunds/', 'refund'],
	} as const;

	it.each(Object.entries(URLS))(
		'%s: from the list, by ID, by URL, or as plain text',
		async (resource, at) => {
			const objects = await createObjects();
			const id = objects[at[1]];
			const ways = [
				toLocator('list', id),
				toLocator('id', ` ${id} `),
				toLocator('url', `${at[0]}${id}`),
				toLocator('url', `${at[0]}${id}?tab=events#logs`),
				id,
				toLocator('id', '={{ $json.id }}'),
			];
			for (const way of ways) {
				const { success } = await fixture.run({ resource, operation: 'get', [resource]: way }, [
					{ id },
				]);
				expect(success).toMatchObject([{ id }]);
			}
		},
	);
});

describe('amounts of an existing object', () => {
	const refund = { resource: 'refund', operation: 'create', ...withCustomKey('r1'), amountUnit: 'major' };

	it('a refund in major units reads the currency from Stripe', async () => {
		const { paid } = await createObjects();
		const { success } = await fixture.run(
			{ ...refund, paymentIntent: toLocator('id', paid), amount: '15.5' },
			[{}],
		);
		expect(success).toMatchObject([{ amount: 1550 }]);
		expect(sent()).toEqual([`GET /v1/payment_intents/${paid}`, 'POST /v1/refunds']);
	});

	it('a given Currency saves that read', async () => {
		const { charge } = await createObjects();
		const { success } = await fixture.run(
			{ ...refund, refundOf: 'charge', charge: toLocator('id', charge), amount: 15.5, currency: 'EUR' },
			[{}],
		);
		expect(success).toMatchObject([{ amount: 1550, charge }]);
		expect(sent()).toEqual(['POST /v1/refunds']);
		expect(readRequests()[0]!.params).not.toHaveProperty('currency');
	});

	it('an empty amount means all of it, and reads no currency', async () => {
		const { held } = await createObjects();
		const capture = { resource: 'paymentIntent', operation: 'capture', amountUnit: 'major' };
		const { success } = await fixture.run(
			{ ...capture, ...withCustomKey('c1'), paymentIntent: toLocator('id', held) },
			[{}],
		);
		expect(success).toMatchObject([{ amount_received: 5000 }]);
		expect(sent()).toEqual([
			`GET /v1/payment_intents/${held}`,
			`POST /v1/payment_intents/${held}/capture`,
		]);
	});

	it('a charge is captured in part, in major units', async () => {
		const { heldCharge } = await createObjects();
		const { success } = await fixture.run(
			{
				resource: 'charge',
				operation: 'capture',
				simplify: false,
				...withCustomKey('c1'),
				amountUnit: 'major',
				charge: toLocator('id', heldCharge),
				amount: '12.34',
			},
			[{}],
		);
		expect(success).toMatchObject([{ amount_captured: 1234 }]);
	});

	it('nothing is sent if the object does not exist', async () => {
		const { fix } = await fixture.run(
			{ ...refund, paymentIntent: toLocator('id', 'pi_gone'), amount: '15.5' },
			[{}],
		);
		expect(fix[0]!.error.message).toContain('Nothing was sent');
		expect(fix[0]!.error.nextStep).toBe('Correct the ID and run it again.');
		expect(fixture.simulator.sends()).toEqual([]);
	});
});

describe('a payment that is confirmed at once', () => {
	const create = {
		resource: 'paymentIntent',
		operation: 'create',
		amount: 500,
		amountUnit: 'minor',
		currency: 'EUR',
		...withCustomKey('p1'),
		confirm: true,
		paymentMethod: 'pm_card_visa',
	};
	const paramsOf = async (parameters: INodeParameters) => {
		await fixture.run(parameters, [{}]);
		return fixture.simulator.sends()[0]!.params;
	};

	it('accepts no payment method that redirects', async () => {
		expect(await paramsOf(create)).toMatchObject(REDIRECTS_OFF);
	});

	it.each<[string, INodeParameters]>([
		['a return URL', { returnUrl: 'https://example.com/thanks' }],
		[
			'allowed types, and a return URL',
			{ paymentMethodTypes: 'card, sepa_debit', returnUrl: 'https://example.com/thanks' },
		],
	])('unless there is %s', async (_what, additionalFields) => {
		expect(await paramsOf({ ...create, additionalFields })).not.toHaveProperty(
			'automatic_payment_methods',
		);
	});

	it('and neither does one that waits: Confirm can no longer set it', async () => {
		const params = await paramsOf({ ...create, confirm: false });
		expect(params).toMatchObject(REDIRECTS_OFF);
		expect(params).not.toHaveProperty('confirm');
	});
});

describe('options of the request', () => {
	const get = (at: CreatedObjects) => ({
		resource: 'paymentIntent',
		operation: 'get',
		paymentIntent: toLocator('id', at.paid),
	});

	it('Expand replaces references with their objects', async () => {
		const at = await createObjects();
		const options = { expand: 'customer, latest_charge' };
		const { success } = await fixture.run({ ...get(at), options }, [{}]);
		expect(success).toMatchObject([{ customer: { id: at.customer }, latest_charge: { id: at.charge } }]);
	});

	it('Expand works in lists as it does for one object', async () => {
		const at = await createObjects();
		const { success } = await fixture.run(
			{
				resource: 'paymentIntent',
				operation: 'getMany',
				options: { expand: 'customer' },
				filters: { customer: at.customer },
			},
			[{}],
		);
		expect(success).toMatchObject([{ id: at.paid, customer: { id: at.customer } }]);
	});

	it('Simplify keeps at most ten fields, besides formatted amounts, the link to the dashboard, and the idempotency of a write', async () => {
		const at = await createObjects();
		const read = await fixture.run(get(at), [{}]);
		expect(Object.keys(read.success[0]!)).toEqual([
			'id',
			'object',
			'status',
			'amount',
			'amount_major',
			'amount_received',
			'amount_received_major',
			'currency',
			'customer',
			'latest_charge',
			'created',
			'metadata',
			'dashboardUrl',
		]);
		const objects: [string, string][] = [
			['customer', at.customer],
			['charge', at.charge],
			['refund', at.refund],
		];
		for (const [resource, id] of objects) {
			const { success } = await fixture.run(
				{ resource, operation: 'get', [resource]: toLocator('id', id) },
				[{}],
			);
			const own = Object.keys(success[0]!).filter((name) => !name.endsWith('_major'));
			expect(own.length).toBeLessThanOrEqual(11);
			expect(success[0]!.id).toBe(id);
		}
		const write = await fixture.run(
			{
				resource: 'customer',
				operation: 'delete',
				yesDelete: true,
				customer: toLocator('id', at.customer),
				...withCustomKey('d1'),
			},
			[{}],
		);
		expect(write.success).toMatchObject([
			{ id: at.customer, deleted: true, idempotency: { state: 'succeeded' } },
		]);
	});

	it('API Version uses the selected version, and by default the one this package was built for', async () => {
		const at = await createObjects();
		await fixture.run(get(at), [{}]);
		await fixture.run({ ...get(at), options: { apiVersion: '2024-06-20' } }, [{}]);
		const versions = fixture.simulator.requests.map(({ apiVersion }) => apiVersion);
		expect(versions).toEqual(['2026-10-28.endive', '2024-06-20']);
	});

	it.each([
		['acct_branch'],
		[toLocator('list', 'acct_branch')],
		[toLocator('id', '={{ $json.account }}')],
		[toLocator('url', 'https://dashboard.stripe.com/test/connect/accounts/acct_branch/activity')],
	])('Stripe Account is selected, or written: %j', async (stripeAccount) => {
		const item = { account: 'acct_branch' };
		await fixture.run({ resource: 'customer', operation: 'getMany', options: { stripeAccount } }, [item]);
		const read = fixture.simulator.requests.find(({ path }) => path === '/v1/customers');
		expect(read?.stripeAccount).toBe('acct_branch');
	});

	it.each([
		[
			toLocator('url', 'https://dashboard.stripe.com/test/customers/cus_1'),
			/^\[Item 0\] .*Stripe Account/,
		],
		[toLocator('id', 'cus_1'), /^\[Item 0\] .*Stripe Account is "cus_1"/],
		[toLocator('id', '={{ $json.nothing }}'), /^\[Item 0\] .*Stripe Account/],
	])('an invalid Stripe Account is refused, and never ignored: %j', async (stripeAccount, words) => {
		const read = { resource: 'customer', operation: 'getMany', options: { stripeAccount } };
		const { fix } = await fixture.run(read, [{}]);
		expect(fix[0]?.error.message).toMatch(words);
		expect(fixture.simulator.requests).toEqual([]);
	});

	it('Stripe Account acts for a connected account, in reads, look-ups and writes', async () => {
		const connected = fixture.stripe.paymentIntents.create(
			{ ...PAID, amount: 5000, currency: 'eur' },
			{ stripeAccount: 'acct_branch' },
		);
		const paid = (await connected).id;
		fixture.forgetRequests();
		const options = { stripeAccount: 'acct_branch' };
		const refund = { resource: 'refund', operation: 'create', amountUnit: 'major', amount: '10' };
		const { success } = await fixture.run(
			{ ...refund, ...withCustomKey('r1'), paymentIntent: toLocator('id', paid), options },
			[{}],
		);
		expect(success).toMatchObject([{ amount: 1000 }]);
		expect(readRequests().map(({ stripeAccount }) => stripeAccount)).toEqual([
			'acct_branch',
			'acct_branch',
		]);
	});
});

it('Client secrets do not reach the output', async () => {
	const { open } = await createObjects();
	const { success } = await fixture.run(
		{ resource: 'paymentIntent', operation: 'get', paymentIntent: toLocator('id', open) },
		[{}],
	);
	expect(JSON.stringify(success)).not.toMatch(/_secret_/);
});
