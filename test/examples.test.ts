import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { IDataObject } from 'n8n-workflow';

import { SqliteStore } from '../ledger/stores/sqlite';
import { systemTime } from '../ledger/time';
import { StripeIdempotent } from '../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import type { WorkflowJson } from './engine';
import { runWorkflow } from './engine';
import { StripeSimulator } from './simulator/simulator';

type Example = WorkflowJson & { pinData: Record<string, { json: IDataObject }[]> };

/** Nothing of a machine, and nothing that is secret. */
const OWN_DATA = /(?:sk|rk)_(?:test|live)_\w{8}|\/home\/|\/root\/|127\.0\.0\.1/;

const readExample = (name: string) =>
	JSON.parse(readFileSync(join(__dirname, '..', 'examples', name), 'utf8')) as Example;

let stripe: StripeSimulator;
let folder: string;
beforeEach(async () => {
	stripe = await StripeSimulator.start();
	folder = mkdtempSync(join(tmpdir(), 'stripe-idempotent-example-'));
});
afterEach(async () => {
	SqliteStore.open(join(folder, 'ledger.sqlite')).close();
	rmSync(folder, { recursive: true, force: true });
	await stripe.stop();
});

describe('charge-orders-once.json', () => {
	const example = readExample('charge-orders-once.json');

	const run = () => {
		const nodes = example.nodes.map((node) =>
			node.name === 'Charge Once'
				? { ...node, parameters: { ...node.parameters, ledgerFile: join(folder, 'ledger.sqlite') } }
				: node,
		);
		return runWorkflow(
			{ ...example, nodes },
			{
				nodeTypes: {
					'n8n-nodes-stripe-idempotent.stripeIdempotent': new StripeIdempotent(systemTime),
				},
				credentials: { stripeIdempotentApi: { secretKey: 'sk_test_example', baseUrl: stripe.url } },
				items: example.pinData.Orders?.map(({ json }) => json),
			},
		);
	};

	it('charges its order once, however often it runs, and tells of the declined card', async () => {
		for (const replayed of [false, true]) {
			const result = await run();
			const [paid] = result.outputs('Paid')[0] ?? [];
			expect(paid?.json).toMatchObject({ amount: 14850, currency: 'eur', idempotency: { replayed } });
			const [told] = result.outputs('Tell Somebody')[0] ?? [];
			expect(told?.json).toMatchObject({
				error: { outcome: 'rejected', declineCode: 'insufficient_funds' },
			});
			expect(result.runs('Run Again Later')).toHaveLength(0);
		}
		expect(stripe.report().charges).toHaveLength(1);
	});

	it('holds no keys and no data of a machine', () => {
		expect(JSON.stringify(example)).not.toMatch(OWN_DATA);
	});
});

describe('ledger-page.json', () => {
	const example = readExample('ledger-page.json');
	const nodesOf = (type: string) => example.nodes.filter((node) => node.type.endsWith(type));

	it('lets nobody in without a password, and keeps no execution, in which n8n would keep the password', () => {
		const webhooks = nodesOf('.webhook');
		expect(webhooks.map(({ parameters }) => parameters?.httpMethod)).toEqual(['GET', 'POST']);
		for (const { parameters } of webhooks) expect(parameters?.authentication).toBe('basicAuth');
		expect(example.settings).toMatchObject({
			...{ saveDataSuccessExecution: 'none', saveDataErrorExecution: 'none' },
			...{ saveManualExecutions: false },
		});
	});

	it('looks, and finds out, and does nothing else', () => {
		const operations = nodesOf('.idempotencyRegistry').map(({ parameters }) => parameters?.operation);
		expect(operations.sort()).toEqual(['get', 'getMany', 'getMany', 'reconcile', 'summarize']);
		expect(nodesOf('.stripeIdempotent')).toEqual([]);
	});

	it('makes the page from the parts in examples/ledgerPage', async () => {
		const root = join(__dirname, '..');
		const write = ['--import', 'tsx', join('examples', 'ledgerPage', 'write.ts'), '--check'];
		await promisify(execFile)(process.execPath, write, { cwd: root });
	});

	it('holds no keys and no data of a machine', () => {
		expect(JSON.stringify(example)).not.toMatch(OWN_DATA);
	});
});
