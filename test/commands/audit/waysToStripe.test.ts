import { auditWorkflows } from '../../../commands/audit/audit';
import { convertWorkflow } from '../../../commands/audit/convertWorkflow';
import type { ExportedNode } from '../../../commands/audit/exportedWorkflow';
import { http, node, workflow } from './fixtures';

const messagesOf = (...nodes: ExportedNode[]) =>
	auditWorkflows([workflow(nodes)]).findings.map(({ severity, kind }) => `${severity} ${kind}`);

const code = (jsCode: string) => node('Pay', 'n8n-nodes-base.code', { jsCode });
const python = (pythonCode: string) => node('Pay', 'n8n-nodes-base.code', { language: 'python', pythonCode });
const command = (text: string) => node('Pay', 'n8n-nodes-base.executeCommand', { command: text });
const set = (parameters: object) =>
	node('Prepare', 'n8n-nodes-base.set', { ...parameters }, { typeVersion: 3.4 });
const library = (call: string) => code(`const s = require('stripe')(k);\n${call}`);

const ADDRESS = 'https://api.stripe.com/v1/charges';

describe('whatever sends to Stripe is found', () => {
	it.each<[way: string, finding: string, ...nodes: ExportedNode[]]>([
		[
			'a GraphQL node',
			'medium unknown_node',
			node('Pay', 'n8n-nodes-base.graphql', { endpoint: ADDRESS, requestMethod: 'POST' }),
		],
		[
			'a community node',
			'medium unknown_node',
			node('Pay', 'n8n-nodes-acme.send', { request: { url: ADDRESS } }),
		],
		[
			'fetch with a method from elsewhere',
			'high code',
			code(`await fetch('${ADDRESS}', { method, headers })`),
		],
		[
			'fetch with a method that is put together',
			'high code',
			code(`await fetch('${ADDRESS}', { method: 'PO' + 'ST' })`),
		],
		[
			'code of an AI',
			'high code',
			node('Pay', 'n8n-nodes-base.aiTransform', {
				jsCode: `await fetch('${ADDRESS}', { method: 'POST' })`,
			}),
		],
		[
			'the library by names in brackets',
			'high code',
			library("await s['refunds']['create']({ charge })"),
		],
		[
			'the library, with optional chaining',
			'high code',
			library('await s.refunds?.create?.({ charge })'),
		],
		['the library with a blank', 'high code', library('await s.refunds.create ({ charge })')],
		[
			'a plan that is added',
			'high code',
			library('await s.subscriptions.update(id, { items: [{ price }] })'),
		],
		['urllib with data', 'high code', python(`urllib.request.urlopen('${ADDRESS}', data=d)`)],
		[
			'curl with an address in a variable',
			'high code',
			command('export API=https://api.stripe.com; curl "$API/v1/charges" -d amount=1'),
		],
		[
			'curl with an address from the item',
			'high code',
			command('=curl {{ $json.url }} -d amount=1 -u {{ $env.STRIPE_KEY }}:'),
		],
		['HTTPie without a method', 'high code', command(`http -f ${ADDRESS} amount=1`)],
		[
			'Stripe’s command by its path',
			'high code',
			command('/usr/local/bin/stripe refunds create --charge=ch_1'),
		],
		[
			'a key that a command makes up',
			'high code',
			command(`curl ${ADDRESS} -d amount=1 -H "Idempotency-Key: $(date +%s)"`),
		],
		[
			'an address in a branch of a field',
			'high http_no_key',
			set({
				assignments: { assignments: [{ name: 'config.url', value: 'https://api.stripe.com/v1' }] },
			}),
			http('={{ $json.config.url }}/charges'),
		],
		[
			'an address in a branch of JSON',
			'high http_no_key',
			set({ mode: 'raw', jsonOutput: '{ "stripe": { "base": "https://api.stripe.com/v1" } }' }),
			http('={{ $json.stripe.base }}/charges'),
		],
		[
			'one of two addresses',
			'high http_no_key',
			http(`={{ $json.live ? '${ADDRESS}' : 'https://mock.example/charges' }}`),
		],
		[
			'the other of two addresses',
			'high http_no_key',
			http(`={{ $json.test ? 'https://mock.example/charges' : '${ADDRESS}' }}`),
		],
		[
			'an address that code puts together',
			'medium http_no_key',
			http("={{ new URL('/v1/charges', 'https://api.stripe.com').href }}"),
		],
	])('%s', (_way, finding, ...nodes) => {
		expect(messagesOf(...nodes)).toEqual([finding]);
	});
});

describe('a mere mention of Stripe raises no alarm', () => {
	it.each<[what: string, node: ExportedNode]>([
		['a query', http('https://example.com/track?ref=api.stripe.com')],
		['an address in a query', http(`https://example.com/track?next=${ADDRESS}`)],
		['a query behind an expression', http('=https://example.com/{{ $json.id }}?ref=api.stripe.com')],
		['a fragment', http('https://example.com/#api.stripe.com')],
		['a path', http('https://example.com/api.stripe.com/v1/charges')],
		['a longer name', http('https://api.stripe.com.example.com/v1/charges')],
		['a name with something in front', http('https://not-api.stripe.com/v1/charges')],
		['a body', http('https://example.com/log', { text: ADDRESS })],
		[
			'a query in code',
			code("await fetch('https://example.com/?ref=api.stripe.com', { method: 'POST' })"),
		],
		[
			'a text that code posts elsewhere',
			code(`await fetch('https://hooks.slack.com/x', { method: 'POST', body: 'See ${ADDRESS}' })`),
		],
		[
			'a text that a helper posts elsewhere',
			code(
				`await this.helpers.httpRequest({ method: 'POST', url: 'https://example.com', body: '${ADDRESS}' })`,
			),
		],
		['a comment', code(`// POST ${ADDRESS} is sent later\nreturn items`)],
		['a long comment', code(`/* await fetch('${ADDRESS}', { method: 'POST' }) */ return items`)],
		['a comment of a shell', command(`# curl ${ADDRESS} -d amount=1\necho done`)],
		['a query in a command', command("curl -X POST 'https://example.com/?ref=api.stripe.com' -d a=1")],
		[
			'a plan that is replaced',
			library('await s.subscriptions.update(id, { items: [{ id: item, price }] })'),
		],
		[
			'a node that reads',
			node('Get', 'n8n-nodes-base.graphql', { endpoint: ADDRESS, requestMethod: 'GET' }),
		],
	])('%s', (_what, one) => {
		expect(messagesOf(one)).toEqual([]);
	});
});

it('leaves a request whose address is chosen by code, and names it: the other address would be lost', () => {
	const chosen = http(`={{ $json.live ? '${ADDRESS}' : 'https://mock.example/charges' }}`, { amount: 1 });
	const refund = { ...http('/refunds', { charge: '={{ $json.charge }}' }), name: 'Refund' };
	expect(convertWorkflow(workflow([chosen, refund]))).toMatchObject({
		replaced: [{ node: { name: 'Refund' } }],
		left: [{ name: 'Pay', why: 'its address is chosen by code, and may lead elsewhere' }],
	});
});

it('never takes over a key that two orders share', () => {
	const key = {
		sendHeaders: true,
		headerParameters: {
			parameters: [{ name: 'Idempotency-Key', value: '={{ $json.customer }}-{{ $json.amount }}' }],
		},
	};
	const pay = http(
		'/charges',
		{ amount: '={{ $json.amount }}', 'metadata[order]': '={{ $json.order_id }}' },
		key,
	);
	expect(convertWorkflow(workflow([pay]))?.replaced[0]).toMatchObject({ proposedKey: 'order_id' });
	const bare = http('/charges', { amount: '={{ $json.amount }}' }, key);
	expect(convertWorkflow(workflow([bare]))?.replaced[0]?.proposedKey).toBeUndefined();
});
