import type { INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import { stripeAt } from '../../simulator/client';
import { runKilledAt } from '../fixtures/killedAt';
import { NodeFixture } from '../fixtures/nodeFixture';
import type { NodeRun } from '../fixtures/nodeFixture';
import { toLocator } from '../fixtures/ordersFixture';

/** What is held against a limit although its request names no amount. */

let fixture: NodeFixture;
let customer: string;
let basic: string;
let pro: string;
let yearly: string;
const api = () => stripeAt(fixture.stripe, 'sk_test_operations');
beforeAll(async () => {
	fixture = await NodeFixture.start();
	[basic, pro, yearly] = await Promise.all([newPrice(1000), newPrice(3000), newPrice(9900, 'year')]);
});
afterAll(() => fixture.stop());
beforeEach(async () => {
	const settings = { invoice_settings: { default_payment_method: 'pm_card_visa' } };
	customer = (await api().customers.create(settings)).id;
	fixture.stripe.requests.length = 0;
});

async function newPrice(amount: number, interval: 'month' | 'year' = 'month'): Promise<string> {
	const price = { currency: 'eur', unit_amount: amount, product_data: { name: 'Plan' } };
	return (await api().prices.create({ ...price, recurring: { interval } })).id;
}

const id = (value: string) => toLocator('id', value);
const none = { amount: '', paymentMethod: '' };
let order = 0;
const newOrder = () => `order ${(order += 1)}`;

interface Job {
	parameters: INodeParameters;
	/** What it comes to, in words. */
	due: string;
	below: string;
	path: RegExp;
}

async function newInvoice(): Promise<string> {
	const invoice = await api().invoices.create({ customer, currency: 'eur' });
	await api().invoices.addLines(invoice.id, { lines: [{ amount: 5000, description: 'Work' }] });
	await api().invoices.finalizeInvoice(invoice.id);
	return invoice.id;
}

const change = (of: string, price = pro, changeWhen = 'always_invoice'): INodeParameters => ({
	resource: 'subscription',
	operation: 'changePlan',
	...none,
	subscription: id(of),
	price: id(price),
	quantity: '',
	changeWhen,
});
const subscribe = async (quantity = 2) =>
	(await api().subscriptions.create({ customer, items: [{ price: basic, quantity }] })).id;

const JOBS: Record<string, () => Promise<Job>> = {
	'an invoice that is paid': async () => ({
		parameters: { resource: 'invoice', operation: 'pay', ...none, invoice: id(await newInvoice()) },
		due: '50.00 EUR',
		below: '49.99 EUR',
		path: /pay$/,
	}),
	'a new subscription': async () => ({
		parameters: {
			resource: 'subscription',
			operation: 'create',
			...none,
			customer: id(customer),
			items: { row: [{ price: id(basic), quantity: 2 }] },
			collectionMethod: 'charge_automatically',
			ifAlreadySubscribed: 'refuse',
		},
		due: '20.00 EUR',
		below: '19.99 EUR',
		path: /^\/v1\/subscriptions$/,
	}),
	'a change of plan': async () => ({
		parameters: change(await subscribe()),
		due: '40.00 EUR',
		below: '39.99 EUR',
		path: /^\/v1\/subscriptions\/sub_/,
	}),
};

function run(parameters: INodeParameters, of: string, options: INodeParameters = {}): Promise<NodeRun> {
	return fixture.run([{ order: of }], { parameters, options });
}

const sent = (path: RegExp) =>
	fixture.stripe.sends().filter((one) => path.test(one.path) && one.key?.startsWith('n8n_'));
const why = ({ fix, retry }: NodeRun) => [...fix, ...retry][0]?.json.error?.message as string | undefined;

describe.each(Object.entries(JOBS))('%s under a limit', (_name, prepare) => {
	it('is sent up to the limit, to the minor unit, and refused above it with both amounts', async () => {
		const { parameters, due, below, path } = await prepare();
		const of = newOrder();
		const above = await run(parameters, of, { chargeAtMostPerItem: below });
		expect(why(above)).toContain(`would come to ${due}, but Charge at Most per Item is ${below}`);
		expect(sent(path)).toEqual([]);
		const within = await run(parameters, of, { chargeAtMostPerRun: due });
		expect(why(within)).toBeUndefined();
		expect(sent(path)).toHaveLength(1);
	});

	it('in a currency that the limit does not list is refused', async () => {
		const { parameters, path } = await prepare();
		const { fix } = await run(parameters, newOrder(), { chargeAtMostPerItem: '900 USD' });
		expect(fix).toMatchObject([{ json: { error: { outcome: 'blocked' } } }]);
		expect(sent(path)).toEqual([]);
	});

	it('is not sent if Stripe does not reveal its amount', async () => {
		const { parameters, due, path } = await prepare();
		const of = newOrder();
		fixture.stripe.inject({
			kind: 'error503',
			times: 2,
			match: { path: /create_preview|invoices\/in_/ },
		});
		const { retry } = await run(parameters, of, { chargeAtMostPerItem: due });
		fixture.stripe.clearFaults();
		expect(retry).toHaveLength(1);
		expect(sent(path)).toEqual([]);
		expect(why(await run(parameters, of, { chargeAtMostPerItem: due }))).toBeUndefined();
	});

	it('whose response was lost is repeated as it was first calculated', async () => {
		const { parameters, due, path } = await prepare();
		const of = newOrder();
		fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'POST', path } });
		const first = await run(parameters, of, { chargeAtMostPerItem: due });
		expect(first.retry).toHaveLength(1);
		fixture.stripe.requests.length = 0;
		const { success } = await run(parameters, of, { chargeAtMostPerItem: due });
		expect(success).toHaveLength(1);
		expect(fixture.stripe.requests.filter((one) => one.path.endsWith('create_preview'))).toEqual([]);
	});

	it.each(['claiming', 'claimed', 'answered'] as const)(
		'has one effect if the worker is killed: %s',
		async (point) => {
			const { parameters, due, path } = await prepare();
			const of = newOrder();
			await runKilledAt(fixture, point, () => run(parameters, of, { chargeAtMostPerItem: due }));
			const last = await run(parameters, of, { chargeAtMostPerItem: due });
			expect(why(last)).toBeUndefined();
			const done = sent(path).filter(({ status, replayed }) => status === 200 && !replayed);
			expect(done).toHaveLength(1);
		},
	);
});

it('a draft is not paid under a limit: it can still grow', async () => {
	const draft = await api().invoices.create({ customer, currency: 'eur' });
	const pay = { resource: 'invoice', operation: 'pay', ...none, invoice: id(draft.id) };
	expect(why(await run(pay, newOrder(), { chargeAtMostPerItem: '9 EUR' }))).toMatch(/is a draft/);
});

/** What somebody else changes, with what the change of plan comes to then. */
const MEANWHILE: [string, (of: Stripe.Subscription) => Promise<unknown>, RegExp][] = [
	[
		'its quantity',
		async ({ id: of, items }) =>
			api().subscriptions.update(of, {
				items: [{ id: items.data[0]!.id, quantity: 20 }],
				proration_behavior: 'none',
			}),
		/would come to 400\.00 EUR/,
	],
	[
		'its price',
		async ({ id: of, items }) =>
			api().subscriptions.update(of, {
				items: [{ id: items.data[0]!.id, price: await newPrice(500), quantity: 2 }],
				proration_behavior: 'none',
			}),
		/would come to 50\.00 EUR/,
	],
	[
		'its latest invoice alone',
		async ({ id: of, items }) => {
			const item = items.data[0]!.id;
			const now = { proration_behavior: 'always_invoice' } as const;
			await api().subscriptions.update(of, { items: [{ id: item, quantity: 20 }], ...now });
			await api().subscriptions.update(of, {
				items: [{ id: item, quantity: 2 }],
				proration_behavior: 'none',
			});
		},
		/^$/,
	],
];

it.each(MEANWHILE)(
	'a subscription whose %s was changed between the preview and the send is not sent, and calculated again later',
	async (_what, changeIt, later) => {
		const subscription = await subscribe();
		const of = newOrder();
		const stop = fixture.stripe.onPoint(async ({ name, request }) => {
			if (name !== 'executed' || !request.path.endsWith('create_preview')) return;
			stop();
			await changeIt(await api().subscriptions.retrieve(subscription));
		});
		const first = await run(change(subscription), of, { chargeAtMostPerItem: '40 EUR' });
		expect(why(first)).toMatch(/changed after it was read/);
		expect(sent(/^\/v1\/subscriptions\/sub_/)).toEqual([]);
		const second = await run(change(subscription), of, { chargeAtMostPerItem: '40 EUR' });
		expect(why(second) ?? '').toMatch(later);
		expect(why(await run(change(subscription), of, { chargeAtMostPerItem: '999 EUR' }))).toBeUndefined();
	},
);

it('a change refused by a limit is calculated again once the limit is raised, with the seats of that day', async () => {
	const subscription = await subscribe();
	const of = newOrder();
	await run(change(subscription), of, { chargeAtMostPerItem: '1 EUR' });
	const { items } = await api().subscriptions.retrieve(subscription);
	await api().subscriptions.update(subscription, {
		items: [{ id: items.data[0]!.id, quantity: 3 }],
		proration_behavior: 'none',
	});
	expect(why(await run(change(subscription), of, { chargeAtMostPerItem: '59.99 EUR' }))).toMatch(
		/60\.00 EUR/,
	);
	const { success } = await run(change(subscription), of, { chargeAtMostPerItem: '60 EUR' });
	expect(success).toHaveLength(1);
	expect((await api().subscriptions.retrieve(subscription)).items.data[0]).toMatchObject({ quantity: 3 });
});

it.each<[string, () => string, string, string]>([
	['amounts on the next invoice count', () => pro, 'create_prorations', '40.00 EUR on the next invoice'],
	['nothing counts if nothing is prorated', () => pro, 'none', 'today 0.00 EUR'],
	[
		'a different interval is charged at once, whatever is selected',
		() => yearly,
		'none',
		'today 198.00 EUR',
	],
])('of a change of plan %s', async (_what, price, changeWhen, due) => {
	const parameters = change(await subscribe(), price(), changeWhen);
	await run(parameters, newOrder(), { chargeAtMostPerItem: '500 EUR' });
	const [entry] = await fixture.entries();
	expect(entry?.expectation?.inWords).toMatch(new RegExp(`^${due}, then`));
});

it.each(['create_prorations', 'none'])(
	'from free to paid is charged at once, and compared with the limit: %s',
	async (changeWhen) => {
		const items = [{ price: await newPrice(0) }];
		const { id: subscription } = await api().subscriptions.create({ customer, items });
		const parameters = { ...change(subscription, pro, changeWhen), chargeAtMost: '29.99 EUR' };
		expect(why(await run(parameters, newOrder()))).toContain('would come to 30.00 EUR');
		expect(sent(/^\/v1\/subscriptions\/sub_/)).toEqual([]);
		const { success } = await run({ ...parameters, chargeAtMost: '30 EUR' }, newOrder());
		expect(success[0]?.json.idempotency).toMatchObject({ paymentState: 'paid' });
	},
);

it('the time of the preview is that of the change', async () => {
	await run(change(await subscribe()), newOrder(), { chargeAtMostPerItem: '500 EUR' });
	const preview = fixture.stripe.requests.find(({ path }) => path.endsWith('create_preview'));
	const [update] = sent(/^\/v1\/subscriptions\/sub_/);
	const { proration_date: date, items } = preview!.params.subscription_details as Record<string, unknown>;
	expect(date).toMatch(/^\d{10}$/);
	expect(update?.params).toMatchObject({ proration_date: date, items });
	const [entry] = await fixture.entries();
	expect(entry?.expectation).toMatchObject({
		spend: { operation: 'subscription.changePlan', amount: 4000, currency: 'eur', customer },
		inWords: 'today 40.00 EUR, then 60.00 EUR a month',
	});
});

describe('Charge at Most of a change of plan', () => {
	const upTo = (of: string, chargeAtMost: string) => ({ ...change(of), chargeAtMost });

	it('refuses amounts above it with both amounts and the next step, and sends amounts up to it', async () => {
		const subscription = await subscribe();
		const of = newOrder();
		const above = await run(upTo(subscription, '39.99 EUR'), of);
		expect(why(above)).toContain('would come to 40.00 EUR, but Charge at Most is 39.99 EUR');
		expect(above.fix[0]?.json).toMatchObject({
			error: {
				outcome: 'blocked',
				nextStep: 'Check the amount. If it is right, raise the limit and run it again.',
			},
			idempotency: { sends: 0, inWords: 'today 40.00 EUR, then 60.00 EUR a month' },
		});
		const { success } = await run(upTo(subscription, '40 EUR'), of);
		expect(success[0]?.json.idempotency).toMatchObject({ paymentState: 'paid' });
		expect(success[0]?.json.idempotency).not.toHaveProperty('warning');
	});

	it('warns if the invoice was higher, although the preview was below', async () => {
		const subscription = await subscribe();
		const stop = fixture.stripe.onPoint(async ({ name, request }) => {
			if (name !== 'received' || request.method !== 'POST' || !request.path.endsWith(subscription))
				return;
			stop();
			await api().invoiceItems.create({ customer, amount: 700, currency: 'eur' });
		});
		const { success, hints } = await run(upTo(subscription, '45 EUR'), newOrder());
		const expected =
			/previewed 40\.00 EUR, but the invoice came to 47\.00 EUR, which is more than Charge at Most \(45\.00 EUR\)/;
		expect(success[0]?.json.idempotency?.warning).toMatch(expected);
		expect(hints.join()).toMatch(expected);
		expect(hints.join()).not.toMatch(/could not store/);
	});

	it('warns if the invoice could not be read', async () => {
		const subscription = await subscribe();
		fixture.stripe.inject({
			kind: 'error503',
			times: 9,
			match: { method: 'GET', path: /invoices\/in_/ },
		});
		const { success } = await run(upTo(subscription, '40 EUR'), newOrder());
		fixture.stripe.clearFaults();
		expect(success[0]?.json.idempotency?.warning).toMatch(/was not compared with its preview/);
	});

	it.each(['40', '={{ $json.nothing }}', '40 EUR, 50 EUR'])('written as %s is refused', async (written) => {
		const refused = await run(upTo(await subscribe(), written), newOrder());
		expect(refused.fix[0]?.json.error).toMatchObject({ outcome: 'refused' });
		expect(why(refused)).toMatch(/Charge at Most/);
	});
});

describe('Preview describes, for the person who approves, what is due today and what later', () => {
	const preview = async (parameters: INodeParameters) => {
		const { success } = await fixture.run([{}], {
			parameters: { resource: 'invoice', operation: 'preview', simplify: true, ...none, ...parameters },
		});
		return success[0]?.json.inWords;
	};
	const always = { additionalFields: { prorationBehaviorOfPreview: 'always_invoice' } };

	it('of a change of plan, and of a new subscription', async () => {
		const subscription = await subscribe();
		const { items } = await api().subscriptions.retrieve(subscription);
		const row = { subscriptionItem: id(items.data[0]!.id), price: id(pro), quantity: 2 };
		const changed = { subscription: id(subscription), items: { row: [row] }, ...always };
		expect(await preview(changed)).toBe('today 40.00 EUR, then 60.00 EUR a month');
		const wanted = { customer: id(customer), items: { row: [{ price: id(yearly), quantity: 1 }] } };
		expect(await preview(wanted)).toBe('today 99.00 EUR, then 99.00 EUR a year');
	});

	it('without items that are due only in the next period', async () => {
		expect(await preview({ subscription: id(await subscribe()) })).toBeUndefined();
	});
});

it('Check Only reports what a change of plan would cost, and sends nothing', async () => {
	const inWords = 'today 40.00 EUR, then 60.00 EUR a month';
	for (const chargeAtMost of ['99 EUR', '']) {
		const parameters = { ...change(await subscribe()), chargeAtMost };
		const { success } = await run(parameters, newOrder(), { checkOnly: true });
		const expected = { answer: 'new', amount: '40.00', currency: 'eur', inWords };
		expect(success[0]?.json.checked).toMatchObject(expected);
	}
	expect(sent(/^\/v1\/subscriptions\/sub_/)).toEqual([]);
});

it('two items of one batch that change one subscription are sent in order, and the last one applies', async () => {
	const of = await subscribe(1);
	const parameters = { ...change(of, basic, 'none'), quantity: '={{ $json.seats }}' };
	const items = [5, 7].map((seats) => ({ order: newOrder(), seats }));
	// Would it not be waited for, the second one would overtake it.
	fixture.stripe.inject({
		kind: 'delay',
		delayMs: 300,
		match: { method: 'POST', path: /subscriptions\/sub_/ },
	});
	const { success } = await fixture.run(items, { parameters, options: { concurrency: 5 } });
	expect(success).toHaveLength(2);
	expect(sent(/subscriptions\/sub_/).map(({ params }) => params)).toMatchObject(
		items.map(({ seats }) => ({ items: { 0: { quantity: String(seats) } } })),
	);
	const { items: held } = await api().subscriptions.retrieve(of);
	expect(held.data[0]?.quantity).toBe(7);
});
