import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { cacheFolder } from '../n8n/harness/cache';
import { exclusively } from '../n8n/harness/exclusively';
import { runProgram } from '../n8n/harness/program';

/** What we use of Stryker: it puts every mutant that it can think of into a file. */
interface Instrumenter {
	instrument(
		files: { name: string; content: string; mutate: boolean }[],
		options: { plugins: string[]; excludedMutations: string[]; ignorers: object[] },
	): Promise<{ files: { name: string; content: string }[]; mutants: StrykerMutant[] }>;
}

interface StrykerMutant {
	id: string;
	fileName: string;
	mutatorName: string;
	replacement?: string;
	/** Lines and columns, counted from 0. */
	location: { start: Position; end: Position };
}

export interface Position {
	line: number;
	column: number;
}

const PACKAGE = '@stryker-mutator/instrumenter';
const LOCKED = join(__dirname, 'locked');
const LIMIT_MINUTES = 15;

/** It wants to tell what it does, and how long that takes. */
const SILENT = new Proxy({}, { get: () => () => false });

/** Not among the packages of the project: it brings seventy of its own, and only whoever mutates needs them. */
export async function createInstrumenter(): Promise<Instrumenter> {
	const folder = join(cacheFolder(), 'mutation');
	await exclusively(`${folder}.lock`, () => install(folder));
	const load = createRequire(join(folder, 'package.json'));
	const { Instrumenter } = load(PACKAGE) as { Instrumenter: new (logger: object) => Instrumenter };
	return new Instrumenter(SILENT);
}

async function install(folder: string): Promise<void> {
	// Written last: a folder without it is half there.
	const whole = join(folder, 'whole');
	if (existsSync(whole)) return;
	rmSync(folder, { recursive: true, force: true });
	mkdirSync(folder, { recursive: true });
	for (const file of ['package.json', 'package-lock.json'])
		copyFileSync(join(LOCKED, file), join(folder, file));
	const npm = ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'] as const;
	await runProgram([...npm], { cwd: folder, limitMinutes: LIMIT_MINUTES });
	writeFileSync(whole, '');
}
