import type { INodeParameters } from 'n8n-workflow';

import { letLiveKeysReachTheSimulator } from '../../../simulator/asStripesOwn';
import type { Row } from '../../../../ledger/model/row';
import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import { row } from '../../../ledger/stores/conformance';
import { CLAIM_ORDER, RegistryFixture, RESERVE } from '../../fixtures/registryFixture';
import { describeEveryLedger } from '../../fixtures/everyLedger';
import { CHARGE, STRIPE_NODE } from '../../fixtures/ordersFixture';

letLiveKeysReachTheSimulator();

const [DONE, REFUSED] = [0, 1];
const STRIPE = { type: STRIPE_NODE };
const FORGET: INodeParameters = {
	resource: 'entry',
	operation: 'forget',
	by: 'Ada',
	findBy: 'field',
	fieldValue: '={{ $json.order }}',
};
const PAY: INodeParameters = { ...CHARGE, options: { maxRetries: 0, timeoutSeconds: 5 } };

let registry: RegistryFixture;

describe('an entry made in test mode', () => {
	describeEveryLedger((here) => {
		it('is deleted on request of a person, and can be tried again with a different amount', async () => {
			registry = here();
			const order = { order: `tried ${Math.random()}` };
			await registry.one(PAY, order, STRIPE);
			const { through, json } = await registry.one(FORGET, order);
			expect(through).toBe(DONE);
			expect(json).toMatchObject({ forgotten: true, state: 'succeeded' });
			// Stripe itself knows the key for a day.
			registry.time.advance(25 * 3_600_000);
			const again = await registry.one(PAY, { ...order, amount: 4900 }, STRIPE);
			expect(again.json).toMatchObject({ amount: 4900, idempotency: { replayed: false } });
		});
	});
});

describe('an entry is not deleted', () => {
	beforeEach(async () => {
		registry = await RegistryFixture.open();
	});
	afterEach(() => registry.close());

	async function expectRefused(order: string, reason: string) {
		const before = await registry.fixture.entries();
		const { through, json } = await registry.one(FORGET, { order });
		expect(through).toBe(REFUSED);
		expect(json.error).toMatchObject({ outcome: 'not_forgotten', reason });
		expect(await registry.fixture.entries()).toEqual(before);
	}

	it('if it was made in live mode, whatever key the credential has', async () => {
		await registry.one(PAY, { order: 'live' }, { ...STRIPE, credential: { secretKey: 'sk_live_shop' } });
		await expectRefused('live', 'live');
	});

	it('if a token was issued for it: its limit counts it', async () => {
		await registry.one(RESERVE, { order: 'reserved' });
		await expectRefused('reserved', 'reserved');
	});

	it('if it is in flight, or was interrupted while sending', async () => {
		const store = SqliteStore.open(registry.fixture.ledgerFile);
		const facts = { mode: 'test', account: 'acct_1', fields: [['order', 'cut']] } as const;
		const sending = { ...row({ state: 'in_flight' }), ...facts } as unknown as Row;
		await store.insertIfAbsent([sending]);
		await store.close();
		await expectRefused('cut', 'in_flight');
	});

	it('if it is a claim on another API', async () => {
		await registry.one({ ...CLAIM_ORDER, options: { environment: 'test' } }, { order: 'shipment' });
		await expectRefused('shipment', 'not_of_stripe');
	});

	it('by a model, whatever it says', async () => {
		await registry.one(PAY, { order: 'paid' }, STRIPE);
		const [answer] = await registry.asTool(FORGET, [{ order: 'paid' }]);
		expect(answer).toMatchObject({ reason: 'not_for_models' });
		expect(await registry.fixture.entries()).toHaveLength(1);
	});
});
