import { CHARGE, EMPTY_CARD, OrdersFixture, withOptions } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const SUMMARY = { ...CHARGE, ...withOptions({ summaryItem: true }) };

const summaryOf = async (parameters: Parameters<OrdersFixture['run']>[0], items: object[]) =>
	(await fixture.run(parameters, items as never)).items.at(-1)?.map(({ json }) => json);

describe('the summary item', () => {
	it('tells counts and money of each way in which items left', async () => {
		await fixture.run(CHARGE, [{ order: 'before', amount: 4970 }]);
		fixture.simulator.inject({
			kind: 'error503',
			times: Infinity,
			match: { metadata: { order: 'lost' } },
		});
		const lostOrders = {
			...SUMMARY,
			additionalFields: { metadata: { entry: [{ key: 'order', value: '={{ $json.order }}' }] } },
		};
		const [summary, ...more] = (await summaryOf(lostOrders, [
			{ order: '1' },
			{ order: '2', currency: 'JPY', amount: 500 },
			{ order: '3', card: EMPTY_CARD },
			{ order: 'lost', amount: 1000 },
			{ order: '' },
			{ order: '1' },
		]))!;
		expect(more).toEqual([]);
		expect(summary).toEqual({
			summary:
				'6 items: 2 completed now, 2 to fix (4xx), 1 to retry (5xx), 1 completed before. Moved now: 2 payments: 19.99 EUR, 500 JPY.',
			items: 6,
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
				money: [{ currency: 'eur', amount: '19.99', amountMinor: 1999 }],
			},
			fix: {
				items: 2,
				outcomes: { rejected: 1, missing_key: 1 },
				money: [{ currency: 'eur', amount: '19.99', amountMinor: 1999 }],
			},
			retry: {
				items: 1,
				outcomes: { unknown: 1 },
				money: [{ currency: 'eur', amount: '10.00', amountMinor: 1000 }],
			},
		});
	});

	it('says that a replay has moved nothing now', async () => {
		await fixture.run(CHARGE, [{ order: '1' }]);
		expect(await summaryOf(SUMMARY, [{ order: '1' }])).toMatchObject([
			{ summary: '1 item: 1 completed before. No money was moved now.', done: { items: 0 } },
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

	it('has an output of its own, behind all others, and none without items', async () => {
		const both = { ...CHARGE, ...withOptions({ summaryItem: true, duplicates: 'output' }) };
		expect((await fixture.run(both, [{ order: '1' }])).items.map(({ length }) => length)).toEqual([
			1, 0, 0, 0, 1,
		]);
		expect((await fixture.run(SUMMARY, [])).items.at(-1)).toEqual([]);
	});
});
