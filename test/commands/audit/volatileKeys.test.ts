import { auditWorkflows } from '../../../commands/audit/audit';
import type { ExportedNode } from '../../../commands/audit/exportedWorkflow';
import { http, key, node, own, workflow } from './fixtures';

const audit = (...nodes: ExportedNode[]) => auditWorkflows([workflow(nodes)]).findings;
const messagesOf = (...nodes: ExportedNode[]) =>
	audit(...nodes).map(({ severity, kind }) => `${severity} ${kind}`);

const charge = (written: string) => http('/charges', {}, key(written));
const once = (written: string) => own({ keySource: 'custom', customKey: written });
const fields = (...paths: string[]) => ({ keyFields: { field: paths.map((path) => ({ path })) } });

describe('a key that differs in every run is found, however it is written', () => {
	it.each([
		'={{ $json.order_id }}-{{ $itemIndex }}',
		'={{ $json.order_id }}-{{ new Date().getTime() }}',
		'={{ +new Date() }}',
		'={{ Date["now"]() }}',
		'={{ DateTime.utc() }}',
		'={{ luxon.DateTime.local().toMillis() }}',
		'={{ performance.now() }}',
		'={{ Temporal.Now.instant() }}',
		'={{ $executionId }}',
		'={{ $execution.resumeFormUrl }}',
		'={{ $prevNode.runIndex }}',
		'={{ $position }}',
		"={{ $('Loop').context.currentRunIndex }}",
		"={{ $node['Loop'].context['currentRunIndex'] }}",
		'={{ [1, 2, 3].randomItem() }}',
	])('%s', (written) => {
		expect([messagesOf(charge(written)), messagesOf(once(written))]).toEqual([
			['high http_volatile_key'],
			['high volatile_key'],
		]);
	});

	it('reports how long the key stays the same, where the code shows it', () => {
		const why = (written: string) => audit(charge(written))[0]?.message;
		expect(why('={{ Date.now() }}')).toContain('so it is different in every run');
		expect(why('={{ $today.toISO() }}')).toContain('so the key changes every day');
		expect(why('={{ $now.toFormat("yyyy-MM") }}')).toContain('so the key changes every month');
	});
});

/** A node in front of the payment that makes up the field `key`. */
const before = (type: string, parameters: Record<string, unknown>, typeVersion = 1) =>
	node('Prepare', `n8n-nodes-base.${type}`, parameters, { typeVersion });
const code = (jsCode: string) => before('code', { jsCode });
const python = (pythonCode: string) => before('code', { language: 'python', pythonCode });
const set = (name: string, value: string) =>
	before('set', { assignments: { assignments: [{ name, value }] } }, 3.4);

describe('a field that an earlier node generates anew in every run is found', () => {
	it.each<[how: string, earlier: ExportedNode, field?: string]>([
		['a random value', before('crypto', { action: 'generate', dataPropertyName: 'key' })],
		[
			'a random value in a branch',
			before('crypto', { action: 'generate', dataPropertyName: 'a.key' }),
			'a.key',
		],
		['a hash of the time', before('crypto', { value: '={{ $now }}', dataPropertyName: 'key' })],
		[
			'an HMAC of chance',
			before('crypto', { action: 'hmac', value: '={{ Math.random() }}', dataPropertyName: 'key' }),
		],
		['the time', before('dateTime', { outputFieldName: 'key' }, 2)],
		['the time by its usual name', before('dateTime', {}, 2), 'currentDate'],
		[
			'the time in a different format',
			before('dateTime', { operation: 'formatDate', date: '={{ $now }}', outputFieldName: 'key' }, 2),
		],
		[
			'a rounded time by its usual name',
			before('dateTime', { operation: 'roundDate', date: '={{ $now }}' }, 2),
			'roundedDate',
		],
		[
			'the time, in the first version',
			before('dateTime', { value: '={{ new Date() }}', dataPropertyName: 'key' }),
		],
		['the moment of a schedule', before('scheduleTrigger', {}), 'timestamp'],
		['a part of that moment', before('scheduleTrigger', {}), 'Hour'],
		['the output of a command', before('executeCommand', { command: 'uuidgen' }), 'stdout'],
		['the time that a command prints', before('executeCommand', { command: 'date +%s' }), 'stdout'],
		['the position', set('key', '={{ $itemIndex }}')],
		['a branch', set('a.key', '={{ $now }}'), 'a.key'],
		[
			'a branch of JSON',
			before('set', { mode: 'raw', jsonOutput: '={ "a": { "key": "{{ $now }}" } }' }),
			'a.key',
		],
		['code by way of a variable', code('const stamp = Date.now(); return { key: `o-${stamp}` }')],
		['code by way of a method', code('const now = new Date();\nreturn { key: now.toISOString() }')],
		[
			'code by way of an object',
			code('const run = { stamp: Date.now() };\nreturn { key: "o-" + run.stamp }'),
		],
		[
			'code by way of a function',
			code('function make() { return Math.random() }\nreturn { key: make() }'),
		],
		[
			'code in several lines',
			code('item.json.key =\n  `${item.json.order}-` +\n  Math.floor(Math.random() * 1e9);'),
		],
		['code with a list', code('return { key: [item.order, Date.now()].join("-") }')],
		['a library', code("const { v4: newId } = require('uuid'); return { key: newId() }")],
		['a library that is imported', code("import { v4 as newId } from 'uuid';\nreturn { key: newId() }")],
		['Python by the time', python("import time\nreturn [{'json': {'key': str(time.time())}}]")],
		[
			'Python by a variable',
			python("stamp = datetime.now().isoformat()\nreturn [{'json': {'key': stamp}}]"),
		],
		['Python by chance', python("import secrets\nreturn [{'json': {'key': secrets.token_hex(8)}}]")],
		[
			'Python by a function',
			python("def make():\n    return str(uuid4())\nreturn [{'json': {'key': make()}}]"),
		],
	])('%s', (_how, earlier, field = 'key') => {
		expect(messagesOf(earlier, charge(`={{ $json.${field} }}`))).toEqual(['high http_volatile_key']);
		expect(messagesOf(earlier, own(fields(field)))).toEqual(['high volatile_key']);
	});

	it('is also found where several nodes pass it on, which are named, and in a loop', () => {
		const stamp = { ...set('stamp', '={{ $now }}'), name: 'Stamp' };
		const [finding] = audit(stamp, set('key', '={{ $json.stamp }}-x'), charge('={{ $json.key }}'));
		expect(finding?.message).toContain('"Stamp" generates stamp anew in every run');
		const loop = [set('key', '={{ $json.key }}'), charge('={{ $json.key }}')];
		const wires = [
			{ from: 'Prepare', to: 'Pay' },
			{ from: 'Pay', to: 'Prepare' },
		];
		expect(auditWorkflows([workflow(loop, wires)]).findings).toMatchObject([{ severity: 'note' }]);
	});

	it.each<[how: string, earlier: ExportedNode]>([
		[
			'a hash of the order',
			before('crypto', { value: '={{ $json.order_id }}', dataPropertyName: 'key' }),
		],
		[
			'a random value under a different name',
			before('crypto', { action: 'generate', dataPropertyName: 'nonce' }),
		],
		[
			'the date of the order',
			before(
				'dateTime',
				{ operation: 'formatDate', date: '={{ $json.ordered }}', outputFieldName: 'key' },
				2,
			),
		],
		['a field beside the time', code('const item = { key: order.id, at: Date.now() }; return item')],
		[
			'a field of an object that has the time too',
			code('const o = { no: input.no, at: Date.now() };\nreturn { key: o.no }'),
		],
		['a text that names the clock', code('return { key: "Date of " + order.id }')],
	])('and %s is not reported', (_how, earlier) => {
		expect(messagesOf(earlier, own(fields('key')))).toEqual([]);
	});
});

describe('a field named like a time', () => {
	it.each(['timestamp', 'body.timestamp', 'sent_at', 'receivedAt', 'submittedAt', 'currentTime'])(
		'%s is mentioned, but not reported as wrong',
		(field) => {
			expect(messagesOf(charge(`={{ $json.order }}-{{ $json.${field} }}`))).toEqual([
				'medium http_volatile_key',
			]);
			const [finding] = audit(own(fields('order', field)));
			expect(finding).toMatchObject({
				severity: 'medium',
				message: expect.stringContaining('which is named like a point in time') as string,
			});
		},
	);

	it('is not reported where it is rounded, or where it belongs to the order', () => {
		const day = { keyFields: { field: [{ path: 'customer' }, { path: 'timestamp', treatAs: 'day' }] } };
		expect(messagesOf(own(day))).toEqual([]);
		expect(messagesOf(own(fields('order', 'created_at')))).toEqual([]);
	});
});

describe('a key that two orders can share', () => {
	it.each([
		['customer'],
		['customer', 'amount'],
		['customer_id', 'total'],
		['email', 'amountCents'],
		['customer', 'amount', 'currency'],
		['body.customer', 'body.amount'],
		['row_number'],
		['customer', 'product'],
	])('%s, %s, %s is reported, with what happens to the second order', (...names) => {
		const written = `=${names.map((name) => `{{ $json.${name} }}`).join('-')}`;
		const [sent] = audit(charge(written));
		expect(sent).toMatchObject({
			kind: 'http_weak_key',
			severity: 'medium',
			message: expect.stringMatching(
				/A second order .* gets the result of the first, and is not executed/,
			) as string,
		});
		for (const finding of [audit(own(fields(...names)))[0], audit(once(written))[0]])
			expect(finding).toMatchObject({
				kind: 'weak_key',
				severity: 'medium',
				message: expect.stringMatching(/A second order .* would look like a repeat/) as string,
			});
	});

	it.each([
		['the customer and a month', own(fields('customer', 'month'))],
		['the customer and the order', own(fields('customer', 'order_number'))],
		[
			'the e-mail of a new customer',
			own({ resource: 'customer', operation: 'create', ...fields('email') }),
		],
		[
			'the customer and the plan of a subscription',
			own({ resource: 'subscription', operation: 'create', ...fields('customer', 'plan') }),
		],
		['the name of a product', own({ resource: 'product', operation: 'create', ...fields('name') })],
		['a whole item', once('={{ JSON.stringify($json) }}')],
	])('and %s is not reported', (_how, pay) => {
		expect(messagesOf(pay)).toEqual([]);
	});
});
