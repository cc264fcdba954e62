import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { auditWorkflows } from '../../../commands/audit/audit';
import type { ExportedNode } from '../../../commands/audit/exportedWorkflow';
import { readWorkflows } from '../../../commands/audit/exportedWorkflow';
import { STRIPE_RESOURCES } from '../../../nodes/StripeIdempotent/operations';
import { http, key, node, own, stripe, workflow } from './fixtures';

const AGENT = node('Agent', '@n8n/n8n-nodes-langchain.agent');

function audit(...nodes: ExportedNode[]) {
	return auditWorkflows([workflow(nodes)]).findings;
}

const messagesOf = (...nodes: ExportedNode[]) =>
	audit(...nodes).map(({ severity, kind }) => `${severity} ${kind}`);

const code = (jsCode: string) => node('Pay', 'n8n-nodes-base.code', { jsCode });
const command = (text: string) => node('Pay', 'n8n-nodes-base.executeCommand', { command: text });
const set = (name: string, value: string) =>
	node(
		'Prepare',
		'n8n-nodes-base.set',
		{ assignments: { assignments: [{ name, value }] } },
		{ typeVersion: 3.4 },
	);

const V1 = { requestMethod: 'POST', url: 'https://api.stripe.com/v1/charges' };
const oldHttp = (more: object, typeVersion = 1) =>
	node('Pay', 'n8n-nodes-base.httpRequest', { ...V1, ...more }, { typeVersion });
const oldKey = (value: string) => ({
	headerParametersUi: { parameter: [{ name: 'Idempotency-Key', value }] },
});
const tool = (parameters: object) =>
	node('Pay', '@n8n/n8n-nodes-langchain.toolHttpRequest', {
		method: 'POST',
		url: 'https://api.stripe.com/v1/refunds',
		...parameters,
	});
const ownTool = (parameters: Record<string, unknown>) => ({
	...own(parameters),
	type: `${own({}).type}Tool`,
});

const claim = (parameters: object) =>
	node('Claim', 'n8n-nodes-stripe-idempotent.idempotencyRegistry', { resource: 'key', ...parameters });

const FOUND: [finding: string, ...nodes: ExportedNode[]][] = [
	// n8n's own Stripe node
	['high stripe_node', stripe({ resource: 'charge', operation: 'create' })],
	['medium stripe_node', stripe({ resource: 'customer', operation: 'create' })],
	['medium stripe_node', stripe({ resource: 'coupon' })],
	['medium stripe_node', stripe({ resource: 'customerCard', operation: 'add', customerId: 'cus_1' })],
	['medium stripe_node', stripe({ resource: 'source', operation: 'create' })],
	['high stripe_node', stripe({ resource: 'meterEvent' })],
	[
		'high stripe_node',
		{ ...stripe({ resource: 'charge', operation: 'create' }), type: 'n8n-nodes-base.stripeTool' },
	],
	['note stripe_node', stripe({ resource: 'charge', operation: 'create' }, { disabled: true })],
	['medium stripe_node', stripe({ resource: 'charge', operation: '={{ $json.operation }}' })],
	['medium stripe_node', stripe({ resource: '={{ $json.resource }}', operation: 'create' })],
	['medium stripe_node', stripe({ resource: 'invoice', operation: 'create' })],
	// HTTP Request: endpoints and addresses
	['high http_no_key', http('https://API.Stripe.com/v1/charges')],
	['high http_no_key', http(' https://api.stripe.com/v1/charges \n')],
	['high http_no_key', http('=https://api.stripe.com/v1/{{ "refunds" }} ')],
	['high http_no_key', http('/treasury/outbound_payments')],
	['medium http_no_key', http('/identity/verification_sessions')],
	[
		'medium http_no_key',
		http(
			'={{ $env.API }}/charges',
			{},
			{
				sendHeaders: true,
				headerParameters: {
					parameters: [{ name: 'Authorization', value: '=Bearer {{ $env.STRIPE_SECRET_KEY }}' }],
				},
			},
		),
	],
	['high http_no_key', http('/payment_intents')],
	['high http_no_key', http('/refunds')],
	['high http_no_key', http('/subscriptions')],
	['high http_no_key', http('=https://api.stripe.com/v1/invoices/{{ $json.invoice }}/add_lines')],
	['high http_no_key', http("={{ 'https://api.stripe.com/v1/charges/' + $json.charge + '/refund' }}")],
	[
		'high http_no_key',
		http('={{ `https://api.stripe.com/v1/customers/${$json.id}/balance_transactions` }}'),
	],
	['high http_no_key', set('base', 'https://api.stripe.com/v1'), http('={{ $json.base }}/payouts')],
	['medium http_no_key', http('/payment_links')],
	['medium http_no_key', http('/checkout/sessions')],
	['medium http_no_key', http('/products')],
	['medium http_no_key', http('https://api.stripe.com/v2/core/accounts')],
	['medium http_no_key', http('={{ $env.API }}', {}, { nodeCredentialType: 'stripeApi' })],
	[
		'medium http_no_key',
		http('={{ $env.API }}', {}, {}, { credentials: { httpHeaderAuth: { name: 'Stripe live' } } }),
	],
	['high http_no_key', http('/subscriptions/sub_1', { 'items[0][price]': 'price_1' })],
	['high http_no_key', http('/charges', {}, { method: '={{ $json.method }}' })],
	['high http_no_key', http('/charges', {}, key(''))],
	['high http_no_key', oldHttp({})],
	['high http_no_key', oldHttp({}, 2)],
	['high http_no_key', { ...http('/charges'), type: 'n8n-nodes-base.httpRequestTool' }],
	['high http_no_key', tool({})],
	// keys that protect nothing
	['high http_volatile_key', http('/charges', {}, key('={{ $execution.id }}'))],
	['high http_volatile_key', http('/charges', {}, key('={{ $json.order_id }}-{{ $now.toMillis() }}'))],
	['high http_volatile_key', http('/charges', {}, key('={{ $today.toISODate() }}-{{ $json.order_id }}'))],
	['high http_volatile_key', http('/charges', {}, key('={{ Date.now() }}'))],
	['high http_volatile_key', http('/charges', {}, key('={{ Math.random() }}'))],
	['high http_volatile_key', http('/charges', {}, key('={{ crypto.randomUUID() }}'))],
	['high http_volatile_key', http('/charges', {}, key('={{ $runIndex }}'))],
	['high http_volatile_key', http('/charges', {}, key("={{ $execution['id'] }}"))],
	['high http_volatile_key', oldHttp(oldKey('={{ $execution.id }}'))],
	[
		'high http_volatile_key',
		oldHttp({ jsonParameters: true, headerParametersJson: '={ "Idempotency-Key": "{{ $now }}" }' }, 2),
	],
	[
		'high http_volatile_key',
		http(
			'/charges',
			{},
			{
				sendHeaders: true,
				specifyHeaders: 'json',
				jsonHeaders: "={{ { 'Idempotency-Key': $execution.id } }}",
			},
		),
	],
	[
		'high http_volatile_key',
		set('key', '={{ $now.toMillis() }}'),
		http('/charges', {}, key('={{ $json.key }}')),
	],
	[
		'high http_volatile_key',
		node('Crypto', 'n8n-nodes-base.crypto', { action: 'generate', dataPropertyName: 'key' }),
		http('/charges', {}, key('={{ $json.key }}')),
	],
	[
		'high http_volatile_key',
		{ ...code('return { key: crypto.randomUUID() }'), name: 'Code' },
		http('/charges', {}, key("={{ $('Code').item.json.key }}")),
	],
	[
		'high http_volatile_key',
		node('Prepare', 'n8n-nodes-base.set', { mode: 'raw', jsonOutput: '={ "key": "{{ $now }}" }' }),
		http('/charges', {}, key('={{ $json.key }}')),
	],
	[
		'high http_volatile_key',
		node('Crypto', 'n8n-nodes-base.crypto', { action: 'generate', dataPropertyName: 'key' }),
		http('/charges', {}, key('={{ $items("Crypto")[0].json.key }}')),
	],
	['high http_volatile_key', http('/charges', {}, key('={{ new Date }}'))],
	['medium http_constant_key', http('/charges', {}, key('charge'))],
	['medium http_constant_key', http('/charges', {}, key('={{ $workflow.id }}-charge'))],
	['medium http_constant_key', http('/charges', {}, key('={{ $vars.SHOP }}'))],
	[
		'high http_key_by_model',
		{ ...http('/charges', {}, key("={{ $fromAI('key') }}")), type: 'n8n-nodes-base.httpRequestTool' },
	],
	[
		'high http_key_by_model',
		tool({ sendHeaders: true, parametersHeaders: { values: [{ name: 'Idempotency-Key' }] } }),
	],
	['note http_key_for_24_hours', http('/charges', {}, key('={{ $json.order_id }}'))],
	['note http_key_for_24_hours', http('/charges', {}, key('=order-{{ $json.uuid }}'))],
	// other ways to Stripe
	[
		'high code',
		code("await this.helpers.httpRequest({ method: 'POST', url: 'https://api.stripe.com/v1/charges' })"),
	],
	['high code', code("const stripe = require('stripe')(k); await stripe.refunds.create({ charge })")],
	[
		'note code',
		code("await stripe.refunds.create({}, { idempotencyKey: k }); const stripe = require('stripe')(k)"),
	],
	[
		'high code',
		node('Pay', 'n8n-nodes-base.executeCommand', {
			command: 'curl https://api.stripe.com/v1/refunds -d charge=ch_1',
		}),
	],
	[
		'high mcp',
		node('Pay', '@n8n/n8n-nodes-langchain.mcpClientTool', { endpointUrl: 'https://mcp.stripe.com' }),
	],
	['note unknown_node', node('Pay', 'n8n-nodes-other.stripePlus')],
	['note unknown_node', node('Pay', '@somebody/n8n-nodes-stripe-plus.payment')],
	[
		'high code',
		code("const { default: S } = await import('stripe'); await new S(k).refunds.create({ charge })"),
	],
	['high code', code('const s = require(`stripe`)(k); await s.customers.createBalanceTransaction(c, p)')],
	['high code', code("const s = require('stripe')(k); await s.invoices.addLines(id, { lines })")],
	[
		'high code',
		node('Pay', 'n8n-nodes-base.code', {
			pythonCode: 'from stripe import StripeClient\nStripeClient(k).refunds.create({})',
		}),
	],
	[
		'high code',
		code(
			"const stripe = require('stripe')(k); await stripe.refunds.create(r, { idempotencyKey: crypto.randomUUID() })",
		),
	],
	[
		'high code',
		code(
			"const key = `${Date.now()}-x`; await fetch('https://api.stripe.com/v1/charges', { method: 'POST', headers: { 'Idempotency-Key': key } })",
		),
	],
	[
		'high code',
		node('Pay', 'n8n-nodes-base.executeCommand', {
			command: 'curl https://api.stripe.com/v1/refunds --data-urlencode charge=ch_1',
		}),
	],
	['high code', command('curl -XPOST "https://api.stripe.com/v1/refunds?charge=ch_1"')],
	['high code', command('curl https://api.stripe.com/v1/charges -sdamount=2000 -dcurrency=usd')],
	[
		'high code',
		command(
			'curl -G https://api.stripe.com/v1/charges -d limit=3\ncurl https://api.stripe.com/v1/refunds -d charge=ch_1',
		),
	],
	['high code', command('wget --post-data="amount=100" https://api.stripe.com/v1/charges')],
	['high code', command('cd /tmp && stripe --live charges create --amount=100')],
	['high code', command('npx stripe --api-key sk_test_1 charges create --amount=100')],
	[
		'high code',
		command(
			'=curl {{ $json.live || "" }} https://api.stripe.com/v1/refunds \\\n  -d "reason=a; b" -d charge=ch_1',
		),
	],
	[
		'high code',
		code(
			"const s = require('stripe')(k); await s.charges.create(a, { idempotencyKey: o }); await s.refunds.create({ charge })",
		),
	],
	[
		'note code',
		code(
			"const s = require('stripe')(k); const once = { idempotencyKey: o }; await s.charges.create({ amount }, once)",
		),
	],
	[
		'high code',
		code("const url = 'https://api.stripe.com/v1/charges'; await fetch(url, { method: 'POST' })"),
	],
	['high code', code("await fetch('https://api.stripe.com/v1/charges', { ...defaults, method: 'post' })")],
	[
		'high code',
		code("const how = { method: 'POST' }; await fetch('https://api.stripe.com/v1/charges', how)"),
	],
	['high http_no_key', set('base', 'https://api.stripe.com/v1'), http("={{ $json.base + '/charges' }}")],
	[
		'high http_no_key',
		{ ...code("return [{ json: { url: 'https://api.stripe.com/v1/charges' } }]"), name: 'Code' },
		http('={{ $json.url }}'),
	],
	['medium http_no_key', http('={{ $env.STRIPE_API }}/v1/charges')],
	[
		'note secret_in_workflow',
		http('/balance', {}, { method: 'GET', options: { x: `Bearer sk_live_${'a1'.repeat(12)}` } }),
	],
	// our own nodes
	['high volatile_key', own({ keySource: 'custom', customKey: '={{ $execution.id }}' })],
	['high volatile_key', own({ keySource: 'event', eventId: '={{ $now }}' })],
	['high volatile_key', own({ keyFields: { field: [{ path: 'execution_id' }] } })],
	['high volatile_key', set('stamp', '={{ $now }}'), own({ keyFields: { field: [{ path: 'stamp' }] } })],
	[
		'high volatile_key',
		node('Reserve', 'n8n-nodes-stripe-idempotent.idempotencyRegistry', {
			resource: 'token',
			operation: 'reserve',
			keySource: 'custom',
			customKey: '={{ $execution.id }}',
		}),
	],
	['high volatile_key', claim({ keySource: 'custom', customKey: '={{ $execution.id }}' })],
	['medium no_key', own({ keyFields: { field: [{ path: '' }] } })],
	['medium no_key', own({ keyFields: {} })],
	['medium no_key', own({ keySource: 'custom' })],
	['medium constant_key', own({ keySource: 'custom', customKey: 'order' })],
	['high key_by_model', ownTool({ keySource: 'custom', customKey: "={{ $fromAI('id') }}" })],
	['medium weak_key', own({ keyFields: { field: [{ path: 'row_number' }] } })],
	['note weak_key', own({ keyFields: { field: [{ path: 'id' }] } })],
	['medium static_data', own({ ledger: 'staticData' })],
	['high static_data', ownTool({ ledger: 'staticData' })],
	['high no_token', ownTool({ options: { requireToken: false } })],
	['note no_token', ownTool({ amount: '19.99', options: { requireToken: false } })],
];

it('finds every kind of place where a payment can be made twice', () => {
	expect(FOUND.map(([finding, ...nodes]) => [finding, messagesOf(...nodes)])).toEqual(
		FOUND.map(([finding]) => [finding, [finding]]),
	);
});

const HARMLESS: ExportedNode[][] = [
	[stripe({})],
	[stripe({ resource: 'charge' })],
	[stripe({ resource: 'charge', operation: 'getAll' })],
	[stripe({ resource: 'charge', operation: 'update' })],
	[stripe({ resource: 'customer', operation: 'update' })],
	[stripe({ resource: 'customer', operation: 'delete' })],
	[stripe({ resource: 'customerCard', operation: 'remove' })],
	[stripe({ resource: 'source', operation: 'delete' })],
	[stripe({ resource: 'token' })],
	[node('On', 'n8n-nodes-base.stripeTrigger')],
	[http('/charges', {}, { method: 'GET', options: { hint: 'sk_test_XXXXXXXXXXXXXXXXXXXXXXXX' } })],
	[http('/charges', {}, { method: undefined })],
	[http('/charges/search?query=x', {}, { method: undefined })],
	[http('/customers/cus_1')],
	[http('/coupons/spring_sale', { name: 'Spring' })],
	[stripe({ resource: 'customer', operation: 'list' })],
	[
		node('Pay', 'n8n-nodes-base.executeCommand', {
			command: 'curl -G https://api.stripe.com/v1/charges -d limit=3',
		}),
	],
	[
		node('Pay', 'n8n-nodes-base.executeCommand', {
			command: 'curl -X GET https://api.stripe.com/v1/charges',
		}),
	],
	[code("const s = require('stripe')(k); await s.paymentIntents.capture(id); await s.invoices.pay(i)")],
	[
		own({
			keySource: 'custom',
			customKey: '={{ new Date($json.created_at).getTime() }}-{{ $json.order }}',
		}),
	],
	[
		node('Shop', 'n8n-nodes-base.webhook'),
		node('Other', 'n8n-nodes-base.code', { jsCode: 'return { order_id: crypto.randomUUID() }' }),
		own({ keySource: 'custom', customKey: "={{ $('Shop').item.json.order_id }}" }),
	],
	[
		code(
			"const b = await this.helpers.httpRequest({ url: 'https://api.stripe.com/v1/balance' }); await fetch('https://hooks.slack.com/x', { method: 'POST', body: b })",
		),
	],
	[
		code(
			"const s = require('stripe')(k); const all = Object.create(null); all.b = await s.balance.retrieve()",
		),
	],
	[
		command(
			'curl -s https://api.stripe.com/v1/balance | curl -X POST https://hooks.slack.com/x --data-binary @-',
		),
	],
	[http('={{ $env.STRIPE_WEBHOOK_COPY }}/in')],
	[http('/charges/ch_1/capture')],
	[http('=https://api.stripe.com/v1/payment_intents/{{ $json.id }}/confirm')],
	[http('=https://api.stripe.com/v1/payment_intents/{{ $json.id }}/capture')],
	[http('=https://api.stripe.com/v1/invoices/{{ $json.id }}/pay')],
	[http('/subscriptions/sub_1', {}, { method: 'DELETE' })],
	[http('/subscriptions/sub_1', { cancel_at_period_end: 'true' })],
	[http('/subscriptions/sub_1', { 'items[0][id]': 'si_1', 'items[0][price]': 'price_1' })],
	[code("// the Stripe invoice create step\nawait get('https://api.stripe.com/v1/balance')")],
	[claim({ keySource: 'custom', customKey: '={{ $json.order }}' })],
	[http('/billing_portal/sessions')],
	[http('/invoices/create_preview')],
	[http('https://example.com/v1/charges', {}, {}, { credentials: { stripeApi: { name: 'left over' } } })],
	[http('https://docs.stripe.com/api')],
	[http('={{ $env.API }}/orders')],
	[
		node(
			'Pay',
			'n8n-nodes-base.httpRequest',
			{ url: 'https://api.stripe.com/v1/charges' },
			{ typeVersion: 1 },
		),
	],
	[tool({ method: 'GET' })],
	[code("return items.filter((item) => item.json.url !== 'https://api.stripe.com')")],
	[code("await get('https://api.stripe.com/v1/balance')")],
	[node('Say', 'n8n-nodes-base.slack', { text: 'POST https://api.stripe.com/v1/charges' })],
	[node('About', 'n8n-nodes-base.stickyNote', { content: 'POST https://api.stripe.com/v1/charges' })],
	[own({})],
	[own({ keyFields: { field: [{ path: 'order_uuid' }] } })],
	[own({ keySource: 'custom', customKey: '={{ $json.customer }}-{{ $json.invoice }}' })],
	[own({ keySource: 'token', token: '={{ $json.token }}' })],
	[own({ operation: 'get', keyFields: {} })],
	[own({ resource: 'customApiCall', operation: 'request', method: 'GET', keyFields: {} })],
	[ownTool({ keySource: 'token', token: "={{ $fromAI('token') }}" })],
	[node('Registry', 'n8n-nodes-stripe-idempotent.idempotencyRegistry', { ledger: 'staticData' })],
];

it('raises no false alarm', () => {
	expect(HARMLESS.map((nodes) => messagesOf(...nodes))).toEqual(HARMLESS.map(() => []));
});

it('states in one sentence what can happen, what sends it again, and what to do', () => {
	const [finding] = audit(
		node('Shop', 'n8n-nodes-base.webhook'),
		stripe({ resource: 'charge', operation: 'create' }, { retryOnFail: true }),
	);
	expect(finding).toMatchObject({
		workflow: 'Orders',
		workflowId: 'w',
		node: 'Pay',
		message:
			"n8n's Stripe node sends no idempotency key. If it runs again, or a response is lost, the card is charged again.",
		repeats: [
			'Retry On Fail is on: it sends all items again, also those that were executed.',
			'"Shop" starts it: senders deliver again when they get no response in time.',
		],
		nextStep: expect.stringContaining('Replace it with Stripe Idempotent') as string,
	});
});

it('reads workflows embedded in a node, and the published version', () => {
	const inner = workflow([http('/refunds')], undefined, { name: undefined });
	const caller = (type: string) =>
		node('Refund', type, { source: 'parameter', workflowJson: JSON.stringify(inner) });
	for (const type of ['n8n-nodes-base.executeWorkflow', '@n8n/n8n-nodes-langchain.toolWorkflow'])
		expect(audit(caller(type))).toMatchObject([
			{ kind: 'http_no_key', workflow: 'Orders › Refund', node: 'Pay' },
		]);
	const { nodes, connections } = inner;
	const draft = workflow([own({})], undefined, { activeVersion: { nodes, connections } });
	expect(auditWorkflows([draft]).findings).toMatchObject([
		{ kind: 'http_no_key', workflow: 'Orders (as published)', node: 'Pay' },
	]);
	const same = workflow([http('/refunds')]);
	expect(
		auditWorkflows([{ ...same, activeVersion: { nodes: same.nodes, connections: {} } }]).findings,
	).toHaveLength(1);
});

it('reports loops, agents, schedules, and workflows that start this one', () => {
	const pay = http('/refunds');
	const loop = node('Loop', 'n8n-nodes-base.splitInBatches');
	const inner = workflow(
		[node('At Night', 'n8n-nodes-base.scheduleTrigger'), loop, pay, AGENT],
		[
			{ from: 'At Night', to: 'Loop' },
			{ from: 'Loop', output: 1, to: 'Pay' },
			{ from: 'Pay', to: 'Loop' },
			{ from: 'Pay', to: 'Agent', type: 'ai_tool' },
		],
	);
	const caller = workflow(
		[
			node(
				'Call',
				'n8n-nodes-base.executeWorkflow',
				{ workflowId: { __rl: true, value: 'w' } },
				{ retryOnFail: true },
			),
			node('Tool', '@n8n/n8n-nodes-langchain.toolWorkflow', { workflowId: 'w' }),
		],
		[],
		{ id: 'v', name: 'Support', settings: { errorWorkflow: 'w' } },
	);
	const [finding] = auditWorkflows([inner, caller]).findings;
	expect(finding?.repeats.join('\n')).toMatch(
		/AI model of "Agent"[^]*in a loop[^]*"At Night" starts it[^]*"Support" calls this workflow with Retry On Fail[^]*agent of "Support"[^]*error workflow of "Support"/,
	);
});

it('never repeats a secret', () => {
	const secret = `sk_live_${'a1'.repeat(12)}`;
	const findings = audit(http('/charges', {}, { ...key(`={{ $now }}${secret}`), note: secret }));
	expect(findings.map(({ kind }) => kind)).toContain('secret_in_workflow');
	expect(JSON.stringify(findings)).not.toContain(secret);
});

it('reads every form in which workflows are exported', () => {
	const one = { name: 'One', nodes: [stripe({})], connections: {} };
	const text = { ...one, nodes: JSON.stringify(one.nodes), connections: '{}' };
	const forms = [one, [one], { data: [one], nextCursor: null }, { id: 1, workflow: one }, text];
	expect(forms.map((form) => readWorkflows(form).map(({ name }) => name))).toEqual(
		forms.map(() => ['One']),
	);
	expect(readWorkflows({ name: 'package', version: '1.0.0' })).toEqual([]);
	const broken = {
		nodes: [null, { type: 'n8n-nodes-base.stripe' }],
		connections: { a: { main: [{ node: 'b' }] }, c: null },
	};
	expect(() => auditWorkflows(readWorkflows(broken))).not.toThrow();
});

it('recognizes the read operations of our own node', () => {
	const operations = STRIPE_RESOURCES.filter(({ value }) => value !== 'customApiCall').flatMap(
		({ value: resource, operations }) =>
			operations.map(({ value: operation, kind }) => ({
				resource,
				operation,
				isWrite: kind === 'write',
			})),
	);
	const isTold = ({ resource, operation }: { resource: string; operation: string }) =>
		messagesOf(own({ resource, operation, keySource: 'fields', keyFields: {} })).length > 0;
	expect(operations.filter((one) => isTold(one) !== one.isWrite)).toEqual([]);
});

it('knows which operations of our own node need no key fields', () => {
	const writes = STRIPE_RESOURCES.filter(({ value }) => value !== 'customApiCall').flatMap(
		({ value: resource, operations }) =>
			operations.flatMap((one) =>
				one.kind === 'write' ? { resource, operation: one.value, class: one.class } : [],
			),
	);
	const needsFields = ({ resource, operation }: { resource: string; operation: string }) =>
		messagesOf(own({ resource, operation, keyFields: {} })).length > 0;
	expect(writes.filter((one) => needsFields(one) === (one.class === 'terminal'))).toEqual([]);
});

it('finds nothing to report in the examples', () => {
	const folder = join(__dirname, '../../../examples');
	const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
	const workflows = files.flatMap((name) =>
		readWorkflows(JSON.parse(readFileSync(join(folder, name), 'utf8'))),
	);
	expect(workflows).toHaveLength(files.length);
	const found = auditWorkflows(workflows).findings.filter(({ severity }) => severity !== 'note');
	// Sample data is made once, whatever comes in.
	const isSample = ({ kind, node, message }: (typeof found)[number]) =>
		(kind === 'constant_key' && node.startsWith('Sample ')) || message.includes('"Sample ');
	expect(found.filter((finding) => !isSample(finding))).toEqual([]);
});
