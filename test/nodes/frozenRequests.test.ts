import { CHARGE, keyOf, options, Shop } from './stripeNode';

let shop: Shop;
beforeEach(async () => {
	shop = await Shop.open();
});
afterEach(() => shop.close());

const sends = () => shop.simulator.sends();

it('what the node adds by itself is never named by a conflict: only what the user has changed', async () => {
	await shop.run(CHARGE, [{ order: '1001' }]);
	const additionalFields = { returnUrl: 'https://example.com/thanks' };
	const { clientError } = await shop.run({ ...CHARGE, additionalFields }, [{ order: '1001' }]);
	expect(clientError[0]!.error.message).toContain('example.com');
	expect(clientError[0]!.error.message).not.toMatch(/automatic|redirect|metadata/i);
});

it('a repeat sends exactly what was sent at first, also where the ledger keeps no parameters', async () => {
	shop.simulator.inject({ kind: 'resetAfter' });
	const how = { ...CHARGE, ...keyOf('a'), ...options({ storeParameters: false, maxRetries: 0 }) };
	await shop.run(how, [{}]);
	const { success } = await shop.run(how, [{}]);
	expect(success).toHaveLength(1);
	const [first, second] = sends();
	expect(second!.params).toEqual(first!.params);
	expect(second!.params).toMatchObject({
		automatic_payment_methods: { enabled: 'true', allow_redirects: 'never' },
		metadata: { n8n_entry: success[0]!.idempotency.entryId },
	});
});
