import { Ledger } from '../../ledger/ledger';
import { TRACE_POINTS } from '../../ledger/tracing';
import { ONE_HOUR_MS, NodeFixture } from '../nodes/fixtures/nodeFixture';
import type { SimulatorPoint } from '../simulator/simulator';
import { describeEachBackend } from './ledgerBackends';
import { NodeWorker } from './nodeProcess';
import { useLedgerAt, buildJob } from './nodeUsing';
import { openStore } from './ledgerLocation';
import { PATIENCE_MS, report, repeat, sampleRows } from './soak';
import { WarmWorkerPool } from './warmWorkerPool';

const RUNS = repeat(1, 5);

const ORDERS = Array.from({ length: 5 }, (_, i) => ({ order: `order-${i}`, amount: 1000 + i }));

const POINTS_IN_STRIPE: SimulatorPoint['name'][] = [
	'received',
	'executing',
	'executed',
	'answering',
	'answered',
];

/**
 * Every numbered point between claim and exit: seven in the worker, and five in Stripe while the worker waits.
 */
const POINTS = [
	...TRACE_POINTS.map((point) => ({ point, where: 'in the worker' as const })),
	...POINTS_IN_STRIPE.map((point) => ({ point, where: 'in Stripe' as const })),
].map((at, index) => ({ ...at, number: index + 1 }));

/**
 * Points at which a ledger write is in progress or just completed. At the other points the ledgers do not differ.
 */
const POINTS_OF_LEDGER: readonly string[] = ['claiming', 'claimed', 'settling', 'settled'];

/**
 * Each run starts a process, which is slow, so the short form kills only one that has claimed, one whose order
 * Stripe has executed, and one that settles.
 */
const POINTS_OF_EACH_STATE: readonly string[] = ['claimed', 'executed', 'settling'];

const matrixOf = (points: typeof POINTS) =>
	points.flatMap((at) =>
		// The first order, and one in the middle of the batch while others are in progress.
		Array.from({ length: RUNS }, (_, run) => ({
			...at,
			nth: 1 + ((run * 2 + at.number) % ORDERS.length),
		})),
	);

const workers = new WarmWorkerPool(() => NodeWorker.start());
afterAll(() => workers.stop());

let fixture: NodeFixture;
beforeEach(async () => {
	workers.begin();
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

describeEachBackend(['Local File', 'Postgres', 'Redis'], (backend, name) => {
	// The short form tests only the points at which the ledgers differ.
	const short = name === 'Local File' ? POINTS_OF_EACH_STATE : POINTS_OF_LEDGER;
	const points = repeat(0, 1) ? POINTS : POINTS.filter(({ point }) => short.includes(point));
	const tally = { points: points.length, runs: 0, charges: 0, duplicates: 0, lost: 0 };
	afterAll(() => report(`kills at numbered points, ${name}`, tally));

	it.each(matrixOf(points))(
		'a worker killed at point $number ($point, $where, order $nth) and run again charges each order once',
		async ({ point, where, nth }) => {
			const location = backend().newLocation();
			// Right after the kill the dead worker's claims are still held, and nobody waits for them.
			const how = useLedgerAt(fixture, location, { options: { waitForBusySeconds: 0 } });
			const worker = await workers.take();
			workers.begin();
			let reached = 0;
			const stop = fixture.stripe.onPoint(async ({ name: at, request }) => {
				if (where !== 'in Stripe' || at !== point || request.method !== 'POST' || ++reached !== nth)
					return;
				await worker.kill();
			});
			const work = buildJob(fixture, how, ORDERS);
			await worker.do(where === 'in the worker' ? { ...work, dieAt: { point, nth } } : work);
			expect(await worker.ended).toBe('SIGKILL');
			stop();

			// Whatever the outputs are, nothing is charged twice and no item is lost.
			const soon = await fixture.run(ORDERS, how);
			expect([...soon.success, ...soon.retry]).toHaveLength(ORDERS.length);
			expect(new Set(chargedOrders()).size).toBe(chargedOrders().length);

			// When the leases are over, every order succeeds and is charged once.
			fixture.time.advance(ONE_HOUR_MS);
			const later = await fixture.run(ORDERS, how);
			expect(later.success.map(({ json }) => json.amount)).toEqual(ORDERS.map(({ amount }) => amount));
			const charged = chargedOrders();
			const duplicates = charged.length - new Set(charged).size;
			const lostCount = ORDERS.length - new Set(charged).size;
			tally.runs++;
			tally.charges += charged.length;
			tally.duplicates += duplicates;
			tally.lost += lostCount;
			expect({ duplicates, lost: lostCount }).toEqual({ duplicates: 0, lost: 0 });
			const store = openStore(location);
			const entries = await new Ledger(store, fixture.time).list({ limit: 1_000 });
			await store.close();
			expect(entries.map(({ state, attempt }) => [state, attempt])).toEqual(
				ORDERS.map(() => ['succeeded', 1]),
			);
		},
		PATIENCE_MS,
	);
});

describeEachBackend(['Local File'], (backend) => {
	it.each(sampleRows(2, ['claiming', 'answered']))(
		'a worker is killed at "%s" for 10:40:59, and the order delivered again for 10:41:00 is charged once',
		async (point) => {
			const keyFields = { field: [{ path: 'at', treatAs: 'minute' }] };
			const how = useLedgerAt(fixture, backend().newLocation(), { parameters: { keyFields } });
			const at = (time: string) => ({ at: `2026-11-24T${time}Z`, amount: 500 });
			const worker = await workers.take();
			workers.begin();
			const work = buildJob(fixture, how, [at('10:40:59')]);
			await worker.do({ ...work, dieAt: { point, nth: 1 } });
			expect(await worker.ended).toBe('SIGKILL');
			fixture.time.advance(ONE_HOUR_MS);
			const { success } = await fixture.run([at('10:41:00'), at('10:40:59')], how);
			expect(success).toHaveLength(2);
			expect(fixture.charges()).toBe(1);
		},
		PATIENCE_MS,
	);
});

function chargedOrders(): number[] {
	return fixture.stripe.report().charges.map(({ amount }) => amount);
}
