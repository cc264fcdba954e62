import { allItems, ExampleFixture, messagesOf } from './exampleFixture';

const example = ExampleFixture.use('cancel-and-credit');

const APPROVED = { Decision: 'Approve', 'Your name': 'Olga' };

const effects = () =>
	['customer.subscription.deleted', 'credit_note.created', 'refund.created'].map((type) =>
		example.count(type),
	);

it('cancels and credits once what was approved, even if it is requested again', async () => {
	for (const replayed of [false, true]) {
		const result = await example.run({ form: APPROVED });
		expect(messagesOf(result)).toEqual([]);
		expect(allItems(result, 'Send the Question')[0]?.message).toContain(
			'(too_expensive: Moves to the annual plan of a competitor)?\nRefund 20.00 EUR of invoice',
		);
		expect(allItems(result, 'Canceled')).toMatchObject([{ total: 2000, idempotency: { replayed } }]);
	}
	expect(effects()).toEqual([1, 1, 1]);
	const [subscription] = (await example.api.subscriptions.list({ status: 'all' })).data;
	expect(subscription?.cancellation_details).toMatchObject({ feedback: 'too_expensive' });
});

it('does nothing if it was denied', async () => {
	const result = await example.run({ form: { Decision: 'Deny' } });
	expect(result.runs('Tell Who Asked')).toHaveLength(1);
	expect(effects()).toEqual([0, 0, 0]);
});

it.each([
	['the cancellation', 'DELETE', /^\/v1\/subscriptions\//],
	['the credit note', 'POST', '/v1/credit_notes'],
])('loops when the response to %s is lost, and executes each step once', async (_, method, path) => {
	example.loseAnswer(path, { match: { method, path } });
	const result = await example.run({ form: APPROVED });
	expect(result.runs('Wait Five Minutes')).toHaveLength(1);
	expect(messagesOf(result)).toEqual([]);
	expect(allItems(result, 'Canceled')).toHaveLength(1);
	expect(effects()).toEqual([1, 1, 1]);
});

it('reports which step is missing while Stripe is unavailable, and the next run executes only that one', async () => {
	example.stripe.inject({ kind: 'error503', times: Infinity, match: { path: '/v1/credit_notes' } });
	expect(messagesOf(await example.run({ form: APPROVED }))).toEqual([
		expect.stringMatching(
			/^Ticket T-1001: the subscription is canceled, but the credit note is not created\./,
		),
	]);
	expect(effects()).toEqual([1, 0, 0]);
	example.stripe.clearFaults();
	expect(messagesOf(await example.run({ form: APPROVED }))).toEqual([]);
	expect(effects()).toEqual([1, 1, 1]);
});

it('reduces the amount due on an open invoice, without a refund, even if it is requested again', async () => {
	const { id: customer } = await example.api.customers.create({});
	const product = await example.api.products.create({ name: 'Plan' });
	const price = await example.api.prices.create({
		product: product.id,
		currency: 'eur',
		unit_amount: 3000,
		recurring: { interval: 'month' },
	});
	const { id: subscription, latest_invoice } = await example.api.subscriptions.create({
		customer,
		items: [{ price: price.id }],
		collection_method: 'send_invoice',
		days_until_due: 14,
	});
	await example.api.invoices.finalizeInvoice(latest_invoice as string);
	const request = { ticket: 'T-2', subscription, reason: 'unused', comment: 'Closed', credit: '30.00' };
	const items = [{ body: request }];
	for (const replayed of [false, true]) {
		const result = await example.run({ trigger: 'Cancellation Is Asked For', items, form: APPROVED });
		expect(allItems(result, 'Canceled')).toMatchObject([{ idempotency: { replayed } }]);
		expect(messagesOf(result)).toEqual([]);
	}
	expect(effects()).toEqual([1, 1, 0]);
});
