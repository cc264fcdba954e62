import type { INodeParameters } from 'n8n-workflow';

import { OrdersFixture, toLocator, withCustomKey } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
let customer: string;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
	customer = (await fixture.stripe.customers.create({ name: 'Ada' })).id;
});
beforeEach(() => fixture.forgetRequests());
afterAll(() => fixture.close());

const NOTHING = '={{ $json.nothing }}';
const id = (value: string) => toLocator('id', value);

let lastKey = 0;

async function run(operation: string, parameters: INodeParameters) {
	const key = withCustomKey(`decision ${(lastKey += 1)}`);
	const node = { resource: 'creditGrant', operation, simplify: false, ...key, ...parameters };
	const { success, fix } = await fixture.run(node, [{}]);
	return { item: success[0], error: fix[0]?.error, sends: fixture.simulator.sends() };
}

const EUR = { amount: '5', amountUnit: 'major', currency: 'EUR' };
const give = async (more: INodeParameters = {}) => {
	const { item } = await run('create', { customer: id(customer), ...EUR, ...more });
	fixture.forgetRequests();
	return item!;
};

describe('a credit grant', () => {
	it('is for all metered prices, or for some', async () => {
		const { item, sends } = await run('create', { customer: id(customer), ...EUR });
		expect(sends[0]?.params).toMatchObject({
			customer,
			category: 'paid',
			amount: { type: 'monetary', monetary: { value: '500', currency: 'eur' } },
			applicability_config: { scope: { price_type: 'metered' } },
			metadata: { n8n_entry: expect.any(String) as string },
		});
		expect(item).toMatchObject({ object: 'billing.credit_grant', customer });
		const prices = { row: [{ price: id('price_1') }, { price: id('price_2') }] };
		expect(await give({ category: 'promotional', prices })).toMatchObject({
			category: 'promotional',
			applicability_config: { scope: { prices: [{ id: 'price_1' }, { id: 'price_2' }] } },
		});
	});

	it('is read, listed, and given a different expiry', async () => {
		const { id: of } = await give();
		const one = { creditGrant: id(of as string) };
		expect((await run('get', one)).item).toMatchObject({ id: of });
		const listed = await run('getMany', { limit: 1, filters: { customer: id(customer) } });
		expect(listed.item).toMatchObject({ id: of });
		const additionalFields = { expiresAt: '2099-01-01T00:00:00Z' };
		const { item } = await run('update', { ...one, additionalFields });
		expect(item).toMatchObject({ expires_at: Date.UTC(2099, 0, 1) / 1000 });
	});

	it.each(['expire', 'void'])('is ended once by %s', async (operation) => {
		const { id: of } = await give();
		const end = { creditGrant: id(of as string), keySource: 'object' };
		const first = await run(operation, end);
		expect([first.item?.idempotency.alreadyDone, first.sends.length]).toEqual([false, 1]);
		fixture.forgetRequests();
		const again = await run(operation, end);
		expect([again.item?.idempotency.alreadyDone, again.sends.length]).toEqual([true, 0]);
	});

	it('that was voided cannot be expired', async () => {
		const { id: of } = await give();
		await fixture.stripe.billing.creditGrants.voidGrant(of as string);
		fixture.forgetRequests();
		const { error, sends } = await run('expire', { creditGrant: id(of as string), keySource: 'object' });
		expect([error?.outcome, sends]).toEqual(['conflict', []]);
	});

	it.each<[INodeParameters, string]>([
		[{ amount: NOTHING }, 'Amount'],
		[{ amount: '-5' }, 'Amount'],
		[{ currency: NOTHING }, 'Currency'],
		[{ prices: { row: [{ price: id('') }] } }, 'Price'],
		[{ additionalFields: { priority: 101 } }, 'Priority'],
	])('is refused if something is missing: %j', async (more, words) => {
		const { error, sends } = await run('create', { customer: id(customer), ...EUR, ...more });
		expect([error?.outcome, sends]).toEqual(['refused', []]);
		expect(error?.message).toContain(words);
	});
});
