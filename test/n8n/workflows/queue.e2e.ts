import { useRealN8n } from '../harness/useRealN8n';
import { whereInstalled } from '../../servers/binaries';
import { countCharges, sendsOf, reportFigures } from './figures';
import { buildOrder } from './nodes';
import { buildOrderWorkflow } from './orderWorkflow';
import { ShopClient } from './shopClient';
import { WorkerKill } from './workerKill';

/** A claim lasts for 23 seconds: so long an order waits that a worker was sending when it died. */
const OPTIONS = { timeoutSeconds: 3, maxRetries: 0, waitForBusySeconds: 5 };

/** n8n notices after a minute that a worker is gone; a shop does not wait that long for an answer. In milliseconds. */
const PATIENCE = 20_000;

const ORDERS = 300;

/** So many of them come twice at once. */
const TWICE = 30;

whereInstalled(
	'initdb',
	'postgres',
	'redis-server',
)('n8n with two workers', () => {
	// The Redis that it starts writes each change to its disk before it answers: as a ledger must.
	const n8n = useRealN8n({ mode: 'queue' });

	it.each([
		['Postgres', 'postgres'],
		['Redis', 'redis'],
	])(
		'charges 300 orders once each with the ledger in %s, though a worker is killed among them',
		async (_, ledger) => {
			const { api, main, simulator, workers } = n8n();
			const began = performance.now();
			const { id } = await api.importWorkflow(buildOrderWorkflow(ledger, { ledger, options: OPTIONS }));
			await api.publish(id);
			const fixture = new ShopClient(`${main.url}/webhook/${ledger}`, PATIENCE);
			const orders = Array.from({ length: ORDERS }, (_each, index) => buildOrder(`${ledger}-${index}`));

			const kill = new WorkerKill(n8n(), ORDERS / 3);
			await fixture.deliverAll(
				orders.flatMap((one, index) => (index % (ORDERS / TWICE) ? [one] : [one, one])),
			);
			await kill.end();
			expect(workers).toHaveLength(2);

			await fixture.settle(orders, 120_000);
			const { charged, duplicates, uncharged: lostCount } = countCharges(simulator, orders);
			const figures = { charged, duplicates, lost: lostCount };
			reportFigures(`queue mode, ${ledger}`, {
				client: fixture,
				orders: ORDERS,
				kills: 1,
				...figures,
				began,
			});
			expect(figures).toEqual({ charged: ORDERS, duplicates: 0, lost: 0 });
			expect(fixture.deliveries).toBeGreaterThan(ORDERS + TWICE);
			const sends = orders.map((one) => sendsOf(simulator, one));
			for (const ofOne of sends) expect(new Set(ofOne.map(({ key }) => key)).size).toBe(1);
			// What the dead worker had sent was sent again, and Stripe knew it.
			expect(sends.flat().filter(({ replayed }) => replayed)).not.toEqual([]);
		},
	);
});
