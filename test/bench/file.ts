/**
 * Claim and settle on a file whose commits take time, against the same writes done barely, one by one: `npm run bench:file`.
 * The two take turns in rounds, so that a busy machine burdens both; ratios are medians of the rounds.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { COMMIT_PLAN, WITH_COMMIT_POINTS } from '../ledger/children/commitPoints';
import { TYPESCRIPT } from '../typescript';
import { median } from './figures';
import type { FileFigures, FileOrder } from './fileProcess';

const ROUNDS = 3;

interface Contest {
	processes: number;
	/** At once in each process, by the ledger; barely it is always one. */
	atOnce: number;
	commitMs: number;
	/** Claims and settles of each process. */
	times: { ledger: number; bare: number };
}

const CONTESTS: Contest[] = [
	{ processes: 1, atOnce: 32, commitMs: 5, times: { ledger: 2_000, bare: 100 } },
	{ processes: 1, atOnce: 1, commitMs: 5, times: { ledger: 200, bare: 100 } },
	{ processes: 8, atOnce: 4, commitMs: 5, times: { ledger: 100, bare: 25 } },
	{ processes: 8, atOnce: 1, commitMs: 5, times: { ledger: 25, bare: 25 } },
	{ processes: 1, atOnce: 32, commitMs: 0, times: { ledger: 2_000, bare: 200 } },
	{ processes: 8, atOnce: 4, commitMs: 0, times: { ledger: 100, bare: 50 } },
];

async function main(): Promise<void> {
	for (const contest of CONTESTS) {
		const rounds: { ledger: FileFigures; bare: FileFigures }[] = [];
		for (let round = 0; round < ROUNDS; round++) {
			rounds.push({ bare: await measured(contest, 'bare'), ledger: await measured(contest, 'ledger') });
		}
		print(contest, rounds);
	}
}

function print(contest: Contest, rounds: readonly { ledger: FileFigures; bare: FileFigures }[]): void {
	const { processes, atOnce, commitMs } = contest;
	const of = (value: (round: (typeof rounds)[number]) => number) => median(rounds.map(value));
	console.log(
		[
			`${processes} × ${atOnce} at once, ${commitMs} ms per commit:`.padEnd(36),
			`ours ${of(({ ledger }) => 1_000 / ledger.each).toFixed(0)}/s`.padEnd(13),
			`bare ${of(({ bare }) => 1_000 / bare.each).toFixed(0)}/s`.padEnd(13),
			`ratio ${of(({ ledger, bare }) => bare.each / ledger.each).toFixed(2)}`.padEnd(13),
			`CPU ${of(({ ledger }) => ledger.cpu).toFixed(2)} / ${of(({ bare }) => bare.cpu).toFixed(2)} ms`.padEnd(
				20,
			),
			`event loop late: p99 ${of(({ ledger }) => ledger.late.p99).toFixed(1)} ms,`,
			`most ${of(({ ledger }) => ledger.late.most).toFixed(1)} ms`,
		].join(' '),
	);
}

/** The figures of all processes together: per claim and settle of any of them. */
async function measured(
	{ processes, atOnce, commitMs, times }: Contest,
	how: 'ledger' | 'bare',
): Promise<FileFigures> {
	const folder = mkdtempSync(join(tmpdir(), 'ledger-bench-'));
	const file = join(folder, 'ledger.sqlite');
	try {
		const made = SqliteStore.open(file);
		await made.find([]);
		await made.close();
		const order = { file, how, commitMs, atOnce: how === 'bare' ? 1 : atOnce, times: times[how] };
		const children = await Promise.all(Array.from({ length: processes }, () => begin(order)));
		const began = performance.now();
		const figures = await Promise.all(children.map((go) => go()));
		return {
			each: (performance.now() - began) / (processes * order.times),
			cpu: median(figures.map(({ cpu }) => cpu)),
			late: {
				p99: Math.max(...figures.map(({ late }) => late.p99)),
				most: Math.max(...figures.map(({ late }) => late.most)),
			},
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Starts a process. @returns how to let it do its work, when all are ready */
async function begin(order: FileOrder): Promise<() => Promise<FileFigures>> {
	const child = fork(join(__dirname, 'fileProcess.ts'), [JSON.stringify(order)], {
		execArgv: [...TYPESCRIPT, ...WITH_COMMIT_POINTS],
		env: { ...process.env, [COMMIT_PLAN]: JSON.stringify({ delayMs: order.commitMs }) },
	});
	await once(child, 'message');
	return async () => {
		child.send('go');
		const [figures] = (await once(child, 'message')) as [FileFigures];
		return figures;
	};
}

void main();
