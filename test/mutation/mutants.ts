import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

import { RandomSource } from '../crash/randomSource';
import type { Position } from './instrumenter';
import { createInstrumenter } from './instrumenter';

/** Where a rule about money is decided, and where Stripe's answers are read. */
const MUTATED = ['ledger/rules', 'stripe/api/outcome.ts', 'stripe/objects'];

/** One change that somebody could make by mistake. */
export interface Mutant {
	id: string;
	/** `ledger/rules/claim.ts:30:7`, counted from 1. */
	place: string;
	kind: string;
	original: string;
	replacement: string;
}

/** The files with all their mutants in them; the one whose ID is in `__STRYKER_ACTIVE_MUTANT__` is alive. */
export interface Mutated {
	/** Content by path, relative to the root. */
	files: ReadonlyMap<string, string>;
	mutants: Mutant[];
}

export async function mutate(root: string): Promise<Mutated> {
	const paths = MUTATED.flatMap((path) => filesIn(join(root, path)));
	const sources = new Map(paths.map((name) => [name, readFileSync(name, 'utf8')]));
	const given = [...sources].map(([name, content]) => ({ name, content, mutate: true }));
	const instrumenter = await createInstrumenter();
	const options = { plugins: [], excludedMutations: [], ignorers: [] };
	const { files, mutants } = await instrumenter.instrument(given, options);
	return {
		files: new Map(files.map(({ name, content }) => [relative(root, name), content])),
		mutants: mutants.map(({ id, fileName, location, mutatorName, replacement = '' }) => {
			const { start, end } = location;
			const place = `${relative(root, fileName)}:${start.line + 1}:${start.column + 1}`;
			const original = textBetween(sources.get(fileName) ?? '', start, end);
			return { id, place, kind: mutatorName, original, replacement };
		}),
	};
}

/** The same for the same seed, as long as the files are the same. */
export function sample(mutants: readonly Mutant[], seed: number, count: number): Mutant[] {
	return new RandomSource(seed).shuffled(mutants).slice(0, count);
}

function filesIn(path: string): string[] {
	if (statSync(path).isFile()) return [path];
	return readdirSync(path, { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.ts'))
		.sort()
		.map((name) => join(path, name));
}

function textBetween(source: string, start: Position, end: Position): string {
	const lines = source.split('\n').slice(start.line, end.line + 1);
	lines[lines.length - 1] = (lines.at(-1) ?? '').slice(0, end.column);
	lines[0] = (lines[0] ?? '').slice(start.column);
	return lines.join('\n');
}
