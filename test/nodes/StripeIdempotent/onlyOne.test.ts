import { subscribe as listen, unsubscribe } from 'node:diagnostics_channel';

import type { INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import type { TraceMessage, TracePoint } from '../../../ledger/tracing';
import { CrashPlan } from '../../scenarios/crashPlan';
import { stripeAt } from '../../simulator/client';
import { NodeFixture, ONE_HOUR_MS } from '../fixtures/nodeFixture';
import type { NodeRun, RunSetup } from '../fixtures/nodeFixture';
import { toLocator } from '../fixtures/ordersFixture';

/** If Already Subscribed is Refuse: one subscription per customer and price, whoever creates it, and when. */

const JOURNEY = 'n8n-nodes-stripe-idempotent';
const DAY_MS = 24 * ONE_HOUR_MS;

let fixture: NodeFixture;
let customer: string;
let basic: string;
let pro: string;
const api = () => stripeAt(fixture.stripe, 'sk_test_operations');
beforeAll(async () => {
	fixture = await NodeFixture.start();
	[basic, pro] = await Promise.all([newPrice(1000), newPrice(3000)]);
});
afterAll(() => fixture.stop());
beforeEach(async () => {
	const settings = { invoice_settings: { default_payment_method: 'pm_card_visa' } };
	customer = (await api().customers.create(settings)).id;
});

async function newPrice(amount: number): Promise<string> {
	const price = { currency: 'eur', unit_amount: amount, product_data: { name: 'Plan' } };
	return (await api().prices.create({ ...price, recurring: { interval: 'month' } })).id;
}

let last = 0;
const newOrder = () => `subscription ${(last += 1)}`;
const id = (value: string) => toLocator('id', value);

function create(order: string, prices = [basic], more: INodeParameters = {}, how: RunSetup = {}) {
	const parameters: INodeParameters = {
		resource: 'subscription',
		operation: 'create',
		amount: '',
		paymentMethod: '',
		customer: id(customer),
		items: { row: prices.map((price) => ({ price: id(price) })) },
		collectionMethod: 'charge_automatically',
		ifAlreadySubscribed: 'refuse',
		...more,
	};
	return fixture.run([{ order }], { parameters, ...how });
}

const live = async () => (await api().subscriptions.list({ customer })).data.length;
const why = ({ fix, retry }: NodeRun) => [...fix, ...retry][0]?.json.error?.message as string | undefined;

it('of two concurrent orders that subscribe one customer to one price, one is created', async () => {
	const runs = await Promise.all([
		create(newOrder()),
		create(newOrder(), [pro, basic]),
		create(newOrder(), [basic, pro]),
	]);
	expect(runs.filter(({ success }) => success.length === 1)).toHaveLength(1);
	expect(await live()).toBe(1);
});

it('orders for different prices do not wait for each other', async () => {
	const runs = await Promise.all([create(newOrder()), create(newOrder(), [pro])]);
	expect(runs.map(why)).toEqual([undefined, undefined]);
});

it('a subscription created elsewhere counts, and one that has ended does not', async () => {
	const { id: elsewhere } = await api().subscriptions.create({ customer, items: [{ price: basic }] });
	const order = newOrder();
	expect(why(await create(order))).toContain(elsewhere);
	await api().subscriptions.cancel(elsewhere);
	expect(why(await create(order))).toBeUndefined();
});

describe('what counts as already subscribed', () => {
	const subscribe = (more: Partial<Stripe.SubscriptionCreateParams> = {}) =>
		api().subscriptions.create({ customer, items: [{ price: basic }], ...more });
	const update = async (change: Stripe.SubscriptionUpdateParams) =>
		api().subscriptions.update((await subscribe()).id, change);
	const pause = { pause_collection: { behavior: 'void' } } as const;
	const schedule = () =>
		api().subscriptionSchedules.create({
			customer,
			start_date: 'now',
			phases: [{ items: [{ price: basic }], duration: { interval: 'month', interval_count: 1 } }],
		});
	const decline = () =>
		api().customers.update(customer, {
			invoice_settings: { default_payment_method: 'pm_card_chargeDeclined' },
		});
	const endTrialUnpaid = async () => {
		const { id: trial } = await subscribe({ trial_period_days: 14 });
		await decline();
		expect(await api().subscriptions.update(trial, { trial_end: 'now' })).toMatchObject({
			status: 'past_due',
		});
	};
	const pauseWhole = async (of: string) =>
		expect(await api().subscriptions.pause(of, { type: 'subscription' })).toMatchObject({
			status: 'paused',
		});

	it.each<[string, () => Promise<unknown>]>([
		['a trial', () => subscribe({ trial_period_days: 14 })],
		['one whose first payment is still to come', async () => (await decline(), subscribe())],
		['one of which nothing is collected', () => update(pause)],
		['a subscription that is past due', endTrialUnpaid],
		['a paused subscription', async () => pauseWhole((await subscribe()).id)],
		['a subscription that ends with its period', () => update({ cancel_at_period_end: true })],
		['a subscription of a schedule that has started', schedule],
		['one with other prices beside', () => subscribe({ items: [{ price: pro }, { price: basic }] })],
	])('%s', async (_name, prepare) => {
		await prepare();
		expect(why(await create(newOrder()))).toMatch(/already has a subscription/);
	});

	it('one behind more ended ones than a page of the list holds', async () => {
		const { id: elsewhere } = await subscribe();
		for (let ended = 0; ended < 101; ended += 1) await api().subscriptions.cancel((await subscribe()).id);
		expect(why(await create(newOrder()))).toContain(elsewhere);
	});
});

it('a lost request is not resent once the customer is subscribed elsewhere, and one whose response was lost is', async () => {
	const [lost, heard] = [newOrder(), newOrder()];
	fixture.stripe.inject({ kind: 'resetBefore', match: { method: 'POST', path: '/v1/subscriptions' } });
	expect((await create(lost)).retry).toHaveLength(1);
	const { id: elsewhere } = await api().subscriptions.create({ customer, items: [{ price: basic }] });
	expect(why(await create(lost))).toContain(elsewhere);
	expect(await live()).toBe(1);
	fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'POST', path: '/v1/subscriptions' } });
	expect((await create(heard, [pro])).retry).toHaveLength(1);
	expect(why(await create(heard, [pro]))).toBeUndefined();
});

it('a lost request blocks other orders until its outcome is known', async () => {
	const [lost, other] = [newOrder(), newOrder()];
	fixture.stripe.inject({ kind: 'resetBefore', match: { method: 'POST', path: '/v1/subscriptions' } });
	expect((await create(lost)).retry).toHaveLength(1);
	const meanwhile = await create(other, [basic], {}, { options: { waitForBusySeconds: 0 } });
	expect(meanwhile.retry).toHaveLength(1);
	expect(await live()).toBe(0);
	expect(why(await create(lost))).toBeUndefined();
	expect(why(await create(other))).toMatch(/already has a subscription/);
	expect(await live()).toBe(1);
});

it('its own subscription, lost by the ledger, is found and not created again', async () => {
	const order = newOrder();
	const first = await create(order);
	fixture.time.advance(2 * DAY_MS);
	const lost = { ledgerFile: `${fixture.ledgerFile}.new` };
	const again = await create(order, [basic], lost);
	expect(again.success[0]?.json.id).toBe(first.success[0]?.json.id);
	expect(why(await create(newOrder(), [basic], lost))).toMatch(/already has a subscription/);
	expect(await live()).toBe(1);
});

it('Check Only reports that a run would be refused', async () => {
	const check = { options: { checkOnly: true } };
	const checkedOrder = async () => (await create(newOrder(), [basic], {}, check)).success[0]?.json.checked;
	expect(await checkedOrder()).toMatchObject({ answer: 'new' });
	await api().subscriptions.create({ customer, items: [{ price: basic }] });
	expect(await checkedOrder()).toMatchObject({ answer: 'conflict' });
	expect(await live()).toBe(1);
});

it('a declined subscription makes way for a different order', async () => {
	const settings = { default_payment_method: 'pm_card_chargeDeclined' };
	await api().customers.update(customer, { invoice_settings: settings });
	const careful = { additionalFields: { paymentBehavior: 'error_if_incomplete' } };
	expect((await create(newOrder(), [basic], careful)).fix).toHaveLength(1);
	await api().customers.update(customer, { invoice_settings: { default_payment_method: 'pm_card_visa' } });
	expect(why(await create(newOrder()))).toBeUndefined();
});

it('if Stripe cannot be queried nothing is created', async () => {
	const order = newOrder();
	fixture.stripe.inject({ kind: 'error503', times: 9, match: { method: 'GET', path: /subscriptions/ } });
	const { retry } = await create(order);
	fixture.stripe.clearFaults();
	expect(retry).toHaveLength(1);
	expect(await live()).toBe(0);
	expect(why(await create(order))).toBeUndefined();
});

it.each(['sending', 'answered', 'settling', 'settled'] as const)(
	'a worker killed at "%s" blocks other orders until its own outcome is known',
	async (point) => {
		const [mine, other] = [newOrder(), newOrder()];
		await runKilledAt(point, () => create(mine));
		fixture.time.advance(ONE_HOUR_MS);
		const meanwhile = await create(other, [basic], {}, { options: { waitForBusySeconds: 0 } });
		expect(meanwhile.success).toEqual([]);
		fixture.time.advance(4 * DAY_MS);
		expect(why(await create(mine))).toBeUndefined();
		expect(why(await create(other))).toMatch(/already has a subscription/);
		expect(await live()).toBe(1);
	},
);

it('a worker killed before it reserved the price has sent nothing: a different order goes first, and its own is refused', async () => {
	const [mine, other] = [newOrder(), newOrder()];
	await runKilledAt('claimed', () => create(mine));
	fixture.time.advance(ONE_HOUR_MS);
	expect(why(await create(other))).toBeUndefined();
	expect(why(await create(mine))).toMatch(/already has a subscription/);
	expect(await live()).toBe(1);
});

async function runKilledAt(point: TracePoint, work: () => Promise<NodeRun>): Promise<void> {
	const plan = new CrashPlan();
	let entry: string | undefined;
	const onTrace = (message: unknown) => {
		const traced = message as TraceMessage;
		if (entry === undefined) plan.schedule((entry = traced.entryId), point);
		if (traced.point === point) plan.reach(point, traced.entryId);
		if (plan.hasCrashed(entry))
			fixture.stripe.inject({ kind: 'resetBefore', times: Infinity, match: { path: /./ } });
	};
	listen(JOURNEY, onTrace);
	try {
		await work();
	} finally {
		unsubscribe(JOURNEY, onTrace);
		if (entry !== undefined) plan.finish(entry);
		plan.stop();
		fixture.stripe.clearFaults();
	}
}
