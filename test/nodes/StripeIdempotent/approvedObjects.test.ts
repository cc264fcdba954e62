import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { FaultKind } from '../../simulator/fault';
import { stripeAt } from '../../simulator/client';
import { runKilledAt } from '../fixtures/killedAt';
import { NodeFixture, ONE_HOUR_MS } from '../fixtures/nodeFixture';
import { toLocator } from '../fixtures/ordersFixture';

/** What moves money without naming an amount, or acts on an object, is approved as the object stood and as much as it came to. */

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
	fixture.stripe.requests.length = 0;
});

async function newPrice(amount: number): Promise<string> {
	const price = { currency: 'eur', unit_amount: amount, product_data: { name: 'Plan' } };
	return (await api().prices.create({ ...price, recurring: { interval: 'month' } })).id;
}

async function newInvoice(): Promise<string> {
	const invoice = await api().invoices.create({ customer, currency: 'eur' });
	await api().invoices.addLines(invoice.id, { lines: [{ amount: 5000, description: 'Work' }] });
	await api().invoices.finalizeInvoice(invoice.id);
	return invoice.id;
}

async function newPayment(params: { capture_method?: 'manual' } = {}): Promise<string> {
	const how = { payment_method: 'pm_card_visa', confirm: true, return_url: 'https://example.com' };
	return (await api().paymentIntents.create({ amount: 4000, currency: 'eur', customer, ...how, ...params }))
		.id;
}

const id = (value: string) => toLocator('id', value);
const none = { amount: '', paymentMethod: '' };
let order = 0;

interface Job {
	parameters: INodeParameters;
	/** In the major unit; null where it moves nothing. */
	amount: string | null;
	/** What somebody else does in between. */
	change: () => Promise<unknown>;
	says: RegExp;
	/** Nothing is read for what it sends. */
	namesAll?: true;
}

const CHANGED = /an object in Stripe has changed since the check|the amount has changed/;

const JOBS: Record<string, () => Promise<Job>> = {
	'an invoice that is paid': async () => {
		const invoice = await newInvoice();
		return {
			parameters: { resource: 'invoice', operation: 'pay', ...none, invoice: id(invoice) },
			amount: '50.00',
			change: () => api().creditNotes.create({ invoice, amount: 1000 }),
			says: /the amount has changed, it is now 40\.00 EUR/,
		};
	},
	'an invoice that is paid once per object': async () => {
		const invoice = await newInvoice();
		const pay = { resource: 'invoice', operation: 'pay', ...none, invoice: id(invoice) };
		return {
			parameters: { ...pay, keySource: 'object' },
			amount: '50.00',
			change: () => api().creditNotes.create({ invoice, amount: 1000 }),
			says: /the amount has changed, it is now 40\.00 EUR/,
		};
	},
	'a new subscription': async () => ({
		parameters: {
			resource: 'subscription',
			operation: 'create',
			...none,
			customer: id(customer),
			items: { row: [{ price: id(basic), quantity: 2 }] },
			collectionMethod: 'charge_automatically',
			ifAlreadySubscribed: 'allow',
		},
		amount: '20.00',
		change: () => api().invoiceItems.create({ customer, amount: 700, currency: 'eur' }),
		says: CHANGED,
	}),
	'a change of plan': async () => {
		const subscription = await api().subscriptions.create({
			customer,
			items: [{ price: basic, quantity: 2 }],
		});
		const [item] = subscription.items.data;
		return {
			parameters: {
				resource: 'subscription',
				operation: 'changePlan',
				...none,
				subscription: id(subscription.id),
				price: id(pro),
				quantity: '',
				changeWhen: 'always_invoice',
			},
			amount: '40.00',
			change: () =>
				api().subscriptions.update(subscription.id, {
					items: [{ id: item!.id, quantity: 5 }],
					proration_behavior: 'none',
				}),
			says: CHANGED,
		};
	},
	'a refund of what is left': async () => {
		const payment = await newPayment();
		return {
			parameters: { resource: 'refund', operation: 'create', ...none, paymentIntent: id(payment) },
			amount: '40.00',
			change: () => api().refunds.create({ payment_intent: payment, amount: 1500 }),
			says: /the amount has changed, it is now 25\.00 EUR/,
		};
	},
	'a refund of a part': async () => {
		const payment = await newPayment();
		const part = { amount: 1000, amountUnit: 'minor' };
		return {
			parameters: {
				resource: 'refund',
				operation: 'create',
				...none,
				...part,
				paymentIntent: id(payment),
			},
			amount: '10.00',
			change: () => api().refunds.create({ payment_intent: payment, amount: 1000 }),
			says: /an object in Stripe has changed/,
			namesAll: true,
		};
	},
	'a capture of what was authorized': async () => {
		const payment = await newPayment({ capture_method: 'manual' });
		return {
			parameters: {
				resource: 'paymentIntent',
				operation: 'capture',
				...none,
				paymentIntent: id(payment),
			},
			amount: '40.00',
			change: () => api().paymentIntents.capture(payment, { amount_to_capture: 100 }),
			says: CHANGED,
		};
	},
	'a cancellation': async () => {
		const { id: payment } = await api().paymentIntents.create({ amount: 4000, currency: 'eur' });
		return {
			parameters: {
				resource: 'paymentIntent',
				operation: 'cancel',
				...none,
				paymentIntent: id(payment),
				keySource: 'object',
			},
			amount: null,
			change: () => api().paymentIntents.update(payment, { amount: 100 }),
			says: /an object in Stripe has changed/,
			namesAll: true,
		};
	},
	'evidence for the bank': async () => {
		const how = {
			payment_method: 'pm_card_createDispute',
			confirm: true,
			return_url: 'https://x.example',
		};
		await api().paymentIntents.create({ amount: 4000, currency: 'eur', ...how });
		const [dispute] = (await api().disputes.list()).data;
		const draft = { submit: false, evidence: { shipping_carrier: 'Post' } };
		return {
			parameters: {
				resource: 'dispute',
				operation: 'update',
				...none,
				dispute: id(dispute!.id),
				evidence: { customerName: 'Ada' },
				submitNow: true,
			},
			amount: null,
			// What others have saved goes to the bank along with it.
			change: () => api().disputes.update(dispute!.id, draft),
			says: /an object in Stripe has changed/,
		};
	},
};

async function run(parameters: INodeParameters, item: IDataObject, options: IDataObject) {
	const { success, fix, retry } = await fixture.run([item], { parameters, options });
	const [left] = [...success, ...fix, ...retry];
	return { json: left!.json, why: left!.json.error?.message as string | undefined };
}

const check = async ({ parameters }: Job, options: IDataObject = {}) =>
	(await run(parameters, { order: `order ${(order += 1)}` }, { checkOnly: true, ...options })).json;
const pay = ({ parameters }: Job, item: IDataObject, options: IDataObject = {}) =>
	run(parameters, item, { approvedCheck: '={{ $json.check }}', ...options });
const sent = () => fixture.stripe.sends().filter(({ key }) => key?.startsWith('n8n_'));
const effects = () => sent().filter(({ status, replayed }) => status === 200 && !replayed);

describe.each(Object.entries(JOBS))('%s', (_name, prepare) => {
	it('is sent as approved, even two days later, and once', async () => {
		const job = await prepare();
		const checked = await check(job);
		expect(checked.checked).toMatchObject({ answer: 'new', amount: job.amount });
		fixture.time.advance(48 * ONE_HOUR_MS);
		expect((await pay(job, checked)).why).toBeUndefined();
		expect((await pay(job, checked)).why).toBeUndefined();
		expect(sent()).toHaveLength(1);
	});

	it('is refused with a message if its object was changed in between, and can be approved anew', async () => {
		const job = await prepare();
		const checked = await check(job);
		await job.change();
		expect((await pay(job, checked)).why).toMatch(job.says);
		expect(sent()).toEqual([]);
	});

	it.each(['claimed', 'answered'])('has one effect if the worker is killed: %s', async (point) => {
		const job = await prepare();
		const checked = await check(job);
		await runKilledAt(fixture, point, () => pay(job, checked));
		expect((await pay(job, checked)).why).toBeUndefined();
		expect(effects()).toHaveLength(1);
	});

	it.each<FaultKind>(['rateLimit429', 'forbidden403'])(
		'was not executed the first time (%s): it is resent under the same key, and refused if what it sends has changed',
		async (kind) => {
			const [job, other] = [await prepare(), await prepare()];
			const [checked, changed] = [await check(job), await check(other)];
			fixture.stripe.inject({
				kind,
				times: 2,
				match: { method: 'POST', path: /^(?!.*create_preview)/ },
			});
			for (const [one, item] of [[job, checked] as const, [other, changed] as const])
				expect((await pay(one, item, { maxRetries: 0 })).why).toBeDefined();
			expect((await pay(job, checked)).json.idempotency).toMatchObject({
				state: 'succeeded',
				attempt: 1,
			});
			fixture.stripe.requests.length = 0;
			await other.change();
			const { why } = await pay(other, changed);
			// What names its amount is a repeat of what was approved.
			if (other.namesAll) return;
			expect(why).toMatch(other.says);
			expect(sent()).toEqual([]);
		},
	);

	it('passes a limit equal to the approved amount', async () => {
		const job = await prepare();
		const checked = await check(job);
		const most = { chargeAtMostPerRun: `${job.amount ?? '1.00'} EUR` };
		expect((await pay(job, checked, most)).why).toBeUndefined();
	});
});

it('a change of plan is charged as of the time of the check', async () => {
	const job = await JOBS['a change of plan']!();
	const checked = await check(job);
	const at = Math.floor(fixture.time.now() / 1000);
	fixture.time.advance(48 * ONE_HOUR_MS);
	await pay(job, checked);
	const [update] = sent();
	expect(Number(update?.params.proration_date)).toBeLessThanOrEqual(at);
});

it('a request whose data cannot be read is reported as such, and has no check', async () => {
	const job = await JOBS['a refund of a part']!();
	fixture.stripe.inject({ kind: 'forbidden403', times: 2, match: { path: /charges/ } });
	const checked = await check(job);
	fixture.stripe.clearFaults();
	expect(checked).toMatchObject({ check: null, checked: { answer: 'new' } });
	expect((checked.checked as IDataObject).nextStep).toMatch(/^It cannot be approved\. .*charges/);
	expect((await pay(job, checked)).why).toMatch(/has no value in this item/);
});

it('the customer whom an upsert updates is approved: a different one needs a new decision', async () => {
	const email = 'ann@example.com';
	const parameters = {
		resource: 'customer',
		operation: 'upsert',
		matchBy: 'email',
		matchEmail: email,
		additionalFields: { name: 'Ann' },
	};
	const upsert = { parameters, amount: null, change: () => Promise.resolve(), says: /./ };
	const checked = await check(upsert);
	await api().customers.create({ email });
	expect((await pay(upsert, checked)).why).toMatch(/an object in Stripe has changed/);
	fixture.time.advance(ONE_HOUR_MS);
	const again = await check(upsert);
	fixture.time.advance(ONE_HOUR_MS);
	expect((await pay(upsert, again)).why).toBeUndefined();
	expect(sent()).toHaveLength(1);
});
