import type { RandomSource } from './randomSource';
import { seedRandom } from './randomSource';
import type { Ends } from './ends';
import { sumEnds } from './ends';
import type { ServerLedgerBackend } from './ledgerBackends';
import { describeEachServer } from './ledgerBackends';
import { nameOrders } from './pay';
import { PaymentWorker } from './paymentWorker';
import type { ServerLedgerLocation } from './ledgerLocation';
import type { ServerKilled } from './serverKilling';
import { killServer } from './serverKilling';
import { PATIENCE_MS, report, repeat } from './soak';
import { buildSoundAudit } from './audit';

const RUNS = { Postgres: repeat(2, 100), Redis: repeat(2, 100), 'Redis Cluster': repeat(1, 30) };
const ORDERS = 60;

/** ms. Longer than the timeout of every store: claims fail, and settles warn. */
const TOO_LONG_MS = 5_000;

let workerProcesses: PaymentWorker[];
beforeAll(async () => {
	workerProcesses = [await PaymentWorker.start(), await PaymentWorker.start()];
});
afterAll(() => Promise.all(workerProcesses.map((worker) => worker.kill())));

describeEachServer(['Postgres', 'Redis', 'Redis Cluster'], (backend, name) => {
	it(
		'a server killed while workers run and started again keeps what it acknowledged, and each order is charged once',
		async () => {
			const chance = seedRandom(`kills of the server, ${name}`);
			const location = backend().newLocation();
			const tally = new Tally();
			let workMs = 0;
			try {
				// The first run is slow.
				await run(backend(), location, 0, chance);
				for (let n = 1; n <= RUNS[name]; n++) {
					// Measures again from time to time how long undisturbed work takes, because the speed of a machine changes.
					if (n % 25 === 1) ({ workMs } = await run(backend(), location, -n, chance));
					const killAfterMs = chance.next() * workMs;
					const awayMs = n % 10 === 0 ? TOO_LONG_MS : 0;
					tally.add(await run(backend(), location, n, chance, { killAfterMs, awayMs }));
				}
			} finally {
				const more = { seed: chance.seed, workMs: Math.round(workMs) };
				report(`kills of the server, ${name}`, tally, more);
			}
			// If the kills do not hit the work, the test proves nothing.
			expect(tally.inTheMiddle).toBeGreaterThanOrEqual(Math.floor(tally.kills / 4));
		},
		PATIENCE_MS,
	);
});

async function run(
	backend: ServerLedgerBackend,
	location: ServerLedgerLocation,
	n: number,
	chance: RandomSource,
	kill?: { killAfterMs: number; awayMs: number },
): Promise<ServerKilled> {
	const orders = nameOrders(`run-${n}`, ORDERS);
	const killed = await killServer(backend, { location, orders, chance, workers: workerProcesses, ...kill });
	expect(killed.forgottenAtRestart).toBe(0);
	expect(killed.audit).toEqual(buildSoundAudit(orders));
	const { succeeded = 0, replay = 0 } = killed.anHourLater;
	expect(succeeded + replay).toBe(ORDERS);
	expect(killed.aDayLater).toEqual({ replay: ORDERS });
	expect(killed.sentNextDay).toBe(0);
	return killed;
}

class Tally {
	kills = 0;
	/** Kills while orders were between claim and settle. */
	inTheMiddle = 0;
	acknowledgedBefore = 0;
	forgotten = 0;
	ends: Ends = {};
	sentAgain = 0;
	charges = 0;
	duplicates = 0;
	lost = 0;

	add({
		underWay,
		acknowledgedBefore,
		forgottenAtRestart,
		ends,
		sentAgain,
		audit: audit,
	}: ServerKilled): void {
		this.kills++;
		if (underWay > 0) this.inTheMiddle++;
		this.acknowledgedBefore += acknowledgedBefore;
		this.forgotten += forgottenAtRestart + audit.forgotten;
		this.ends = sumEnds([this.ends, ends]);
		this.sentAgain += sentAgain;
		this.charges += audit.charges;
		this.duplicates += audit.duplicates;
		this.lost += audit.lost;
	}
}
