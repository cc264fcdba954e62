import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

import packageJson from '../../package.json';

const ROOT = join(__dirname, '../..');

/** Loads files as n8n does when it starts, and prints the packages that they load and n8n itself does not. */
const PRINT_PACKAGES = `
	require('n8n-workflow');
	const ofN8n = new Set(Object.keys(require.cache));
	for (const file of process.argv.slice(1)) for (const type of Object.values(require(file))) new type();
	const loaded = Object.keys(require.cache).filter((file) => !ofN8n.has(file));
	const packages = loaded.flatMap((file) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1] ?? []);
	console.log(JSON.stringify([...new Set(packages)]));
`;

it('n8n starts without the packages that only a run needs, such as Stripe’s SDK and the clients of ledgers', () => {
	const { nodes, credentials } = packageJson.n8n;
	const sources = [...nodes, ...credentials].map((file) =>
		join(ROOT, file.replace(/^dist\//, '').replace(/\.js$/, '.ts')),
	);
	const printed = execFileSync(
		process.execPath,
		['--require', join(__dirname, 'fixtures/asBuilt.cjs'), '--eval', PRINT_PACKAGES, ...sources],
		{ cwd: ROOT, encoding: 'utf8' },
	);
	expect(JSON.parse(printed)).toEqual([]);
});
