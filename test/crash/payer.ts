/**
 * A process of its own that pays orders as the node does, but without n8n, so that it starts fast. It is told what to pay,
 * and tells what the ledger has acknowledged, until it is done or killed.
 */
import { setTimeout as pause } from 'node:timers/promises';

import type { Entry } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import { connect } from '../../stripe/api/connection';
import { Chance } from './chance';
import type { Ends } from './ends';
import { endsOf } from './ends';
import type { Flaw } from './flaws';
import { FLAWS } from './flaws';
import type { Purse } from './pay';
import { pay } from './pay';
import type { Place } from './place';
import { storeAt } from './place';
import { clockOff } from './time';

export interface Errand {
	/** Stands in every entry that this process claims. */
	payer: string;
	place: Place;
	/** Stripe's. */
	baseUrl: string;
	orders: string[];
	/** How many pay at the same time; each goes through all orders, in an order of its own. */
	workers: number;
	seed: number;
	/** How long each waits where another one is at it. */
	waitMs: number;
	/** How often an order is tried again where the ledger was not there; 0 unless said otherwise. */
	triesAgain?: number;
	/** How wrong the clock of this process is. */
	clockOffMs?: number;
	flaw?: Flaw;
}

/** What the ledger has acknowledged. */
export interface Told {
	what: 'claimed' | 'settled';
	entryId: string;
	version: number;
	/** By the clock that all processes share. */
	at: number;
}

export type Order = { do: 'prepare'; errand: Errand } | { do: 'go' };
export type News = Told | { what: 'ready' } | { what: 'prepared' } | { what: 'done'; ends: Ends };

/** ms between two tries of one order. */
const PAUSE_MS = 250;

const tell = (news: News) => process.send?.(news);

let prepared: { errand: Errand; purse: Purse; store: ReturnType<typeof storeAt> } | undefined;

/** Connects, so that what comes afterwards is work alone. */
async function prepare(errand: Errand): Promise<void> {
	const { payer, place, baseUrl, waitMs, clockOffMs = 0, flaw } = errand;
	const store = storeAt(place);
	if (prepared && prepared.store !== store) await prepared.store.close();
	await store.find(['']);
	const time = clockOff(clockOffMs);
	const told = (what: Told['what'], { entryId, version }: Entry) =>
		tell({ what, entryId, version, at: performance.timeOrigin + performance.now() });
	const ledger = new Ledger(flaw ? FLAWS[flaw](store) : store, time);
	const connection = connect({ secretKey: 'sk_test_crash', baseUrl });
	prepared = { errand, store, purse: { payer, ledger, time, connection, waitMs, told } };
	tell({ what: 'prepared' });
}

async function go(): Promise<void> {
	if (!prepared) throw new Error('Nobody has said what is to be paid');
	const { errand, purse } = prepared;
	const chance = new Chance(errand.seed);
	const ends: string[] = [];
	const work = async (orders: string[]) => {
		for (const order of orders) {
			let end = await pay(order, purse);
			for (let again = errand.triesAgain ?? 0; again > 0 && end.startsWith('no ledger'); again--) {
				ends.push('tried again');
				await pause(PAUSE_MS);
				end = await pay(order, purse);
			}
			ends.push(end);
		}
	};
	await Promise.all(Array.from({ length: errand.workers }, () => work(chance.shuffled(errand.orders))));
	await purse.ledger.rest();
	tell({ what: 'done', ends: endsOf(ends) });
}

function fail(error: unknown): void {
	console.error(error);
	process.exit(1);
}

process.on('message', (order: Order) => {
	(order.do === 'prepare' ? prepare(order.errand) : go()).catch(fail);
});
process.on('disconnect', () => process.exit());
tell({ what: 'ready' });
