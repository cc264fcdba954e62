import { setTimeout as pause } from 'node:timers/promises';

import type { RandomSource } from './randomSource';
import type { Ends } from './ends';
import { sumEnds } from './ends';
import type { ServerLedgerBackend } from './ledgerBackends';
import type { Acknowledgement } from './paymentProcess';
import type { PaymentWorker } from './paymentWorker';
import type { ServerLedgerLocation } from './ledgerLocation';
import type { Aftermath } from './contentionRun';
import { ContentionRun } from './contentionRun';
import { findForgottenWrites } from './audit';

const WORKERS = 4;
const LATENCY_MS = 5;
/** A claim fails if a server is away for longer than the store's timeout; then the order is tried again. */
const TRIES_AGAIN = 100;

export interface ServerKilling {
	location: ServerLedgerLocation;
	orders: string[];
	chance: RandomSource;
	workers: readonly PaymentWorker[];
	/** ms from the start of the work to the kill of the server; without it, the server is not killed. */
	killAfterMs?: number;
	/** ms until the server is started again. */
	awayMs?: number;
}

export interface ServerKilled extends Aftermath {
	/** Writes acknowledged before the kill, and how many of them were lost. */
	acknowledgedBefore: number;
	forgottenAtRestart: number;
	/** Orders between claim and settle at the time of the kill. */
	underWay: number;
	/** ms from the start of the work to the last settle. */
	workMs: number;
	ends: Ends;
}

/** Several processes pay the same orders while the ledger's server is killed and restarted. */
export async function killServer(
	backend: ServerLedgerBackend,
	killing: ServerKilling,
): Promise<ServerKilled> {
	const { location, orders, chance, workers: workerProcesses, killAfterMs, awayMs = 0 } = killing;
	const run = await ContentionRun.begin(location, LATENCY_MS);
	try {
		const job = { location, orders, baseUrl: run.stripe.url, waitMs: 0, workers: WORKERS };
		for (const [nth, worker] of workerProcesses.entries()) {
			const seed = chance.below(2 ** 31);
			await worker.prepare({ ...job, worker: `payer ${nth}`, seed, triesAgain: TRIES_AGAIN });
		}
		const began = performance.timeOrigin + performance.now();
		const working = Promise.all(workerProcesses.map((worker) => worker.go()));
		const acknowledgedNow = () => workerProcesses.flatMap(({ acknowledgements }) => acknowledgements);
		let [before, forgottenAtRestart]: [Acknowledgement[], number] = [[], 0];
		if (killAfterMs !== undefined) {
			await pause(killAfterMs);
			await backend.kill(location);
			before = acknowledgedNow();
			if (awayMs > 0) await pause(awayMs);
			await backend.restart(location);
			forgottenAtRestart = (await findForgottenWrites(run.store, before)).length;
		}
		const ends = sumEnds((await working).map((one) => one ?? { died: 1 }));
		return {
			acknowledgedBefore: before.length,
			forgottenAtRestart,
			underWay: underWay(before),
			ends,
			workMs: Math.max(...acknowledgedNow().map(({ at }) => at)) - began,
			...(await run.aftermath(orders, acknowledgedNow())),
		};
	} finally {
		await run.end();
	}
}

function underWay(acknowledgements: readonly Acknowledgement[]): number {
	const of = (what: Acknowledgement['kind']) => acknowledgements.filter((one) => one.kind === what).length;
	return of('claimed') - of('settled');
}
