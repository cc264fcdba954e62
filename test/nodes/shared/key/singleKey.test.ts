import type { INodeParameters } from 'n8n-workflow';

import { sampleRows } from '../../../crash/soak';
import { systemTime } from '../../../../ledger/clock';
import { RegistryFixture, RESERVE } from '../../fixtures/registryFixture';
import { CHARGE, OrdersFixture } from '../../fixtures/ordersFixture';

const ITEM = {
	order: 'A-1',
	customer: 'cus_1',
	invoice: 'in_1',
	n: 7,
	m: 8,
	empty: '',
	nul: null,
	no: false,
	yes: 'TRUE',
	na: '#N/A',
	none: 'None',
	zero: '\u200b',
	scanned: '1001\u001d',
	cut: '1.23457E+11',
	half: 'cus_1-',
	raw: '{{ $json.order }}',
	whole: { id: 'in_1' },
};

/** Keys that say nothing, or do not say it plainly, and what is told of them. */
const REFUSED: [written: string, words: RegExp][] = [
	['{{ $json.order }}', /an expression that was not evaluated/],
	['$json.order', /an expression that was not evaluated/],
	['={{ $json.raw }}', /an expression that was not evaluated/],
	['={{ $json.na }}', /a spreadsheet error/],
	['={{ $json.cut }}', /scientific notation/],
	['={{ $json.none }}', /is empty/],
	['={{ $json.scanned }}', /an invisible control character/],
	['={{ $json.customer }}-{{ $json.scanned }}', /an invisible control character/],
	['={{ $json.zero }}', /is empty/],
	['={{ $json.half }}', /one of which is empty/],
	['cus_1-', /one of which is empty/],
	['undefined-undefined', /one of which is empty/],
	['={{ $json.customer }}-{{ $json.missing }}', /a part that is empty/],
	['={{ $json.customer }}-{{ $json.zero }}', /a part that is empty/],
	['={{ $json.customer }}-{{ $json.na }}', /a part that is empty/],
	['={{ $json.customer }}-{{ $json.half }}', /a part that is empty/],
	['={{ $json.customer }}-{{ $json.whole }}', /a part that is empty/],
	['={{ $json.customer }}-{{ DateTime.fromISO($json.missing) }}', /empty|says nothing/],
	['={{ $json.customer }}-{{ DateTime.fromISO("x").toISO() }}', /empty|says nothing/],
	['={{ $json.customer + $json.invoice }}', /inside one pair of braces/],
	['={{ $json.customer + $json.missing }}', /inside one pair of braces/],
	['={{ $json.customer + "-" + $json.n }}', /inside one pair of braces/],
	['={{ `${$json.customer}-${$json.missing}` }}', /inside one pair of braces/],
	['={{ $json.customer.concat($json.missing) }}', /inside one pair of braces/],
	['={{ [$json.customer, $json.missing].join("-") }}', /inside one pair of braces/],
	['={{ $json.order }}-{{ $json.customer + $json.invoice }}', /inside one pair of braces/],
	['={{ $json.n + $json.m }}', /calculated from several fields/],
	['={{ $json.n + ($json.missing ?? 1) }}', /calculated from several fields/],
	['={{ $json.order }}-{{ $json.n * $json.m }}', /calculated from several fields/],
	['={{ $json.order }}-{{ $json.n / 0 }}', /a part that is empty/],
	['={{ [$json.customer, $json.missing].toString() }}', /names \$json\.missing/],
	['={{ JSON.stringify({ c: $json.customer, i: $json.missing }) }}', /names \$json\.missing/],
	['={{ String($json.missing) }}', /names \$json\.missing|is empty/],
	['={{ $json.no }}', /cannot tell payments apart/],
	['={{ $json.yes }}', /cannot tell payments apart/],
	['={{ $execution.id }}', /the execution, which is different in every run/],
	['={{ $json.order }}-{{ $execution.id }}', /the execution/],
	['={{ $execution["id"] }}', /the execution/],
	['={{ $execution.resumeUrl }}', /the execution/],
	['={{ $json.order }}-{{ $runIndex }}', /position in a loop/],
	['={{ $json.toolCallId ?? "x1" }}', /tool call/],
	['={{ $now }}', /different value each time/],
	['={{ $json.order }}-{{ $now.toISO() }}', /different value each time/],
	['={{ $now.toMillis() }}', /different value each time/],
	['={{ Date.now() }}', /different value each time/],
	['={{ new Date().toISOString() }}', /different value each time/],
	['={{ DateTime.now().toMillis() }}', /different value each time/],
	['={{ Math.random() }}', /different value each time/],
	['={{ $json.missing || Math.random() }}', /different value each time/],
];

const TAKEN = [
	'={{ $json.order }}',
	'invoice run of November',
	'={{ $json.customer }}-{{ $json.invoice }}',
	'={{ $json.n + 1 }}',
	'={{ $json.customer }}-{{ $json.n * 2 }}',
	'={{ $json.order.replace(/[A-Z]+-/g, "") }}',
	'={{ $json.order.toLowerCase() }}',
	'={{ $json.missing ?? $json.order }}',
	'={{ $json.missing ?? $json.n }}',
	'={{ $json.n + $json.n }}',
	'={{ "a+b" }}',
	'={{ $json.no ? "x1" : $json.order }}',
	'={{ $execution.mode }}-{{ $json.order }}',
	'={{ $json.order }}-{{ $today.toISODate() }}',
];

const SOURCES: [label: string, parameters: (written: string) => INodeParameters][] = [
	['Custom Value', (customKey) => ({ keySource: 'custom', customKey })],
	['Event ID', (eventId) => ({ keySource: 'event', eventId })],
];

describe.each(SOURCES)('%s of a payment', (label, parameters) => {
	let fixture: OrdersFixture;
	beforeEach(async () => {
		fixture = await OrdersFixture.open({ time: systemTime });
	});
	afterEach(() => fixture.close());

	it.each(sampleRows(label === 'Custom Value' ? 1 : 4, REFUSED))(
		'%j is refused',
		async (written, message) => {
			const { fix, success } = await fixture.run({ ...CHARGE, ...parameters(written) }, [ITEM]);
			expect(success).toEqual([]);
			expect(fix[0]!.error.outcome).toBe('missing_key');
			expect(fix[0]!.error.message).toMatch(new RegExp(`^\\[Item 0\\] ${label} `));
			expect(fix[0]!.error.message).toMatch(message);
			expect(fixture.simulator.sends()).toEqual([]);
		},
	);

	it.each(TAKEN)('%j is accepted', async (written) => {
		const { success, fix } = await fixture.run({ ...CHARGE, ...parameters(written) }, [ITEM]);
		expect(fix).toEqual([]);
		expect(success).toHaveLength(1);
	});

	it('combined with + is advised to be written side by side', async () => {
		const { fix } = await fixture.run(
			{ ...CHARGE, ...parameters('={{ $json.customer + $json.invoice }}') },
			[ITEM],
		);
		expect(fix[0]!.error.nextStep).toBe(
			'Write the parts side by side, e.g. {{ $json.customer }}-{{ $json.invoice }}.',
		);
	});
});

describe.each([
	['a claim', { resource: 'key', operation: 'claim', action: 'shipment.create' }],
	['a reservation', RESERVE],
] as [string, INodeParameters][])('Custom Value of %s', (_what, operation) => {
	let registry: RegistryFixture;
	beforeEach(async () => {
		registry = await RegistryFixture.open();
	});
	afterEach(() => registry.close());

	const runWith = (written: string) =>
		registry.run({ ...operation, keySource: 'custom', customKey: written }, [ITEM]);

	// The clock of these tests stands between two evaluations: what differs only by time is tried above.
	it.each(sampleRows(4, REFUSED).filter(([written]) => !/now|new Date/i.test(written)))(
		'%j is refused',
		async (written, message) => {
			const { outputsOf } = await runWith(written);
			expect(outputsOf.flat().map(({ error }) => error.outcome)).toEqual(['missing_key']);
			expect(outputsOf.flat()[0]!.error.message).toMatch(message);
		},
	);

	it('with a meaning is accepted', async () => {
		const { outputsOf } = await runWith('={{ $json.customer }}-{{ $json.invoice }}');
		expect(outputsOf.flat().filter((item) => 'error' in item)).toEqual([]);
	});
});

describe('Key Fields', () => {
	let fixture: OrdersFixture;
	beforeEach(async () => {
		fixture = await OrdersFixture.open();
	});
	afterEach(() => fixture.close());

	const by = (...paths: string[]) => ({
		...CHARGE,
		keyFields: { field: paths.map((path) => ({ path, treatAs: 'text' })) },
	});

	it.each([[['no']], [['yes']], [['no', 'yes']]])(
		'that are only true or false, %j, cannot distinguish payments',
		async (paths) => {
			const { fix } = await fixture.run(by(...paths), [ITEM]);
			expect(fix[0]!.error).toMatchObject({ outcome: 'missing_key' });
			expect(fix[0]!.error.message).toContain('cannot tell payments apart');
			expect(fixture.simulator.sends()).toEqual([]);
		},
	);

	it('may have one that is true or false beside another', async () => {
		const { success } = await fixture.run(by('order', 'no'), [ITEM]);
		expect(success).toHaveLength(1);
	});
});
