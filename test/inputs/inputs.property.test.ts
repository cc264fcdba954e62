import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { repeat } from '../crash/soak';
import { TYPESCRIPT } from '../typescript';
import { AMOUNTS, FORMS, findExpectedAmount } from './amountTable';
import type { Engine } from './engines';
import { NODE_FLAGS, explainUnusable } from './engines';
import type { Counts } from './counts';

const RUNS = repeat(1, 400);

/** A guard against what hangs: the engine of n8n's servers takes its time on a busy machine. */
const LONGEST_MS = Math.max(120_000, RUNS * 15_000);

/** n8n takes one engine for its whole process, and the one of its servers needs a flag of Node.js: so each has its own. */
async function tried(engine: Engine): Promise<Counts> {
	const worker = fork(join(__dirname, 'inputWorker.ts'), [engine, String(RUNS)], {
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

describe.each<Engine>(['vm', 'legacy'])('random items on n8n’s engine %s', (engine) => {
	const missing = explainUnusable(engine);
	if (missing) console.warn(`Not tested on ${engine}: ${missing}`);
	const onEngine = missing ? it.skip : it;

	onEngine(
		'move what the reviewed tables say: no wrong sum, no payment lost, none doubled',
		async () => {
			const { tried: items, wrongSums, lost, doubled } = await tried(engine);
			expect({ wrongSums, lost, doubled }).toEqual({ wrongSums: [], lost: [], doubled: [] });
			expect(items).toBeGreaterThan(RUNS);
		},
		LONGEST_MS,
	);
});

it('the table has a verdict for every value in every way that it may be written', () => {
	for (const row of AMOUNTS) {
		for (const { column } of FORMS) expect(findExpectedAmount(row, column)).toBeDefined();
	}
});
