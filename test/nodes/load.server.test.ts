import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';

import packageJson from '../../package.json';
import { LedgerFolder } from './fixtures/ledgerFolder';

const ROOT = join(__dirname, '../..');

const SOURCES = [...packageJson.n8n.nodes, ...packageJson.n8n.credentials].map((file) =>
	join(ROOT, file.replace(/^dist\//, '').replace(/\.js$/, '.ts')),
);

/** Runs a program in a process whose files are as in the built package. @returns what it prints, as JSON */
function runAsBuilt(program: string, ...args: string[]): unknown {
	const asBuilt = ['--require', join(__dirname, 'fixtures/asBuilt.cjs')];
	const printed = execFileSync(process.execPath, [...asBuilt, '--eval', program, ...args], {
		cwd: ROOT,
		encoding: 'utf8',
	});
	return JSON.parse(printed.trim().split('\n').at(-1) ?? '');
}

/** Loads files as n8n does when it starts, and prints the packages that they load and n8n itself does not. */
const PRINT_PACKAGES = `
	require('n8n-workflow');
	const ofN8n = new Set(Object.keys(require.cache));
	for (const file of process.argv.slice(1)) for (const type of Object.values(require(file))) new type();
	const loaded = Object.keys(require.cache).filter((file) => !ofN8n.has(file));
	const packages = loaded.flatMap((file) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1] ?? []);
	console.log(JSON.stringify([...new Set(packages)]));
`;

it('n8n starts without the packages that only a run needs, such as Stripe’s SDK and the ledger clients', () => {
	expect(runAsBuilt(PRINT_PACKAGES, ...SOURCES)).toEqual([]);
});

/** Lets each node read its description as JSON, as the build does, and prints whether it is the same, and what is loaded for it. */
const READ_DESCRIPTIONS = `
	const { readFileSync, writeFileSync } = require('node:fs');
	const Module = require('node:module');
	const { basename, dirname, join } = require('node:path');
	const { isDeepStrictEqual } = require('node:util');
	const { ModuleKind, ScriptTarget, transpile } = require('typescript');
	const { makeImportsLazy } = require('./gulp.lazyImports.cjs');
	const { readDescriptionFrom } = require('./gulp.builtDescriptions.cjs');
	const [folder, ...files] = process.argv.slice(1);
	const options = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022, esModuleInterop: true };
	const described = files.map((file) => {
		const [Type] = Object.values(require(file));
		const json = join(folder, basename(file) + '.json');
		writeFileSync(json, JSON.stringify(new Type().description));
		const text = makeImportsLazy(transpile(readFileSync(file, 'utf8'), options));
		return { file, json, text, built: new Type().description };
	});
	for (const name of Object.keys(require.cache)) delete require.cache[name];
	require('n8n-workflow');
	const descriptions = described.map(({ file, json, text, built }) => {
		const module = new Module(file);
		module.filename = file;
		module.paths = Module._nodeModulePaths(dirname(file));
		module._compile(readDescriptionFrom(json, text), file);
		const [Type] = Object.values(module.exports);
		return isDeepStrictEqual(new Type().description, structuredClone(built)) && new Type().description !== new Type().description;
	});
	const tables = Object.keys(require.cache).filter((file) => /\\/nodes\\/\\w+\\/description\\.ts$/.test(file));
	console.log(JSON.stringify({ descriptions, tables }));
`;

it('a built node reads the generated description, and none of the tables', async () => {
	const folder = new LedgerFolder();
	const nodes = SOURCES.filter((file) => file.endsWith('.node.ts'));
	try {
		expect(runAsBuilt(READ_DESCRIPTIONS, dirname(folder.file), ...nodes)).toEqual({
			descriptions: [true, true, true],
			tables: [],
		});
	} finally {
		await folder.remove();
	}
});

/** Charges an order where nobody listens, and prints what comes out. */
const CHARGE = `
	const { runNode } = require('./test/engine/index.ts');
	const { StripeIdempotent } = require('./nodes/StripeIdempotent/StripeIdempotent.node.ts');
	const parameters = {
		...{ resource: 'paymentIntent', operation: 'create', amount: '={{ $json.amount }}', amountUnit: 'minor', currency: 'eur', paymentMethod: 'pm_card_visa' },
		...{ keyFields: { field: [{ path: 'order', treatAs: 'text' }] }, ledgerFile: process.argv[1], options: { maxRetries: 0 } },
	};
	const credential = { secretKey: 'sk_test_built', baseUrl: 'http://127.0.0.1:1', accountId: 'acct_built' };
	runNode({ type: 'built.node', parameters }, {
		nodeTypes: { 'built.node': new StripeIdempotent() },
		credentials: { stripeIdempotentApi: credential },
		items: [{ order: '1001', amount: 1999 }],
	}).then(({ error, items }) => {
		const outcomes = items.map((output) => output.map(({ json }) => json.error.outcome));
		const clients = ['pg', 'ioredis', 'stripe'].filter((name) =>
			Object.keys(require.cache).some((file) => file.startsWith(process.cwd() + '/node_modules/' + name + '/')),
		);
		console.log(JSON.stringify(error?.message ?? { outcomes, clients }));
		process.exit();
	});
`;

it('a run of the built package on a file loads what it needs to send a request, and no client of a server', async () => {
	const folder = new LedgerFolder();
	try {
		expect(runAsBuilt(CHARGE, folder.file)).toEqual({
			outcomes: [[], [], ['unreachable']],
			clients: ['stripe'],
		});
	} finally {
		await folder.remove();
	}
});
