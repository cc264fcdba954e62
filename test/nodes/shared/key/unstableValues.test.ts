import {
	explainRunReference,
	explainUnstable,
	explainUnstableValue,
} from '../../../../nodes/shared/key/unstableValues';

describe('a name or an expression that changes in every run is reported', () => {
	it.each([
		['$execution.id', 'the execution ID'],
		['={{ $json.order }}-{{ $execution.id }}', 'the execution ID'],
		['{{ $execution.resumeUrl }}', 'the execution ID'],
		['executionId', 'the execution ID'],
		['execution_id', 'the execution ID'],
		['{{ $now }}', 'the time of the run'],
		['{{ $today.toISO() }}', 'the time of the run'],
		['{{ Date.now() }}', 'the time of the run'],
		['{{ new Date().toISOString() }}', 'the time of the run'],
		['{{ DateTime.now() }}', 'the time of the run'],
		['{{ DateTime.local() }}', 'the time of the run'],
		['moment()', 'the time of the run'],
		['dayjs( )', 'the time of the run'],
		['performance.now()', 'the time of the run'],
		['time.time()', 'the time of the run'],
		['datetime.now()', 'the time of the run'],
		['$(date +%s)', 'the time of the run'],
		['{{ $runIndex }}', 'it is different in every run'],
		['{{ $itemIndex }}', 'it is different in every run'],
		['{{ Math.random() }}', 'it is different in every run'],
		['uuid', 'a random ID'],
		['requestUUID', 'a random ID'],
		['nanoid', 'a random ID'],
		['random_id', 'a random ID'],
		['toolCallId', 'a tool call'],
		['tool_call_id', 'a tool call'],
		['payment.tok_visa', 'a one-time token'],
		['client_secret', 'a one-time token'],
		['clientSecret', 'a one-time token'],
		['pi_123_secret_456', 'a one-time token'],
	])('%s', (text, reason) => {
		expect(explainUnstable(text)).toContain(reason);
	});

	it.each([
		'order',
		'order.number',
		'invoice_id',
		'customer.id',
		'createdAt',
		'dueDate',
		'token',
		'nowadays',
		'={{ $json.order }}',
		"={{ $('Webhook').item.json.body.order }}",
		'stock_count',
		'updated_at',
	])('%s is a field of the business', (text) => {
		expect(explainUnstable(text)).toBeUndefined();
	});
});

describe('a value is reported only if it definitely belongs to one try', () => {
	it.each(['tok_1MqLiJ', 'pi_123_secret_456', 'seti_1_secret_2'])('%s', (value) => {
		expect(explainUnstableValue(value)).toContain('a one-time token');
	});

	it.each([
		'Random House',
		'1001',
		'uuid',
		'2026-11-24',
		'token',
		'stok_1',
		'for pi_123_secret_456',
		'my secret',
		'top_secret',
		'b5f3a1de-1c1c-4f6e-9c55-7cf4d0d8d8f3',
	])('%s may be any business value', (value) => {
		expect(explainUnstableValue(value)).toBeUndefined();
	});
});

it.each([
	['second', '{{ $now.second }}'],
	['minute', "{{ $now.startOf('minute') }}"],
	['hour', "{{ $now.startOf('hour') }}"],
	['day', '{{ $now.toISODate() }}'],
	['day', "{{ $now.startOf('day') }}"],
	['day', '{{ $today }}'],
	['week', "{{ $now.startOf('week') }}"],
	['month', "{{ $now.startOf('month') }}"],
	['quarter', "{{ $now.startOf('quarter') }}"],
	['year', "{{ $now.startOf('year') }}"],
	['year', "{{ $now.startOf( 'year') }}"],
	['year', '{{ $now.year }}'],
	['month', "{{ $now.toFormat('yyyy-MM') }}"],
	['minute', "{{ $now.toFormat( 'yyyy-MM-dd HH:mm') }}"],
])('a key reduced to a %s of the run changes with it: %s', (period, code) => {
	expect(explainUnstable(code)).toContain(`the key changes every ${period}`);
});

it.each([
	["$('Loop').context['currentRunIndex']", true],
	["$('Loop').context.currentRunIndex", true],
	["$('Loop')?.context?.['noItemsLeft']", true],
	['$json.context["order"]', false],
	['$execution.id', true],
	['$execution.mode', false],
])('%s identifies the run: %s', (code, isOfRun) => {
	expect(explainRunReference(code) !== undefined).toBe(isOfRun);
});
