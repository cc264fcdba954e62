import type { IDataObject, INodeType } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';
import type Stripe from 'stripe';

import { auditWorkflows } from '../../../commands/audit/audit';
import type { ExportedNode, ExportedWorkflow } from '../../../commands/audit/exportedWorkflow';
import { convertWorkflow } from '../../../commands/audit/convertWorkflow';
import type { RunResult, WorkflowJson } from '../../engine';
import { runWorkflow } from '../../engine';
import { describeNode } from '../../engine/builtins';
import { IdempotencyRegistry } from '../../../nodes/IdempotencyRegistry/IdempotencyRegistry.node.ts';
import { PAID, stripeAt } from '../../simulator/client';
import { NodeFixture } from '../../nodes/fixtures/nodeFixture';
import { http, key, node, stripe, workflow } from './fixtures';

const START = node('Orders', 'n8n-nodes-base.manualTrigger');
const NEXT = node('Ship', 'n8n-nodes-base.noOp');

const stopAndError: INodeType = {
	description: describeNode('stopAndError', {
		outputs: [],
		properties: [{ displayName: 'Message', name: 'errorMessage', type: 'string', default: '' }],
	}),
	async execute() {
		throw new NodeOperationError(this.getNode(), this.getNodeParameter('errorMessage', 0) as string);
	},
};

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

function convert(original: ExportedWorkflow) {
	const converted = convertWorkflow(original);
	if (!converted) throw new Error('Nothing was converted');
	return converted;
}

/** As a person who has chosen the credential, confirmed the key, and filled in what finds the past in Stripe. */
function confirm({ workflow: converted }: ReturnType<typeof convert>, keyField?: string): WorkflowJson {
	const keyFields = { field: [{ path: keyField, treatAs: 'text' }] };
	const chosen = keyField === undefined ? {} : { keySource: 'fields', keyFields };
	const nodes = converted.nodes
		.filter(({ parameters }) => parameters.adoptFrom !== 'items')
		.map((one) => {
			if (!one.type.startsWith('n8n-nodes-stripe-idempotent.')) return one;
			const filled = isAdopt(one) ? { createdAfter: LONG_AGO, by: 'Ada' } : chosen;
			return {
				...one,
				parameters: { ...one.parameters, ...filled, ledgerFile: fixture.ledgerFile },
				credentials: { stripeIdempotentApi: { id: '', name: '' } },
			};
		});
	const isThere = ({ node: name }: { node: string }) => nodes.some((one) => one.name === name);
	const main = (converted.connections.Orders?.main ?? []).map((ends) => (ends ?? []).filter(isThere));
	const connections = { ...converted.connections, Orders: { main } };
	return { ...converted, nodes, connections } as unknown as WorkflowJson;
}

const LONG_AGO = '2020-01-01T00:00:00Z';

function isAdopt({ parameters }: ExportedNode): boolean {
	return parameters.operation === 'adopt';
}

async function runConverted(json: WorkflowJson, items: IDataObject[]): Promise<RunResult> {
	const { nodeTypes, credentials } = fixture.runOptions(items);
	return runWorkflow(json, {
		nodeTypes: {
			...nodeTypes,
			'n8n-nodes-base.stopAndError': stopAndError,
			'n8n-nodes-stripe-idempotent.idempotencyRegistry': new IdempotencyRegistry(fixture.time),
		},
		credentials,
		items,
	});
}

const ORDERS = [
	{ order_id: 'SO-1', amount: 1999, card: 'pm_card_visa', note: 'two "maple" boards\n2 m', charge: '' },
	{ order_id: 'SO-2', amount: 500, card: 'pm_card_mastercard', note: 'glue', charge: '' },
];

const FORM = {
	amount: '={{ $json.amount }}',
	currency: 'eur',
	confirm: 'true',
	payment_method: '={{ $json.card }}',
	'payment_method_types[]': 'card',
	'metadata[order]': '={{ $json.order_id }}',
	description: '=Order {{ $json.order_id }}: {{ $json.note }}',
};
const TOKEN = "={{ $json.order_id === 'SO-1' ? 'tok_visa' : 'tok_mastercard' }}";

/** Old nodes that pay, each in another form. */
const OLD = {
	"n8n's Stripe node": stripe({
		resource: 'charge',
		operation: 'create',
		amount: '={{ $json.amount }}',
		currency: 'eur',
		source: TOKEN,
		additionalFields: {
			description: '={{ $json.note }}',
			metadata: { metadataProperties: [{ key: 'order', value: '={{ $json.order_id }}' }] },
		},
	}),
	'a form': http('/payment_intents', FORM, {}, { retryOnFail: true, onError: 'continueRegularOutput' }),
	'a form with a key that protects nothing': http(
		'/payment_intents',
		FORM,
		key('={{ $execution.id }}-{{ $json.order_id }}'),
	),
	'a form with a good key': http('/payment_intents', FORM, key('=order-{{ $json.order_id }}')),
	'fields of an earlier node': http('/payment_intents', {
		...FORM,
		'metadata[order]': "={{ $('Orders').item.json.order_id }}",
	}),
	'charges by HTTP, in the first version': node('Pay', 'n8n-nodes-base.httpRequest', {
		requestMethod: 'POST',
		url: 'https://api.stripe.com/v1/charges?currency=eur',
		options: { bodyContentType: 'form-urlencoded' },
		bodyParametersUi: {
			parameter: [
				{ name: 'amount', value: '={{ $json.amount }}' },
				{ name: 'source', value: TOKEN },
				{ name: 'metadata[order_id]', value: '={{ $json.order_id }}' },
				{ name: 'description', value: '=Order {{ $json.order_id }}: {{ $json.note }}' },
			],
		},
	}),
	'a JSON body': http(
		'/charges',
		{},
		{
			contentType: 'json',
			specifyBody: 'json',
			jsonBody:
				'={ "amount": {{ $json.amount }}, "currency": "eur", "source": "tok_visa", "metadata": { "order": "{{ $json.order_id }}" } }',
		},
	),
};

it.each(Object.entries<ExportedNode>(OLD))(
	'the converted workflow charges each order once when it runs twice: %s',
	async (_name, old) => {
		const converted = convert(workflow([START, old, NEXT]));
		expect(converted.left).toEqual([]);
		const json = confirm(converted);
		for (const replayed of [false, true]) {
			const result = await runConverted(json, ORDERS);
			expect(result.error?.message).toBeUndefined();
			const shipped = (result.outputs('Ship')[0] ?? []).map(({ json: item }) => item);
			expect(shipped).toMatchObject(
				[1999, 500].map((amount) => ({ amount, currency: 'eur', idempotency: { replayed } })),
			);
		}
		expect(
			fixture.stripe
				.report()
				.charges.map(({ amount }) => amount)
				.sort(),
		).toEqual([1999, 500]);
	},
);

const SENT = { amount: 1999, currency: 'eur', metadata: { order: 'SO-1' } };
const payIntent = (client: Stripe) => client.paymentIntents.create({ ...PAID, ...SENT });

it.each<[string, ExportedNode, (client: Stripe) => Promise<unknown>]>([
	['payments', OLD['a form'], payIntent],
	['payments whose number comes from an earlier node', OLD['fields of an earlier node'], payIntent],
	[
		"charges of n8n's Stripe node",
		OLD["n8n's Stripe node"],
		(client) => client.charges.create({ ...SENT, source: 'tok_visa' }),
	],
])('starts with Adopt, so that what the old workflow sent is not sent again: %s', async (_name, old, pay) => {
	await pay(stripeAt(fixture.stripe, 'sk_test_operations'));
	const converted = convert(workflow([START, old, NEXT]));
	const [adopt] = converted.workflow.nodes.filter(isAdopt);
	expect(adopt).toMatchObject({ name: 'Adopt: Pay', parameters: { createdAfter: '', by: '' } });
	expect(converted.workflow.connections.Orders?.main?.[0]?.map(({ node: to }) => to)).toEqual([
		'Pay',
		'Adopt: Pay',
	]);

	const unfilled = {
		...confirm(converted),
		nodes: converted.workflow.nodes,
	} as unknown as WorkflowJson;
	await expect(runConverted(unfilled, ORDERS)).rejects.toThrow(/"Created After" is required/);
	expect(fixture.charges()).toBe(1);

	const result = await runConverted(confirm(converted), ORDERS);
	expect(result.outputs('Adopt: Pay')[0]).toMatchObject([{ json: { adopted: 'new' } }]);
	expect((result.outputs('Ship')[0] ?? []).map(({ json }) => json.idempotency)).toMatchObject([
		{ replayed: true },
		{ replayed: false },
	]);
	expect(fixture.charges()).toBe(2);
});

it('has its own trigger for Adopt, or the manual one; payments that Stripe does not show come from a list', () => {
	const hook = node('Hook', 'n8n-nodes-base.webhook');
	const { workflow: own } = convert(workflow([hook, OLD['a form'], NEXT]));
	expect(own.connections['Adopt First']?.main).toEqual([[{ node: 'Adopt: Pay', type: 'main', index: 0 }]]);
	expect(own.connections.Hook?.main?.[0]).toHaveLength(1);

	const [listed] = convert(workflow([START, OLD['a form with a good key']])).workflow.nodes.filter(isAdopt);
	expect(listed?.parameters).toMatchObject({
		adoptFrom: 'items',
		objectId: '',
		keySource: 'custom',
		customKey: '=order-{{ $json.order_id }}',
	});

	const tool = { ...http('/charges', { amount: '1' }), type: 'n8n-nodes-base.httpRequestTool' };
	expect(convert(workflow([tool])).workflow.nodes.filter(isAdopt)).toEqual([]);
});

it('refunds once, and requires a refund number for partial refunds', async () => {
	const charge = (amount: number) => ({ order_id: `SO-${amount}`, amount, card: 'pm_card_visa', note: '' });
	const paid = await runConverted(confirm(convert(workflow([START, OLD['a form'], NEXT]))), [
		charge(1000),
		charge(2000),
	]);
	const payments = (paid.outputs('Ship')[0] ?? []).map(({ json }) => ({
		payment: json.id,
		charge: json.latest_charge,
	}));

	const whole = convert(
		workflow([START, http('/refunds', { payment_intent: '={{ $json.payment }}' }), NEXT]),
	);
	expect(whole.replaced[0]).toMatchObject({
		proposedKey: 'payment',
		adopt: {
			adopted: 'refund',
			fieldsInStripe: { field: [{ path: 'payment', standsIn: 'payment_intent', treatAs: 'text' }] },
		},
	});
	for (let run = 0; run < 2; run += 1) await runConverted(confirm(whole), [payments[0]!]);

	const part = convert(
		workflow([
			START,
			http("={{ 'https://api.stripe.com/v1/charges/' + $json.charge + '/refund' }}", {
				amount: '={{ $json.amount }}',
			}),
			NEXT,
		]),
	);
	expect(part.replaced[0]?.proposedKey).toBeUndefined();
	const item = { ...payments[1]!, amount: 300, credit_note: 'CN-1' };
	const refused = await runConverted(confirm(part), [item]);
	expect(refused.error?.message).toMatch(/Key Fields .*without a name/);
	for (let run = 0; run < 2; run += 1) await runConverted(confirm(part, 'credit_note'), [item]);
	expect(fixture.stripe.report().refunds.map(({ amount }) => amount)).toEqual([1000, 300]);
});

it('failures stop the workflow as before, or go where failed items went before', async () => {
	const declined = [{ ...ORDERS[0]!, card: 'pm_card_chargeDeclined' }, ORDERS[1]!];
	const stopped = await runConverted(confirm(convert(workflow([START, OLD['a form'], NEXT]))), declined);
	expect(stopped.outputs('Ship')[0]).toHaveLength(1);
	expect(stopped.error?.message).toMatch(/declined/);

	const withErrorOutput = { ...http('/payment_intents', FORM), onError: 'continueErrorOutput' };
	const original = workflow(
		[START, withErrorOutput, NEXT, node('Tell', 'n8n-nodes-base.noOp')],
		[
			{ from: 'Orders', to: 'Pay' },
			{ from: 'Pay', to: 'Ship' },
			{ from: 'Pay', output: 1, to: 'Tell' },
		],
	);
	const told = await runConverted(confirm(convert(original)), [{ ...declined[0]!, order_id: 'SO-9' }]);
	expect(told.outputs('Tell')[0]).toHaveLength(1);
	expect(told.error).toBeUndefined();
});

it('is a copy that cannot replace the original, and states what a person has to do', () => {
	const original = workflow(
		[
			START,
			OLD["n8n's Stripe node"],
			NEXT,
			stripe({ resource: 'source', operation: 'create' }, { name: 'Source' }),
		],
		undefined,
		{
			active: true,
			staticData: {},
			pinData: { Pay: [{ json: {} }], Orders: [] },
		},
	);
	original.nodes[1]!.credentials = { stripeApi: { name: 'Shop account' } };
	const before = structuredClone(original);
	const { workflow: converted, left } = convert(original);
	expect(original).toEqual(before);
	expect(converted).toMatchObject({ name: 'Orders (converted)', active: false, pinData: { Orders: [] } });
	expect(Object.keys(converted)).not.toEqual(expect.arrayContaining(['id']));
	expect(converted.pinData).not.toHaveProperty('Pay');
	expect(left).toEqual([{ name: 'Source', why: expect.stringContaining('two requests') as string }]);
	const [note] = converted.nodes.filter(({ type }) => type.endsWith('.stickyNote'));
	for (const words of [
		/\*\*Adopt the past[^]*named Adopt[^]*For "Pay" it finds the key in Stripe/,
		/Shop account/,
		/`order_id`/,
		/Not replaced[^]*Source/,
	])
		expect(note?.parameters.content).toMatch(words);
	expect(converted.nodes.find(({ name }) => name === 'Pay')).not.toHaveProperty('credentials');
	expect(auditWorkflows([converted]).findings.map(({ node: name }) => name)).toEqual(['Source']);
});

const LEFT: [why: RegExp, old: ExportedNode][] = [
	[/address/, http('={{ $env.API }}', {}, { nodeCredentialType: 'stripeApi' })],
	[/method/, http('/charges', {}, { method: '={{ $json.method }}' })],
	[/whole response/, http('/charges', {}, { options: { response: { response: { fullResponse: true } } } })],
	[/page by page/, http('/charges', {}, { options: { pagination: {} } })],
	[/raw/, http('/charges', {}, { contentType: 'raw' })],
	[/one expression/, http('/charges', {}, { specifyBody: 'string', body: '={{ $json.form }}' })],
	[
		/assembled by code/,
		http('/charges', {}, { contentType: 'json', specifyBody: 'json', jsonBody: '={{ $json }}' }),
	],
	[/v1 API/, http('https://api.stripe.com/v2/core/accounts')],
	[/everything that is left/, http('/transfers/tr_1/reversals')],
	[/twice/, http('/charges?amount=1', { amount: '2' })],
	[/cannot be parsed/, http('/charges', { '__proto__[x]': '2', 'a[': '3' })],
	[
		/old HTTP Request Tool/,
		node('Pay', '@n8n/n8n-nodes-langchain.toolHttpRequest', {
			method: 'POST',
			url: 'https://api.stripe.com/v1/charges',
		}),
	],
	[
		/code calls Stripe/,
		node('Pay', 'n8n-nodes-base.code', {
			jsCode: "await fetch('https://api.stripe.com/v1/charges', { method: 'POST' })",
		}),
	],
	[
		/MCP server/,
		node('Pay', '@n8n/n8n-nodes-langchain.mcpClientTool', { endpointUrl: 'https://mcp.stripe.com' }),
	],
	[
		/does not show what it sends/,
		node('Pay', 'n8n-nodes-base.graphql', {
			endpoint: 'https://api.stripe.com/v1/charges',
			requestMethod: 'POST',
		}),
	],
];

it('leaves what it cannot translate, and states why', () => {
	const told = LEFT.map(
		([, old]) => convert(workflow([http('/products', {}, {}, { name: 'One' }), old])).left[0]?.why,
	);
	expect(told).toEqual(LEFT.map(([why]) => expect.stringMatching(why) as string));
	expect({}).not.toHaveProperty('x');
	expect(convertWorkflow(workflow([LEFT[0]![1]]))).toBeUndefined();
});

const PROPOSED: [key: string | undefined, old: ExportedNode][] = [
	['order_id', http('/charges', { amount: '={{ $json.amount }}', description: '={{ $json.order_id }}' })],
	['body.order.number', http('/charges', { 'metadata[order]': '={{ $json.body.order.number }}' })],
	['Invoice No', http('/charges', { 'metadata[x]': '={{ $json["Invoice No"] }}' })],
	[
		"$('Shop').item.json.order_id",
		http('/charges', { 'metadata[x]': "={{ $('Shop').item.json.order_id }}" }),
	],
	['the old Idempotency-Key, =pay-{{ $json.id }}', http('/charges', {}, key('=pay-{{ $json.id }}'))],
	['email', http('/customers', { email: '={{ $json.email }}' })],
	[
		undefined,
		http('/charges', { receipt_email: '={{ $json.email }}', 'metadata[order]': '={{ $json.customer }}' }),
	],
	[undefined, http('/charges', { amount: '={{ $json.amount }}', 'metadata[order]': '={{ $now }}' })],
];

it('suggests as the key the fields that identify one decision, and none that two decisions can share', () => {
	const proposed = PROPOSED.map(([, old]) => convert(workflow([old])).replaced[0]?.proposedKey);
	expect(proposed).toEqual(PROPOSED.map(([expected]) => expected));
});

it('names the differences: a value that changes in every run, headers, one key for two nodes, tools', () => {
	const params = {
		amount: '1',
		currency: 'eur',
		'metadata[at]': '={{ $now }}',
		'metadata[order]': '={{ $json.order_id }}',
	};
	const headers = {
		sendHeaders: true,
		headerParameters: {
			parameters: [
				{ name: 'Stripe-Account', value: 'acct_1' },
				{ name: 'X-Shop', value: '1' },
				{ name: 'Authorization', value: 'Bearer x' },
			],
		},
	};
	const { replaced } = convert(
		workflow([
			http('/charges', params, { ...headers, options: { timeout: 10_000 } }, { name: 'A' }),
			http('/charges', params, {}, { name: 'B' }),
			{
				...http('/charges', params, { toolDescription: 'Pays' }, { name: 'C' }),
				type: 'n8n-nodes-base.httpRequestTool',
			},
		]),
	);
	const [a, , c] = replaced;
	expect(a?.node.parameters.options).toEqual({ stripeAccount: 'acct_1', timeoutSeconds: 10 });
	expect(a?.remarks.join('\n')).toMatch(
		/X-Shop[^]*metadata\.at is different in every run[^]*same key as "B"/,
	);
	expect(JSON.stringify(a)).not.toContain('Bearer');
	expect(c).toMatchObject({
		node: {
			type: 'n8n-nodes-stripe-idempotent.stripeIdempotentTool',
			parameters: { toolDescription: 'Pays', keySource: 'token' },
		},
		remarks: expect.arrayContaining([expect.stringContaining('Reserve')]) as string[],
	});
});
