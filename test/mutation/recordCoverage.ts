import { appendFileSync } from 'node:fs';

/** What the instrumented files read and count. They keep this object, so it is never replaced. */
interface Stryker {
	activeMutant?: string;
	/** How often the place of each mutant was reached. */
	mutantCoverage?: { static: Record<string, number> };
}

const { MUTANTS_REACHED, __STRYKER_ACTIVE_MUTANT__ } = process.env;

const stryker = ((globalThis as { __stryker__?: Stryker }).__stryker__ ??= {});

// All test files of a process share their realm: another mutant may be alive in it.
stryker.activeMutant = __STRYKER_ACTIVE_MUTANT__;

/** Says which mutants a test file reaches: none of the others can fail in it. */
if (MUTANTS_REACHED !== undefined) {
	const started = Date.now();
	// Those of the test file before, in the same process.
	if (stryker.mutantCoverage) stryker.mutantCoverage.static = {};
	afterAll(() => {
		const reached = Object.keys(stryker.mutantCoverage?.static ?? {});
		const { testPath } = expect.getState();
		appendFileSync(
			MUTANTS_REACHED,
			`${JSON.stringify({ testPath, took: Date.now() - started, reached })}\n`,
		);
	});
}
