/**
 * What it costs to ask a ledger: `npx tsx test/bench/queries.ts [localFile postgres redis] [--entries 100000]`.
 * Beside the time stands what is held in memory in the midst of it, after everything that is not held was let go.
 */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { Entry } from '../../ledger/model/entry';
import { Ledger } from '../../ledger/ledger';
import { lookUp } from '../../ledger/queries/lookup';
import { findEntries } from '../../ledger/queries/findEntries';
import type { Store } from '../../ledger/store';
import { summarize } from '../../ledger/queries/summarize';
import { systemTime } from '../../ledger/clock';
import { RETENTION_MS, sha256, throughLedger } from './claims';
import { median } from './figures';
import { rivals } from './rivals';

const ROUNDS = 5;
const DAY_MS = 86_400_000;

const { values: options, positionals } = parseArgs({
	allowPositionals: true,
	options: { entries: { type: 'string', default: '100000' } },
});
const SIZE = Number(options.entries);

setFlagsFromString('--expose-gc');
const letGo = runInNewContext('gc') as () => void;

async function main(): Promise<void> {
	for (const rival of await rivals(positionals)) {
		if (!rival.isLarge) continue;
		try {
			const store = await rival.store('asked');
			await fill(store);
			console.log(`\n== ${rival.name}, ${SIZE} entries ==`);
			await measure(store);
		} finally {
			await rival.end();
		}
	}
}

async function measure(store: Store): Promise<void> {
	const now = Date.now();
	const began = performance.now();
	await summarize(store, now);
	console.log(`first summary, all to be counted: ${((performance.now() - began) / 1_000).toFixed(1)} s`);
	const questions: Record<string, (of: Store) => Promise<unknown>> = {
		'by entry ID': (of) => lookUp(of, { kind: 'entryId', entryId: idOf(7) }),
		'by object': (of) => lookUp(of, { kind: 'object', objectId: 'pi_77777' }),
		'by field': (of) => lookUp(of, { kind: 'field', value: 'A-77777' }),
		'50 newest unknown': (of) => findEntries(of, { states: ['unknown'] }, 50, now),
		'50 newest': (of) => findEntries(of, {}, 50, now),
		'50 newest with a text': (of) => findEntries(of, { text: 'A-7777' }, 50, now),
		'50 newest of a customer': (of) => findEntries(of, { customer: 'cus_77' }, 50, now),
		summary: (of) => summarize(of, now),
	};
	for (const [name, ask] of Object.entries(questions)) {
		const ms: number[] = [];
		for (let round = -1; round < ROUNDS; round++) {
			const began = performance.now();
			await ask(store);
			if (round >= 0) ms.push(performance.now() - began);
		}
		const held = await heldBy(store, ask);
		const megabytes = held === undefined ? 'no scan' : `${(held / 1e6).toFixed(1)} MB held`;
		console.log(`${name.padEnd(24)} ${median(ms).toFixed(1).padStart(8)} ms   ${megabytes}`);
	}
}

/** Bytes that are held at the end of a scan, where there is one. */
async function heldBy(store: Store, ask: (of: Store) => Promise<unknown>): Promise<number | undefined> {
	letGo();
	const before = process.memoryUsage();
	let most: number | undefined;
	const watched = Object.create(store) as Store;
	watched.scan = async function* () {
		let portions = 0;
		for await (const rows of store.scan()) {
			yield rows;
			if (++portions % 40 !== 0) continue;
			letGo();
			const { heapUsed, arrayBuffers } = process.memoryUsage();
			most = Math.max(most ?? 0, heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers);
		}
	};
	await ask(watched);
	return most;
}

const idOf = (n: number) => `v1_${sha256(`asked ${n}`)}`;

/** Entries as they stand in life: 1 in 500 unknown, 1 in 33 rejected, over 90 days. */
async function fill(store: Store): Promise<void> {
	const [, settledEntry] = await throughLedger(new Ledger(store, systemTime));
	if (settledEntry.state !== 'succeeded') throw new Error('It did not settle');
	const now = Date.now();
	for (let from = 0; from < SIZE; from += 1_000) {
		const rows = Array.from({ length: Math.min(1_000, SIZE - from) }, (_, position): Entry => {
			const n = from + position;
			const createdAt = now - ((n * 7_919) % SIZE) * ((90 * DAY_MS) / SIZE);
			const body = {
				id: `pi_${n}`,
				object: 'payment_intent',
				amount: n,
				currency: n % 5 ? 'usd' : 'eur',
				customer: `cus_${n % 1_000}`,
				latest_charge: `ch_${n}`,
				status: 'succeeded',
				metadata: { n8n_entry: idOf(n) },
				description: 'x'.repeat(1_000),
			};
			return {
				...settledEntry,
				entryId: idOf(n),
				key: `n8n_${idOf(n)}`,
				fields: [['order', `A-${n}`]],
				createdAt,
				settledAt: createdAt,
				expiresAt: createdAt + RETENTION_MS + DAY_MS,
				outcome: {
					...settledEntry.outcome,
					objectId: `pi_${n}`,
					body,
					payment: {
						kind: 'payment',
						object: `pi_${n}`,
						state: 'paid',
						moved: n,
						notMoved: 0,
						currency: body.currency,
					},
				},
				state: n % 500 === 0 ? 'unknown' : n % 33 === 0 ? 'rejected' : 'succeeded',
			};
		});
		await store.insertIfAbsent(rows);
	}
}

void main();
