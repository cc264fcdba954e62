import type { Chance } from './chance';
import { chanceOf } from './chance';
import type { Ends } from './ends';
import { summed } from './ends';
import type { ServerGround } from './grounds';
import { onEachServer } from './grounds';
import { ordersNamed } from './pay';
import { Payer } from './payerProcess';
import type { PlaceOnServer } from './place';
import type { ServerKilled } from './serverKilling';
import { killServer } from './serverKilling';
import { PATIENCE_MS, tell, times } from './soak';
import { soundFor } from './verdict';

const RUNS = { Postgres: times(2, 100), Redis: times(2, 100), 'Redis Cluster': times(1, 30) };
const ORDERS = 60;

/** ms. Longer than any store is patient: then claims fail, and settles warn. */
const TOO_LONG_MS = 5_000;

let payers: Payer[];
beforeAll(async () => {
	payers = [await Payer.start(), await Payer.start()];
});
afterAll(() => Promise.all(payers.map((payer) => payer.kill())));

onEachServer(['Postgres', 'Redis', 'Redis Cluster'], (ground, name) => {
	it(
		'a server killed in the middle of the work and started again: what it acknowledged stands, each order is charged once',
		async () => {
			const chance = chanceOf(`kills of the server, ${name}`);
			const place = ground().newPlace();
			const tally = new Tally();
			let workMs = 0;
			try {
				// The first time everything is slow.
				await run(ground(), place, 0, chance);
				for (let n = 1; n <= RUNS[name]; n++) {
					// How long they work whom nobody disturbs: measured again now and then, as machines change.
					if (n % 25 === 1) ({ workMs } = await run(ground(), place, -n, chance));
					const killAfterMs = chance.next() * workMs;
					const awayMs = n % 10 === 0 ? TOO_LONG_MS : 0;
					tally.add(await run(ground(), place, n, chance, { killAfterMs, awayMs }));
				}
			} finally {
				const more = { seed: chance.seed, workMs: Math.round(workMs) };
				tell(`kills of the server, ${name}`, tally, more);
			}
			// A proof in which the kills fall beside the work proves nothing.
			expect(tally.inTheMiddle).toBeGreaterThanOrEqual(Math.floor(tally.kills / 4));
		},
		PATIENCE_MS,
	);
});

async function run(
	ground: ServerGround,
	place: PlaceOnServer,
	n: number,
	chance: Chance,
	kill?: { killAfterMs: number; awayMs: number },
): Promise<ServerKilled> {
	const orders = ordersNamed(`run-${n}`, ORDERS);
	const killed = await killServer(ground, { place, orders, chance, payers, ...kill });
	expect(killed.forgottenAtRestart).toBe(0);
	expect(killed.verdict).toEqual(soundFor(orders));
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

	add({ underWay, acknowledgedBefore, forgottenAtRestart, ends, sentAgain, verdict }: ServerKilled): void {
		this.kills++;
		if (underWay > 0) this.inTheMiddle++;
		this.acknowledgedBefore += acknowledgedBefore;
		this.forgotten += forgottenAtRestart + verdict.forgotten;
		this.ends = summed([this.ends, ends]);
		this.sentAgain += sentAgain;
		this.charges += verdict.charges;
		this.duplicates += verdict.duplicates;
		this.lost += verdict.lost;
	}
}
