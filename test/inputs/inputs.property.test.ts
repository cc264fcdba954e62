import { repeat } from '../crash/soak';
import { AMOUNTS, FORMS, findExpectedAmount } from './amountTable';
import { useEngine } from './engines';
import { tryInputs } from './tryInputs';

const RUNS = repeat(1, 400);

/** A guard against what hangs. */
const LONGEST_MS = Math.max(120_000, RUNS * 15_000);

it(
	'random items on n8n’s engine legacy move what the reviewed tables say: no wrong amount, no lost payment, no duplicate',
	async () => {
		await useEngine('legacy');
		const { tried: items, wrongSums, lost, doubled } = await tryInputs(RUNS);
		expect({ wrongSums, lost, doubled }).toEqual({ wrongSums: [], lost: [], doubled: [] });
		expect(items).toBeGreaterThan(RUNS);
	},
	LONGEST_MS,
);

it('the table has a verdict for every value in every notation', () => {
	for (const row of AMOUNTS) {
		for (const { column } of FORMS) expect(findExpectedAmount(row, column)).toBeDefined();
	}
});
