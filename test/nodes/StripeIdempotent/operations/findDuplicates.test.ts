import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { CHARGE, OrdersFixture, withCustomKey } from '../../fixtures/ordersFixture';

const FIND: INodeParameters = { resource: 'account', operation: 'findDuplicates' };

describe('Find Duplicates', () => {
	let fixture: OrdersFixture;
	let customer: string;
	beforeEach(async () => {
		fixture = await OrdersFixture.open();
		customer = (await fixture.stripe.customers.create({ email: 'anna@example.com' })).id;
	});
	afterEach(() => fixture.close());

	const charge = async (order: string, parameters: INodeParameters = {}) => {
		const { success } = await fixture.run({ ...CHARGE, customer, ...parameters }, [{ order }]);
		return success[0] as unknown as { id: string };
	};
	/** By something that keeps no ledger. */
	const chargeElsewhere = () =>
		fixture.stripe.paymentIntents.create({
			amount: 1_999,
			currency: 'eur',
			customer,
			payment_method: 'pm_card_visa',
			confirm: true,
			return_url: 'https://example.com',
		});

	it('reports a payment that was made twice, what the ledger knows of each, and a conclusion in one sentence', async () => {
		const known = await charge('1');
		const other = await chargeElsewhere();
		fixture.forgetRequests();

		const { success } = await fixture.run(FIND, [{}]);

		expect(success).toEqual([
			expect.objectContaining({
				object: 'duplicates',
				duplicatesOf: 'payments',
				count: 2,
				amount: 1_999,
				currency: 'eur',
				customer,
				summary: expect.stringMatching(
					/^2 payments of 19\.99 EUR of cus_\w+: the first on [\d-]+ [\d:]+ UTC, the last (?:at the same time|\d+ \w+ later)\. The ledger knows 1 of them\.$/,
				) as string,
			}),
		]);
		const [{ kept, extras }] = success as unknown as [{ kept: IDataObject; extras: IDataObject[] }];
		const all = [kept, ...extras];
		expect(new Set(all.map(({ paymentIntent }) => paymentIntent))).toEqual(new Set([known.id, other.id]));
		const ofLedger = all.find(({ paymentIntent }) => paymentIntent === known.id);
		expect(ofLedger).toMatchObject({
			isInLedger: true,
			entryState: 'succeeded',
			amountText: '19.99 EUR',
		});
		expect(all.find(({ paymentIntent }) => paymentIntent === other.id)).toMatchObject({
			isInLedger: false,
		});
		expect(kept.dashboardUrl).toBe(`https://dashboard.stripe.com/test/payments/${kept.id as string}`);
		expect(fixture.simulator.requests.map(({ method }) => method)).not.toContain('POST');
	});

	it('finds a payment of the same person as a different customer, and reports that they are two', async () => {
		await chargeElsewhere();
		const again = await fixture.stripe.customers.create({ email: ' Anna@Example.com' });
		await charge('1', { customer: again.id, paymentMethod: 'pm_card_mastercard' });

		const { success } = await fixture.run(FIND, [{}]);

		expect(success).toMatchObject([{ count: 2, kept: { customer }, extras: [{ customer: again.id }] }]);
		expect(success[0]).not.toHaveProperty('customer');
		expect(success[0]).toMatchObject({
			summary: expect.stringContaining(
				'2 payments of 19.99 EUR of 2 customers who look like one:',
			) as string,
		});
		expect(JSON.stringify(success)).not.toContain('@');
	});

	it('reports that there are none, with the number compared', async () => {
		await charge('1');
		await charge('2', { amount: '2000' });
		const { items, hints } = await fixture.run(FIND, [{}]);
		const messages = hints('Node').map(({ message }) => message);
		expect(items.flat()).toEqual([]);
		expect(messages).toContain(
			'No duplicates found among 2 payments, with up to 60 minutes between two of them (Within).',
		);
	});

	it('does not count a refunded payment', async () => {
		const first = await charge('1');
		await charge('2');
		await fixture.stripe.refunds.create({ payment_intent: first.id });
		expect((await fixture.run(FIND, [{}])).items.flat()).toEqual([]);
	});

	it('reads all pages, and looks up each of many', async () => {
		for (let n = 0; n < 130; n++) await chargeElsewhere();
		const { success } = await fixture.run(FIND, [{}]);
		expect(success).toEqual([expect.objectContaining({ count: 130 })]);
	});

	it.each([
		['refunds', 2],
		['payments', 0],
	])('for a payment refunded twice in parts, %s: %d', async (duplicatesOf, count) => {
		const { id } = await charge('1');
		for (const n of ['a', 'b'])
			await fixture.stripe.refunds.create({ payment_intent: id, amount: 500, metadata: { n } });
		const { success } = await fixture.run({ ...FIND, duplicatesOf }, [{}]);
		expect(success.map((item) => item.count)).toEqual(count === 0 ? [] : [count]);
	});

	it('finds two subscriptions of a customer to one price', async () => {
		const product = await fixture.stripe.products.create({ name: 'Pro' });
		const price = await fixture.stripe.prices.create({
			product: product.id,
			currency: 'eur',
			unit_amount: 900,
			recurring: { interval: 'month' },
		});
		const subscribe = () =>
			fixture.stripe.subscriptions.create({
				customer,
				items: [{ price: price.id }],
				collection_method: 'send_invoice',
				days_until_due: 14,
			});
		await subscribe();
		await subscribe();
		const { success } = await fixture.run({ ...FIND, duplicatesOf: 'subscriptions' }, [{}]);
		expect(success).toMatchObject([{ count: 2, customer, duplicatesOf: 'subscriptions' }]);
	});

	it('finds two invoices of one order', async () => {
		for (const order_number of ['SO-1', 'SO-1', 'SO-2'])
			await fixture.stripe.invoices.create({ customer, metadata: { order_number } });
		const { success } = await fixture.run({ ...FIND, duplicatesOf: 'invoices' }, [{}]);
		expect(success).toMatchObject([{ count: 2, duplicatesOf: 'invoices' }]);
	});

	it.each([
		[{ withinMinutes: 0 }, /Within \(Minutes\) is "0"/],
		[{ withinMinutes: 1.5 }, /Within \(Minutes\) is "1.5"/],
		[
			{ duplicatesOf: 'invoices', orderNumberKey: '={{ $json.nothing }}' },
			/Order Number Key is an expression that returned no value/,
		],
		[
			{ withinMinutes: '={{ $json.nothing }}' },
			/Within \(Minutes\) is an expression that returned no value/,
		],
		[{ duplicatesOf: 'customers' }, /Duplicates Of is "customers"/],
		[{ filters: { createdAfter: 'yesterday' } }, /Created After/],
	])('refuses %j', async (parameters, message) => {
		const { fix } = await fixture.run({ ...FIND, ...parameters }, [{}]);
		expect(fix[0]?.error.message).toMatch(message);
	});

	it('leaves through Retry if a page cannot be read: half a list is not an answer', async () => {
		for (let n = 0; n < 101; n++) await chargeElsewhere();
		fixture.simulator.inject({ kind: 'error503', match: { method: 'GET', path: '/v1/charges', nth: 2 } });
		const run = await fixture.run({ ...FIND, options: { maxRetries: 0 } }, [{}]);
		expect(run.success).toEqual([]);
		expect(run.retry).toHaveLength(1);
	});

	it('leaves through Retry if the ledger cannot be read: it would report that nothing is known', async () => {
		await charge('1');
		await charge('2', withCustomKey('again'));
		const run = await fixture.run(
			{ ...FIND, ledger: 'localFile', ledgerFile: '/dev/null/nowhere.sqlite' },
			[{}],
		);
		expect(run.success).toEqual([]);
		expect([...run.retry, ...run.fix]).toHaveLength(1);
	});
});
