import { monitorEventLoopDelay } from 'node:perf_hooks';

import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import { StoreUnavailableError } from '../../../ledger/store';
import { row } from '../stores/conformance';

/** What a process does with a file, without a word about its end. */
export interface GroupOrder {
	file: string;
	/** So many at once in each round, each a claim and its settle. */
	atOnce: number;
	rounds: number;
	/** It asks, and has nothing more to do. */
	leaves?: true;
	/** It counts how often its event loop comes round, which keeps it busy. */
	counts?: true;
	/** Each claim and each settle is two rows that are written together. */
	together?: true;
}

export type GroupNews =
	/** What has been acknowledged. */
	| { what: 'claimed' | 'settled'; entryId: string }
	| { what: 'refused'; entryId: string; reason: string }
	/** How often the event loop came round, and the 99th percentile of what it was late by. */
	| { what: 'done'; turns: number; loopDelayMs: number };

const send = (news: GroupNews) => process.send?.(news);

async function pay(store: SqliteStore, entryId: string): Promise<void> {
	try {
		const mine = { ...row({ entryId }), claimedBy: process.pid };
		const [current] = await store.insertIfAbsent([mine]);
		if (JSON.stringify(current) !== JSON.stringify(mine)) throw new Error(`${entryId} is another's`);
		send({ what: 'claimed', entryId });
		const [isSettled] = await store.replaceIfVersion([row({ entryId, version: 2, state: 'succeeded' })]);
		if (!isSettled) throw new Error(`${entryId} could not be settled`);
		send({ what: 'settled', entryId });
	} catch (error) {
		if (!(error instanceof StoreUnavailableError)) throw error;
		send({ what: 'refused', entryId, reason: error.reason });
	}
}

async function payTogether(store: SqliteStore, entryId: string): Promise<void> {
	const pair = (facts: Parameters<typeof row>[0], isNew: boolean) =>
		['', ' beside'].map((name) => ({ row: row({ ...facts, entryId: `${entryId}${name}` }), isNew }));
	if (!(await store.replaceTogether(pair({}, true)))) throw new Error(`${entryId} is another's`);
	send({ what: 'claimed', entryId });
	const isSettled = await store.replaceTogether(pair({ version: 2, state: 'succeeded' }, false));
	if (!isSettled) throw new Error(`${entryId} could not be settled`);
	send({ what: 'settled', entryId });
}

async function main({ file, atOnce, rounds, leaves, together, counts }: GroupOrder): Promise<void> {
	const store = SqliteStore.open(file);
	if (leaves) {
		for (let n = 0; n < atOnce; n++) void store.insertIfAbsent([row({ entryId: `entry ${n}` })]);
		return;
	}
	let turns = 0;
	const turn = () => {
		turns++;
		next = setImmediate(turn);
	};
	let next = counts && setImmediate(turn);
	const delay = monitorEventLoopDelay({ resolution: 1 });
	for (let round = 0; round < rounds; round++) {
		// The first one makes the thread and the file, and warms up.
		if (round === 1) delay.enable();
		const one = together ? payTogether : pay;
		await Promise.all(Array.from({ length: atOnce }, (_, n) => one(store, `entry ${round} ${n}`)));
	}
	if (next) clearImmediate(next);
	send({ what: 'done', turns, loopDelayMs: delay.percentile(99) / 1e6 });
}

void main(JSON.parse(process.argv[2] ?? '') as GroupOrder);
