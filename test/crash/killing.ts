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

/** So many orders each process works on at a time: the one that is killed does most of the work. */
const WORKERS = { victim: 4, survivor: 2 };

/** ms that Stripe takes: few, so that many kills fall elsewhere. */
const LATENCY_MS = 5;

export interface Killing {
	location: LedgerLocation;
	orders: string[];
	chance: RandomSource;
	/** Who is killed, and who goes on. */
	victim: PaymentWorker;
	survivor: PaymentWorker;
	/** When the victim is killed, from its first claim on; without it, it may do its work. */
	when?: (run: ContentionRun) => Promise<unknown>;
	/** What is wrong with the ledger of the victim. */
	flaw?: Flaw;
	/** How those who pay when the leases are over see the ledger: as it is, unless said otherwise. */
	seenLater?: (store: Store) => Store;
}

export interface Killed extends Aftermath {
	/** How far the victim had come with its orders. */
	phases: Phases;
	/** The kill came too late. */
	wasDone: boolean;
	/** ms from the victim's first claim to its last settle. */
	workMs: number;
	ends: Ends;
}

/** Two processes pay the same orders; one is killed, the other goes on; the rest is done when the leases are over. */
export async function killWorker(killing: Killing): Promise<Killed> {
	const { location, orders, chance, victim, survivor, when, flaw, seenLater } = killing;
	const run = await ContentionRun.begin(location, LATENCY_MS);
	try {
		const job = { location, orders, baseUrl: run.stripe.url, waitMs: 0 };
		const seed = () => chance.below(2 ** 31);
		await survivor.prepare({ ...job, worker: 'survivor', workers: WORKERS.survivor, seed: seed() });
		await victim.prepare({ ...job, worker: 'victim', workers: WORKERS.victim, seed: seed(), flaw });
		const begun = victim.acknowledgement();
		const done = victim.go();
		// A new process is slow at first: the others wait for it, so that it is the one who does the work.
		await begun;
		const survived = survivor.go();
		await (when ? Promise.race([when(run), done]) : done);
		// What was charged at the kill, and what had left by then: it may have reached Stripe a moment later.
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

/** A moment that has nothing to do with what happens meanwhile. */
export function waitAfter(ms: number): () => Promise<unknown> {
	return () => pause(ms);
}
