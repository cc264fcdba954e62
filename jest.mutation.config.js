/** Runs the tests of mutated files: see `test/mutation/`. */
/** @type {import('jest').Config} */
module.exports = {
	...require('./jest.config'),
	// What one test file reaches of a mutated file must not count for the next one.
	testEnvironmentOptions: { sharesOurFiles: false },
	setupFilesAfterEnv: ['<rootDir>/test/mutation/recordCoverage.ts'],
	reporters: [],
};
