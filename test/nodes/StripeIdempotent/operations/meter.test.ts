import type { INodeParameters } from 'n8n-workflow';

import { OrdersFixture, toLocator, withCustomKey } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

let lastKey = 0;
async function run(operation: string, parameters: INodeParameters) {
	fixture.forgetRequests();
	const meterRequest = { resource: 'meter', operation, simplify: false };
	return fixture.run({ ...meterRequest, ...withCustomKey(`meter ${(lastKey += 1)}`), ...parameters }, [{}]);
}
const sent = () =>
	fixture.simulator.requests
		.filter(({ method }) => method === 'POST')
		.map(({ path, params }) => [path, params]);

it('a meter is created, renamed, switched off and on again', async () => {
	const names = { displayName: 'Calls', meterEventName: 'calls', aggregation: 'sum' };
	const { success } = await run('create', {
		...names,
		additionalFields: { customerKey: 'payer', valueKey: 'count' },
	});
	const meter = { meter: toLocator('id', success[0]!.id as string) };
	expect(sent()).toEqual([
		[
			'/v1/billing/meters',
			{
				display_name: 'Calls',
				event_name: 'calls',
				default_aggregation: { formula: 'sum' },
				customer_mapping: { type: 'by_id', event_payload_key: 'payer' },
				value_settings: { event_payload_key: 'count' },
			},
		],
	]);
	const again = await run('create', names);
	expect(again.fix[0]!.error).toMatchObject({ outcome: 'rejected', param: 'event_name' });
	expect((await run('deactivate', meter)).success).toMatchObject([{ status: 'inactive' }]);
	expect((await run('reactivate', meter)).success).toMatchObject([{ status: 'active' }]);
	const renamed = await run('update', { ...meter, displayName: 'API calls' });
	expect(renamed.success).toMatchObject([{ display_name: 'API calls' }]);
	const listed = await run('getMany', { returnAll: true, filters: { status: 'active' } });
	expect(listed.success).toMatchObject([{ event_name: 'calls' }]);
});

it('what a customer has used is read by the minute', async () => {
	const { stripe } = fixture;
	const customer = (await stripe.customers.create()).id;
	const { id } = await stripe.billing.meters.create({
		display_name: 'Seats',
		event_name: 'seats',
		default_aggregation: { formula: 'sum' },
	});
	for (const value of ['2', '3'])
		await stripe.billing.meterEvents.create({
			event_name: 'seats',
			payload: { stripe_customer_id: customer, value },
		});
	const of = { meter: toLocator('id', id), customer: toLocator('id', customer), returnAll: true };
	const times = { startTime: '2001-01-01T00:00:00Z', endTime: '2099-01-01T00:00:00Z' };
	const { success } = await run('getSummaries', { ...of, ...times });
	expect(success).toMatchObject([{ aggregated_value: 5, meter: id }]);
	const { fix } = await run('getSummaries', { ...of, ...times, endTime: '2099-01-01T00:00:30Z' });
	expect(fix[0]!.error).toMatchObject({ outcome: 'refused' });
	expect(fix[0]!.error.message).toContain('End Time');
	expect(fixture.simulator.requests).toEqual([]);
});
