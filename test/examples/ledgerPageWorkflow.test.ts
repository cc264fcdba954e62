import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Script } from 'node:vm';

import { TYPESCRIPT } from '../typescript';
import { loadExample } from '../n8n/workflows/exampleWorkflows';

const { nodes, settings } = loadExample('ledger-page');
const nodesOf = (type: string) => nodes.filter((node) => node.type.endsWith(type));

it('requires a password, and saves no execution, because n8n would store the password', () => {
	const webhooks = nodesOf('.webhook');
	expect(webhooks.map(({ parameters }) => parameters?.httpMethod)).toEqual(['GET', 'POST']);
	for (const { parameters } of webhooks) expect(parameters?.authentication).toBe('basicAuth');
	expect(settings).toMatchObject({
		saveDataSuccessExecution: 'none',
		saveDataErrorExecution: 'none',
		saveManualExecutions: false,
	});
});

it('looks up and reconciles, and does nothing else', () => {
	const operations = nodesOf('.idempotencyRegistry').map(({ parameters }) => parameters?.operation);
	expect(operations.sort()).toEqual(['get', 'get', 'getMany', 'getMany', 'reconcile', 'summarize']);
	expect(nodesOf('.stripeIdempotent')).toEqual([]);
});

it('builds the page from the parts in examples/ledgerPage', async () => {
	const write = [...TYPESCRIPT, join('examples', 'ledgerPage', 'write.ts'), '--check'];
	await promisify(execFile)(process.execPath, write, { cwd: join(__dirname, '..', '..') });
});

it('is code that n8n can run: the combined code declares no name twice', () => {
	const codes = nodesOf('.code').map(({ parameters }) => parameters?.jsCode as string);
	expect(codes.length).toBeGreaterThan(0);
	for (const code of codes) expect(() => new Script(`(async () => {${code}\n})`)).not.toThrow();
});
