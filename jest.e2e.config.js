/** Tests in a real n8n. They take turns: each of them starts servers that want the whole machine. */
process.env.TEST_LEDGERS = 'all';

/** @type {import('jest').Config} */
module.exports = {
	...require('./jest.config'),
	testMatch: ['**/*.e2e.ts'],
	globalSetup: '<rootDir>/test/n8n/harness/prepare.ts',
	maxWorkers: 1,
};
