import { appendFileSync } from 'node:fs';

/** What the instrumented files count: how often the place of each mutant was reached. */
type Counting = typeof globalThis & {
	__stryker__?: { mutantCoverage?: { static: Record<string, number> } };
};

const { MUTANTS_REACHED } = process.env;

/** Says which mutants a test file reaches: none of the others can fail in it. */
if (MUTANTS_REACHED !== undefined) {
	const started = Date.now();
	// Those of the test file before, in the same process.
	delete (globalThis as Counting).__stryker__;
	afterAll(() => {
		const { mutantCoverage } = (globalThis as Counting).__stryker__ ?? {};
		const reached = Object.keys(mutantCoverage?.static ?? {});
		const { testPath } = expect.getState();
		appendFileSync(
			MUTANTS_REACHED,
			`${JSON.stringify({ testPath, took: Date.now() - started, reached })}\n`,
		);
	});
}
