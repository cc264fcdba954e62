/**
 * Measures the ledger and the node: `npm run bench [-- SECTION…] [--ledger NAME]… [--quick] [--rounds N]
 * [--charges N] [--entries N]…`. Prints a table in Markdown, row by row. Contestants take turns within one run, so that a busy
 * machine affects them equally. Goals are checked at full size only.
 */
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { parseArgs } from 'node:util';

import { charges, pace, replay } from './charges';
import { load } from './load';
import { memory } from './memory';
import { questions } from './questions';
import { reservations } from './reservations';
import type { LedgerName } from './rivals';
import { LEDGERS, startRivals } from './rivals';
import type { Section } from './section';
import type { Sizes } from './sizes';
import { FULL, QUICK } from './sizes';
import type { Figure } from './table';
import { TABLE_HEAD, toTableLine } from './table';
import { stop } from './stop';
import { slowDisk, writes } from './writes';

export const SECTIONS = {
	charges,
	replay,
	pace,
	writes,
	slowDisk,
	questions,
	reservations,
	load,
	memory,
	stop,
} satisfies Record<string, Section>;

export type SectionName = keyof typeof SECTIONS;

/** @param report called with each figure as soon as it is known */
export async function runBench(
	names: readonly SectionName[],
	ledgers: readonly LedgerName[],
	sizes: Sizes,
	report: (section: SectionName, figure: Figure) => void,
): Promise<void> {
	const rivals = await startRivals(ledgers);
	try {
		for (const name of names)
			for await (const figure of SECTIONS[name](sizes, rivals)) report(name, figure);
	} finally {
		for (const { end } of rivals) await end();
	}
}

/** @throws RangeError for an unknown name */
function chosen<T extends string>(given: readonly string[], known: readonly T[]): readonly T[] {
	const unknown = given.find((name) => !known.includes(name as T));
	if (unknown !== undefined) throw new RangeError(`"${unknown}" is none of: ${known.join(', ')}`);
	return given.length === 0 ? known : (given as readonly T[]);
}

function readOptions() {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			ledger: { type: 'string', multiple: true, default: [] },
			quick: { type: 'boolean', default: false },
			rounds: { type: 'string' },
			charges: { type: 'string' },
			entries: { type: 'string', multiple: true, default: [] },
		},
	});
	const sizes = structuredClone(values.quick ? QUICK : FULL);
	if (values.rounds !== undefined) sizes.rounds = Number(values.rounds);
	if (values.charges !== undefined) sizes.charges.count = Number(values.charges);
	if (values.entries.length > 0) sizes.questions.entries = values.entries.map(Number);
	return {
		sizes,
		isJudged: !values.quick,
		sections: chosen(positionals, Object.keys(SECTIONS) as SectionName[]),
		ledgers: chosen(values.ledger, LEDGERS),
	};
}

function machine(): string {
	const cores = `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'CPU'}`;
	const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GB`;
	const system = `${type()} ${release()}, Node.js ${process.version}`;
	return `${cores}, ${memory}, ${system}; load before ${loadavg()[0]?.toFixed(1)}`;
}

async function main(): Promise<void> {
	const { sections, ledgers, sizes, isJudged } = readOptions();
	console.log(`${machine()}\n\n${TABLE_HEAD}`);
	await runBench(sections, ledgers, sizes, (_section, figure) =>
		console.log(toTableLine(figure, isJudged)),
	);
}

if (require.main === module) void main();
