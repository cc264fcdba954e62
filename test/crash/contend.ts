import type { RandomSource } from './randomSource';
import type { Flaw } from './flaws';
import type { Ends } from './ends';
import { sumEnds } from './ends';
import type { PaymentWorker } from './paymentWorker';
import type { LedgerLocation } from './ledgerLocation';
import { ContentionRun } from './contentionRun';
import type { LedgerAudit } from './audit';
import { loadEntries, countResends, auditLedger } from './audit';

/** The result of many workers that compete for the same orders. */
export interface Contention {
	audit: LedgerAudit;
	sentAgain: number;
	/** Claims that took an entry over from another holder. */
	takenOver: number;
	/** How often each end was reached by an order in some worker. */
	ends: Ends;
}

export interface Contest {
	location: LedgerLocation;
	orders: string[];
	/** The number of workers of each process. Every worker tries to pay all orders. */
	workers: number[];
	chance: RandomSource;
	/** The clock error of each process in ms. */
	clocksOffMs?: number[];
	/** Stripe's response time in ms. */
	latencyMs?: number;
	flaw?: Flaw;
}

/** Long enough for the current holder to finish. */
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
