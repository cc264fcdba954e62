import type { Chance } from './chance';
import type { Flaw } from './flaws';
import type { Ends } from './ends';
import { summed } from './ends';
import type { Payer } from './payerProcess';
import type { Place } from './place';
import { Scene } from './scene';
import type { Verdict } from './verdict';
import { entriesOf, sentAgain, verdictOn } from './verdict';

/** What came of many who wanted to pay the same orders. */
export interface Contention {
	verdict: Verdict;
	sentAgain: number;
	/** Claims that took an entry over from another holder. */
	takenOver: number;
	/** How often something happened to an order in some worker's hands. */
	ends: Ends;
}

export interface Contest {
	place: Place;
	orders: string[];
	/** How many of each process want all the orders. */
	workers: number[];
	chance: Chance;
	/** How wrong the clock of each process is. */
	clocksOffMs?: number[];
	/** ms that Stripe takes for an answer. */
	latencyMs?: number;
	flaw?: Flaw;
}

/** Long enough for whoever is at it to be done. */
const WAIT_MS = 40_000;

export async function contend(payers: readonly Payer[], contest: Contest): Promise<Contention> {
	const { place, orders, workers, chance, clocksOffMs, latencyMs = 0, flaw } = contest;
	const scene = await Scene.begin(place, latencyMs);
	const { stripe, store } = scene;
	try {
		await Promise.all(
			payers.map((payer, nth) =>
				payer.prepare({
					...{ payer: `payer ${nth}`, place, orders, baseUrl: stripe.url, waitMs: WAIT_MS, flaw },
					...{ workers: workers[nth] ?? 1, seed: chance.below(2 ** 31) },
					clockOffMs: clocksOffMs?.[nth],
				}),
			),
		);
		const ends = await Promise.all(payers.map((payer) => payer.go()));
		const told = payers.flatMap((payer) => payer.told);
		const entries = await entriesOf(orders, store);
		return {
			verdict: await verdictOn(orders, { stripe, store, told }),
			sentAgain: sentAgain(stripe),
			takenOver: entries.reduce((sum, entry) => sum + (entry?.fence ?? 1) - 1, 0),
			ends: summed(ends.map((one) => one ?? { died: 1 })),
		};
	} finally {
		await scene.end();
	}
}
