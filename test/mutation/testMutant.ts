/** A process that tests one mutant after the other; whoever started it kills it when a mutant never ends. */
import { runCLI } from 'jest';

export interface Trial {
	root: string;
	mutant: string;
	testFiles: string[];
}

export interface Verdict {
	/** The first test that failed. */
	killedBy?: string;
}

/** One file, then two, then four …: Jest's `bail` would end this process, and to run each alone takes longer. */
async function test({ root, mutant, testFiles }: Trial): Promise<Verdict> {
	process.env.__STRYKER_ACTIVE_MUTANT__ = mutant;
	for (let from = 0, size = 1; from < testFiles.length; from += size, size *= 2) {
		const killedBy = await findFailure(root, testFiles.slice(from, from + size));
		if (killedBy !== undefined) return { killedBy };
	}
	return {};
}

async function findFailure(root: string, testFiles: string[]): Promise<string | undefined> {
	const argv = { config: 'jest.mutation.config.js', runInBand: true, runTestsByPath: true, silent: true };
	const { results } = await runCLI({ ...argv, _: testFiles, $0: 'jest' }, [root]);
	const { __stryker__: stryker } = globalThis as { __stryker__?: { activeMutant?: string } };
	if (stryker?.activeMutant !== process.env.__STRYKER_ACTIVE_MUTANT__)
		throw new Error('The tests ran with another mutant alive, or with none');
	if (results.numTotalTestSuites !== testFiles.length)
		throw new Error(`Not all of ${testFiles.join()} ran`);
	for (const { testResults, failureMessage, testFilePath } of results.testResults) {
		const failed = testResults.find(({ status }) => status === 'failed');
		if (failed) return failed.fullName;
		if (failureMessage) return testFilePath;
	}
	return undefined;
}

process.on('message', (trial: Trial) => {
	test(trial).then(
		(verdict) => process.send?.(verdict),
		(error: unknown) => {
			console.error(error);
			process.exit(1);
		},
	);
});
