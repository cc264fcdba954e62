import type { INodeParameters } from 'n8n-workflow';

import type { Intent } from '../../../../ledger/model/entry';
import { PAID } from '../../../simulator/client';
import { ageLedger } from '../../fixtures/lostLedger';
import { openTokenRegistry, reserveOrder, expectToken } from '../../fixtures/reservations';
import { toLocator, withOptions, OrdersFixture } from '../../fixtures/ordersFixture';

/** What a token is good for where the request names no amount. */

let fixture: OrdersFixture;
let customer: string;
let basic: string;
let pro: string;
let subscription: string;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
	[basic, pro] = await Promise.all([newPrice(1000), newPrice(3000)]);
});
afterAll(() => fixture.close());
beforeEach(async () => {
	const settings = { invoice_settings: { default_payment_method: 'pm_card_visa' } };
	customer = (await fixture.stripe.customers.create(settings)).id;
	const items = [{ price: basic, quantity: 2 }];
	subscription = (await fixture.stripe.subscriptions.create({ customer, items })).id;
	fixture.forgetRequests();
});

async function newPrice(amount: number): Promise<string> {
	const price = { currency: 'eur', unit_amount: amount, product_data: { name: 'Plan' } };
	return (await fixture.stripe.prices.create({ ...price, recurring: { interval: 'month' } })).id;
}

const id = (value: string) => toLocator('id', value);
const plan = (more: INodeParameters = {}): INodeParameters => ({
	resource: 'subscription',
	operation: 'changePlan',
	subscription: id(subscription),
	price: id(pro),
	quantity: '',
	changeWhen: 'always_invoice',
	...more,
});
const OPERATIONS = ['invoice.pay', 'subscription.changePlan', 'subscription.create'];

let last = 0;
async function reserve(intent: Partial<Intent>): Promise<string> {
	const policy = {
		currencies: [{ currency: 'eur', maxPerPayment: 1_000_000 }],
		operations: OPERATIONS,
		customers: [],
	};
	const registry = openTokenRegistry(fixture);
	return expectToken(await reserveOrder(registry, `order ${(last += 1)}`, intent, { policy }));
}
const use = (token: string, parameters: INodeParameters) =>
	fixture.run({ ...withOptions({ maxRetries: 0 }), ...parameters, keySource: 'token', token }, [{}]);
const changeOf = (amount: number, more: Partial<Intent> = {}) =>
	reserve({ operation: 'subscription.changePlan', object: subscription, amount, ...more });

it('a change of plan is sent for exactly its amount, and a different amount is refused', async () => {
	const wrong = await use(await changeOf(3999), plan());
	expect(wrong.fix[0]?.error.message).toMatch(/amount was reserved as 3999, but is now 4000/);
	expect(fixture.simulator.sends().map(({ path }) => path)).toEqual(['/v1/invoices/create_preview']);
	const { success } = await use(await changeOf(4000), plan());
	expect(success).toMatchObject([{ id: subscription, status: 'active' }]);
});

it('a token for one subscription, invoice or customer is not valid for another', async () => {
	const other = await changeOf(4000, { object: 'sub_other' });
	expect((await use(other, plan())).fix[0]?.error).toMatchObject({ outcome: 'blocked' });
	const create: INodeParameters = {
		resource: 'subscription',
		operation: 'create',
		customer: id(customer),
		items: { row: [{ price: id(pro), quantity: 1 }] },
		collectionMethod: 'charge_automatically',
		ifAlreadySubscribed: 'refuse',
	};
	const forOther = await reserve({ operation: 'subscription.create', customer: 'cus_other', amount: 3000 });
	expect((await use(forOther, create)).fix[0]?.error).toMatchObject({ outcome: 'blocked' });
	const own = await reserve({ operation: 'subscription.create', customer, amount: 3000 });
	expect((await use(own, create)).success).toMatchObject([{ status: 'active' }]);
});

it.each([2, 50])(
	'a lost response is reconciled without a second preview (%i seats in the meantime)',
	async (quantity) => {
		await ageLedger(fixture);
		const token = await changeOf(4000);
		fixture.simulator.inject({
			kind: 'resetAfter',
			match: { method: 'POST', path: /subscriptions\/sub_/ },
		});
		expect((await use(token, plan())).retry).toHaveLength(1);
		const { items } = await fixture.stripe.subscriptions.retrieve(subscription);
		await fixture.stripe.subscriptions.update(subscription, {
			items: [{ id: items.data[0]!.id, quantity }],
		});
		fixture.forgetRequests();
		const { success } = await use(token, plan());
		const isEdited = quantity !== 2;
		expect(success).toMatchObject([{ id: subscription, idempotency: { replayed: !isEdited } }]);
		// A repeat would overwrite the seats.
		const posts = fixture.simulator.requests.filter(({ method }) => method === 'POST');
		expect(posts.map(({ path }) => path)).toEqual(isEdited ? [] : [`/v1/subscriptions/${subscription}`]);
	},
);

it('an invoice is paid for exactly the remaining amount, and never recorded as paid elsewhere', async () => {
	const invoice = await fixture.stripe.invoices.create({ customer, currency: 'eur' });
	await fixture.stripe.invoices.addLines(invoice.id, { lines: [{ amount: 5000, description: 'Work' }] });
	await fixture.stripe.invoices.finalizeInvoice(invoice.id);
	const part = { ...PAID, amount: 2000, currency: 'eur', customer };
	const { id: payment_intent } = await fixture.stripe.paymentIntents.create(part);
	await fixture.stripe.invoices.attachPayment(invoice.id, { payment_intent });
	const pay = { resource: 'invoice', operation: 'pay', invoice: id(invoice.id) };
	const intent = { operation: 'invoice.pay', object: invoice.id, amount: 3000 };
	const token = await reserve(intent);
	const elsewhere = await use(token, { ...pay, paidOutsideStripe: true });
	expect(elsewhere.fix[0]?.error).toMatchObject({ outcome: 'blocked' });
	expect((await use(token, pay)).success).toMatchObject([{ status: 'paid' }]);
	expect((await use(token, pay)).success).toMatchObject([{ idempotency: { replayed: true } }]);
});

it('a change that the preview does not include is refused', async () => {
	const otherParameters = '{"billing_thresholds": {"amount_gte": 1}}';
	const { fix } = await use(await changeOf(4000), plan({ additionalFields: { otherParameters } }));
	expect(fix[0]?.error).toMatchObject({ outcome: 'blocked' });
	expect(fixture.simulator.requests).toEqual([]);
});
