import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '..');
const RULES = join(ROOT, '.dependency-cruiser.cjs');
const CRUISER = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');

interface Report {
	summary: { violations: { rule: { name: string }; from: string; to: string }[] };
}

/** Runs dependency-cruiser on the tree in a folder. @returns the broken rules, by importing file */
function cruise(folder: string): Record<string, string[]> {
	const run = spawnSync(process.execPath, [CRUISER, '--config', RULES, '--output-type', 'json', '.'], {
		cwd: folder,
		encoding: 'utf8',
		maxBuffer: 64 * 1024 * 1024,
	});
	if (run.stdout === '') throw new Error(`dependency-cruiser gave no report: ${run.stderr}`);
	const { summary } = JSON.parse(run.stdout) as Report;
	const broken: Record<string, string[]> = {};
	for (const { rule, from } of summary.violations)
		broken[from] = [...(broken[from] ?? []), rule.name].sort();
	return broken;
}

/** Creates a small package in its own folder: files by path, and the packages that are installed in it. */
function plant(files: Record<string, string>, installed: string[]): string {
	const folder = mkdtempSync(join(tmpdir(), 'layers-'));
	const all: Record<string, string> = {
		...files,
		'package.json': JSON.stringify({
			name: 'fixture',
			dependencies: { stripe: '*', pg: '*', ioredis: '*', canonicalize: '*' },
			devDependencies: { 'n8n-core': '*', 'n8n-workflow': '*', jest: '*' },
			peerDependencies: { 'n8n-workflow': '*' },
		}),
	};
	for (const name of installed) {
		all[`node_modules/${name}/package.json`] = JSON.stringify({
			name,
			version: '1.0.0',
			main: 'index.js',
		});
		all[`node_modules/${name}/index.js`] = 'exports.it = 1;';
	}
	for (const [path, text] of Object.entries(all)) {
		mkdirSync(dirname(join(folder, path)), { recursive: true });
		writeFileSync(join(folder, path), text);
	}
	return folder;
}

const PACKAGES = ['n8n-core', 'n8n-workflow', 'stripe', 'pg', 'ioredis', 'canonicalize', 'jest'];

/** A tree in which every import is allowed. */
const GOOD = {
	'ledger/entry.ts': `import { createHash } from 'node:crypto'; export type Entry = string; export const it = createHash;`,
	'ledger/store.ts': `import type { Entry } from './entry'; export class StoreUnavailableError extends Error { entry?: Entry }`,
	'ledger/stores/file.ts': `import type { Entry } from '../entry'; import { StoreUnavailableError } from '../store'; import { join } from 'node:path'; export const it: Entry = join('a', new StoreUnavailableError().message);`,
	'ledger/stores/postgres.ts': `import { it } from 'pg'; import { it as other } from 'ioredis'; import { StoreUnavailableError } from '../store'; export const its = [it, other, StoreUnavailableError];`,
	'stripe/client.ts': `import Stripe from 'stripe'; import type { Entry } from '../ledger/entry'; export const it: Entry = Stripe;`,
	'credentials/Some.credentials.ts': `import { it } from 'n8n-workflow'; export const other = it;`,
	'nodes/Some/Some.node.ts': `import { it } from 'n8n-workflow'; import { it as a } from '../../stripe/client'; import { it as b } from '../shared/ledger/opener'; export const c = [it, a, b];`,
	'nodes/shared/ledger/opener.ts': `import { it as file } from '../../../ledger/stores/file'; export const it = file;`,
	'payments/once.ts': `import { it } from '../stripe/client'; import { it as a } from '../ledger/entry'; export const once = [it, a];`,
	'nodes/Some/own.ts': `import { shared } from '../shared/both'; export const own = shared;`,
	'nodes/shared/both.ts': `import { it } from '../../ledger/entry'; export const shared = it;`,
	'test/sim.ts': `import { it } from '../ledger/entry'; export const sim = it;`,
	'test/sim.test.ts': `import { it } from 'n8n-core'; import { sim } from './sim'; export const all = [it, sim];`,
	'examples/demo/demo.ts': `import { sim } from '../../test/sim'; export const demo = sim;`,
};

/** Files that each break a rule, with every rule that they break. */
const BAD: Record<string, { text: string; breaks: string[] }> = {
	'ledger/usesStripeRoom.ts': {
		text: `import type { it } from '../stripe/client'; export type A = typeof it;`,
		breaks: ['ledger-stands-alone'],
	},
	'ledger/usesStripe.ts': {
		text: `import Stripe from 'stripe'; export const a = Stripe;`,
		breaks: ['ledger-knows-no-vendor'],
	},
	'ledger/usesN8nTypes.ts': {
		text: `import type { it } from 'n8n-workflow'; export type A = typeof it;`,
		breaks: ['ledger-knows-no-vendor'],
	},
	'ledger/usesStore.ts': {
		text: `import { it } from './stores/file'; export const a = it;`,
		breaks: ['ledger-knows-no-store'],
	},
	'ledger/stores/usesRules.ts': {
		text: `import { it } from '../entry'; export const a = it;`,
		breaks: ['store-knows-no-rules'],
	},
	'ledger/stores/usesPackage.ts': {
		text: `import { it } from 'canonicalize'; export const a = it;`,
		breaks: ['store-needs-only-node'],
	},
	'ledger/stores/postgresUsesPackage.ts': {
		text: `import { it } from 'canonicalize'; export const a = it;`,
		breaks: ['server-store-needs-its-client'],
	},
	'commands/usesN8n.ts': {
		text: `import { it } from 'n8n-workflow'; export const a = it;`,
		breaks: ['commands-know-no-n8n'],
	},
	'nodes/Some/asksServer.ts': {
		text: `import { it } from 'pg'; export const a = it;`,
		breaks: ['client-of-a-server-only-in-its-store'],
	},
	'stripe/callsLedger.ts': {
		text: `import { it } from '../ledger/entry'; export const a = it;`,
		breaks: ['stripe-takes-ledger-types-only'],
	},
	'stripe/callsLedgerBesideATypeOfIt.ts': {
		text: `import { type Entry, it } from '../ledger/entry'; export const a: Entry = it;`,
		breaks: ['stripe-takes-ledger-types-only'],
	},
	'stripe/knowsStore.ts': {
		text: `import type { it } from '../ledger/stores/file'; export type A = typeof it;`,
		breaks: ['stripe-knows-no-store'],
	},
	'stripe/knowsN8n.ts': {
		text: `import type { it } from 'n8n-workflow'; export type A = typeof it;`,
		breaks: ['stripe-stands-below-nodes'],
	},
	'stripe/knowsNode.ts': {
		text: `import type { c } from '../nodes/Some/Some.node'; export type A = typeof c;`,
		breaks: ['stripe-stands-below-nodes'],
	},
	'nodes/Some/usesCore.ts': {
		text: `import type { it } from 'n8n-core'; export type A = typeof it;`,
		breaks: ['nodes-know-only-n8n-workflow'],
	},
	'nodes/Some/usesCredential.ts': {
		text: `import { other } from '../../credentials/Some.credentials'; export const a = other;`,
		breaks: ['nodes-use-stripe-and-ledger'],
	},
	'nodes/Some/usesTest.ts': {
		text: `import { sim } from '../../test/sim'; export const a = sim;`,
		breaks: ['nodes-use-stripe-and-ledger', 'tests-stay-outside'],
	},
	'nodes/Some/opensStore.ts': {
		text: `import { it } from '../../ledger/stores/file'; export const a = it;`,
		breaks: ['a-store-is-opened-in-one-place'],
	},
	'ledger/usesPayments.ts': {
		text: `import type { once } from '../payments/once'; export type A = typeof once;`,
		breaks: ['ledger-stands-alone'],
	},
	'stripe/usesPayments.ts': {
		text: `import type { once } from '../payments/once'; export type A = typeof once;`,
		breaks: ['stripe-stands-below-nodes'],
	},
	'payments/usesN8n.ts': {
		text: `import { it } from 'n8n-workflow'; export const a = it;`,
		breaks: ['payments-know-no-node'],
	},
	'payments/asksServer.ts': {
		text: `import { it } from 'pg'; export const a = it;`,
		breaks: ['client-of-a-server-only-in-its-store'],
	},
	'payments/usesDevPackage.ts': {
		text: `import { it } from 'jest'; export const a = it;`,
		breaks: ['published-code-needs-published-packages'],
	},
	'payments/usesNode.ts': {
		text: `import { shared } from '../nodes/shared/both'; export const a = shared;`,
		breaks: ['payments-know-no-node'],
	},
	'nodes/Other/usesNeighbour.ts': {
		text: `import { own } from '../Some/own'; export const a = own;`,
		breaks: ['nodes-stand-side-by-side'],
	},
	'nodes/shared/usesNode.ts': {
		text: `import { own } from '../Some/own'; export const a = own;`,
		breaks: ['shared-serves-every-node'],
	},
	'nodes/Some/usesDevPackage.ts': {
		text: `import { it } from 'jest'; export const a = it;`,
		breaks: ['published-code-needs-published-packages'],
	},
	'credentials/Curious.credentials.ts': {
		text: `import { it } from '../ledger/entry'; export const a = it;`,
		breaks: ['credentials-know-only-n8n-workflow'],
	},
	'examples/other/other.ts': {
		text: `import { sim } from '../../test/sim'; export const a = sim;`,
		breaks: ['tests-stay-outside'],
	},
	'ledger/round.ts': {
		text: `import type { Round } from './round'; export interface Again { and: Round } export interface Round { again: Again }`,
		breaks: ['no-cycle'],
	},
	'ledger/left.ts': { text: `export const over = 1;`, breaks: ['no-orphan'] },
	'ledger/lost.ts': {
		text: `import { x } from './nowhere'; export const a = x;`,
		breaks: ['no-unresolvable'],
	},
};

describe('the layers', () => {
	it('allow the intended imports, and forbid every import in the wrong direction', () => {
		const bad = Object.entries(BAD);
		const folder = plant(
			{ ...GOOD, ...Object.fromEntries(bad.map(([path, { text }]) => [path, text])) },
			PACKAGES,
		);
		try {
			expect(cruise(folder)).toEqual(
				Object.fromEntries(bad.map(([path, { breaks }]) => [path, breaks])),
			);
		} finally {
			rmSync(folder, { recursive: true, force: true });
		}
	});

	it('have a violation for every rule', () => {
		// eslint-disable-next-line @typescript-eslint/no-require-imports -- the rules are CommonJS, as dependency-cruiser reads them
		const { forbidden } = require(RULES) as { forbidden: { name: string }[] };
		const broken = new Set(Object.values(BAD).flatMap(({ breaks }) => breaks));
		expect(forbidden.map(({ name }) => name).filter((name) => !broken.has(name))).toEqual([]);
	});
});
