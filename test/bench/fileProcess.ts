/** One process of `file.ts`: it claims and settles on a file, by the ledger or barely, when it is told to. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { DatabaseSync } from 'node:sqlite';

import { systemTime } from '../../ledger/clock';
import { Ledger } from '../../ledger/ledger';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { newClaim, RETENTION_MS, sha256, throughLedger } from './claims';
import { timed } from './figures';

export interface FileOrder {
	file: string;
	how: 'ledger' | 'bare';
	/** Claims with their settles. */
	times: number;
	atOnce: number;
	/** ms that a commit takes longer, as on a slow disk. */
	commitMs: number;
}

export interface FileFigures {
	/** ms of one claim and its settle. */
	each: number;
	/** ms of CPU for one, of all threads. */
	cpu: number;
	/** ms that the event loop was late by: 99th percentile, and most. */
	late: { p99: number; most: number };
}

/** As large as a claim and its settle. */
let rows: [claimed: string, settled: string];

type Act = (n: number) => unknown;

async function byLedger({ file }: FileOrder): Promise<Act> {
	const ledger = new Ledger(SqliteStore.open(file), systemTime);
	await throughLedger(ledger);
	return () => throughLedger(ledger, newClaim());
}

/** Each write by itself, and nothing around it. */
function barely({ file, commitMs }: FileOrder): Act {
	const database = new DatabaseSync(file, { timeout: 60_000 });
	database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
	const insert = database.prepare('INSERT INTO entries VALUES (?, 1, ?, ?, ?)');
	const update = database.prepare(
		'UPDATE entries SET version = 2, state = ?, expires_at = ?, row = ? WHERE entry_id = ? AND version = 1',
	);
	const nothing = new Int32Array(new SharedArrayBuffer(4));
	const commit = (write: () => unknown) => {
		database.exec('BEGIN IMMEDIATE');
		write();
		if (commitMs > 0) Atomics.wait(nothing, 0, 0, commitMs);
		database.exec('COMMIT');
	};
	return (n) => {
		const id = `v1_${sha256(`${process.pid} ${n}`)}`;
		const expires = Date.now() + RETENTION_MS;
		commit(() => insert.run(id, 'in_flight', expires, rows[0]));
		commit(() => update.run('succeeded', expires, rows[1], id));
	};
}

async function run(order: FileOrder, act: Act): Promise<FileFigures> {
	const delay = monitorEventLoopDelay({ resolution: 1 });
	delay.enable();
	const cpu = process.cpuUsage();
	const each = await timed(order.times, act, order.atOnce);
	const { user, system } = process.cpuUsage(cpu);
	delay.disable();
	return {
		each,
		cpu: (user + system) / 1_000 / order.times,
		late: { p99: delay.percentile(99) / 1e6, most: delay.max / 1e6 },
	};
}

async function main(order: FileOrder): Promise<void> {
	const scratch = SqliteStore.open(`${order.file}.rows`);
	rows = (await throughLedger(new Ledger(scratch, systemTime))).map((row) =>
		JSON.stringify(row),
	) as typeof rows;
	await scratch.close();
	const act = order.how === 'ledger' ? await byLedger(order) : barely(order);
	process.once('message', () => {
		void run(order, act).then((figures) => process.send?.(figures, () => process.exit()));
	});
	process.send?.('ready');
}

void main(JSON.parse(process.argv[2] ?? '') as FileOrder);
