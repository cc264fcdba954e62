import type { INodeParameters } from 'n8n-workflow';

import { CHARGE, OrdersFixture, toLocator, withCustomKey, withOptions } from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const otherParameters = (given: object): INodeParameters => ({
	additionalFields: { otherParameters: JSON.stringify(given) },
});

describe('metadata by which the ledger finds its requests', () => {
	it("cannot be put on somebody else's payment to make a lost one pass for paid", async () => {
		fixture.simulator.inject({ kind: 'resetBefore' });
		const { retry } = await fixture.run({ ...CHARGE, ...withOptions({ maxRetries: 0 }) }, [
			{ order: '1' },
		]);
		const { entryId } = retry[0]!.idempotency;
		const other = await fixture.stripe.paymentIntents.create({ amount: 1999, currency: 'eur' });
		fixture.forgetRequests();
		const metadata = { entry: [{ key: 'n8n_entry', value: entryId! }] };
		const { fix } = await fixture.run(
			{
				resource: 'paymentIntent',
				operation: 'update',
				paymentIntent: toLocator('id', other.id),
				additionalFields: { metadata },
				...withCustomKey('update'),
			},
			[{}],
		);
		expect(fix[0]!.error).toMatchObject({ outcome: 'refused' });
		expect(fix[0]!.error.message).toMatch(/Metadata "n8n_entry" belongs to the ledger/);
		expect(fixture.simulator.sends()).toEqual([]);
	});

	it.each<[string, INodeParameters]>([
		[
			'an object that is created in addition',
			{
				resource: 'checkoutSession',
				operation: 'create',
				mode: 'payment',
				successUrl: 'https://example.com/thanks',
				lineItems: { row: [{ price: toLocator('id', 'price_1'), quantity: 1 }] },
				...otherParameters({ payment_intent_data: { metadata: { n8n_entry: 'v1_x' } } }),
			},
		],
		[
			'a call',
			{
				resource: 'customApiCall',
				operation: 'request',
				method: 'POST',
				path: '/v1/customers/cus_1',
				body: '{"metadata": {"n8n_entry": ""}}',
			},
		],
		[
			'a call that clears all metadata',
			{
				resource: 'customApiCall',
				operation: 'request',
				method: 'POST',
				path: '/v1/customers/cus_1',
				body: '{"metadata": ""}',
			},
		],
	])('cannot be set by %s', async (_name, parameters) => {
		const { fix } = await fixture.run({ ...parameters, ...withCustomKey('1') }, [{}]);
		expect(fix[0]!.error.message).toMatch(/Metadata "n8n_entry" belongs to the ledger/);
		expect(fixture.simulator.sends()).toEqual([]);
	});

	it('is replaced if it was copied into a created object', async () => {
		const metadata = { entry: [{ key: 'n8n_entry', value: 'v1_x' }] };
		const { success } = await fixture.run({ ...CHARGE, additionalFields: { metadata } }, [
			{ order: '1' },
		]);
		const { entryId } = success[0]!.idempotency;
		expect(success[0]).toMatchObject({ metadata: { n8n_entry: entryId } });
	});
});
