import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { SqliteStore } from '../../ledger/stores/sqlite/sqliteStore';
import { systemTime } from '../../ledger/clock';
import { StripeIdempotent } from '../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import type { WorkflowJson } from '../engine';
import { runWorkflow } from '../engine';
import { findStilted } from '../plainEnglish';
import { StripeSimulator } from '../simulator/simulator';

type NodeParameterValues = NonNullable<WorkflowJson['nodes'][number]['parameters']>;
type Example = WorkflowJson & { pinData: Record<string, { json: IDataObject }[]> };

const EXAMPLES = join(__dirname, '../../examples');

const readExample = (name: string) => JSON.parse(readFileSync(join(EXAMPLES, name), 'utf8')) as Example;

describe('charge-orders-once.json', () => {
	let stripe: StripeSimulator;
	let folder: string;
	beforeEach(async () => {
		stripe = await StripeSimulator.start();
		folder = mkdtempSync(join(tmpdir(), 'stripe-idempotent-example-'));
	});
	afterEach(async () => {
		await SqliteStore.open(join(folder, 'ledger.sqlite')).close();
		rmSync(folder, { recursive: true, force: true });
		await stripe.stop();
	});

	const example = readExample('charge-orders-once.json');

	const run = (more: NodeParameterValues = {}) => {
		const nodes = example.nodes.map((node) =>
			node.name === 'Charge Once'
				? {
						...node,
						parameters: {
							...node.parameters,
							...more,
							ledgerFile: join(folder, 'ledger.sqlite'),
						},
					}
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

	it('charges its order once, however often it runs, and reports the declined card', async () => {
		for (const replayed of [false, true]) {
			const result = await run();
			const [paid] = result.outputs('Paid')[0] ?? [];
			expect(paid?.json).toMatchObject({ amount: 14850, currency: 'eur', idempotency: { replayed } });
			const [notified] = result.outputs('Tell Somebody')[0] ?? [];
			expect(notified?.json).toMatchObject({
				error: { outcome: 'rejected', declineCode: 'insufficient_funds' },
			});
			expect(result.runs('Run Again Later')).toHaveLength(0);
		}
		expect(stripe.report().charges).toHaveLength(1);
	});

	it('passes nothing on as paid if the run only checks', async () => {
		const result = await run({ options: { checkOnly: true } });
		expect(result.outputs('Paid')[0] ?? []).toEqual([]);
		expect(stripe.sends()).toEqual([]);
	});

	it('passes on as paid only what is paid: a success without money moved is reported', async () => {
		const created = { confirm: false, paymentMethod: '' };
		const result = await run(created);
		expect(result.outputs('Paid')[0] ?? []).toEqual([]);
		const notified = (result.outputs('Tell Somebody')[0] ?? []).map(({ json }) => json);
		expect(notified).toContainEqual(
			expect.objectContaining({
				idempotency: expect.objectContaining({ paymentState: 'unpaid' }) as object,
			}),
		);
		expect(stripe.report().charges).toEqual([]);
	});
});

/** What comes after a payment. Where it follows one of these, it follows it through an If. */
it.each(['charge-orders-once', 'nightly-invoices', 'webhook-order', 'refund-after-approval'])(
	'%s.json continues where the money has moved, and checks nothing else',
	(name) => {
		const { nodes } = readExample(`${name}.json`);
		const ifs = nodes
			.filter(({ type }) => type === 'n8n-nodes-base.if')
			.map((node) => JSON.stringify(node));
		const requestedPaths = ifs.filter((node) => node.includes('$json.idempotency.paymentState'));
		expect(requestedPaths).toHaveLength(1);
		expect(requestedPaths[0]).toMatch(/"rightValue":"(?:paid|refunded)"/);
		expect(readFileSync(join(EXAMPLES, `${name}.json`), 'utf8')).not.toMatch(
			/\$json\.status\b.*succeeded/,
		);
	},
);

describe('dead-letters.json', () => {
	const { nodes } = readExample('dead-letters.json');
	const registries = nodes.filter(({ type }) => type.endsWith('.idempotencyRegistry'));

	it('records payments and sent notifications in one ledger', () => {
		expect(registries).toHaveLength(6);
		expect(new Set(registries.map(({ parameters }) => parameters?.ledger))).toEqual(
			new Set(['localFile']),
		);
	});

	it('reconciles, then lists, then reports the result: n8n runs branches from top to bottom', () => {
		const height = (name: string) => nodes.find((node) => node.name === name)?.position?.[1];
		const heights = ['Ask Stripe', 'List What Was Given Up', 'Did All Work?'].map(height);
		expect(heights).toEqual([...heights].sort((a, b) => Number(a) - Number(b)));
	});
});

it.each(readdirSync(EXAMPLES).filter((name) => name.endsWith('.json')))(
	'%s contains no keys and no machine-specific data',
	(name) => {
		expect(readFileSync(join(EXAMPLES, name), 'utf8')).not.toMatch(
			/(?:sk|rk)_(?:test|live)_\w{8}|\/home\/(?!node\/\.n8n-files)|\/root\/|127\.0\.0\.1/,
		);
	},
);

it.each(readdirSync(EXAMPLES).filter((name) => name.endsWith('.json')))(
	'%s has notes in plain English, and unique node names',
	(name) => {
		const { nodes } = readExample(name);
		expect(new Set(nodes.map((node) => node.name)).size).toBe(nodes.length);
		const notes = nodes.filter(({ type }) => type.endsWith('.stickyNote'));
		expect(notes.flatMap(({ parameters }) => findStilted(parameters?.content as string))).toEqual([]);
	},
);

describe('agent-refund-with-approval.json', () => {
	const { nodes } = readExample('agent-refund-with-approval.json');
	const parametersOf = (name: string) => nodes.find((node) => node.name === name)?.parameters;

	it.each(['Approve', 'Deny'])(
		'%s decides about the reservation it asked about, not about an entry',
		(name) => {
			expect(parametersOf(name)?.reservation).toBe(
				"={{ $('Send the Question').first().json.reservation.id }}",
			);
		},
	);

	it('asks once per reservation, including a second one for the same order', () => {
		expect(parametersOf('Ask Once')?.customKey).toBe('={{ $json.reservation.id }}');
	});
});
