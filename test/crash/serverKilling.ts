import { setTimeout as pause } from 'node:timers/promises';

import type { Chance } from './chance';
import type { Ends } from './ends';
import { summed } from './ends';
import type { ServerGround } from './grounds';
import type { Told } from './payer';
import type { Payer } from './payerProcess';
import type { PlaceOnServer } from './place';
import type { Aftermath } from './scene';
import { Scene } from './scene';
import { forgotten } from './verdict';

const WORKERS = 4;
const LATENCY_MS = 5;
/** A server that is away for longer than a store is patient makes a claim fail; then the order is tried again. */
const TRIES_AGAIN = 100;

export interface ServerKilling {
	place: PlaceOnServer;
	orders: string[];
	chance: Chance;
	payers: readonly Payer[];
	/** ms from the beginning of the work to the kill of the server; without it, it goes on. */
	killAfterMs?: number;
	/** ms that the server stays away. */
	awayMs?: number;
}

export interface ServerKilled extends Aftermath {
	/** Writes that were acknowledged before the kill, and those of them that did not stand after it. */
	acknowledgedBefore: number;
	forgottenAtRestart: number;
	/** Orders between claim and settle when the server was killed. */
	underWay: number;
	/** ms from the beginning of the work to the last settle. */
	workMs: number;
	ends: Ends;
}

/** Some pay the same orders; meanwhile the ledger's server is killed and started again. */
export async function killServer(ground: ServerGround, killing: ServerKilling): Promise<ServerKilled> {
	const { place, orders, chance, payers, killAfterMs, awayMs = 0 } = killing;
	const scene = await Scene.begin(place, LATENCY_MS);
	try {
		const errand = { place, orders, baseUrl: scene.stripe.url, waitMs: 0, workers: WORKERS };
		for (const [nth, payer] of payers.entries()) {
			const seed = chance.below(2 ** 31);
			await payer.prepare({ ...errand, payer: `payer ${nth}`, seed, triesAgain: TRIES_AGAIN });
		}
		const began = performance.timeOrigin + performance.now();
		const working = Promise.all(payers.map((payer) => payer.go()));
		const toldNow = () => payers.flatMap(({ told }) => told);
		let [before, forgottenAtRestart]: [Told[], number] = [[], 0];
		if (killAfterMs !== undefined) {
			await pause(killAfterMs);
			await ground.kill(place);
			before = toldNow();
			if (awayMs > 0) await pause(awayMs);
			await ground.restart(place);
			forgottenAtRestart = (await forgotten(scene.store, before)).length;
		}
		const ends = summed((await working).map((one) => one ?? { died: 1 }));
		return {
			...{ acknowledgedBefore: before.length, forgottenAtRestart, underWay: underWay(before), ends },
			workMs: Math.max(...toldNow().map(({ at }) => at)) - began,
			...(await scene.aftermath(orders, toldNow())),
		};
	} finally {
		await scene.end();
	}
}

function underWay(told: readonly Told[]): number {
	const of = (what: Told['what']) => told.filter((one) => one.what === what).length;
	return of('claimed') - of('settled');
}
