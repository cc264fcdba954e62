/** The long form of the proofs: `npm run test:soak`. */
const SOAK = process.env.SOAK === '1';

/** How often something is done: within `npm test`, and in the long form. */
export function repeat(short: number, long: number): number {
	return SOAK ? long : short;
}

/** One of so many rows of a long table, from all of its parts, within `npm test`; every row in the long form. */
export function sampleRows<T>(oneOf: number, rows: readonly T[]): T[] {
	return rows.filter((_, row) => SOAK || row % oneOf === 0);
}

/** ms that a test may take. */
export const PATIENCE_MS = SOAK ? 1_500_000 : 180_000;

/** What takes too long for `npm test` is left out there, and said so. */
export function inSoakOnly(): jest.It {
	if (SOAK) return it;
	process.stderr.write('SKIPPED: the longest proofs. Run them with: npm run test:soak\n');
	return it.skip;
}

/** What was measured, for the reader of the log. */
export function report(proof: string, ...figures: object[]): void {
	process.stderr.write(`${proof}: ${JSON.stringify(Object.assign({}, ...figures))}\n`);
}
