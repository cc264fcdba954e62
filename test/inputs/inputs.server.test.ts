import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { repeat } from '../crash/soak';
import { TYPESCRIPT } from '../typescript';
import type { Counts } from './counts';
import { NODE_FLAGS, explainUnusable } from './engines';

const RUNS = repeat(1, 400);

/** A guard against what hangs: the engine of n8n's servers takes its time on a busy machine. */
const LONGEST_MS = Math.max(120_000, RUNS * 15_000);

/** n8n takes one engine for its whole process, and the one of its servers needs a flag of Node.js. */
async function tried(): Promise<Counts> {
	const worker = fork(join(__dirname, 'inputWorker.ts'), [String(RUNS)], {
		execArgv: [...NODE_FLAGS, ...TYPESCRIPT],
		env: { ...process.env, NODE_ENV: 'production' },
	});
	let counts: Counts | undefined;
	worker.on('message', (news) => {
		counts = news as Counts;
	});
	const [code] = (await once(worker, 'exit')) as [number | null];
	if (!counts) throw new Error(`The worker ended with ${String(code)} and told nothing`);
	return counts;
}

const missing = explainUnusable();
if (missing) console.warn(`Not tested on vm: ${missing}`);
const onServersEngine = missing ? it.skip : it;

onServersEngine(
	'random items on n8n’s engine vm move what the reviewed tables say: no wrong sum, no payment lost, none doubled',
	async () => {
		const { tried: items, wrongSums, lost, doubled } = await tried();
		expect({ wrongSums, lost, doubled }).toEqual({ wrongSums: [], lost: [], doubled: [] });
		expect(items).toBeGreaterThan(RUNS);
	},
	LONGEST_MS,
);
