import { whereInstalled } from '../../servers/binaries';
import { useRealN8n } from '../harness/useRealN8n';
import type { RealN8n } from '../harness/realN8n';
import { CHARGE_NODE_NAME, chargeByWebhook } from '../harness/webhookWorkflows';

/** What the node says of an order that a shop sends. */
async function pay({ api }: RealN8n, path: string, orderNumber: string): Promise<unknown> {
	const { status, body } = await api.callWebhook(path, {
		order_number: orderNumber,
		amount: 4200,
		currency: 'eur',
		payment_method: 'pm_card_visa',
	});
	expect(status).toBe(200);
	return (body as { idempotency: unknown }).idempotency;
}

const CHARGED = { state: 'succeeded', replayed: false, source: 'stripe' };
const REPLAYED = { state: 'succeeded', replayed: true, source: 'ledger' };

describe('n8n in one process', () => {
	const n8n = useRealN8n();

	it('charges an order once, also when n8n is killed and comes back', async () => {
		const { api, main, simulator } = n8n();
		const { id } = await api.importWorkflow(chargeByWebhook('orders'));
		await api.publish(id);

		expect(await pay(n8n(), 'orders', 'SO-1')).toMatchObject(CHARGED);
		expect(await pay(n8n(), 'orders', 'SO-1')).toMatchObject(REPLAYED);
		await main.kill();
		await main.restart();
		expect(await pay(n8n(), 'orders', 'SO-1')).toMatchObject(REPLAYED);
		expect(simulator.report().charges).toHaveLength(1);
	});

	it('tells a person in the editor that nothing was paid twice', async () => {
		const { api } = n8n();
		const json = { order_number: 'SO-1', amount: 4200, currency: 'eur', payment_method: 'pm_card_visa' };
		const { id } = await api.importWorkflow({
			...chargeByWebhook('by-hand'),
			pinData: { Order: [{ json: { body: json } }] },
		});
		const execution = await api.runByHand(id);
		expect(execution).toMatchObject({ status: 'success', mode: 'manual' });
		expect(execution.outputs('Success')[0]).toHaveLength(1);
		expect(execution.hints(CHARGE_NODE_NAME).map(({ message }) => message)).toContain(
			'The item was completed by an earlier run. Nothing was paid twice.',
		);
	});
});

whereInstalled(
	'initdb',
	'postgres',
	'redis-server',
)('n8n with two workers', () => {
	const n8n = useRealN8n({ mode: 'queue' });

	it.each(['postgres', 'redis'])('charges an order once with its ledger in %s', async (ledger) => {
		const { api, main, simulator, workers } = n8n();
		const before = simulator.report().charges.length;
		const { id } = await api.importWorkflow(chargeByWebhook(ledger, { ledger }));
		await api.publish(id);

		expect(await pay(n8n(), ledger, `SO-${ledger}`)).toMatchObject(CHARGED);
		const again = await Promise.all([1, 2, 3, 4].map(() => pay(n8n(), ledger, `SO-${ledger}`)));
		for (const answer of again) expect(answer).toMatchObject(REPLAYED);
		await Promise.all([...workers].map((worker) => n8n().replace(worker)));
		await main.kill();
		await main.restart();
		expect(await pay(n8n(), ledger, `SO-${ledger}`)).toMatchObject(REPLAYED);
		expect(simulator.report().charges).toHaveLength(before + 1);
	});
});
