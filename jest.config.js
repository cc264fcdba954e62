const { availableParallelism } = require('node:os');

/** @type {import('jest').Config} */
module.exports = {
	testEnvironment: 'node',
	roots: ['<rootDir>/test'],
	testMatch: ['**/*.test.ts'],
	testSequencer: '<rootDir>/test/longFirst.js',
	transform: { '^.+\\.ts$': ['ts-jest', { tsconfig: 'tsconfig.json', diagnostics: false }] },
	// A guard against what hangs, and nothing else: a busy machine takes its time.
	testTimeout: 120_000,
	// Two more than there are cores: many tests wait for servers and processes of their own.
	maxWorkers: availableParallelism() + 2,
};
