import type { INodeParameters } from 'n8n-workflow';

import type { FaultKind } from '../../../simulator/fault';
import { OrdersFixture, toLocator, withCustomKey } from '../../fixtures/ordersFixture';

/** What was read for a request that Stripe then did not execute is outdated when the request is made again. */

let fixture: OrdersFixture;
let customer: string;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
	const card = 'pm_card_visa';
	customer = (
		await fixture.stripe.customers.create({
			payment_method: card,
			invoice_settings: { default_payment_method: card },
		})
	).id;
});
afterAll(() => fixture.close());

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
	'after %s, a change of plan keeps the seats of now, not those of then',
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

it.each(NOT_EXECUTED)('after %s, a confirmation under a limit charges the amount of now', async (kind) => {
	const { id } = await authorize();
	const confirm = { resource: 'paymentIntent', operation: 'confirm', paymentIntent: toLocator('id', id) };
	const { success, fix } = await runTwice(kind, confirm, atMost, () =>
		fixture.stripe.paymentIntents.update(id, { amount: 6_000 }),
	);
	expect(fix).toEqual([]);
	expect(success).toHaveLength(1);
	expect((await fixture.stripe.paymentIntents.retrieve(id)).amount_received).toBe(6_000);
});

it.each(NOT_EXECUTED)(
	'after %s, a refund that a lost ledger has made is not made again, because its key is the same',
	async (kind) => {
		const { latest_charge: charge } = await fixture.stripe.paymentIntents.create({
			amount: 10_000,
			currency: 'eur',
			payment_method: 'pm_card_visa',
			automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
			confirm: true,
		});
		const refund = {
			...withCustomKey(`credit note ${kind}`),
			resource: 'refund',
			operation: 'create',
			refundOf: 'charge',
			charge: toLocator('id', charge as string),
			amount: '5.00',
			amountUnit: 'major',
			options: ONE_SEND,
		};
		expect((await fixture.run(refund, [{}])).success).toHaveLength(1);
		const later = { ...refund, ledgerFile: `${fixture.ledgerFile}-${kind}` };
		fixture.simulator.inject({ kind, match: { method: 'POST' } });
		expect((await fixture.run(later, [{}])).success).toEqual([]);
		expect((await fixture.run(later, [{}])).success).toHaveLength(1);
		expect((await fixture.stripe.refunds.list({ charge: charge as string })).data).toHaveLength(1);
	},
);
