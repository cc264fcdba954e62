const { availableParallelism } = require('node:os');

/** Packages that are ES modules alone. Node loads them with `require`; Jest's own `require` wants them compiled. */
const ES_MODULES = '(?:agent-base|canonicalize|https-proxy-agent|proxy-agent-negotiate)';

const AS_COMMONJS = { allowJs: true, module: 'commonjs', target: 'es2022', isolatedModules: true };

/** @type {import('jest').Config} */
module.exports = {
	testEnvironment: '<rootDir>/test/environment.ts',
	roots: ['<rootDir>/test'],
	testMatch: ['**/*.test.ts'],
	// What is about servers alone: `npm run test:servers`.
	testPathIgnorePatterns: ['/node_modules/', '\\.server\\.test\\.ts$'],
	testSequencer: '<rootDir>/test/longFirst.js',
	transform: {
		'^.+\\.ts$': ['ts-jest', { tsconfig: 'tsconfig.json', diagnostics: false }],
		[`/node_modules/${ES_MODULES}/.+\\.js$`]: ['ts-jest', { tsconfig: AS_COMMONJS, diagnostics: false }],
	},
	transformIgnorePatterns: [`/node_modules/(?!${ES_MODULES}/)`],
	globalSetup: '<rootDir>/test/compileFirst.js',
	setupFiles: ['<rootDir>/test/sharedPackages.ts', '<rootDir>/test/typescriptThreads.ts'],
	// A guard against what hangs, and nothing else: a busy machine takes its time.
	testTimeout: 120_000,
	// Two more than there are cores: many tests wait for servers and processes of their own.
	maxWorkers: availableParallelism() + 2,
};
