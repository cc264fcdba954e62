import type { INodeParameters } from 'n8n-workflow';

import type { FaultKind } from '../../../simulator/fault';
import { OrdersFixture, toLocator, withCustomKey } from '../../fixtures/ordersFixture';

/** What was read for a request that Stripe then did not execute is outdated when the request is made again. */

let fixture: OrdersFixture;
let customer: string;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
	customer = (await newCustomer()).id;
});
afterAll(() => fixture.close());

const newCustomer = () =>
	fixture.stripe.customers.create({
		payment_method: 'pm_card_visa',
		invoice_settings: { default_payment_method: 'pm_card_visa' },
	});

/** Every path except that of a preview. */
const SENT = /^(?!.*create_preview)/;
const NOT_EXECUTED: FaultKind[] = ['rateLimit429', 'forbidden403', 'unauthorized401'];
const ONE_SEND = { maxRetries: 0 };
let last = 0;

async function runTwice(
	kind: FaultKind,
	parameters: INodeParameters,
	options: INodeParameters,
	meanwhile: () => Promise<unknown>,
) {
	const node = {
		...withCustomKey(`decision ${(last += 1)}`),
		...parameters,
		options: { ...ONE_SEND, ...options },
	};
	fixture.simulator.inject({ kind, match: { method: 'POST' } });
	const first = await fixture.run(node, [{}]);
	expect(first.success).toEqual([]);
	await meanwhile();
	return fixture.run(node, [{}]);
}

const newPrice = async (amount: number) =>
	(
		await fixture.stripe.prices.create({
			currency: 'eur',
			unit_amount: amount,
			product_data: { name: 'Plan' },
			recurring: { interval: 'month' },
		})
	).id;

it.each(NOT_EXECUTED)(
	'after %s, a change of plan keeps the current seats, not the earlier ones',
	async (kind) => {
		const [basic, pro] = [await newPrice(1000), await newPrice(3000)];
		const { id, items } = await fixture.stripe.subscriptions.create({
			customer,
			items: [{ price: basic, quantity: 25 }],
		});
		const change = {
			resource: 'subscription',
			operation: 'changePlan',
			subscription: toLocator('id', id),
			price: toLocator('id', pro),
		};
		const { success } = await runTwice(kind, change, {}, () =>
			fixture.stripe.subscriptions.update(id, { items: [{ id: items.data[0]!.id, quantity: 30 }] }),
		);
		expect(success).toHaveLength(1);
		const { items: now } = await fixture.stripe.subscriptions.retrieve(id);
		expect(now.data).toMatchObject([{ price: { id: pro }, quantity: 30 }]);
	},
);

const authorize = () =>
	fixture.stripe.paymentIntents.create({
		amount: 10_000,
		currency: 'eur',
		customer,
		payment_method: 'pm_card_visa',
		automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
	});
const atMost = { chargeAtMostPerItem: '100 EUR' };

it.each(NOT_EXECUTED)('after %s, a confirmation under a limit charges the current amount', async (kind) => {
	const { id } = await authorize();
	const confirm = { resource: 'paymentIntent', operation: 'confirm', paymentIntent: toLocator('id', id) };
	const { success, fix } = await runTwice(kind, confirm, atMost, () =>
		fixture.stripe.paymentIntents.update(id, { amount: 6_000 }),
	);
	expect(fix).toEqual([]);
	expect(success).toHaveLength(1);
	expect((await fixture.stripe.paymentIntents.retrieve(id)).amount_received).toBe(6_000);
});

/** What a lost ledger has made: its parameters, and how many of it there are in Stripe. */
const MADE: [
	name: string,
	prepare: () => Promise<{
		parameters: INodeParameters;
		options?: INodeParameters;
		count: () => Promise<number>;
	}>,
][] = [
	[
		'a refund of a charge in its currency',
		async () => {
			const { latest_charge: paid } = await fixture.stripe.paymentIntents.confirm(
				(await authorize()).id,
			);
			const charge = paid as string;
			return {
				parameters: {
					resource: 'refund',
					operation: 'create',
					refundOf: 'charge',
					charge: toLocator('id', charge),
					amount: '5.00',
					amountUnit: 'major',
				},
				count: async () => (await fixture.stripe.refunds.list({ charge })).data.length,
			};
		},
	],
	[
		'a further subscription under a limit',
		async () => {
			const { id } = await newCustomer();
			return {
				parameters: {
					resource: 'subscription',
					operation: 'create',
					customer: toLocator('id', id),
					items: { row: [{ price: toLocator('id', await newPrice(1000)), quantity: 1 }] },
					collectionMethod: 'charge_automatically',
					ifAlreadySubscribed: 'allow',
				},
				options: atMost,
				count: async () => (await fixture.stripe.subscriptions.list({ customer: id })).data.length,
			};
		},
	],
	[
		'a bill under a limit',
		async () => {
			const { id } = await newCustomer();
			return {
				parameters: {
					resource: 'invoice',
					operation: 'billCustomer',
					customer: toLocator('id', id),
					collectionMethod: 'charge_automatically',
					linesFrom: 'json',
					linesJson: [{ description: 'Work', amount: '50.00' }],
					amountUnit: 'major',
					currency: 'EUR',
					pendingItems: 'exclude',
				},
				options: atMost,
				count: async () => (await fixture.stripe.invoices.list({ customer: id })).data.length,
			};
		},
	],
];

describe.each(MADE)('%s that a lost ledger has created', (_name, prepare) => {
	it.each(NOT_EXECUTED)('is not created again after %s, because its key is the same', async (kind) => {
		const { parameters, options, count } = await prepare();
		const key = withCustomKey(`made ${(last += 1)}`);
		const node = { ...key, ...parameters, options: { ...ONE_SEND, ...options } };
		expect((await fixture.run(node, [{}])).success).toHaveLength(1);
		const later = { ...node, ledgerFile: `${fixture.ledgerFile}-${last}` };
		fixture.simulator.inject({ kind, match: { method: 'POST', path: SENT } });
		expect((await fixture.run(later, [{}])).success).toEqual([]);
		expect((await fixture.run(later, [{}])).success).toHaveLength(1);
		expect(await count()).toBe(1);
	});
});
