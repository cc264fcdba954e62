import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';

import { http, stripe, workflow } from '../commands/audit/fixtures';
import { TYPESCRIPT } from '../typescript';
import { loadExample } from '../n8n/workflows/exampleWorkflows';

const { nodes } = loadExample('audit-n8n');

it('contains the rules of the command', async () => {
	const write = [...TYPESCRIPT, join('examples', 'auditN8n', 'write.ts'), '--check'];
	await promisify(execFile)(process.execPath, write, { cwd: join(__dirname, '..', '..') });
});

it('returns one item per place, the most severe first', () => {
	const jsCode = nodes.find(({ name }) => name === 'Find the Places')?.parameters?.jsCode as string;
	const all = [
		workflow([http('/products', {}, {}, { disabled: true })]),
		workflow([stripe({ resource: 'customer', operation: 'create' })]),
		workflow([http('/refunds')]),
	];
	const items = runInNewContext(`(() => {${jsCode}})()`, {
		$input: { all: () => all.map((json) => ({ json })) },
	}) as { json: { severity: string; kind: string } }[];
	expect(items.map(({ json: { severity, kind } }) => `${severity} ${kind}`)).toEqual([
		'high http_no_key',
		'medium stripe_node',
		'note http_no_key',
	]);
});
