import type { INodeParameters } from 'n8n-workflow';

import { StaticDataStore } from '../../../ledger/stores/staticData';
import type { TimeSource } from '../../../ledger/clock';
import { StripeIdempotent } from '../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { onSkewedHost } from '../../ledger/fakeClock';
import { REGISTRY_NODE } from '../fixtures/registryFixture';
import { describeEveryLedger } from '../fixtures/everyLedger';
import { CHARGE, STRIPE_NODE } from '../fixtures/ordersFixture';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;

const PAY: INodeParameters = { ...CHARGE, options: { retentionDays: 30 } };
const CLAIM: INodeParameters = {
	resource: 'key',
	operation: 'claim',
	action: 'shipment.create',
	keyFields: { field: [{ path: 'order', treatAs: 'text' }] },
};

/** In one process, all tests share the static data of the workflow. */
afterEach(async () => {
	const shared = new StaticDataStore({}, 'test-workflow');
	await shared.remove(await shared.list({ limit: Infinity }));
});

describeEveryLedger((registry) => {
	const pay = (order: string, time: TimeSource = registry().time) =>
		registry().one(
			PAY,
			{ order },
			{ type: STRIPE_NODE, nodeTypes: { [STRIPE_NODE]: new StripeIdempotent(time) } },
		);
	const claim = (order: string, time: TimeSource) =>
		registry().one(CLAIM, { order }, { nodeTypes: { [REGISTRY_NODE]: registry().registry(time) } });
	const charges = () => registry().fixture.stripe.report().charges.length;

	it.each([YEAR_MS, -YEAR_MS])(
		'a payment by a worker whose clock is off by %d ms purges nothing',
		async (off) => {
			await pay('1001');
			registry().time.advance(HOUR_MS);
			const worker = onSkewedHost(registry().time, off);
			// At the second one the worker has heard from Stripe.
			for (const order of ['1002', '1003']) await pay(order, worker);
			expect((await pay('1001')).json).toMatchObject({
				idempotency: { replayed: true, source: 'ledger' },
			});
			expect(charges()).toBe(3);
		},
	);

	it('a claim for another API, on a worker whose clock is a year ahead, purges nothing', async () => {
		await pay('1001');
		registry().time.advance(HOUR_MS);
		await claim('9', onSkewedHost(registry().time, YEAR_MS));
		expect((await pay('1001')).json).toMatchObject({ idempotency: { replayed: true, source: 'ledger' } });
		expect(charges()).toBe(1);
	});

	it("an expired entry is purged only once the process knows Stripe's time", async () => {
		const { json } = await pay('1001');
		registry().time.advance(31 * DAY_MS);
		const listEntries = () =>
			registry().run({
				resource: 'entry',
				operation: 'get',
				findBy: 'entryId',
				entry: json.idempotency.entryId,
			});
		const worker = onSkewedHost(registry().time, 0);
		await claim('8', worker);
		expect((await listEntries()).outputsOf[0]).toHaveLength(1);
		await pay('1002', worker);
		registry().time.advance(HOUR_MS);
		await claim('9', worker);
		expect((await listEntries()).outputsOf[0]).toHaveLength(0);
	});
});
