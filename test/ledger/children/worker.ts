import { writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

import { StoreUnavailableError } from '../../../ledger/store';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import { row } from '../stores/conformance';
import type { ProcessCommand } from './process';

const send = (message: unknown) => process.send?.(message);

/** Which of the ids this process has won. */
async function insert(store: SqliteStore, ids: string[]): Promise<string[]> {
	const won: string[] = [];
	for (const entryId of ids) {
		const mine = { ...row({ entryId }), claimId: String(process.pid) };
		const [current] = await store.insertIfAbsent([mine]);
		if (current && 'claimId' in current && current.claimId === mine.claimId) won.push(entryId);
	}
	return won;
}

async function writeUntilKilled(store: SqliteStore): Promise<never> {
	for (let n = 0; ; n++) {
		const entryId = `entry ${n}`;
		await store.insertIfAbsent([row({ entryId })]);
		await store.replaceIfVersion([row({ entryId, version: 2, state: 'succeeded' })]);
		// What is told was acknowledged before.
		send(n);
	}
}

/** Keeps everybody else out of the file for a while, beginning before it is told. */
function hold(file: string, ms: number): void {
	const database = new DatabaseSync(file);
	database.exec('BEGIN EXCLUSIVE');
	process.send?.('held', () => {
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
		database.close();
	});
}

async function obey(order: Exclude<ProcessCommand, { do: 'hold' }>): Promise<unknown> {
	if (order.do === 'openAs') {
		process.setgid?.(order.uid);
		process.setuid?.(order.uid);
	}
	const store = SqliteStore.open(order.file);
	await store.find([]);
	switch (order.do) {
		case 'open':
		case 'openAs':
			return 'opened';
		case 'insert':
			return insert(store, order.ids);
		case 'writeUntilKilled':
			return writeUntilKilled(store);
	}
}

process.on('message', (order: ProcessCommand) => {
	if (order.do === 'hold') {
		hold(order.file, order.ms);
		return;
	}
	obey(order).then(send, (error: unknown) => {
		if (error instanceof StoreUnavailableError) return send({ refused: error.reason });
		writeSync(2, String(error));
		process.exit(1);
	});
});
process.on('disconnect', () => process.exit());
send('ready');
