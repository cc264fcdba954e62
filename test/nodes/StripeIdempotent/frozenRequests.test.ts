import { CHARGE, withCustomKey, withOptions, OrdersFixture } from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const sends = () => fixture.simulator.sends();

it('a conflict names only what the user has changed, never what the node adds by itself', async () => {
	await fixture.run(CHARGE, [{ order: '1001' }]);
	const additionalFields = { returnUrl: 'https://example.com/thanks' };
	const { fix } = await fixture.run({ ...CHARGE, additionalFields }, [{ order: '1001' }]);
	expect(fix[0]!.error.message).toContain('example.com');
	expect(fix[0]!.error.message).not.toMatch(/automatic|redirect|metadata/i);
});

it('a repeat sends exactly the first request, even if the ledger stores no parameters', async () => {
	fixture.simulator.inject({ kind: 'resetAfter' });
	const how = {
		...CHARGE,
		...withCustomKey('a'),
		...withOptions({ storeParameters: false, maxRetries: 0 }),
	};
	await fixture.run(how, [{}]);
	const { success } = await fixture.run(how, [{}]);
	expect(success).toHaveLength(1);
	const [first, second] = sends();
	expect(second!.params).toEqual(first!.params);
	expect(second!.params).toMatchObject({
		automatic_payment_methods: { enabled: 'true', allow_redirects: 'never' },
		metadata: { n8n_entry: success[0]!.idempotency.entryId },
	});
});
