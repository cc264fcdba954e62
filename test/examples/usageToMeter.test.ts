import type { IDataObject } from 'n8n-workflow';

import { allItems, ExampleFixture, messagesOf } from './exampleFixture';

const example = ExampleFixture.use('usage-to-meter');

const METER = 'calls';
const HOUR_MS = 3_600_000;

let customer: string;
let used_at: string;
beforeEach(async () => {
	used_at = new Date(Date.now() - HOUR_MS).toISOString();
	customer = (await example.api.customers.create({})).id;
	await example.api.billing.meters.create({
		display_name: 'Calls',
		event_name: METER,
		default_aggregation: { formula: 'sum' },
	});
});

function deliver(event_id: string, other: IDataObject = {}) {
	const body = { event_id, customer, meter: METER, value: '3', used_at, ...other };
	return example.run({ trigger: 'Usage Arrives', items: [{ body }] });
}

/** What the meter has counted: what Stripe has executed, whether or not the answer arrived. */
const counted = () =>
	example.stripe
		.sends({ path: '/v1/billing/meter_events' })
		.filter(({ status, replayed, fault }) => !replayed && (status === 200 || fault === 'resetAfter'))
		.map(({ params }) => (params as { identifier: string }).identifier);

it('counts the samples once, and reports the one that is too old', async () => {
	for (const replayed of [false, true]) {
		const result = await example.run();
		expect(allItems(result, 'Counted')).toMatchObject(Array(2).fill({ idempotency: { replayed } }));
		expect(messagesOf(result)).toEqual([
			expect.stringMatching(/^Usage sample-\S+ was not counted\. .*35/),
		]);
	}
	expect(counted()).toHaveLength(2);
});

it('counts an event once if its response is lost and it is sent again', async () => {
	example.loseAnswer('/v1/billing/meter_events');
	const unclear = await deliver('evt_1');
	expect(allItems(unclear, 'It Is Sent Again')).toHaveLength(1);
	expect(unclear.runs('Answer: Counted')).toHaveLength(0);
	const again = await deliver('evt_1');
	expect(allItems(again, 'Counted')).toMatchObject([{ identifier: 'evt_1' }]);
	expect(counted()).toEqual(['evt_1']);
});

it('refuses an ID that is repeated with a different value, and events without an ID', async () => {
	await deliver('evt_1');
	expect(messagesOf(await deliver('evt_1', { value: '4' }))).toEqual([
		expect.stringContaining('Usage evt_1 was not counted'),
	]);
	expect(messagesOf(await deliver('', {}))).toHaveLength(1);
	expect(counted()).toEqual(['evt_1']);
});
