import { CHARGE, EMPTY_CARD, OrdersFixture, toLocator, withOptions } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const SUMMARY = { ...CHARGE, ...withOptions({ summaryItem: true }) };

const summaryOf = async (parameters: Parameters<OrdersFixture['run']>[0], items: object[]) =>
	(await fixture.run(parameters, items as never)).items.at(-1)?.map(({ json }) => json);

describe('the summary item', () => {
	it('reports counts and money per output', async () => {
		fixture.simulator.inject({
			kind: 'error503',
			times: Infinity,
			match: { metadata: { order: 'lost' } },
		});
		const lostOrders = {
			...SUMMARY,
			additionalFields: { metadata: { entry: [{ key: 'order', value: '={{ $json.order }}' }] } },
		};
		await fixture.run(lostOrders, [{ order: 'before', amount: 4970 }]);
		const [summary, ...more] = (await summaryOf(lostOrders, [
			{ order: '1' },
			{ order: '2', currency: 'JPY', amount: 500 },
			{ order: '3', card: EMPTY_CARD },
			{ order: 'lost', amount: 1000 },
			{ order: '' },
			{ order: 'before', amount: 4970 },
			{ order: '1' },
			{ order: '3', card: EMPTY_CARD },
			{ order: '1', amount: 2999 },
		]))!;
		expect(more).toEqual([]);
		expect(summary).toEqual({
			summary:
				'9 items: 2 completed now, 1 completed before (49.70 EUR), 1 twin, 4 to fix (19.99 EUR), 1 to retry (10.00 EUR). Moved now: 2 payments: 19.99 EUR, 500 JPY.',
			items: 9,
			done: {
				items: 2,
				outcomes: { succeeded: 2 },
				money: [
					{ currency: 'eur', amount: '19.99', amountMinor: 1999 },
					{ currency: 'jpy', amount: '500', amountMinor: 500 },
				],
			},
			doneBefore: {
				items: 1,
				outcomes: { succeeded: 1 },
				money: [{ currency: 'eur', amount: '49.70', amountMinor: 4970 }],
			},
			twins: { items: 1, outcomes: { succeeded: 1 }, money: [] },
			fix: {
				items: 4,
				outcomes: { rejected: 2, missing_key: 1, conflict: 1 },
				money: [{ currency: 'eur', amount: '19.99', amountMinor: 1999 }],
			},
			retry: {
				items: 1,
				outcomes: { unknown: 1 },
				money: [{ currency: 'eur', amount: '10.00', amountMinor: 1000 }],
			},
		});
	});

	it('reports that a replay has moved nothing now', async () => {
		await fixture.run(CHARGE, [{ order: '1' }]);
		expect(await summaryOf(SUMMARY, [{ order: '1' }])).toMatchObject([
			{
				summary: '1 item: 1 completed before (19.99 EUR). No money was moved now.',
				done: { items: 0 },
			},
		]);
	});

	it('reports that a payment made elsewhere has moved nothing now', async () => {
		const { invoices, customers } = fixture.stripe;
		const { id: customer } = await customers.create();
		const { id } = await invoices.create({ customer, currency: 'eur' });
		await invoices.addLines(id, { lines: [{ amount: 5000, description: 'Work' }] });
		await invoices.finalizeInvoice(id);
		await invoices.pay(id, { payment_method: 'pm_card_visa' });
		const pay = { resource: 'invoice', operation: 'pay', invoice: toLocator('id', id) };
		expect(await summaryOf({ ...SUMMARY, ...pay }, [{ order: '1' }])).toMatchObject([
			{ summary: '1 item: 1 completed before (50.00 EUR). No money was moved now.' },
		]);
	});

	it('counts no money for a payment that was only created', async () => {
		const created = { ...SUMMARY, confirm: false, paymentMethod: '' };
		for (const done of ['done', 'doneBefore']) {
			const [summary] = (await summaryOf(created, [{ order: '1' }]))!;
			expect(summary).toMatchObject({ [done]: { items: 1, money: [] } });
			expect(summary!.summary).toMatch(/No money was moved now\.$/);
		}
	});

	it('reports what a change of plan has charged, previewed or not, and nothing if none was invoiced', async () => {
		const { customers, prices, subscriptions } = fixture.stripe;
		const settings = { default_payment_method: 'pm_card_visa' };
		const { id: customer } = await customers.create({ invoice_settings: settings });
		const newPrice = (amount: number) =>
			prices.create({
				currency: 'eur',
				unit_amount: amount,
				recurring: { interval: 'month' },
				product_data: { name: 'Plan' },
			});
		const [basic, pro] = [await newPrice(1000), await newPrice(3000)];
		const change = async (chargeAtMost: string, changeWhen = 'always_invoice') => {
			const { id } = await subscriptions.create({ customer, items: [{ price: basic.id }] });
			const [summary] = (await summaryOf(
				{
					...SUMMARY,
					resource: 'subscription',
					operation: 'changePlan',
					subscription: toLocator('id', id),
					price: toLocator('id', pro.id),
					quantity: '',
					changeWhen,
					chargeAtMost,
				},
				[{ order: '1' }],
			))!;
			return summary?.summary as string;
		};
		for (const cap of ['20 EUR', ''])
			expect(await change(cap)).toBe('1 item: 1 completed now. Moved now: 1 payment: 20.00 EUR.');
		expect(await change('', 'create_prorations')).toBe('1 item: 1 completed now.');
	});

	it('has its own output, behind all others, and is absent without items', async () => {
		const both = { ...CHARGE, ...withOptions({ summaryItem: true, duplicates: 'output' }) };
		expect((await fixture.run(both, [{ order: '1' }])).items.map(({ length }) => length)).toEqual([
			1, 0, 0, 0, 1,
		]);
		expect((await fixture.run(SUMMARY, [])).items.at(-1)).toEqual([]);
	});
});
