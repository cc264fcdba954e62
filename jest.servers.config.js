/** What is about ledgers on servers, which these tests start. In `*.ledgers.test.ts` the rest is for `npm test`. */
process.env.TEST_LEDGERS = 'on servers';

/** @type {import('jest').Config} */
module.exports = {
	...require('./jest.config'),
	testMatch: ['**/*.{server,ledgers}.test.ts'],
	testPathIgnorePatterns: ['/node_modules/'],
};
