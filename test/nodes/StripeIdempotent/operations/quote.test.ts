import type { INodeParameters } from 'n8n-workflow';

import { OrdersFixture, toLocator, withCustomKey } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
let customer: string;
let once: string;
let monthly: string;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
	const card = 'pm_card_visa';
	const settings = { payment_method: card, invoice_settings: { default_payment_method: card } };
	customer = (await fixture.stripe.customers.create(settings)).id;
	const price = { currency: 'eur', unit_amount: 500, product_data: { name: 'Plan' } };
	once = (await fixture.stripe.prices.create(price)).id;
	monthly = (await fixture.stripe.prices.create({ ...price, recurring: { interval: 'month' } })).id;
});
beforeEach(() => fixture.forgetRequests());
afterAll(() => fixture.close());

let lastKey = 0;
const id = (value: string) => toLocator('id', value);
const at = (quote: string) => ({ quote: id(quote) });

async function run(operation: string, parameters: INodeParameters) {
	const key = withCustomKey(`decision ${(lastKey += 1)}`);
	const quoteRequest = { resource: 'quote', operation, simplify: false, ...key, ...parameters };
	const { success, fix } = await fixture.run(quoteRequest, [{}]);
	const sent = fixture.simulator.requests.findLast(({ method }) => method !== 'GET');
	return { items: success, item: success[0], error: fix[0]?.error, sent };
}

const offer = (price: string, more: INodeParameters = {}) =>
	run('create', {
		customer: id(customer),
		lineItems: { row: [{ price: id(price), quantity: 3 }] },
		...more,
	});
const create = async (price: string) => (await offer(price)).item!.id as string;

describe('a quote', () => {
	it('is created with its offer, and its entry in the metadata', async () => {
		const additionalFields = { description: 'Team', header: 'Offer', expiresAt: '2030-01-01' };
		const { item, sent } = await offer(once, { additionalFields });
		expect(item).toMatchObject({ status: 'draft', amount_total: 1500, description: 'Team' });
		expect(sent).toMatchObject({
			path: '/v1/quotes',
			params: {
				customer,
				line_items: [{ price: once, quantity: '3' }],
				header: 'Offer',
				expires_at: '1893456000',
				metadata: { n8n_entry: item!.idempotency.entryId },
			},
		});
	});

	it.each([
		['an invoice', () => once, 'invoice', /^in_/],
		['a subscription', () => monthly, 'subscription', /^sub_/],
	])('creates %s when it is accepted, once', async (_what, priceOf, field, pattern) => {
		const quote = await create(priceOf());
		expect((await run('accept', at(quote))).error?.message).toMatch(/You cannot accept a quote/);
		expect((await run('finalize', at(quote))).item).toMatchObject({ status: 'open' });
		const made = (await run('accept', { ...at(quote), keySource: 'object' })).item;
		expect(made).toMatchObject({ status: 'accepted', [field]: expect.stringMatching(pattern) as string });
		const again = (await run('accept', { ...at(quote), keySource: 'object' })).item;
		expect(again).toMatchObject({ [field]: made![field], idempotency: { alreadyDone: true } });
		const canceled = await run('cancel', { ...at(quote), keySource: 'object' });
		expect(canceled.error).toMatchObject({ outcome: 'conflict' });
	});

	it('is changed, cancelled, read and listed', async () => {
		const quote = await create(once);
		const changed = await run('update', { ...at(quote), additionalFields: { footer: 'Thanks' } });
		expect(changed.sent?.params).toEqual({ footer: 'Thanks' });
		expect((await run('get', at(quote))).item).toMatchObject({ footer: 'Thanks' });
		expect((await run('getLineItems', at(quote))).items).toMatchObject([{ amount_total: 1500 }]);
		expect((await run('cancel', at(quote))).item).toMatchObject({ status: 'canceled' });
		const listed = await run('getMany', { filters: { status: 'canceled', customer: id(customer) } });
		expect(listed.items).toMatchObject([{ id: quote }]);
	});

	it('for nothing, or without a price, is refused before it is sent', async () => {
		const nothing = await run('create', { customer: id(customer) });
		expect(nothing.error?.message).toMatch(/Line Items is empty/);
		const unpriced = await offer('={{ $json.price }}');
		expect(unpriced.error).toMatchObject({ outcome: 'refused' });
		expect(fixture.simulator.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
	});
});

describe('a schedule of a subscription', () => {
	const schedule = (operation: string, parameters: INodeParameters) =>
		run(operation, { resource: 'subscriptionSchedule', ...parameters });
	const subscribe = async () =>
		(await fixture.stripe.subscriptions.create({ customer, items: [{ price: monthly, quantity: 5 }] }))
			.id;
	const plan = async (subscription: string) =>
		(await schedule('create', { scheduleFor: 'subscription', subscription: id(subscription) })).item!
			.id as string;

	it('takes over its period and its seats, once, and only one may exist', async () => {
		const subscription = await subscribe();
		const { item } = await schedule('create', {
			scheduleFor: 'subscription',
			subscription: id(subscription),
		});
		expect(item).toMatchObject({
			status: 'active',
			phases: [{ items: [{ price: monthly, quantity: 5 }] }],
		});
		const second = await schedule('create', {
			scheduleFor: 'subscription',
			subscription: id(subscription),
		});
		expect(second.error?.message).toMatch(/already attached to a schedule/);
	});

	it('prevents it from being paused, and is cancelled with it', async () => {
		const subscription = await subscribe();
		const subscriptionSchedule = id(await plan(subscription));
		const pause = { whatStops: 'subscription', unusedTimeFrom: 'none' };
		const paused = await run('pause', {
			resource: 'subscription',
			subscription: id(subscription),
			...pause,
		});
		expect(paused.error?.message).toMatch(/schedule cannot be paused/);
		const ended = await schedule('cancel', { subscriptionSchedule });
		expect(ended.item).toMatchObject({ status: 'canceled' });
		expect(await fixture.stripe.subscriptions.retrieve(subscription)).toMatchObject({
			status: 'canceled',
		});
	});

	it('changes its plan with the next period', async () => {
		const subscription = await subscribe();
		const subscriptionSchedule = id(await plan(subscription));
		const [item] = (await fixture.stripe.subscriptions.retrieve(subscription)).items.data;
		const now = {
			items: [{ price: monthly, quantity: 5 }],
			start_date: item!.current_period_start,
			end_date: item!.current_period_end,
		};
		const phases = [now, { items: [{ price: monthly, quantity: 9 }] }];
		const otherParameters = JSON.stringify({ phases, end_behavior: 'release' });
		const { item: updated } = await schedule('update', {
			subscriptionSchedule,
			additionalFields: { otherParameters },
		});
		expect(updated?.phases).toMatchObject([
			{ end_date: item!.current_period_end },
			{ start_date: item!.current_period_end, items: [{ price: monthly }] },
		]);
	});

	it('that is released leaves it unchanged', async () => {
		const subscription = await subscribe();
		const subscriptionSchedule = id(await plan(subscription));
		const released = await schedule('release', { subscriptionSchedule });
		expect(released.item).toMatchObject({ status: 'released', released_subscription: subscription });
		expect(await fixture.stripe.subscriptions.retrieve(subscription)).toMatchObject({
			status: 'active',
			schedule: null,
		});
		const canceled = await schedule('cancel', { subscriptionSchedule, keySource: 'object' });
		expect(canceled.error).toMatchObject({ outcome: 'conflict' });
	});
});
