/** Runs the tests of mutated files: see `test/mutation/`. */
/** @type {import('jest').Config} */
module.exports = {
	...require('./jest.config'),
	setupFilesAfterEnv: ['<rootDir>/test/mutation/recordCoverage.ts'],
	reporters: [],
};
