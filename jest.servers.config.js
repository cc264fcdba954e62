/**
 * Runs the tests of ledgers on servers, which the tests start themselves. The other tests in `*.ledgers.test.ts`
 * run with `npm test`.
 */
process.env.TEST_LEDGERS = 'on servers';

/** @type {import('jest').Config} */
module.exports = {
	...require('./jest.config'),
	testMatch: ['**/*.{server,ledgers}.test.ts'],
	testPathIgnorePatterns: ['/node_modules/'],
};
