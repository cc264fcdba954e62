/** Tests in a real n8n, two at once: each n8n keeps one core busy and has its own servers and folders. */
process.env.TEST_LEDGERS = 'all';

/** @type {import('jest').Config} */
module.exports = {
	...require('./jest.config'),
	testMatch: ['**/*.e2e.ts'],
	globalSetup: '<rootDir>/test/n8n/harness/prepare.ts',
	maxWorkers: 2,
};
