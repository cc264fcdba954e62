import type { INodeParameters } from 'n8n-workflow';

import { letLiveKeysReachTheSimulator } from '../simulator/asStripesOwn';
import type { Row } from '../../ledger/model/entry';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { row } from '../ledger/storeConformance';
import { CLAIM, Desk, RESERVE } from './registryNode';
import { onEveryLedger } from './registryPlaces';
import { CHARGE, STRIPE_NODE } from './stripeNode';

letLiveKeysReachTheSimulator();

const [DONE, REFUSED] = [0, 1];
const STRIPE = { type: STRIPE_NODE };
const FORGET: INodeParameters = {
	...{ resource: 'entry', operation: 'forget', by: 'Ada' },
	...{ findBy: 'field', fieldValue: '={{ $json.order }}' },
};
const PAY: INodeParameters = { ...CHARGE, options: { maxRetries: 0, timeoutSeconds: 5 } };

let desk: Desk;

describe('what was tried out in test mode', () => {
	onEveryLedger((here) => {
		it('is forgotten when a person says so, and can be tried again with another amount', async () => {
			desk = here();
			const order = { order: `tried ${Math.random()}` };
			await desk.one(PAY, order, STRIPE);
			const { through, json } = await desk.one(FORGET, order);
			expect(through).toBe(DONE);
			expect(json).toMatchObject({ forgotten: true, state: 'succeeded' });
			// Stripe itself knows the key for a day.
			desk.time.advance(25 * 3_600_000);
			const again = await desk.one(PAY, { ...order, amount: 4900 }, STRIPE);
			expect(again.json).toMatchObject({ amount: 4900, idempotency: { replayed: false } });
		});
	});
});

describe('is not forgotten', () => {
	beforeEach(async () => {
		desk = await Desk.open();
	});
	afterEach(() => desk.close());

	async function expectRefused(order: string, reason: string) {
		const before = await desk.setting.entries();
		const { through, json } = await desk.one(FORGET, { order });
		expect(through).toBe(REFUSED);
		expect(json.error).toMatchObject({ outcome: 'not_forgotten', reason });
		expect(await desk.setting.entries()).toEqual(before);
	}

	it('what was done in live mode, whatever the key in the credential is', async () => {
		await desk.one(PAY, { order: 'live' }, { ...STRIPE, credential: { secretKey: 'sk_live_shop' } });
		await expectRefused('live', 'live');
	});

	it('what a token was given for: its limit counts it', async () => {
		await desk.one(RESERVE, { order: 'reserved' });
		await expectRefused('reserved', 'reserved');
	});

	it('what is being sent, or was cut off while it was sent', async () => {
		const store = SqliteStore.open(desk.setting.ledgerFile);
		const facts = { mode: 'test', account: 'acct_1', fields: [['order', 'cut']] } as const;
		const sending = { ...row({ state: 'in_flight' }), ...facts } as unknown as Row;
		await store.insertIfAbsent([sending]);
		await store.close();
		await expectRefused('cut', 'in_flight');
	});

	it('a claim on another API', async () => {
		await desk.one({ ...CLAIM, options: { environment: 'test' } }, { order: 'shipment' });
		await expectRefused('shipment', 'not_of_stripe');
	});

	it('by a model, whatever it says', async () => {
		await desk.one(PAY, { order: 'paid' }, STRIPE);
		const [answer] = await desk.asTool(FORGET, [{ order: 'paid' }]);
		expect(answer).toMatchObject({ reason: 'not_for_models' });
		expect(await desk.setting.entries()).toHaveLength(1);
	});
});
