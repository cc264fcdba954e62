const { availableParallelism } = require('node:os');

/**
 * Packages that ship only ES modules. Node loads them with `require`, but Jest's own `require` needs them
 * compiled.
 */
const ES_MODULES = '(?:agent-base|canonicalize|https-proxy-agent|proxy-agent-negotiate)';

const AS_COMMONJS = { allowJs: true, module: 'commonjs', target: 'es2022', isolatedModules: true };

/** @type {import('jest').Config} */
module.exports = {
	testEnvironment: '<rootDir>/test/environment.ts',
	roots: ['<rootDir>/test'],
	testMatch: ['**/*.test.ts'],
	// Tests that are only about servers run with `npm run test:servers`.
	testPathIgnorePatterns: ['/node_modules/', '\\.server\\.test\\.ts$'],
	testSequencer: '<rootDir>/test/longFirst.js',
	transform: {
		'^.+\\.ts$': ['ts-jest', { tsconfig: 'tsconfig.json', diagnostics: false }],
		[`/node_modules/${ES_MODULES}/.+\\.js$`]: ['ts-jest', { tsconfig: AS_COMMONJS, diagnostics: false }],
	},
	transformIgnorePatterns: [`/node_modules/(?!${ES_MODULES}/)`],
	globalSetup: '<rootDir>/test/compileFirst.js',
	setupFiles: ['<rootDir>/test/sharedPackages.ts', '<rootDir>/test/typescriptThreads.ts'],
	// Only catches tests that hang; generous, because a busy machine is slow.
	testTimeout: 120_000,
	// Two more workers than cores, because many tests wait for servers and child processes.
	maxWorkers: availableParallelism() + 2,
};
