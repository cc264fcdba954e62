/** Whether the long form of the tests runs: `npm run test:soak`. */
const SOAK = process.env.SOAK === '1';

/** Returns the number of repetitions: `short` within `npm test`, `long` in the long form. */
export function repeat(short: number, long: number): number {
	return SOAK ? long : short;
}

/**
 * Returns one in `oneOf` rows of a long table, spread over all its parts, within `npm test`; all rows in the long
 * form.
 */
export function sampleRows<T>(oneOf: number, rows: readonly T[]): T[] {
	return rows.filter((_, row) => SOAK || row % oneOf === 0);
}

/**
 * Returns the share of one of several groups, such as the ledgers: each row runs in one of them within the short form, and in all in
 * the long form.
 */
export function shareRows<N extends string, T>(groups: readonly N[], group: N, rows: readonly T[]): T[] {
	return rows.filter((_, row) => SOAK || row % groups.length === groups.indexOf(group));
}

/** The time limit of a test in ms. */
export const PATIENCE_MS = SOAK ? 1_500_000 : 180_000;

/** Skips tests that are too slow for `npm test`, and prints that they are skipped. */
export function inSoakOnly(): jest.It {
	if (SOAK) return it;
	process.stderr.write('SKIPPED: the longest proofs. Run them with: npm run test:soak\n');
	return it.skip;
}

/** Prints measured figures to the log. */
export function report(proof: string, ...figures: object[]): void {
	process.stderr.write(`${proof}: ${JSON.stringify(Object.assign({}, ...figures))}\n`);
}
