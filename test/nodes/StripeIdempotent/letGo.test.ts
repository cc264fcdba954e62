import { Hints } from '../../../nodes/StripeIdempotent/output/hints';
import { CHARGE, OrdersFixture } from '../fixtures/ordersFixture';

/** A run of ten thousand would keep as many claims with their requests until its end. */
it('a finished item keeps only the data reported at the end of the run', async () => {
	const fixture = await OrdersFixture.open();
	const publish = jest.spyOn(Hints.prototype, 'publish');
	try {
		const { success } = await fixture.run(
			CHARGE,
			['1', '2', '3'].map((order) => ({ order })),
		);
		expect(success).toHaveLength(3);
		const [items] = publish.mock.calls[0]!;
		for (const item of items) {
			expect(Object.keys(item).sort()).toEqual(['claim', 'connection', 'kind', 'name', 'options']);
			expect(Object.keys('claim' in item ? item.claim : {}).sort()).toEqual(['fields', 'origin']);
		}
		const options = items.map((item) => ('options' in item ? item.options : undefined));
		expect(new Set(options).size).toBe(1);
	} finally {
		publish.mockRestore();
		await fixture.close();
	}
});
