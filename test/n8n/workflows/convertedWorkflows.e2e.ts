import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { auditWorkflows } from '../../../commands/audit/audit';
import { readWorkflows } from '../../../commands/audit/exportedWorkflow';
import { convertWorkflow } from '../../../commands/audit/convertWorkflow';
import type { NodeJson, Wire, WorkflowJson } from '../../engine/workflowJson';
import { connectNodes } from '../../engine/workflowJson';
import { stripeAt } from '../../simulator/client';
import { StripeSimulator } from '../../simulator/simulator';
import type { Execution } from '../harness/execution';
import { RealN8n } from '../harness/realN8n';
import { items } from './exampleWorkflows';
import { buildNoOpNode } from './nodes';

/** n8n starts in ten seconds; a busy machine takes longer. In milliseconds. */
const PATIENCE = 180_000;
jest.setTimeout(PATIENCE);

const API = 'https://api.stripe.com/v1';
const SECRET_KEY = 'sk_test_real_n8n';
const AUTHORIZATION = { name: 'Authorization', value: `Bearer ${SECRET_KEY}` };

let simulator: StripeSimulator;
let running: RealN8n | undefined;
let n8n: RealN8n;
beforeAll(async () => {
	simulator = await StripeSimulator.start();
	n8n = running = await RealN8n.start({
		simulator,
		environment: {
			NODE_OPTIONS: `--require ${join(__dirname, '..', 'harness', 'stripeAtSimulator.cjs')}`,
			SIMULATED_STRIPE: simulator.url,
		},
	});
	await n8n.api.createCredential('stripeApi', { secretKey: SECRET_KEY });
	await n8n.api.createCredential('httpHeaderAuth', AUTHORIZATION);
}, PATIENCE);
afterAll(async () => {
	await running?.stop();
	await simulator.stop();
});

let customer: string;
beforeEach(async () => {
	simulator.reset();
	({ id: customer } = await stripeAt(simulator, SECRET_KEY).customers.create({ source: 'tok_visa' }));
});

const orders = (name: string): IDataObject[] => [
	{ order_id: `${name}-1`, amount: 1999, customer, email: 'ada@example.com' },
	{ order_id: `${name}-2`, amount: 500, customer, email: 'grace@example.com' },
];

const START: NodeJson = { name: 'Orders', type: 'n8n-nodes-base.manualTrigger' };

const stripe = (parameters: NodeJson['parameters']): NodeJson => ({
	name: 'Pay',
	type: 'n8n-nodes-base.stripe',
	parameters,
	credentials: { stripeApi: { id: '', name: '' } },
});

const rows = (fields: Record<string, string>) => ({
	parameters: Object.entries(fields).map(([name, value]) => ({ name, value })),
});

const PAYMENT = {
	amount: '={{ $json.amount }}',
	currency: 'eur',
	confirm: 'true',
	payment_method: 'pm_card_visa',
	'automatic_payment_methods[enabled]': 'true',
	'automatic_payment_methods[allow_redirects]': 'never',
	'metadata[order]': '={{ $json.order_id }}',
};

/** HTTP Request with n8n's Stripe credential and a form. */
const form = (
	path: string,
	fields: Record<string, string>,
	more: NodeJson['parameters'] = {},
	settings: Partial<NodeJson> = {},
): NodeJson => ({
	name: 'Pay',
	type: 'n8n-nodes-base.httpRequest',
	typeVersion: 4.2,
	parameters: {
		method: 'POST',
		url: `${API}${path}`,
		authentication: 'predefinedCredentialType',
		nodeCredentialType: 'stripeApi',
		sendBody: true,
		contentType: 'form-urlencoded',
		bodyParameters: rows(fields),
		...more,
	},
	credentials: { stripeApi: { id: '', name: '' } },
	...settings,
});

const key = (value: string) => ({ sendHeaders: true, headerParameters: rows({ 'Idempotency-Key': value }) });

interface Case {
	old: NodeJson;
	/** What is created, as its event names it. */
	creates: string;
	/** The key field that a person fills in where none is proposed. */
	chosen?: string;
	/** Whether the converted workflow takes over what the old one has sent. */
	adopts?: true;
}

const CASES: Record<string, Case> = {
	'a charge by the Stripe node': {
		old: stripe({
			resource: 'charge',
			operation: 'create',
			customerId: '={{ $json.customer }}',
			amount: '={{ $json.amount }}',
			currency: 'eur',
			source: 'tok_visa',
			additionalFields: {
				metadata: { metadataProperties: [{ key: 'order', value: '={{ $json.order_id }}' }] },
			},
		}),
		creates: 'charge.succeeded',
		adopts: true,
	},
	'a customer by the Stripe node': {
		old: stripe({
			resource: 'customer',
			operation: 'create',
			name: '={{ $json.order_id }}',
			additionalFields: { email: '={{ $json.email }}' },
		}),
		creates: 'customer.created',
	},
	'a coupon by the Stripe node': {
		old: stripe({ resource: 'coupon', operation: 'create', type: 'percent', percentOff: 10 }),
		creates: 'coupon.created',
		chosen: 'order_id',
	},
	'a form': { old: form('/payment_intents', PAYMENT), creates: 'charge.succeeded', adopts: true },
	'a query, with the key in a header': {
		old: form(
			'/charges?currency=eur&source=tok_visa',
			{},
			{
				sendBody: false,
				sendQuery: true,
				queryParameters: rows({
					amount: '={{ $json.amount }}',
					'metadata[order_id]': '={{ $json.order_id }}',
				}),
				authentication: 'genericCredentialType',
				genericAuthType: 'httpHeaderAuth',
			},
			{ credentials: { httpHeaderAuth: { id: '', name: '' } } },
		),
		creates: 'charge.succeeded',
		adopts: true,
	},
	'an expression for the address, in a sub-path': {
		old: form(
			'',
			{ amount: '={{ $json.amount }}', currency: 'eur', 'metadata[order]': '={{ $json.order_id }}' },
			{ url: "={{ 'https://api.stripe.com/v1/' + 'payment_intents' }}" },
		),
		creates: 'payment_intent.created',
	},
	'a key from the execution': {
		old: form('/payment_intents', PAYMENT, key('={{ $execution.id }}-{{ $json.order_id }}')),
		creates: 'charge.succeeded',
		adopts: true,
	},
	'a key from the time': {
		old: form('/payment_intents', PAYMENT, key('={{ $now.toMillis() }}-{{ $json.order_id }}')),
		creates: 'charge.succeeded',
		adopts: true,
	},
};

/** Orders → Pay → Ship, as somebody has it in n8n. */
function buildWorkflow(name: string, old: NodeJson, wires?: Wire[], between: NodeJson[] = []): WorkflowJson {
	return {
		name,
		nodes: [START, ...between, old, buildNoOpNode('Ship')],
		connections: connectNodes(
			...(wires ?? [
				{ from: 'Orders', to: 'Pay' },
				{ from: 'Pay', to: 'Ship' },
			]),
		),
		pinData: { Orders: orders(name).map((json) => ({ json })) },
	};
}

/** As n8n exports it, converted. */
async function convertStored(id: string): Promise<WorkflowJson> {
	const [exported] = readWorkflows(await n8n.api.workflow(id));
	expect(auditWorkflows([exported!]).findings.map(({ node }) => node)).toEqual(['Pay']);
	const converted = convertWorkflow(exported!);
	expect(converted).toMatchObject({ left: [], workflow: { active: false } });
	return converted!.workflow as unknown as WorkflowJson;
}

/** As a person who has filled in what the note asks for: credential, key field, and how far back Adopt looks. */
function confirm(converted: WorkflowJson, chosen?: string): WorkflowJson {
	const keyFields = { field: [{ path: chosen, treatAs: 'text' }] };
	const nodes = converted.nodes.map((node) => {
		if (!node.type.startsWith('n8n-nodes-stripe-idempotent.')) return node;
		const isAdopt = node.parameters?.operation === 'adopt';
		const filled = isAdopt ? { createdAfter: '2020-01-01', by: 'Ada' } : chosen ? { keyFields } : {};
		return {
			...node,
			parameters: { ...node.parameters, ...filled },
			credentials: { stripeIdempotentApi: { id: '', name: '' } },
		};
	});
	return { ...converted, nodes };
}

const count = (type: string) => simulator.happened().filter((event) => event.type === type).length;

const shipped = (execution: Execution) => items(execution, 'Ship');

describe.each(Object.entries(CASES))('%s', (name, { old, creates, chosen, adopts }) => {
	it('is executed twice by the old workflow, and once by the converted one, or not at all if it was executed before', async () => {
		const before = count(creates);
		const original = await n8n.api.importWorkflow(buildWorkflow(name, old));
		for (const times of [1, 2]) {
			const run = await n8n.api.runByHand(original.id, 'Orders');
			expect(run.error).toBeUndefined();
			expect(count(creates)).toBe(before + 2 * times);
		}

		const converted = await convertStored(original.id);
		const imported = await n8n.api.importWorkflow(converted);
		expect(imported).toMatchObject({ active: false, name: `${name} (converted)` });
		const untouched = await n8n.api.runByHand(imported.id, 'Orders');
		expect(untouched.error?.message).toMatch(/credential|"Created After" is required/i);
		expect(count(creates)).toBe(before + 4);

		await n8n.api.changeWorkflow(imported.id, confirm(converted, chosen));
		for (const replayed of [adopts ?? false, true]) {
			const run = await n8n.api.runByHand(imported.id, 'Orders');
			expect(run.error).toBeUndefined();
			expect(shipped(run)).toMatchObject([
				{ idempotency: { replayed } },
				{ idempotency: { replayed } },
			]);
			expect(count(creates)).toBe(before + (adopts ? 4 : 6));
		}
	});
});

it('the audit finds the Stripe calls of agents, code and embedded workflows in an n8n export', async () => {
	const call = { url: `${API}/charges`, method: 'POST' };
	const nodes: NodeJson[] = [
		START,
		{
			name: 'Code',
			type: 'n8n-nodes-base.code',
			parameters: { jsCode: `await request(${JSON.stringify(call)})` },
		},
		{
			name: 'Sub',
			type: 'n8n-nodes-base.executeWorkflow',
			parameters: {
				source: 'parameter',
				workflowJson: JSON.stringify({
					nodes: [form('/refunds', { payment_intent: 'pi_1' })],
					connections: {},
				}),
			},
		},
		{ name: 'Agent', type: '@n8n/n8n-nodes-langchain.agent' },
		{
			name: 'Tool',
			type: 'n8n-nodes-base.stripeTool',
			parameters: { resource: 'charge', operation: 'create' },
		},
	];
	const connections = connectNodes(
		{ from: 'Orders', to: 'Code' },
		{ from: 'Code', to: 'Sub' },
		{ from: 'Sub', to: 'Agent' },
		{ from: 'Tool', to: 'Agent', type: 'ai_tool' },
	);
	const { id } = await n8n.api.importWorkflow({ name: 'Hidden', nodes, connections });
	const { findings } = auditWorkflows(readWorkflows(await n8n.api.workflow(id)));
	expect(findings.map(({ node, severity }) => `${node}: ${severity}`).sort()).toEqual([
		'Code: high',
		'Pay: high',
		'Tool: high',
	]);
});

it('a loop with Retry On Fail whose response is lost pays an order twice, and once when it is converted', async () => {
	const loop: NodeJson = {
		name: 'Loop',
		type: 'n8n-nodes-base.splitInBatches',
		typeVersion: 3,
		parameters: { batchSize: 1 },
	};
	const retries = { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 };
	const wires = [
		{ from: 'Orders', to: 'Loop' },
		{ from: 'Loop', output: 1, to: 'Pay' },
		{ from: 'Pay', to: 'Loop' },
		{ from: 'Loop', output: 0, to: 'Ship' },
	];
	const old = form('/payment_intents', PAYMENT, {}, retries);
	const loseOneAnswer = () =>
		simulator.inject({
			kind: 'resetAfter',
			times: 1,
			match: { method: 'POST', path: '/v1/payment_intents' },
		});

	const original = await n8n.api.importWorkflow(buildWorkflow('loop', old, wires, [loop]));
	loseOneAnswer();
	expect((await n8n.api.runByHand(original.id, 'Orders')).error).toBeUndefined();
	expect(count('charge.succeeded')).toBe(3);

	const pinData = { Orders: orders('new').map((json) => ({ json })) };
	const { id } = await n8n.api.importWorkflow({ ...confirm(await convertStored(original.id)), pinData });
	loseOneAnswer();
	for (let run = 0; run < 2; run += 1) {
		const execution = await n8n.api.runByHand(id, 'Orders');
		expect(execution.error).toBeUndefined();
		expect(shipped(execution)).toHaveLength(2);
	}
	expect(count('charge.succeeded')).toBe(5);
});
