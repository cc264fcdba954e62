import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { RegistryFixture } from '../../fixtures/registryFixture';
import { CHARGE, OrdersFixture } from '../../fixtures/ordersFixture';

const AT = 1_795_516_859;

/** How a filter's time may be written, and the Unix seconds that it means. */
const TAKEN: [written: string, item: IDataObject, seconds: number][] = [
	['2026-11-24T10:40:59Z', {}, AT],
	['2026-11-24T10:40:59', {}, AT],
	['2026-11-24 10:40:59', {}, AT],
	['2026-11-24', {}, 1_795_478_400],
	['={{ $json.at }}', { at: AT }, AT],
	['={{ $json.at }}', { at: String(AT) }, AT],
	['={{ $json.at }}', { at: AT * 1000 }, AT],
	['={{ $json.at }}', { at: '2026-11-24T12:40:59+02:00' }, AT],
	['={{ DateTime.fromSeconds($json.at) }}', { at: AT }, AT],
	['={{ DateTime.fromSeconds($json.at + 86400).minus({ days: 1 }) }}', { at: AT }, AT],
	['={{ new Date($json.at * 1000) }}', { at: AT }, AT],
	['={{ DateTime.fromSeconds($json.at) }} ', { at: AT }, AT],
];

const REFUSED: [given: unknown, words: RegExp][] = [
	['05/04/2026', /day and month are ambiguous/],
	['20261124', /day and month are ambiguous/],
	['20261124104059', /day and month are ambiguous/],
	['45991', /spreadsheet/],
	[45991, /spreadsheet/],
	[1, /spreadsheet/],
	['1', /spreadsheet/],
	['yesterday', /not a date or time/],
	['2026-02-31', /not a date or time/],
	['Tue, 24 Nov 2026 10:40:59 GMT', /not a date or time/],
	['2026', /spreadsheet/],
	[true, /not a date or time/],
];

describe('a filter of a list in Stripe', () => {
	const LIST = { resource: 'customer', operation: 'getMany' };
	let fixture: OrdersFixture;
	beforeEach(async () => {
		fixture = await OrdersFixture.open();
	});
	afterEach(() => fixture.close());

	it.each(TAKEN)('accepts %j of %j', async (written, item, seconds) => {
		const filters = { createdAfter: written, createdBefore: written };
		const { success, fix } = await fixture.run({ ...LIST, filters }, [item]);
		expect([success, fix]).toEqual([[], []]);
		expect(fixture.simulator.requests[0]!.params.created).toEqual({
			gte: String(seconds),
			lte: String(seconds),
		});
	});

	it('accepts $now and values computed from it', async () => {
		const filters = { createdAfter: '={{ $now.minus({ days: 1 }) }}', createdBefore: '={{ $today }}' };
		await fixture.run({ ...LIST, filters }, [{}]);
		const { gte, lte } = fixture.simulator.requests[0]!.params.created as { gte: string; lte: string };
		expect(Math.abs(Number(gte) - (Date.now() / 1000 - 86_400))).toBeLessThan(60);
		expect(Number(lte)).toBeLessThanOrEqual(Date.now() / 1000);
	});

	it.each(REFUSED)('refuses %p, by its label, before Stripe is called', async (at, message) => {
		const filters = { createdBefore: '={{ $json.at }}' };
		const { fix } = await fixture.run({ ...LIST, filters }, [{ at } as IDataObject]);
		expect(fix[0]!.error.message).toMatch(/^\[Item 0\] Created Before is /);
		expect(fix[0]!.error.message).toMatch(message);
		expect(fix[0]!.error.nextStep).toMatch(/^Write it like 2026-11-24/);
		expect(fixture.simulator.requests).toEqual([]);
	});
});

describe('a filter of the ledger', () => {
	let registry: RegistryFixture;
	beforeEach(async () => {
		registry = await RegistryFixture.open();
	});
	afterEach(() => registry.close());

	const FILTERS = ['createdAfter', 'createdBefore', 'settledAfter', 'settledBefore'];
	const lists: INodeParameters[] = [{ resource: 'entry', operation: 'getMany' }];

	it.each(lists)('refuses ambiguous values in $operation', async (list) => {
		for (const [at, message] of REFUSED) {
			for (const filter of FILTERS) {
				const { outputsOf } = await registry.run(
					{ ...list, filters: { [filter]: '={{ $json.at }}' } },
					[{ at } as IDataObject],
				);
				expect(outputsOf.flat().map(({ error }) => error.message)).toEqual([
					expect.stringMatching(message),
				]);
			}
		}
	});

	it.each(lists)('accepts in $operation the notations of n8n and Stripe', async (list) => {
		for (const [written, item] of [...TAKEN, ['={{ $now.minus({ days: 1 }) }}', {}] as const]) {
			const { outputsOf } = await registry.run({ ...list, filters: { createdAfter: written } }, [item]);
			expect(outputsOf.flat().filter((outputItem) => 'error' in outputItem)).toEqual([]);
		}
	});
});

describe('the day of a key', () => {
	const DAILY: INodeParameters = {
		...CHARGE,
		keyFields: { field: [{ path: 'customer' }, { path: 'at', treatAs: 'day' }] },
	};
	let fixture: OrdersFixture;
	beforeEach(async () => {
		fixture = await OrdersFixture.open();
	});
	afterEach(() => fixture.close());

	// Dates of a spreadsheet, and dates of which the order is not plain, as a business time.
	it.each([
		[46205, 46206, /spreadsheet/],
		['46205', '46206', /spreadsheet/],
		[20261124, 20261125, /day and month are ambiguous/],
		['20261124104059', '20261125104059', /day and month are ambiguous/],
		['05/04/2026', '06/04/2026', /day and month are ambiguous/],
		['1970-01-01T00:00:46.205Z', '1970-01-01T00:00:46.206Z', /not a date or time/],
	])('is not guessed from %p and %p: both are refused', async (first, second, message) => {
		const { fix, success } = await fixture.run(DAILY, [
			{ customer: 'c', at: first },
			{ customer: 'c', at: second },
		]);
		expect(success).toEqual([]);
		expect(fix.map(({ error }) => error.outcome)).toEqual(['missing_key', 'missing_key']);
		expect(fix[0]!.error.message).toMatch(message);
		expect(fixture.simulator.sends()).toEqual([]);
	});

	it('is the day in the selected time zone', async () => {
		const evening = { customer: 'c', at: '2026-11-24T22:30:00Z' };
		const night = { customer: 'c', at: '2026-11-24T23:30:00Z' };
		const berlin = { ...DAILY, timeZone: 'Europe/Berlin' };
		const { success } = await fixture.run(berlin, [evening, night]);
		expect(success).toHaveLength(2);
		expect(fixture.charges()).toBe(2);
		const again = await fixture.run(berlin, [{ customer: 'c', at: '2026-11-25T22:30:00Z' }]);
		expect(again.success[0]!.idempotency.replayed).toBe(true);
	});

	it('is the day in UTC by default', async () => {
		const items = ['2026-11-24T00:30:00+01:00', '2026-11-23T01:00:00Z'].map((at) => ({
			customer: 'c',
			at,
		}));
		await fixture.run(DAILY, items);
		expect(fixture.charges()).toBe(1);
	});

	it('of a date alone is that date, whatever the time zone', async () => {
		for (const timeZone of ['UTC', 'America/New_York', 'Pacific/Kiritimati'])
			await fixture.run({ ...DAILY, timeZone }, [{ customer: 'c', at: '2026-11-24' }]);
		expect(fixture.charges()).toBe(1);
	});

	it('is not the same evening twice, although that day has 25 hours', async () => {
		const times = ['2026-10-24T22:05:00Z', '2026-10-25T22:50:00Z', '2026-10-25T23:10:00Z'];
		await fixture.run(
			{ ...DAILY, timeZone: 'Europe/Berlin' },
			times.map((at) => ({ customer: 'c', at })),
		);
		expect(fixture.charges()).toBe(2);
	});

	it('follows a chain of neighbours no further than its first', async () => {
		const clocks = ['23:58:00', '00:01:00', '00:02:59', '00:05:00', '00:07:00'];
		const days = clocks.map((clock) => (clock.startsWith('23') ? '2026-11-24' : '2026-11-25'));
		const items = clocks.map((clock, position) => ({
			customer: 'c',
			at: `${days[position]!}T${clock}Z`,
		}));
		const { success } = await fixture.run(DAILY, items);
		expect(success.map(({ idempotency }) => idempotency.replayed)).toEqual([
			false,
			true,
			true,
			false,
			true,
		]);
	});

	it.each(['Berlin', 'Europe/Nowhere', '+01:00', 'local'])(
		'in the unknown time zone %j is refused, by its label',
		async (timeZone) => {
			const { fix } = await fixture.run({ ...DAILY, timeZone }, [{ customer: 'c', at: '2026-11-24' }]);
			expect(fix[0]!.error.message).toBe(
				`[Item 0] Time Zone is "${timeZone}", which is not a known time zone.`,
			);
			expect(fixture.simulator.sends()).toEqual([]);
		},
	);

	it('in a time zone whose expression returns nothing is refused', async () => {
		for (const timeZone of ['={{ $json.zone }}', '={{ $json.zone }} ', '={{ "" }}']) {
			const { fix } = await fixture.run({ ...DAILY, timeZone }, [{ customer: 'c', at: '2026-11-24' }]);
			expect(fix[0]!.error.message).toMatch(/^\[Item 0\] Time Zone is /);
		}
	});
});

describe('the day of a claim for another API', () => {
	let registry: RegistryFixture;
	beforeEach(async () => {
		registry = await RegistryFixture.open();
	});
	afterEach(() => registry.close());

	const claim = async (at: string, timeZone: string) => {
		const keyFields = { field: [{ path: 'at', treatAs: 'day' }] };
		const parameters = { resource: 'key', operation: 'claim', action: 'shipment.create' };
		return (await registry.run({ ...parameters, keyFields, timeZone }, [{ at }])).outputsOf.flat()[0]!;
	};

	it('is the day in the selected time zone', async () => {
		const night = await claim('2026-11-24T23:30:00Z', 'Europe/Berlin');
		const nextDay = await claim('2026-11-25', 'UTC');
		expect(night.idempotency.entryId).toBe(nextDay.idempotency.entryId);
	});

	it('is refused in an unknown time zone', async () => {
		expect((await claim('2026-11-24', 'Berlin')).error.message).toMatch(/Time Zone is "Berlin"/);
	});
});
