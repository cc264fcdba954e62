import type Stripe from 'stripe';

import { refusalOf, send, stripeAt } from './client';
import { StripeSimulator } from './simulator';

let simulator: StripeSimulator;
let stripe: Stripe;
let customer: string;
let basic: string;
let pro: string;
beforeAll(async () => {
	simulator = await StripeSimulator.start();
	stripe = stripeAt(simulator);
});
beforeEach(async () => {
	simulator.reset();
	customer = await newCustomer('pm_card_visa');
	basic = await newPrice('1000');
	pro = await newPrice('3000');
});
afterAll(() => simulator.stop());

async function newCustomer(card?: string): Promise<string> {
	const { id } = await stripe.customers.create(
		card === undefined
			? {}
			: { payment_method: card, invoice_settings: { default_payment_method: card } },
	);
	return id;
}

async function newPrice(amount: string, more: Record<string, string> = {}): Promise<string> {
	const { body } = await send(simulator, '/v1/prices', {
		unit_amount: amount,
		currency: 'eur',
		'product_data[name]': 'Tea',
		'recurring[interval]': 'month',
		...more,
	});
	return String(body.id);
}

const subscribe = (more: Partial<Stripe.SubscriptionCreateParams> = {}) =>
	stripe.subscriptions.create({ customer, items: [{ price: basic, quantity: 25 }], ...more });
const shown = async (id: string) => {
	const { items, status } = await stripe.subscriptions.retrieve(id);
	return { status, items: items.data.map(({ price, quantity }) => [price.id, quantity]) };
};
const DAY_MS = 86_400_000;

describe('a subscription', () => {
	it('bills its first period at once, and the following ones by itself until its last', async () => {
		const { id, status, latest_invoice: first } = await subscribe();
		expect(status).toBe('active');
		expect(await stripe.invoices.retrieve(first as string)).toMatchObject({
			status: 'paid',
			total: 25_000,
		});
		simulator.advance(32 * DAY_MS);
		// The invoice is a draft for an hour, then open, then collected.
		for (let day = 0; day < 2; day += 1) simulator.advance(DAY_MS);
		expect(simulator.report().moved).toEqual({ eur: 50_000 });
		await stripe.subscriptions.update(id, { cancel_at_period_end: true });
		expect((await shown(id)).status).toBe('active');
		simulator.advance(32 * DAY_MS);
		expect((await shown(id)).status).toBe('canceled');
	});

	it('is created although the payment fails, unless that is refused', async () => {
		customer = await newCustomer('pm_card_chargeDeclined');
		const { id, status } = await subscribe();
		expect(status).toBe('incomplete');
		const refused = await refusalOf(subscribe({ payment_behavior: 'error_if_incomplete' }));
		expect(refused).toMatchObject({ statusCode: 402, type: 'StripeCardError' });
		expect((await stripe.subscriptions.list({ customer, status: 'all' })).data).toHaveLength(1);
		simulator.advance(DAY_MS);
		expect((await shown(id)).status).toBe('incomplete_expired');
	});

	it('gets one item more from a row without an ID, and one seat from another price without a quantity', async () => {
		const { id, items } = await subscribe();
		await stripe.subscriptions.update(id, { items: [{ price: pro }] });
		expect((await shown(id)).items).toEqual([
			[basic, 25],
			[pro, 1],
		]);
		const second = await subscribe();
		const item = second.items.data[0]!.id;
		await stripe.subscriptions.update(second.id, { items: [{ id: item, price: pro }] });
		expect((await shown(second.id)).items).toEqual([[pro, 1]]);
		expect(items.data[0]!.current_period_end).toBeGreaterThan(items.data[0]!.current_period_start);
	});

	it('previews a change of plan as it is charged', async () => {
		const { id, items } = await subscribe();
		simulator.advance(10 * DAY_MS);
		const change = {
			items: [{ id: items.data[0]!.id, price: pro, quantity: 25 }],
			proration_behavior: 'always_invoice' as const,
			proration_date: items.data[0]!.current_period_start + 10 * 86_400,
		};
		const preview = await stripe.invoices.createPreview({
			subscription: id,
			subscription_details: change,
		});
		expect(preview.total).toBeGreaterThan(0);
		expect(preview.total).toBe(preview.lines.data.reduce((sum, { amount }) => sum + amount, 0));
		const { latest_invoice: latest } = await stripe.subscriptions.update(id, change);
		expect(await stripe.invoices.retrieve(latest as string)).toMatchObject({
			status: 'paid',
			total: preview.total,
			billing_reason: 'subscription_update',
		});
	});

	it('keeps an unpaid change pending, if requested', async () => {
		const { id, items } = await subscribe();
		simulator.setDeclines(customer, true);
		const updated = await stripe.subscriptions.update(id, {
			items: [{ id: items.data[0]!.id, price: pro, quantity: 25 }],
			proration_behavior: 'always_invoice',
			payment_behavior: 'pending_if_incomplete',
		});
		expect(updated.pending_update).not.toBeNull();
		expect((await shown(id)).items).toEqual([[basic, 25]]);
		simulator.setDeclines(customer, false);
		await stripe.invoices.pay(updated.latest_invoice as string);
		expect((await shown(id)).items).toEqual([[pro, 25]]);
	});

	it('is cancelled once, found afterwards, and left out of lists', async () => {
		const { id } = await subscribe();
		await stripe.subscriptions.cancel(id, { cancellation_details: { feedback: 'unused' } });
		expect(await refusalOf(stripe.subscriptions.cancel(id))).toMatchObject({
			statusCode: 404,
			code: 'resource_missing',
		});
		expect((await shown(id)).status).toBe('canceled');
		expect((await stripe.subscriptions.list({ customer })).data).toEqual([]);
		expect(await refusalOf(stripe.subscriptions.update(id, { description: 'x' }))).toMatchObject({
			code: 'invalid_canceled_subscription_fields',
		});
	});

	it('pauses its collection, or pauses as a whole and resumes', async () => {
		const { id } = await subscribe();
		await stripe.subscriptions.update(id, { pause_collection: { behavior: 'void' } });
		expect((await shown(id)).status).toBe('active');
		await stripe.subscriptions.update(id, { pause_collection: '' });
		expect((await stripe.subscriptions.retrieve(id)).pause_collection).toBeNull();
		expect((await stripe.subscriptions.pause(id, { type: 'subscription' })).status).toBe('paused');
		expect((await stripe.subscriptions.resume(id)).status).toBe('active');
	});
});

describe('an invoice', () => {
	const draft = async (amount = 5000) => {
		await stripe.invoiceItems.create({ customer, amount, currency: 'eur', description: 'Work' });
		return await stripe.invoices.create({ customer, pending_invoice_items_behavior: 'include' });
	};

	it('leaves out pending items unless they are requested, and an empty one is paid for 0', async () => {
		await stripe.invoiceItems.create({ customer, amount: 5000, currency: 'eur' });
		const { id, total } = await stripe.invoices.create({ customer });
		expect(total).toBe(0);
		expect((await stripe.invoices.finalizeInvoice(id)).status).toBe('paid');
		expect((await draft()).total).toBe(10_000);
	});

	it('is paid once, and stays open if the bank declines', async () => {
		const { id } = await draft();
		await stripe.invoices.finalizeInvoice(id);
		simulator.setDeclines(customer, true);
		expect(await refusalOf(stripe.invoices.pay(id))).toMatchObject({ statusCode: 402 });
		simulator.setDeclines(customer, false);
		expect((await stripe.invoices.retrieve(id)).status).toBe('open');
		const paid = await stripe.invoices.pay(id, { expand: ['payments'] });
		expect(paid).toMatchObject({ status: 'paid', amount_remaining: 0 });
		expect(paid.payments?.data[0]?.payment.payment_intent).toMatch(/^pi_/);
		expect(await refusalOf(stripe.invoices.pay(id))).toMatchObject({
			message: 'Invoice is already paid',
		});
		expect(simulator.report().charges).toHaveLength(1);
	});

	it('can be edited as a draft only', async () => {
		const { id } = await draft();
		const longer = await stripe.invoices.addLines(id, {
			lines: [{ amount: -1000, description: 'Credit' }],
		});
		expect(longer).toMatchObject({ total: 4000, amount_due: 4000 });
		expect((await stripe.invoices.listLineItems(id)).data).toHaveLength(2);
		await stripe.invoices.finalizeInvoice(id);
		for (const late of [
			stripe.invoices.addLines(id, { lines: [{ amount: 1 }] }),
			stripe.invoices.update(id, { description: 'x' }),
			stripe.invoices.del(id),
			stripe.invoiceItems.create({ customer, invoice: id, amount: 1, currency: 'eur' }),
		])
			expect(await refusalOf(late)).toMatchObject({ statusCode: 400 });
		await stripe.invoices.voidInvoice(id);
		expect(await refusalOf(stripe.invoices.pay(id))).toMatchObject({ statusCode: 400 });
	});

	it('is sent only if it is not charged automatically', async () => {
		const { id } = await draft();
		expect(await refusalOf(stripe.invoices.sendInvoice(id))).toMatchObject({ statusCode: 400 });
		const sent = await stripe.invoices.create({
			customer,
			collection_method: 'send_invoice',
			days_until_due: 14,
			currency: 'eur',
		});
		expect(
			(await stripe.invoices.list({ customer, collection_method: 'send_invoice' })).data,
		).toHaveLength(1);
		await stripe.invoices.addLines(sent.id, { lines: [{ amount: 700 }] });
		expect((await stripe.invoices.sendInvoice(sent.id)).status).toBe('open');
		expect((await stripe.events.list({ type: 'invoice.sent' })).data).toHaveLength(1);
	});
});

it('expands no more than four levels', async () => {
	const expand = ['data.items.data.price.product'];
	expect(await refusalOf(stripe.subscriptions.list({ expand }))).toMatchObject({ statusCode: 400 });
});
