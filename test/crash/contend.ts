import type { RandomSource } from './randomSource';
import type { Flaw } from './flaws';
import type { Ends } from './ends';
import { sumEnds } from './ends';
import type { PaymentWorker } from './paymentWorker';
import type { LedgerLocation } from './ledgerLocation';
import { ContentionRun } from './contentionRun';
import type { LedgerAudit } from './audit';
import { loadEntries, countResends, auditLedger } from './audit';

/** What came of many who wanted to pay the same orders. */
export interface Contention {
	audit: LedgerAudit;
	sentAgain: number;
	/** Claims that took an entry over from another holder. */
	takenOver: number;
	/** How often something happened to an order in some worker's hands. */
	ends: Ends;
}

export interface Contest {
	location: LedgerLocation;
	orders: string[];
	/** How many of each process want all the orders. */
	workers: number[];
	chance: RandomSource;
	/** How wrong the clock of each process is. */
	clocksOffMs?: number[];
	/** ms that Stripe takes for an answer. */
	latencyMs?: number;
	flaw?: Flaw;
}

/** Long enough for whoever is at it to be done. */
const WAIT_MS = 40_000;

export async function contend(processes: readonly PaymentWorker[], contest: Contest): Promise<Contention> {
	const { location, orders, workers, chance, clocksOffMs, latencyMs = 0, flaw } = contest;
	const run = await ContentionRun.begin(location, latencyMs);
	const { stripe, store } = run;
	try {
		await Promise.all(
			processes.map((worker, nth) =>
				worker.prepare({
					worker: `payer ${nth}`,
					location,
					orders,
					baseUrl: stripe.url,
					waitMs: WAIT_MS,
					flaw,
					workers: workers[nth] ?? 1,
					seed: chance.below(2 ** 31),
					clockOffMs: clocksOffMs?.[nth],
				}),
			),
		);
		const ends = await Promise.all(processes.map((worker) => worker.go()));
		const acknowledgements = processes.flatMap((worker) => worker.acknowledgements);
		const entries = await loadEntries(orders, store);
		return {
			audit: await auditLedger(orders, { stripe, store, acknowledgements }),
			sentAgain: countResends(stripe),
			takenOver: entries.reduce((sum, entry) => sum + (entry?.fence ?? 1) - 1, 0),
			ends: sumEnds(ends.map((one) => one ?? { died: 1 })),
		};
	} finally {
		await run.end();
	}
}
