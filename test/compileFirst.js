const { once } = require('node:events');
const { readdirSync } = require('node:fs');
const { join } = require('node:path');
const { Worker, isMainThread, workerData } = require('node:worker_threads');

const { createScriptTransformer } = require('@jest/transform');

/** Two threads keep two cores busy. */
const THREADS = 2;

const FOLDERS = ['commands', 'credentials', 'examples', 'ledger', 'nodes', 'payments', 'stripe', 'test'];
/** Files that `npm test` does not load. */
const UNUSED = /\.(server\.test|e2e|real)\.ts$|^mutation[\\/]/;
/** Other runs have few tests, each of which one process compiles. */
const EVERY_TEST = '**/*.test.ts';

/** The options with which Jest asks for a file that a test loads. */
const AS_LOADED = {
	collectCoverage: false,
	collectCoverageFrom: [],
	coverageProvider: 'babel',
	isInternalModule: false,
	supportsDynamicImport: false,
	supportsExportNamespaceFrom: false,
	supportsStaticESM: false,
	supportsTopLevelAwait: false,
};

async function compile({ project, part }) {
	const runsEveryTest = project.testMatch.includes(EVERY_TEST);
	const transformer = await createScriptTransformer(project);
	const files = FOLDERS.flatMap((folder) =>
		readdirSync(join(project.rootDir, folder), { recursive: true })
			.filter((name) => name.endsWith('.ts') && !UNUSED.test(name))
			.filter((name) => runsEveryTest || !name.endsWith('.test.ts'))
			.map((name) => join(project.rootDir, folder, name)),
	);
	files.forEach((file, n) => n % THREADS === part && transformer.transform(file, AS_LOADED));
}

/**
 * Compiles all files that tests load, once, so that no Jest worker loads TypeScript (see `compiler.cjs`). Otherwise
 * every worker compiles the same files at the same time.
 */
module.exports = async function compileFirst({ testPathPatterns }, project) {
	if (testPathPatterns.isSet()) return;
	const given = JSON.parse(JSON.stringify(project));
	const threads = Array.from(
		{ length: THREADS },
		(_, part) => new Worker(__filename, { workerData: { project: given, part } }),
	);
	await Promise.all(threads.map((thread) => once(thread, 'exit')));
};

if (!isMainThread) void compile(workerData);
