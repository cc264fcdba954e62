import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemTime } from '../../ledger/clock';
import { Ledger } from '../../ledger/ledger';
import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { COMMIT_PLAN, WITH_COMMIT_POINTS } from '../ledger/children/commitPoints';
import { TYPESCRIPT } from '../typescript';
import { newClaim, sha256, throughLedger } from './claims';
import { timed } from './figures';
import type { FileFigures, FileOrder } from './fileProcess';
import type { Rival } from './rivals';
import type { Section } from './section';
import type { Figure, Goal } from './table';

/** Measures claims and settles per second, in turns with equivalent bare writes. */
export const writes: Section = async function* ({ rounds, writes: { workers, perWorker } }, rivals) {
	for (const rival of rivals)
		for (const atOnce of workers) {
			const times = perWorker * Math.min(atOnce, 8);
			yield {
				what: `claim + settle, ${atOnce} at once`,
				ledger: rival.name,
				unit: '/s',
				...(await throughput(rival, atOnce, times, rounds)),
				...(rival.name === 'redis' && atOnce === 32 ? { goal: { of: 'ratio', atLeast: 0.9 } } : {}),
			};
		}
};

async function throughput(
	rival: Rival,
	workers: number,
	times: number,
	rounds: number,
): Promise<Pick<Figure, 'ours' | 'against'>> {
	const ledger = new Ledger(await rival.store(`ours_${workers}`), systemTime);
	const bare = await rival.bare?.(`bare_${workers}`);
	const rows = (await throughLedger(ledger)).map((row) => JSON.stringify(row)) as [string, string];
	const [ours, values]: [number[], number[]] = [[], []];
	// The first rounds are a warm-up.
	for (let round = -2; round < rounds; round++) {
		const requests = Array.from({ length: times }, newClaim);
		const ids = requests.map((_, n) => `v1_${sha256(`${workers} ${round} ${n}`)}`);
		const one = await timed(times, (n) => throughLedger(ledger, requests[n]), workers);
		const other = bare && (await timed(times, (n) => bare(ids[n] ?? '', rows), workers));
		if (round < 0) continue;
		ours.push(1_000 / one);
		if (other !== undefined) values.push(1_000 / other);
	}
	return { ours, ...(bare ? { against: { who: 'bare client', values } } : {}) };
}

interface Contest {
	processes: number;
	/** Concurrency of each process with the ledger; bare writes are always sequential. */
	atOnce: number;
	/** Claims and settles of each process. */
	times: { ledger: number; bare: number };
	goal: Goal;
}

/** Measures a file with slow commits, against the same writes made barely, one by one. */
export const slowDisk: Section = async function* ({
	rounds,
	slowDisk: { commitMs, ledger, bare, processes },
}) {
	const contests: Contest[] = [
		{ processes: 1, atOnce: 32, times: { ledger, bare }, goal: { of: 'ratio', atLeast: 5 } },
		{
			processes,
			atOnce: 4,
			goal: { of: 'ratio', atLeast: 1 },
			times: { ledger: Math.ceil(ledger / 20), bare: Math.ceil(bare / 4) },
		},
	];
	for (const contest of contests) {
		const sides: { ledger: FileFigures[]; bare: FileFigures[] } = { ledger: [], bare: [] };
		for (let round = 0; round < Math.min(rounds, 3); round++) {
			sides.bare.push(await measured(contest, 'bare', commitMs));
			sides.ledger.push(await measured(contest, 'ledger', commitMs));
		}
		const where = contest.processes === 1 ? 'one process' : `${contest.processes} processes`;
		const what = `${contest.atOnce} at once in ${where}, ${commitMs} ms per commit`;
		const perSecond = (figures: FileFigures[]) => figures.map(({ each }) => 1_000 / each);
		yield {
			what: `claim + settle, ${what}`,
			ledger: 'localFile',
			unit: '/s',
			goal: contest.goal,
			ours: perSecond(sides.ledger),
			against: { who: 'bare, one by one', values: perSecond(sides.bare) },
		};
		yield {
			what: `how late the event loop is meanwhile, p99`,
			ledger: 'localFile',
			unit: 'ms',
			ours: sides.ledger.map(({ late }) => late.p99),
			goal: { of: 'value', atMost: 20 },
		};
	}
};

/** The combined figures of all processes, per claim and settle. */
async function measured(
	{ processes, atOnce, times }: Contest,
	how: 'ledger' | 'bare',
	commitMs: number,
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
			late: { p99: Math.max(...figures.map(({ late }) => late.p99)) },
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

/** Starts a process. @returns a function that starts its work, to call when all processes are ready */
async function begin(order: FileOrder): Promise<() => Promise<FileFigures>> {
	const child = fork(join(__dirname, 'fileProcess.ts'), [JSON.stringify(order)], {
		execArgv: [...TYPESCRIPT, ...WITH_COMMIT_POINTS],
		env: { ...process.env, [COMMIT_PLAN]: JSON.stringify({ delayMs: order.commitMs }) },
	});
	const next = async () => {
		const ended = once(child, 'exit').then(() => {
			throw new Error('A process of the bench has ended before its time');
		});
		const [message] = (await Promise.race([once(child, 'message'), ended])) as [FileFigures];
		return message;
	};
	await next();
	return () => {
		child.send('go');
		return next();
	};
}
