import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { NodeFixture, ONE_HOUR_MS } from '../nodes/fixtures/nodeFixture';
import { toLocator } from '../nodes/fixtures/ordersFixture';
import { stripeAt } from '../simulator/client';
import { describeEachBackend } from './ledgerBackends';
import { NodeWorker } from './nodeProcess';
import { buildJob, useLedgerAt } from './nodeUsing';
import { PATIENCE_MS, repeat, report } from './soak';

/** Workers in separate processes, each with its own order for the same customer and price. */
const WORKERS = 2;
const CUSTOMERS = repeat(6, 60);

const SUBSCRIBE: INodeParameters = {
	resource: 'subscription',
	operation: 'create',
	amount: '',
	paymentMethod: '',
	customer: { ...toLocator('id', ''), value: '={{ $json.customer }}' },
	items: { row: [{ price: { ...toLocator('id', ''), value: '={{ $json.price }}' } }] },
	collectionMethod: 'charge_automatically',
	ifAlreadySubscribed: 'refuse',
};

let fixture: NodeFixture;
let workers: NodeWorker[];
beforeAll(async () => {
	fixture = await NodeFixture.start();
	workers = await Promise.all(Array.from({ length: WORKERS }, () => NodeWorker.start()));
}, PATIENCE_MS);
afterAll(async () => {
	await Promise.all(workers.map((worker) => worker.kill()));
	await fixture.stop();
});

describeEachBackend(['Local File', 'Postgres', 'Redis'], (backend, name) => {
	const tally = { customers: 0, orders: 0, subscriptions: 0 };
	afterAll(() => report(`one customer and price by two processes, ${name}`, tally));

	it(
		'two processes that subscribe the same customers to the same price at once create one subscription each',
		async () => {
			const api = stripeAt(fixture.stripe, 'sk_test_crash');
			const recurring = { interval: 'month' } as const;
			const plan = { currency: 'eur', unit_amount: 1000, product_data: { name: 'Plan' }, recurring };
			const { id: price } = await api.prices.create(plan);
			const customers: string[] = [];
			for (let left = CUSTOMERS; left > 0; left--) {
				const settings = { invoice_settings: { default_payment_method: 'pm_card_visa' } };
				customers.push((await api.customers.create(settings)).id);
			}
			const options = { waitForBusySeconds: 60 };
			const how = useLedgerAt(fixture, backend().newLocation(), { options, parameters: SUBSCRIBE });
			const outputs = await Promise.all(
				workers.map((worker, nth) => {
					const items: IDataObject[] = customers.map((customer) => ({
						order: `${customer} by ${nth}`,
						customer,
						price,
					}));
					return worker.do(buildJob(fixture, how, items));
				}),
			);
			const [success, fix] = [0, 1].map((output) => outputs.flatMap((of) => of?.[output] ?? []));
			expect([success!.length, fix!.length]).toEqual([CUSTOMERS, (WORKERS - 1) * CUSTOMERS]);
			for (const customer of customers) {
				const { data } = await api.subscriptions.list({ customer });
				expect(data).toHaveLength(1);
				tally.subscriptions += data.length;
			}
			tally.customers += customers.length;
			tally.orders += WORKERS * customers.length;
			// A refused order is still refused much later.
			fixture.time.advance(ONE_HOUR_MS);
			const late = { order: 'late', customer: customers[0], price };
			expect((await fixture.run([late], how)).fix).toHaveLength(1);
		},
		PATIENCE_MS,
	);
});
