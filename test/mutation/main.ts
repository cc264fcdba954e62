/**
 * Breaks the rules in a copy of the project, one place at a time, and says what no test has noticed:
 * `npm run mutate -- --seed 14 --count 200`. `--near` leaves it at the tests of the rules themselves, in minutes.
 */
import type { ChildProcess } from 'node:child_process';
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';

import { TYPESCRIPT } from '../typescript';
import type { Mutant } from './mutants';
import { mutate, sample } from './mutants';
import type { Trial, Verdict } from './testMutant';

const { values: options } = parseArgs({
	options: {
		seed: { type: 'string', default: '14' },
		count: { type: 'string', default: '200' },
		near: { type: 'boolean', default: false },
	},
});

const ROOT = join(__dirname, '../..');
const NOT_COPIED = /^(node_modules|dist|\.git|coverage)$/;

/** The tests of the rules: what they notice, no run of a node has to. */
const NEAR = /[\\/]test[\\/](ledger[\\/](?!stores)|stripe[\\/]|payments[\\/])/;

/** Much longer than the tests near the rules take together, and a mutant that loops ends there. */
const ENDLESS_MS = 600_000;

interface Reached {
	testPath: string;
	took: number;
	reached: string[];
}

interface JestResults {
	testResults: { name: string; status: string }[];
}

const folder = mkdtempSync(join(tmpdir(), 'mutation-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

function copyProject(files: ReadonlyMap<string, string>): void {
	cpSync(ROOT, folder, { recursive: true, filter: (path) => !NOT_COPIED.test(basename(path)) });
	symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
	for (const [path, content] of files) writeFileSync(join(folder, path), content);
}

/** Runs the tests once with no mutant alive. What fails even so, as it reads the source itself, judges no mutant. */
function findReached(): Reached[] {
	const [report, results] = [join(folder, 'reached.jsonl'), join(folder, 'results.json')];
	const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
	const where = options.near ? [NEAR.source] : [];
	const args = [jest, '--config', 'jest.mutation.config.js', '--json', '--outputFile', results, ...where];
	const env = { ...process.env, MUTANTS_REACHED: report };
	spawnSync(process.execPath, args, { cwd: folder, env, stdio: 'ignore' });
	const { testResults } = JSON.parse(readFileSync(results, 'utf8')) as JestResults;
	const failing = testResults.filter(({ status }) => status !== 'passed').map(({ name }) => name);
	for (const name of failing) console.log(`fails without any mutant, not asked: ${relative(folder, name)}`);
	const lines = readFileSync(report, 'utf8').trim().split('\n');
	return lines
		.map((line) => JSON.parse(line) as Reached)
		.filter(({ testPath }) => !failing.includes(testPath));
}

/** Tests one mutant after the other in a process of its own. */
class Tester {
	private process: ChildProcess | undefined;
	private output = '';

	async test(mutant: Mutant, testFiles: string[]): Promise<string | undefined> {
		if (testFiles.length === 0) return undefined;
		const tester = (this.process ??= this.start());
		tester.send({ root: folder, mutant: mutant.id, testFiles } satisfies Trial);
		const timer = setTimeout(() => tester.kill('SIGKILL'), ENDLESS_MS);
		const heard = new AbortController();
		const either = ['message', 'exit'].map((event) => once(tester, event, { signal: heard.signal }));
		const [answer] = (await Promise.race(either)) as [unknown];
		heard.abort();
		await Promise.allSettled(either);
		clearTimeout(timer);
		if (typeof answer === 'object' && answer !== null) return (answer as Verdict).killedBy;
		this.process = undefined;
		if (tester.signalCode === null)
			throw new Error(`${mutant.place} could not be tested: ${this.output}`);
		return 'no end';
	}

	private start(): ChildProcess {
		const file = join(__dirname, 'testMutant.ts');
		const started = fork(file, { cwd: folder, execArgv: TYPESCRIPT, silent: true });
		this.output = '';
		started.stdout?.resume();
		started.stderr?.on(
			'data',
			(piece: Buffer) => (this.output = (this.output + String(piece)).slice(-4_000)),
		);
		return started;
	}

	end(): void {
		this.process?.kill();
	}
}

async function testMutant(
	tester: Tester,
	mutant: Mutant,
	all: readonly Reached[],
): Promise<string | undefined> {
	const reaching = all.filter(({ reached }) => reached.includes(mutant.id)).sort((a, b) => a.took - b.took);
	const paths = reaching.map(({ testPath }) => testPath);
	const near = paths.filter((path) => NEAR.test(path));
	const far = paths.filter((path) => !NEAR.test(path));
	return (await tester.test(mutant, near)) ?? (await tester.test(mutant, far));
}

function describeMutant({ place, kind, original, replacement }: Mutant): string {
	const short = (text: string) => text.replace(/\s+/g, ' ').slice(0, 90);
	return `${place} ${kind}: ${short(original)} → ${short(replacement)}`;
}

async function main(): Promise<void> {
	const { files, mutants } = await mutate(ROOT);
	const chosen = sample(mutants, Number(options.seed), Number(options.count));
	console.log(
		`${mutants.length} mutants in ${files.size} files; seed ${options.seed}, ${chosen.length} chosen`,
	);
	copyProject(files);
	const all = findReached();
	const survivors: Mutant[] = [];
	const waiting = [...chosen];
	const work = async () => {
		const tester = new Tester();
		for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
			const killedBy = await testMutant(tester, mutant, all);
			if (killedBy === undefined) survivors.push(mutant);
			console.log(`${killedBy === undefined ? 'SURVIVED' : 'killed'} ${describeMutant(mutant)}`);
			if (killedBy !== undefined) console.log(`    by ${relative(folder, killedBy)}`);
		}
		tester.end();
	};
	await Promise.all(Array.from({ length: availableParallelism() }, work));
	const killed = chosen.length - survivors.length;
	console.log(`\n${killed} of ${chosen.length} killed (${((100 * killed) / chosen.length).toFixed(1)} %)`);
	for (const mutant of survivors.sort((a, b) => a.place.localeCompare(b.place))) {
		console.log(`survived: ${describeMutant(mutant)}`);
	}
}

void main();
