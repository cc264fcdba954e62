/** One process of `slowDisk`: it claims and settles on a file, by the ledger or barely, when it is told to. */
import { systemTime } from '../../ledger/clock';
import { Ledger } from '../../ledger/ledger';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { bareSqlite } from './bare';
import { newClaim, sha256, throughLedger } from './claims';
import { costOf, timed } from './figures';

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
	/** ms that the event loop was late by. */
	late: { p99: number };
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
	const write = bareSqlite(file, commitMs);
	return (n) => write(`v1_${sha256(`${process.pid} ${n}`)}`, rows);
}

async function run({ times, atOnce }: FileOrder, act: Act): Promise<FileFigures> {
	const { elapsed, late } = await costOf(() => timed(times, act, atOnce));
	return { each: elapsed / times, late };
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
