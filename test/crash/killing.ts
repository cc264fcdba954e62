import { setTimeout as pause } from 'node:timers/promises';

import type { Store } from '../../ledger/store';
import type { Chance } from './chance';
import type { Flaw } from './flaws';
import type { Ends } from './ends';
import type { Payer } from './payerProcess';
import type { Phases } from './phases';
import { phasesOf, seenAt } from './phases';
import type { Place } from './place';
import type { Aftermath } from './scene';
import { Scene } from './scene';

/** So many orders each process works on at a time: the one that is killed does most of the work. */
const WORKERS = { victim: 4, survivor: 2 };

/** ms that Stripe takes: few, so that many kills fall elsewhere. */
const LATENCY_MS = 5;

export interface Killing {
	place: Place;
	orders: string[];
	chance: Chance;
	/** Who is killed, and who goes on. */
	victim: Payer;
	survivor: Payer;
	/** When the victim is killed, from its first claim on; without it, it may do its work. */
	when?: (scene: Scene) => Promise<unknown>;
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
export async function kill(killing: Killing): Promise<Killed> {
	const { place, orders, chance, victim, survivor, when, flaw, seenLater } = killing;
	const scene = await Scene.begin(place, LATENCY_MS);
	try {
		const errand = { place, orders, baseUrl: scene.stripe.url, waitMs: 0 };
		const seed = () => chance.below(2 ** 31);
		await survivor.prepare({ ...errand, payer: 'survivor', workers: WORKERS.survivor, seed: seed() });
		await victim.prepare({ ...errand, payer: 'victim', workers: WORKERS.victim, seed: seed(), flaw });
		const begun = victim.acknowledgement();
		const done = victim.go();
		// A new process is slow at first: the others wait for it, so that it is the one who does the work.
		await begun;
		const survived = survivor.go();
		await (when ? Promise.race([when(scene), done]) : done);
		// What was charged at the kill, and what had left by then: it may have reached Stripe a moment later.
		const { charged } = seenAt(scene.stripe);
		await victim.kill();
		const wasDone = (await done) !== undefined;
		const { sent } = seenAt(scene.stripe);
		const phases = await phasesOf('victim', orders, scene.store, { sent, charged });
		const ends = (await survived) ?? { died: 1 };
		const told = [...survivor.told, ...victim.told];
		const [{ at: began } = { at: 0 }] = victim.told;
		const workMs = (victim.told.at(-1)?.at ?? began) - began;
		return { phases, wasDone, ends, workMs, ...(await scene.aftermath(orders, told, seenLater)) };
	} finally {
		await scene.end();
	}
}

/** A moment that has nothing to do with what happens meanwhile. */
export function after(ms: number): () => Promise<unknown> {
	return () => pause(ms);
}
