import type { INodeParameters } from 'n8n-workflow';

import { PAID } from '../../../simulator/client';
import { OrdersFixture, toLocator, withCustomKey } from '../../fixtures/ordersFixture';

const DAY_MS = 86_400_000;

let fixture: OrdersFixture;
let customer: string;
let basic: string;
let pro: string;
let once: string;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
	[basic, pro, once] = await Promise.all([newPrice(1000), newPrice(3000), newPrice(500, {})]);
});
beforeEach(async () => {
	const card = 'pm_card_visa';
	const settings = { payment_method: card, invoice_settings: { default_payment_method: card } };
	customer = (await fixture.stripe.customers.create(settings)).id;
	fixture.forgetRequests();
});
afterAll(() => fixture.close());

async function newPrice(
	amount: number,
	more: object = { recurring: { interval: 'month' } },
): Promise<string> {
	const price = { currency: 'eur', unit_amount: amount, product_data: { name: 'Plan' }, ...more };
	return (await fixture.stripe.prices.create(price)).id;
}

let lastKey = 0;

/** The node, with a key of its own for each call. */
async function run(name: string, parameters: INodeParameters, key = `decision ${(lastKey += 1)}`) {
	const [resource = '', operation = ''] = name.split('.');
	const node = { resource, operation, ...withCustomKey(key), ...parameters };
	const { success, fix, hints } = await fixture.run(node, [{}]);
	const sent = fixture.simulator.requests.findLast(({ method }) => method !== 'GET');
	return { item: success[0], error: fix[0]?.error, hints, sent };
}

const id = (value: string) => toLocator('id', value);
const rows = (...row: INodeParameters[]) => ({ row });
const subscribe = (quantity = 25) =>
	fixture.stripe.subscriptions.create({ customer, items: [{ price: basic, quantity }] });
const SUBSCRIPTION = { collectionMethod: 'charge_automatically', ifAlreadySubscribed: 'refuse' };

async function newInvoice(status: 'draft' | 'open' | 'paid' = 'draft', more: object = {}): Promise<string> {
	const { stripe } = fixture;
	const invoice = await stripe.invoices.create({ customer, currency: 'eur', ...more });
	await stripe.invoices.addLines(invoice.id, { lines: [{ amount: 5000, description: 'Work' }] });
	if (status !== 'draft') await stripe.invoices.finalizeInvoice(invoice.id);
	if (status === 'paid') await stripe.invoices.pay(invoice.id);
	return invoice.id;
}

describe('a subscription', () => {
	const create = (more: INodeParameters = {}) =>
		run('subscription.create', {
			customer: id(customer),
			items: rows({ price: id(basic), quantity: 25 }),
			...SUBSCRIPTION,
			...more,
		});

	it('is created with its entry in the metadata', async () => {
		const { item, sent } = await create({ additionalFields: { trialPeriodDays: 14, offSession: true } });
		expect(item).toMatchObject({ status: 'trialing', object: 'subscription' });
		expect(sent).toMatchObject({
			path: '/v1/subscriptions',
			params: {
				customer,
				items: [{ price: basic, quantity: '25' }],
				trial_period_days: '14',
				off_session: 'true',
				collection_method: 'charge_automatically',
				metadata: { n8n_entry: item!.idempotency.entryId },
			},
		});
	});

	it('is not created a second time for the same price, unless that is allowed', async () => {
		const first = await subscribe();
		const { error } = await create();
		expect(error).toMatchObject({ outcome: 'conflict' });
		expect(error?.message).toContain(first.id);
		expect((await create({ ifAlreadySubscribed: 'allow' })).item).toMatchObject({ status: 'active' });
		expect((await fixture.stripe.subscriptions.list({ customer })).data).toHaveLength(2);
	});

	it('whose payment failed exists, and is not paid', async () => {
		await fixture.stripe.customers.update(customer, {
			invoice_settings: { default_payment_method: 'pm_card_chargeDeclined' },
		});
		const { item, hints } = await create();
		expect(item).toMatchObject({ status: 'incomplete', idempotency: { paymentState: 'unpaid' } });
		const advice = /do not give access yet\. Within 23 hours/;
		expect(item?.idempotency.nextStep).toMatch(advice);
		expect(JSON.stringify(hints('Node'))).toMatch(advice);
		const refused = await create({
			ifAlreadySubscribed: 'allow',
			additionalFields: { paymentBehavior: 'error_if_incomplete' },
		});
		expect(refused.error).toMatchObject({ outcome: 'rejected', statusCode: 402 });
	});

	it('changes its plan in place, and keeps its seats', async () => {
		const { id: of } = await subscribe();
		const change = { subscription: id(of), price: id(pro), quantity: '', changeWhen: 'none' };
		const { item } = await run('subscription.changePlan', { ...change, simplify: false });
		expect(item).toMatchObject({
			items: { data: [{ price: { id: pro }, quantity: 25 }] },
		});
		const again = await run('subscription.changePlan', { ...change, quantity: '30' });
		expect(again.sent?.params).toMatchObject({ items: [{ price: pro, quantity: '30' }] });
	});

	it('requires which of several items is replaced', async () => {
		const both = [{ price: basic }, { price: pro }];
		const { id: of, items } = await fixture.stripe.subscriptions.create({ customer, items: both });
		const other = await newPrice(7000);
		const change = { subscription: id(of), price: id(other), quantity: '', changeWhen: 'none' };
		expect((await run('subscription.changePlan', change)).error?.message).toMatch(
			/Item to Replace is empty, and/,
		);
		const from = id(items.data[1]!.id);
		const { sent } = await run('subscription.changePlan', { ...change, subscriptionItem: from });
		expect(sent?.params).toMatchObject({
			items: [{ id: items.data[1]!.id, price: other, quantity: '1' }],
		});
	});

	it('with an unpaid pending change accepts no other changes beside it', async () => {
		const { id: of } = await subscribe();
		const pending = { paymentBehavior: 'pending_if_incomplete' };
		const change = { subscription: id(of), price: id(pro), quantity: '', changeWhen: 'always_invoice' };
		const metadata = { entry: [{ key: 'a', value: 'b' }] };
		const refused = await run('subscription.changePlan', {
			...change,
			additionalFields: { ...pending, metadata },
		});
		expect(refused.error).toMatchObject({ outcome: 'refused' });
		fixture.simulator.setDeclines(customer, true);
		const { item } = await run('subscription.changePlan', {
			...change,
			simplify: false,
			additionalFields: pending,
		});
		expect(item?.pending_update).not.toBeNull();
		expect(item).toMatchObject({ items: { data: [{ quantity: 25, price: { id: basic } }] } });
	});

	it('is cancelled now with the parameters that Stripe accepts in the query', async () => {
		const { id: of } = await subscribe();
		const { item, sent } = await run('subscription.cancel', {
			subscription: id(of),
			when: 'now',
			prorate: true,
			additionalFields: { cancellationFeedback: 'unused' },
		});
		expect(item).toMatchObject({ status: 'canceled' });
		expect(sent).toMatchObject({
			method: 'DELETE',
			path: `/v1/subscriptions/${of}`,
			params: { prorate: 'true', cancellation_details: { feedback: 'unused' } },
		});
	});

	it.each(['periodEnd', 'date'])('is cancelled later (%s), which can be undone', async (when) => {
		const { id: of } = await subscribe();
		const cancelAt = new Date(Date.now() + 10 * DAY_MS).toISOString();
		const { item } = await run('subscription.cancel', {
			subscription: id(of),
			when,
			cancelAt,
			simplify: false,
		});
		expect(item).toMatchObject({ status: 'active', cancel_at: expect.any(Number) as number });
		const undone = await run('subscription.undoCancellation', { subscription: id(of), simplify: false });
		expect(undone.item).toMatchObject({ cancel_at: null, cancel_at_period_end: false });
	});

	it('pauses and resumes: its collection, or completely', async () => {
		const { id: of } = await subscribe();
		const at = { subscription: id(of), simplify: false };
		const collection = { ...at, whatStops: 'collection', behavior: 'void' };
		expect((await run('subscription.pause', collection)).item).toMatchObject({
			status: 'active',
			pause_collection: { behavior: 'void' },
		});
		expect((await run('subscription.resume', collection)).item).toMatchObject({ pause_collection: null });
		const whole = { ...at, whatStops: 'subscription', unusedTimeFrom: 'none' };
		const paused = { ...whole, invoicingBehavior: 'pending_invoice_item' };
		expect((await run('subscription.pause', paused)).item).toMatchObject({ status: 'paused' });
		expect((await run('subscription.resume', whole)).item).toMatchObject({ status: 'active' });
	});
});

describe('an invoice', () => {
	it("includes the customer's pending items by default", async () => {
		await fixture.stripe.invoiceItems.create({ customer, amount: 700, currency: 'eur' });
		const create = { customer: id(customer), collectionMethod: 'charge_automatically' };
		const empty = await run('invoice.create', { ...create, pendingItems: 'exclude' });
		expect(empty.item).toMatchObject({ total: 0 });
		expect(JSON.stringify(empty.hints('Node'))).toMatch(/comes to 0, so nothing is charged/);
		const { item, sent } = await run('invoice.create', { ...create, pendingItems: 'include' });
		expect(item).toMatchObject({ total: 700, status: 'draft', idempotency: { paymentState: 'unpaid' } });
		expect(sent?.params).toMatchObject({ metadata: { n8n_entry: item!.idempotency.entryId } });
	});

	it('gets lines with an amount, also below zero, or with a price, once', async () => {
		const invoice = await newInvoice();
		const lines = rows(
			{ description: 'Hours', amount: '12.50' },
			{ description: 'Credit', amount: '-2.50' },
			{ price: id(once), quantity: 2 },
		);
		const add = { invoice: id(invoice), lines, amountUnit: 'major', currency: 'eur' };
		const { item, sent } = await run('invoice.addLines', add, 'lines of November');
		expect(item).toMatchObject({ total: 7000 });
		expect(sent?.params).toMatchObject({
			lines: [
				{ amount: '1250', description: 'Hours' },
				{ amount: '-250', description: 'Credit' },
				{ pricing: { price: once }, quantity: '2' },
			],
		});
		await run('invoice.addLines', add, 'lines of November');
		expect((await fixture.stripe.invoices.retrieve(invoice)).total).toBe(7000);
	});

	it('gets as many lines as the JSON contains, once', async () => {
		const invoice = await newInvoice();
		const lines = [
			{ description: 'Hours', amount: 1250 },
			{ description: 'Credit', amount: -250 },
		];
		const json = { otherParameters: JSON.stringify({ lines }) };
		const add = { invoice: id(invoice), amountUnit: 'minor', additionalFields: json };
		const { item, sent } = await run('invoice.addLines', add, 'lines of November');
		expect(item).toMatchObject({ total: 6000 });
		expect(sent?.params).toMatchObject({ lines: [{ amount: '1250' }, { amount: '-250' }] });
		await run('invoice.addLines', add, 'lines of November');
		expect((await fixture.stripe.invoices.retrieve(invoice)).total).toBe(6000);
	});

	it('goes through its life cycle', async () => {
		const invoice = await newInvoice('draft', { collection_method: 'send_invoice', days_until_due: 14 });
		const at = { invoice: id(invoice) };
		const updated = await run('invoice.update', { ...at, additionalFields: { footer: 'Thanks' } });
		expect(updated.sent?.params).toEqual({ footer: 'Thanks' });
		const open = await run('invoice.finalize', { ...at, autoAdvance: false });
		expect(open.item).toMatchObject({ status: 'open', idempotency: { paymentState: 'unpaid' } });
		expect((await run('invoice.send', at)).sent?.path).toBe(`/v1/invoices/${invoice}/send`);
		expect((await run('invoice.markUncollectible', at)).item).toMatchObject({ status: 'uncollectible' });
		expect((await run('invoice.void', at)).item).toMatchObject({ status: 'void' });
		const draft = await newInvoice();
		const gone = await run('invoice.delete', { invoice: id(draft) });
		expect(gone.item).toMatchObject({ deleted: true });
	});

	it('is paid by a charge, or only recorded as paid elsewhere', async () => {
		const invoice = await newInvoice('open');
		const { item } = await run('invoice.pay', { invoice: id(invoice), paidOutsideStripe: false });
		expect(item).toMatchObject({ status: 'paid', idempotency: { paymentState: 'paid' } });
		const charges = fixture.charges();
		const elsewhere = { invoice: id(await newInvoice('open')), paidOutsideStripe: true };
		expect((await run('invoice.pay', elsewhere)).item).toMatchObject({ status: 'paid' });
		expect(fixture.charges()).toBe(charges);
		const both = await run('invoice.pay', { ...elsewhere, paymentMethod: id('pm_card_visa') });
		expect(both.error).toMatchObject({ outcome: 'refused' });
	});

	it('whose payment is declined stays open, with no advice to pay it otherwise', async () => {
		const invoice = await newInvoice('open');
		fixture.simulator.setDeclines(customer, true);
		const { error } = await run('invoice.pay', { invoice: id(invoice), paidOutsideStripe: false });
		expect(error).toMatchObject({ outcome: 'rejected', statusCode: 402 });
		expect((await fixture.stripe.invoices.retrieve(invoice)).status).toBe('open');
	});

	it('counts a payment made elsewhere, once, and is paid when that is all', async () => {
		const invoice = await newInvoice('open');
		const pay = (amount: number) =>
			fixture.stripe.paymentIntents.create({ ...PAID, amount, currency: 'eur', customer });
		const [part, rest] = [await pay(2000), await pay(3000)];
		const attach = (intent: string) => ({ invoice: id(invoice), paymentIntent: id(intent) });
		const { item, sent } = await run('invoice.attachPayment', attach(part.id));
		expect(sent?.params).toEqual({ payment_intent: part.id });
		expect(item).toMatchObject({ status: 'open', amount_remaining: 3000 });
		expect((await run('invoice.attachPayment', attach(part.id))).error).toMatchObject({
			outcome: 'rejected',
		});
		expect((await run('invoice.attachPayment', attach(rest.id))).item).toMatchObject({ status: 'paid' });
	});

	it('is previewed without a key and without an entry', async () => {
		const { id: of, items } = await subscribe();
		const { success } = await fixture.run(
			{
				resource: 'invoice',
				operation: 'preview',
				subscription: id(of),
				simplify: false,
				items: rows({ subscriptionItem: id(items.data[0]!.id), price: id(pro), quantity: 25 }),
			},
			[{}],
		);
		expect(success[0]).toMatchObject({ object: 'invoice', billing_reason: 'upcoming' });
		expect(success[0]?.idempotency).toBeUndefined();
		// A key of the node would return the first preview for a day. The SDK sends a random one.
		const previews = fixture.simulator.sends({ path: '/v1/invoices/create_preview' });
		expect(previews.map(({ key }) => key?.startsWith('n8n_'))).toEqual([false]);
	});

	it('shows its lines and its payments', async () => {
		const invoice = id(await newInvoice('paid'));
		const read = async (operation: string) =>
			(await fixture.run({ resource: 'invoice', operation, invoice, returnAll: true }, [{}])).success;
		expect(await read('getLines')).toMatchObject([{ object: 'line_item', amount: 5000 }]);
		expect(await read('getPayments')).toMatchObject([{ object: 'invoice_payment', status: 'paid' }]);
	});
});

describe('an invoice item', () => {
	it('is created by an amount, including a credit, or by a price, changed and deleted', async () => {
		const at = { customer: id(customer), chargeBy: 'amount', currency: 'eur' };
		const amount = { amount: '-5.00', amountUnit: 'major' };
		const { item, sent } = await run('invoiceItem.create', { ...at, ...amount });
		expect(sent?.params).toMatchObject({ amount: '-500', currency: 'eur', customer });
		expect(sent?.params).toMatchObject({ metadata: { n8n_entry: item!.idempotency.entryId } });
		const priced = { ...at, chargeBy: 'price', price: id(once), quantity: 3 };
		expect((await run('invoiceItem.create', priced)).sent?.params).toMatchObject({
			pricing: { price: once },
			quantity: '3',
		});
		const one = { invoiceItem: id(item!.id as string) };
		const changed = await run('invoiceItem.update', { ...one, amount: '-7.00', amountUnit: 'major' });
		expect(changed.sent?.params).toMatchObject({ amount: '-700' });
		expect((await run('invoiceItem.delete', one)).item).toMatchObject({ deleted: true });
	});
});

it.each<[operation: string, parameters: () => INodeParameters, message: RegExp]>([
	['subscription.create', () => ({ customer: id(customer), ...SUBSCRIPTION }), /Items has 0 items/],
	[
		'subscription.create',
		() => ({
			customer: id(customer),
			...SUBSCRIPTION,
			items: rows({ price: id(basic) }, { price: id(basic) }),
		}),
		/Items has one price twice/,
	],
	['invoice.addLines', () => ({ invoice: id('in_1'), amountUnit: 'minor' }), /Lines has no line/],
	[
		'invoice.addLines',
		() => ({
			invoice: id('in_1'),
			amountUnit: 'minor',
			lines: rows({ amount: '5' }),
			additionalFields: { otherParameters: '{"lines": [{"amount": 7}]}' },
		}),
		/Lines is filled in, and Other Parameters have lines/,
	],
	[
		'invoice.addLines',
		() => ({ invoice: id('in_1'), amountUnit: 'minor', lines: rows({ description: 'x' }) }),
		/Amount is empty, and there is no price/,
	],
	[
		'subscription.create',
		() => ({
			customer: id(customer),
			...SUBSCRIPTION,
			items: rows({ price: id(basic) }),
			additionalFields: { trialEnd: '2030-01-01', trialPeriodDays: 14 },
		}),
		/Trial End cannot be sent together with Trial Period Days/,
	],
	[
		'subscription.update',
		() => ({
			subscription: id('sub_1'),
			additionalFields: { cancelAt: '2030-01-01', otherParameters: '{"cancel_at_period_end": true}' },
		}),
		/Cancel At cannot be sent together with "cancel_at_period_end" in Other Parameters/,
	],
	[
		'invoice.update',
		() => ({ invoice: id('in_1'), additionalFields: { dueDate: '2030-01-01', daysUntilDue: 30 } }),
		/Due Date cannot be sent together with Days Until Due/,
	],
	[
		'paymentIntent.confirm',
		() => ({
			paymentIntent: id('pi_1'),
			paymentMethod: 'pm_card_visa',
			additionalFields: { offSession: true, offSessionType: 'recurring' },
		}),
		/Off Session Type cannot be sent together with .*Off Session/,
	],
	['invoice.preview', () => ({}), /Customer is empty, and so is Subscription/],
	[
		'invoiceItem.create',
		() => ({
			customer: id(customer),
			chargeBy: 'amount',
			amount: '5',
			amountUnit: 'minor',
			currency: 'eur',
			additionalFields: { unitAmountDecimal: '0.5' },
		}),
		/Amount cannot be sent together with Unit Amount Decimal/,
	],
])('%s refuses empty values, by their label, before any request (%#)', async (name, parameters, message) => {
	const { error } = await run(name, parameters());
	expect(error?.message).toMatch(message);
	expect(fixture.simulator.requests).toEqual([]);
});
