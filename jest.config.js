const { availableParallelism } = require('node:os');

/** @type {import('jest').Config} */
module.exports = {
	testEnvironment: '<rootDir>/test/environment.ts',
	runtime: '<rootDir>/test/sharingRuntime.cjs',
	roots: ['<rootDir>/test'],
	testMatch: ['**/*.test.ts'],
	// Tests that are only about servers run with `npm run test:servers`.
	testPathIgnorePatterns: ['/node_modules/', '\\.server\\.test\\.ts$'],
	testSequencer: '<rootDir>/test/longFirst.js',
	transform: {
		'^.+\\.ts$': ['<rootDir>/test/compiler.cjs', { tsconfig: 'tsconfig.json', diagnostics: false }],
	},
	globalSetup: '<rootDir>/test/compileFirst.js',
	setupFiles: ['<rootDir>/test/sharedJest.ts', '<rootDir>/test/typescriptThreads.ts'],
	// Only catches tests that hang; generous, because a busy machine is slow.
	testTimeout: 120_000,
	// Two more workers than cores, because many tests wait for servers and child processes.
	maxWorkers: availableParallelism() + 2,
};
