import { setTimeout as pause } from 'node:timers/promises';

import type { Store } from '../../ledger/store';
import type { RandomSource } from './randomSource';
import type { Flaw } from './flaws';
import type { Ends } from './ends';
import type { PaymentWorker } from './paymentWorker';
import type { Phases } from './phases';
import { countPhases, observeStripe } from './phases';
import type { LedgerLocation } from './ledgerLocation';
import type { Aftermath } from './contentionRun';
import { ContentionRun } from './contentionRun';

/** The number of orders that each process works on at a time. The victim does most of the work. */
const WORKERS = { victim: 4, survivor: 2 };

/** Stripe's response time in ms: short, so that many kills happen outside a request. */
const LATENCY_MS = 5;

export interface Killing {
	location: LedgerLocation;
	orders: string[];
	chance: RandomSource;
	/** The process that is killed, and the process that continues. */
	victim: PaymentWorker;
	survivor: PaymentWorker;
	/** Resolves when the victim is to be killed; called at its first claim. Without it, the victim may finish. */
	when?: (run: ContentionRun) => Promise<unknown>;
	/** The fault in the victim's ledger. */
	flaw?: Flaw;
	/** Wraps the ledger for the processes that pay when the leases are over; unchanged by default. */
	seenLater?: (store: Store) => Store;
}

export interface Killed extends Aftermath {
	/** The phases that the victim's orders had reached. */
	phases: Phases;
	/** The kill came too late. */
	wasDone: boolean;
	/** ms from the victim's first claim to its last settle. */
	workMs: number;
	ends: Ends;
}

/**
 * Two processes pay the same orders. One is killed, the other continues; the rest is paid when the leases are
 * over.
 */
export async function killWorker(killing: Killing): Promise<Killed> {
	const { location, orders, chance, victim, survivor, when, flaw, seenLater } = killing;
	const run = await ContentionRun.begin(location, LATENCY_MS);
	try {
		const job = { location, orders, baseUrl: run.stripe.url, waitMs: 0 };
		const seed = () => chance.below(2 ** 31);
		await survivor.prepare({ ...job, worker: 'survivor', workers: WORKERS.survivor, seed: seed() });
		await victim.prepare({ ...job, worker: 'victim', workers: WORKERS.victim, seed: seed(), flaw });
		const acknowledged = victim.acknowledgement();
		const done = victim.go();
		// A new process is slow at first, so the others wait for it, and the victim does the work.
		await acknowledged;
		const survived = survivor.go();
		await (when ? Promise.race([when(run), done]) : done);
		// The charges at the kill, and below the requests sent by then: a request may reach Stripe a moment later.
		const { charged } = observeStripe(run.stripe);
		await victim.kill();
		const wasDone = (await done) !== undefined;
		const { sent } = observeStripe(run.stripe);
		const phases = await countPhases('victim', orders, run.store, { sent, charged });
		const ends = (await survived) ?? { died: 1 };
		const acknowledgements = [...survivor.acknowledgements, ...victim.acknowledgements];
		const [{ at: began } = { at: 0 }] = victim.acknowledgements;
		const workMs = (victim.acknowledgements.at(-1)?.at ?? began) - began;
		return {
			phases,
			wasDone,
			ends,
			workMs,
			...(await run.aftermath(orders, acknowledgements, seenLater)),
		};
	} finally {
		await run.end();
	}
}

/** Waits for a time that does not depend on the work. */
export function waitAfter(ms: number): () => Promise<unknown> {
	return () => pause(ms);
}
