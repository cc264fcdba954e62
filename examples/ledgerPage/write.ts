/**
 * Writes the parts of the page into the Code node of `examples/ledger-page.json`: `npm run ledger-page`. With
 * `--check`, only reports whether the file is up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { format, resolveConfig } from 'prettier';

import { assembled } from './assemble';

const FILE = join(__dirname, '..', 'ledger-page.json');

interface Workflow {
	nodes: { type: string; parameters: { jsCode?: string } }[];
}

async function main(): Promise<void> {
	const workflow = JSON.parse(readFileSync(FILE, 'utf8')) as Workflow;
	const node = workflow.nodes.find(({ type }) => type === 'n8n-nodes-base.code');
	if (!node) throw new Error(`${FILE} has no Code node`);
	const jsCode = await assembled();
	if (!process.argv.includes('--check')) {
		node.parameters.jsCode = jsCode;
		writeFileSync(
			FILE,
			await format(JSON.stringify(workflow), { ...(await resolveConfig(FILE)), parser: 'json' }),
		);
	} else if (node.parameters.jsCode !== jsCode) {
		console.error('The Code node differs from its parts: npm run ledger-page');
		process.exitCode = 1;
	}
}

void main();
