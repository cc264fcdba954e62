/**
 * A process of `slowDisk`: when told to, it claims and settles on a file, through the ledger or with bare writes.
 */
import { systemTime } from '../../ledger/clock';
import { Ledger } from '../../ledger/ledger';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { bareSqlite } from './bare';
import { newClaim, sha256, throughLedger } from './claims';
import { costOf, timed } from './figures';

export interface FileOrder {
	file: string;
	how: 'ledger' | 'bare';
	/** Number of claims, each with its settle. */
	times: number;
	atOnce: number;
	/** Additional ms per commit, as on a slow disk. */
	commitMs: number;
}

export interface FileFigures {
	/** ms per claim and settle. */
	each: number;
	/** Event loop delay in ms. */
	late: { p99: number };
}

/** Rows of the size of a claim and of a settle. */
let rows: [claimed: string, settled: string];

type Act = (n: number) => unknown;

async function byLedger({ file }: FileOrder): Promise<Act> {
	const ledger = new Ledger(SqliteStore.open(file), systemTime);
	await throughLedger(ledger);
	return () => throughLedger(ledger, newClaim());
}

/** Makes each bare write in its own commit. */
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
