import { chanceOf } from './chance';
import { contend } from './contend';
import { onEach } from './grounds';
import { ordersNamed } from './pay';
import { Payer } from './payerProcess';
import { PATIENCE_MS, tell, times } from './soak';
import { soundFor } from './verdict';

/** 50 workers in four processes. */
const WORKERS = [13, 12, 13, 12];
const ALL_WORKERS = WORKERS.reduce((sum, count) => sum + count);
const ORDERS = 200;
const ROUNDS = times(1, 10);

let payers: Payer[];
beforeAll(async () => {
	payers = await Promise.all(WORKERS.map(() => Payer.start()));
});
afterAll(() => Promise.all(payers.map((payer) => payer.kill())));

onEach(['Local File', 'Postgres', 'Redis', 'Redis Cluster'], (ground, name) => {
	it(
		'of 50 workers who want the same 200 orders, one sends each, and all hear that it succeeded',
		async () => {
			const chance = chanceOf(`contention, ${name}`);
			const began = performance.now();
			for (let round = 0; round < ROUNDS; round++) {
				const orders = ordersNamed(`order-${round}`, ORDERS);
				const contest = { place: ground().newPlace(), orders, workers: WORKERS, chance };
				expect(await contend(payers, contest)).toEqual({
					verdict: soundFor(orders),
					sentAgain: 0,
					takenOver: 0,
					ends: { succeeded: ORDERS, replay: ORDERS * (ALL_WORKERS - 1) },
				});
			}
			const [claims, seconds] = [ROUNDS * ORDERS * ALL_WORKERS, (performance.now() - began) / 1000];
			tell(`contention, ${name}`, { rounds: ROUNDS, claims, sends: ROUNDS * ORDERS, seconds });
		},
		PATIENCE_MS,
	);
});
