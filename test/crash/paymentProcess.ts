/**
 * A separate process that pays orders as the node does, but without n8n, so that it starts quickly. It receives
 * its job and reports each acknowledgement of the ledger, until it is done or killed.
 */
import { setTimeout as pause } from 'node:timers/promises';

import type { Entry } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import { connect } from '../../stripe/api/connection';
import { RandomSource } from './randomSource';
import type { Ends } from './ends';
import { countEnds } from './ends';
import type { Flaw } from './flaws';
import { FLAWS } from './flaws';
import type { Client } from './pay';
import { payOrder } from './pay';
import type { LedgerLocation } from './ledgerLocation';
import { openStore } from './ledgerLocation';
import { skewClock } from './skewedClock';

export interface Job {
	/** Stored in every entry that this process claims. */
	worker: string;
	location: LedgerLocation;
	/** Stripe's base URL. */
	baseUrl: string;
	orders: string[];
	/** The number of concurrent workers. Each goes through all orders, in its own order. */
	workers: number;
	seed: number;
	/** ms that a worker waits for another holder. */
	waitMs: number;
	/** How often an order is tried again if the ledger was unavailable. Default 0. */
	triesAgain?: number;
	/** The error of this process's clock in ms. */
	clockOffMs?: number;
	flaw?: Flaw;
}

/** A write that the ledger has acknowledged. */
export interface Acknowledgement {
	kind: 'claimed' | 'settled';
	entryId: string;
	version: number;
	/** By the clock that all processes share. */
	at: number;
}

export type WorkerCommand = { do: 'prepare'; job: Job } | { do: 'go' };
export type WorkerMessage =
	Acknowledgement | { kind: 'ready' } | { kind: 'prepared' } | { kind: 'done'; ends: Ends };

/** ms between two tries of one order. */
const PAUSE_MS = 250;

const report = (news: WorkerMessage) => process.send?.(news);

let session: { job: Job; client: Client; store: ReturnType<typeof openStore> } | undefined;

/** Connects in advance, so that the job contains only the work itself. */
async function prepare(job: Job): Promise<void> {
	const { worker, location, baseUrl, waitMs, clockOffMs = 0, flaw } = job;
	const store = openStore(location);
	if (session && session.store !== store) await session.store.close();
	await store.find(['']);
	const time = skewClock(clockOffMs);
	const acknowledge = (what: Acknowledgement['kind'], { entryId, version }: Entry) =>
		report({ kind: what, entryId, version, at: performance.timeOrigin + performance.now() });
	const connection = connect({ secretKey: 'sk_test_crash', baseUrl }, time);
	const ledger = new Ledger(flaw ? FLAWS[flaw](store) : store, connection.clock);
	session = { job, store, client: { worker, ledger, connection, waitMs, onAcknowledged: acknowledge } };
	report({ kind: 'prepared' });
}

async function go(): Promise<void> {
	if (!session) throw new Error('Nobody has said what is to be paid');
	const { job, client } = session;
	const chance = new RandomSource(job.seed);
	const ends: string[] = [];
	const work = async (orders: string[]) => {
		for (const order of orders) {
			let end = await payOrder(order, client);
			for (let again = job.triesAgain ?? 0; again > 0 && end.startsWith('no ledger'); again--) {
				ends.push('tried again');
				await pause(PAUSE_MS);
				end = await payOrder(order, client);
			}
			ends.push(end);
		}
	};
	await Promise.all(Array.from({ length: job.workers }, () => work(chance.shuffled(job.orders))));
	await client.ledger.waitUntilIdle();
	report({ kind: 'done', ends: countEnds(ends) });
}

function fail(error: unknown): void {
	console.error(error);
	process.exit(1);
}

process.on('message', (order: WorkerCommand) => {
	(order.do === 'prepare' ? prepare(order.job) : go()).catch(fail);
});
process.on('disconnect', () => process.exit());
report({ kind: 'ready' });
