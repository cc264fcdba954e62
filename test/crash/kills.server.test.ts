import type { RandomSource } from './randomSource';
import { seedRandom } from './randomSource';
import { describeEachBackend } from './ledgerBackends';
import type { Killed } from './killing';
import { waitAfter, killWorker } from './killing';
import { nameOrders } from './pay';
import { PaymentWorker } from './paymentWorker';
import { createPhases, PHASES } from './phases';
import type { LedgerLocation } from './ledgerLocation';
import { PATIENCE_MS, report, repeat } from './soak';
import { WarmWorkerPool } from './warmWorkerPool';
import { buildSoundAudit } from './audit';

const RUNS = repeat(8, 300);
const ORDERS = 24;

let victims: WarmWorkerPool<PaymentWorker>;
let survivor: PaymentWorker;
beforeAll(async () => {
	victims = new WarmWorkerPool(() => PaymentWorker.start());
	survivor = await PaymentWorker.start();
});
afterAll(() => Promise.all([victims.stop(), survivor.kill()]));

describeEachBackend(['Local File', 'Postgres', 'Redis'], (backend, name) => {
	it(
		'workers killed at any instant: every order is charged once, none is lost and none stays unknown',
		async () => {
			const chance = seedRandom(`kills, ${name}`);
			const location = backend().newLocation();
			const tally = new Tally();
			let workMs = 0;
			try {
				for (let n = 1; n <= RUNS; n++) {
					// Measures again from time to time how long a victim works if nobody kills it, because the speed of a
					// machine changes.
					if (n % 25 === 1) ({ workMs } = await run(location, -n, chance));
					const killed = await run(location, n, chance, chance.next() * workMs);
					tally.add(killed);
					// The machine is faster than when it was measured, or was stalled at that time.
					if (killed.wasDone) ({ workMs } = killed);
				}
			} finally {
				report(`kills, ${name}`, tally, { seed: chance.seed, workMs: Math.round(workMs) });
			}
			// If the kills do not hit the work, the test proves nothing.
			expect(tally.betweenClaimAndSettle).toBeGreaterThan(repeat(0, RUNS / 3));
			if (RUNS >= 100) expect(PHASES.filter((phase) => tally.orders[phase] === 0)).toEqual([]);
		},
		PATIENCE_MS,
	);
});

async function run(
	location: LedgerLocation,
	n: number,
	chance: RandomSource,
	killAfterMs?: number,
): Promise<Killed> {
	const orders = nameOrders(`run-${n}`, ORDERS);
	const victim = await victims.take();
	const when = killAfterMs === undefined ? undefined : waitAfter(killAfterMs);
	const killed = await killWorker({ location, orders, chance, victim, survivor, when });
	victims.begin();
	expect(killed.audit).toEqual(buildSoundAudit(orders));
	// A worker may meet an order that a dead worker holds; no worker may report a fault.
	const { succeeded: _succeeded, replay: _replay, busy: _busy, ...faults } = killed.ends;
	expect(faults).toEqual({});
	const { succeeded = 0, replay = 0 } = killed.anHourLater;
	expect(succeeded + replay).toBe(ORDERS);
	expect(killed.aDayLater).toEqual({ replay: ORDERS });
	expect(killed.sentNextDay).toBe(0);
	return killed;
}

class Tally {
	kills = 0;
	/** Kills that caught at least one order between claim and settle. */
	betweenClaimAndSettle = 0;
	/** The phases that the orders of the killed processes had reached. */
	readonly orders = createPhases();
	sentAgain = 0;
	acknowledged = 0;
	charges = 0;
	duplicates = 0;
	lost = 0;
	forgotten = 0;

	add({ phases, sentAgain, acknowledged, audit: audit }: Killed): void {
		this.kills++;
		const caught = PHASES.filter((phase) => phase !== 'settled' && phases[phase] > 0);
		if (caught.length > 0) this.betweenClaimAndSettle++;
		for (const phase of PHASES) this.orders[phase] += phases[phase];
		this.sentAgain += sentAgain;
		this.acknowledged += acknowledged;
		this.charges += audit.charges;
		this.duplicates += audit.duplicates;
		this.lost += audit.lost;
		this.forgotten += audit.forgotten;
	}
}
