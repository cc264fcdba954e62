import { seedRandom } from './randomSource';
import { contend } from './contend';
import { describeEachBackend } from './ledgerBackends';
import { nameOrders } from './pay';
import { PaymentWorker } from './paymentWorker';
import { PATIENCE_MS, report, repeat } from './soak';
import { buildSoundAudit } from './audit';

/** 50 workers in four processes. */
const WORKERS = [13, 12, 13, 12];
const ALL_WORKERS = WORKERS.reduce((sum, count) => sum + count);
const ORDERS = 200;
const ROUNDS = repeat(1, 10);

let workerProcesses: PaymentWorker[];
beforeAll(async () => {
	workerProcesses = await Promise.all(WORKERS.map(() => PaymentWorker.start()));
});
afterAll(() => Promise.all(workerProcesses.map((worker) => worker.kill())));

describeEachBackend(['Local File', 'Postgres', 'Redis', 'Redis Cluster'], (backend, name) => {
	it(
		'of 50 workers that claim the same 200 orders, one sends each order, and all receive its success',
		async () => {
			const chance = seedRandom(`contention, ${name}`);
			const began = performance.now();
			for (let round = 0; round < ROUNDS; round++) {
				const orders = nameOrders(`order-${round}`, ORDERS);
				const contest = { location: backend().newLocation(), orders, workers: WORKERS, chance };
				expect(await contend(workerProcesses, contest)).toEqual({
					audit: buildSoundAudit(orders),
					sentAgain: 0,
					takenOver: 0,
					ends: { succeeded: ORDERS, replay: ORDERS * (ALL_WORKERS - 1) },
				});
			}
			const [claims, seconds] = [ROUNDS * ORDERS * ALL_WORKERS, (performance.now() - began) / 1000];
			report(`contention, ${name}`, { rounds: ROUNDS, claims, sends: ROUNDS * ORDERS, seconds });
		},
		PATIENCE_MS,
	);
});
