/**
 * Writes the audit into the Code node of `examples/audit-n8n.json`: `npm run audit-example`. With `--check`, only
 * reports whether the file is up to date. A Code node cannot import, so the code of the command
 * `n8n-stripe-audit` is bundled into it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { buildSync } from 'esbuild';
import { format, resolveConfig } from 'prettier';

const FILE = join(__dirname, '..', 'audit-n8n.json');

const ENTRY = `
export { auditWorkflows } from './commands/audit/audit';
export { readWorkflows } from './commands/audit/exportedWorkflow';
`;

const HEAD = '// The same rules as in the command n8n-stripe-audit. It reads, and changes nothing.';

/** One item per finding, the most serious first. */
const TAIL = `
const { findings } = audit.auditWorkflows(audit.readWorkflows($input.all().map(({ json }) => json)));
const order = ['high', 'medium', 'note'];
findings.sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
return findings.map((json) => ({ json }));
`;

interface Workflow {
	nodes: { type: string; parameters: { jsCode?: string } }[];
}

function buildCode(): string {
	const { outputFiles } = buildSync({
		stdin: { contents: ENTRY, resolveDir: join(__dirname, '..', '..'), loader: 'ts' },
		bundle: true,
		write: false,
		format: 'iife',
		globalName: 'audit',
		target: 'es2022',
		charset: 'utf8',
	});
	// esbuild writes each module's path above it; in a node these comments are useless.
	const code = (outputFiles[0]?.text ?? '').replace(/^ *\/\/ \S+\.ts\n/gm, '');
	return `${HEAD}\n${code}${TAIL}`;
}

async function main(): Promise<void> {
	const workflow = JSON.parse(readFileSync(FILE, 'utf8')) as Workflow;
	const node = workflow.nodes.find(({ type }) => type === 'n8n-nodes-base.code');
	if (!node) throw new Error(`${FILE} has no Code node`);
	const jsCode = buildCode();
	if (!process.argv.includes('--check')) {
		node.parameters.jsCode = jsCode;
		const options = { ...(await resolveConfig(FILE)), parser: 'json' };
		writeFileSync(FILE, await format(JSON.stringify(workflow), options));
	} else if (node.parameters.jsCode !== jsCode) {
		console.error('The Code node differs from commands/audit: npm run audit-example');
		process.exitCode = 1;
	}
}

void main();
