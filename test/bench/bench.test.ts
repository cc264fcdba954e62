import { inSoakOnly } from '../crash/soak';
import type { SectionName } from './bench';
import { runBench, SECTIONS } from './bench';
import { LEDGERS } from './rivals';
import { QUICK } from './sizes';
import type { Figure } from './table';
import { isMet, toTableLine } from './table';

// Starts a dozen processes, which is too slow for every `npm test`.
inSoakOnly()('every section of the bench still measures what it is about', async () => {
	const figures: Partial<Record<SectionName, Figure[]>> = {};
	const names = Object.keys(SECTIONS) as SectionName[];
	await runBench(names, LEDGERS, QUICK, (name, figure) => (figures[name] ??= []).push(figure));
	expect(Object.keys(figures)).toEqual(names);
	const values = Object.values(figures).flatMap((some) =>
		some.flatMap(({ ours, against }) => [...ours, ...(against?.values ?? [])]),
	);
	expect(values.filter((value) => !Number.isFinite(value) || value < 0)).toEqual([]);
});

describe('the table', () => {
	const figure: Figure = {
		what: 'charges',
		ledger: 'localFile',
		unit: 's',
		ours: [2.1, 2.06, 2.2],
		against: { who: 'bare SDK', values: [2, 2, 2] },
		goal: { of: 'ratio', atMost: 1.03 },
	};

	it('shows medians, the ratio of each round with its spread, and marks a missed goal as missed', () => {
		expect(toTableLine(figure, true)).toBe(
			'| charges | localFile | 2.1 s | bare SDK: 2 s | 1.05 (1.03–1.10) | ≤ 1.03 | **missed** |',
		);
	});

	it('reports no goals where sizes are small', () => {
		expect(toTableLine(figure, false)).not.toMatch(/missed|met/);
	});

	it('distinguishes minimum goals from maximum goals', () => {
		expect([isMet({ of: 'value', atMost: 44 }, 44), isMet({ of: 'value', atMost: 44 }, 44.1)]).toEqual([
			true,
			false,
		]);
		expect([
			isMet({ of: 'ratio', atLeast: 0.9 }, 0.9),
			isMet({ of: 'ratio', atLeast: 0.9 }, 0.89),
		]).toEqual([true, false]);
	});
});
