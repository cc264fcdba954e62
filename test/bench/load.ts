import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { ModuleKind, ScriptTarget, transpile } from 'typescript';

import packageJson from '../../package.json';
import type { Section } from './section';

const requireCjs = createRequire(__filename);
const { makeImportsLazy } = requireCjs('../../gulp.lazyImports.cjs') as {
	makeImportsLazy: (text: string) => string;
};
const { writeDescriptions } = requireCjs('../../gulp.builtDescriptions.cjs') as {
	writeDescriptions: (files: readonly string[]) => void;
};

const ROOT = join(__dirname, '../..');
const BUILT = '{commands,credentials,ledger,nodes,payments,stripe}/**/*.ts';

/** Loads files as n8n does when it starts. Modules of n8n itself are not measured. */
const LOAD = `
	require('n8n-workflow');
	const began = performance.now();
	for (const file of process.argv.slice(1)) for (const type of Object.values(require(file))) new type();
	console.log(performance.now() - began);
`;

/**
 * Measures how much longer n8n takes to start: loads all nodes and credentials of the built package, each time in
 * a new process.
 */
export const load: Section = async function* ({ load: times }) {
	// Inside the project, so that Node.js resolves the packages.
	const cache = join(ROOT, 'node_modules/.cache');
	mkdirSync(cache, { recursive: true });
	const folder = mkdtempSync(join(cache, 'bench-'));
	try {
		buildInto(folder);
		const built = (file: string) => join(folder, file.replace(/^dist\//, ''));
		const nodes = packageJson.n8n.nodes.map(built);
		writeDescriptions(nodes);
		const args = ['--eval', LOAD, ...nodes, ...packageJson.n8n.credentials.map(built)];
		const once = () => Number(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' }));
		yield {
			what: "the nodes' share of n8n's start",
			unit: 'ms',
			ours: Array.from({ length: times }, once),
			goal: { of: 'value', atMost: 40 },
		};
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
};

/** Builds as `npm run build` does, without type checks. */
function buildInto(folder: string): void {
	const options = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022, esModuleInterop: true };
	for (const file of globSync(BUILT, { cwd: ROOT })) {
		const path = join(folder, file.replace(/ts$/, 'js'));
		mkdirSync(dirname(path), { recursive: true });
		writeFileSync(path, makeImportsLazy(transpile(readFileSync(join(ROOT, file), 'utf8'), options)));
	}
}
