import type { Chance } from './chance';
import { chanceOf } from './chance';
import { onEach } from './grounds';
import type { Killed } from './killing';
import { after, kill } from './killing';
import { ordersNamed } from './pay';
import { Payer } from './payerProcess';
import { noPhases, PHASES } from './phases';
import type { Place } from './place';
import { PATIENCE_MS, tell, times } from './soak';
import { Spare } from './spare';
import { soundFor } from './verdict';

const RUNS = times(8, 300);
const ORDERS = 24;

let victims: Spare<Payer>;
let survivor: Payer;
beforeAll(async () => {
	victims = new Spare(() => Payer.start());
	survivor = await Payer.start();
});
afterAll(() => Promise.all([victims.stop(), survivor.kill()]));

onEach(['Local File', 'Postgres', 'Redis'], (ground, name) => {
	it(
		'workers killed at any instant: every order is charged once, none is lost and none unknown',
		async () => {
			const chance = chanceOf(`kills, ${name}`);
			const place = ground().newPlace();
			const tally = new Tally();
			let workMs = 0;
			try {
				for (let n = 1; n <= RUNS; n++) {
					// How long a victim works whom nobody kills: measured again now and then, as machines change.
					if (n % 25 === 1) ({ workMs } = await run(place, -n, chance));
					const killed = await run(place, n, chance, chance.next() * workMs);
					tally.add(killed);
					// The machine is faster by now than when it was measured, or stood still then.
					if (killed.wasDone) ({ workMs } = killed);
				}
			} finally {
				tell(`kills, ${name}`, tally, { seed: chance.seed, workMs: Math.round(workMs) });
			}
			// A proof in which the kills fall beside the work proves nothing.
			expect(tally.betweenClaimAndSettle).toBeGreaterThan(times(0, RUNS / 3));
			if (RUNS >= 100) expect(PHASES.filter((phase) => tally.orders[phase] === 0)).toEqual([]);
		},
		PATIENCE_MS,
	);
});

async function run(place: Place, n: number, chance: Chance, killAfterMs?: number): Promise<Killed> {
	const orders = ordersNamed(`run-${n}`, ORDERS);
	const victim = await victims.take();
	const when = killAfterMs === undefined ? undefined : after(killAfterMs);
	const killed = await kill({ place, orders, chance, victim, survivor, when });
	victims.begin();
	expect(killed.verdict).toEqual(soundFor(orders));
	// Whoever meets an order that a dead one holds is told so; nobody is told of a fault.
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
	/** Kills that caught at least one order there. */
	betweenClaimAndSettle = 0;
	/** How far the killed ones had come with their orders. */
	readonly orders = noPhases();
	sentAgain = 0;
	acknowledged = 0;
	charges = 0;
	duplicates = 0;
	lost = 0;
	forgotten = 0;

	add({ phases, sentAgain, acknowledged, verdict }: Killed): void {
		this.kills++;
		const caught = PHASES.filter((phase) => phase !== 'settled' && phases[phase] > 0);
		if (caught.length > 0) this.betweenClaimAndSettle++;
		for (const phase of PHASES) this.orders[phase] += phases[phase];
		this.sentAgain += sentAgain;
		this.acknowledged += acknowledged;
		this.charges += verdict.charges;
		this.duplicates += verdict.duplicates;
		this.lost += verdict.lost;
		this.forgotten += verdict.forgotten;
	}
}
