import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { findIntentOperation } from '../../../payments/intentOperations';
import { movesNoMoney, namesWithoutMoney } from '../../../nodes/StripeIdempotent/movesNoMoney';
import { STRIPE_RESOURCES } from '../../../nodes/StripeIdempotent/operations';
import { CHARGE, withOptions, OrdersFixture } from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const orders = (...amounts: number[]): IDataObject[] =>
	amounts.map((amount, index) => ({ order: `SO-${index}`, amount }));

const charges = () => fixture.simulator.report().charges.map(({ amount }) => amount);

async function run(given: INodeParameters, items: IDataObject[], more: INodeParameters = {}) {
	const parameters = { ...CHARGE, ...more, ...withOptions({ concurrency: 1, ...given }) };
	const { success, fix } = await fixture.run(parameters, items);
	return { success, blocked: fix };
}

describe('Charge at Most per Item', () => {
	it('allows amounts up to it, to the minor unit, and sends nothing above it', async () => {
		const { success, blocked } = await run({ chargeAtMostPerItem: '19.99 EUR' }, orders(1999, 2000));
		expect(success).toHaveLength(1);
		expect(blocked).toMatchObject([
			{
				error: { outcome: 'blocked', retryable: false },
				idempotency: { state: 'released', sends: 0 },
			},
		]);
		expect(JSON.stringify(blocked)).toMatch(
			/would come to 20\.00 EUR, but Charge at Most per Item is 19\.99 EUR/,
		);
		expect(charges()).toEqual([1999]);
	});

	it('sends nothing in a currency that it does not list', async () => {
		const items = [{ order: '1', amount: 100, currency: 'USD' }];
		const { blocked } = await run({ chargeAtMostPerItem: '500 EUR, 450 GBP' }, items);
		expect(JSON.stringify(blocked)).toMatch(/names no amount in USD/);
		expect(charges()).toEqual([]);
	});

	it('counts the remaining amount of a payment for a refund without an amount, and sends exactly that', async () => {
		const paid = await run({}, orders(5000));
		const refund = {
			resource: 'refund',
			operation: 'create',
			refundOf: 'paymentIntent',
			amount: '',
			paymentIntent: { __rl: true, mode: 'id', value: paid.success[0]!.id as string },
		};
		const above = await run({ chargeAtMostPerItem: '49.99 EUR' }, [{ order: 'R-1' }], refund);
		expect(above.blocked).toMatchObject([{ error: { outcome: 'blocked' } }]);
		const within = await run({ chargeAtMostPerItem: '50 EUR' }, [{ order: 'R-1' }], refund);
		expect(within.success).toMatchObject([{ amount: 5000 }]);
		expect(fixture.simulator.report().refunds).toHaveLength(1);
	});

	it('once it is raised, the same item is charged, once', async () => {
		await run({ chargeAtMostPerItem: '10 EUR' }, orders(1999));
		const { success } = await run({ chargeAtMostPerItem: '20 EUR' }, orders(1999));
		expect(success).toHaveLength(1);
		await run({ chargeAtMostPerItem: '20 EUR' }, orders(1999));
		expect(charges()).toEqual([1999]);
	});

	it('cannot be checked for a Custom API Call, which is refused', async () => {
		const call = {
			resource: 'customApiCall',
			operation: 'request',
			method: 'POST',
			path: '/v1/payment_intents',
			body: '{"amount": 100, "currency": "eur"}',
		};
		const { blocked } = await run({ chargeAtMostPerItem: '10 EUR' }, orders(100), call);
		expect(blocked).toMatchObject([{ error: { outcome: 'refused' } }]);
		expect(fixture.simulator.sends()).toEqual([]);
	});
});

describe('Charge at Most per Run', () => {
	it('counts what an earlier try of Retry On Fail has sent, once', async () => {
		for (const nth of [2, 4])
			fixture.simulator.inject({ kind: 'error503', match: { path: '/v1/payment_intents', nth } });
		const options = {
			serverErrors: 'throw',
			maxRetries: 0,
			concurrency: 1,
			chargeAtMostPerRun: '30 EUR',
		};
		const { success, fix } = await fixture.run(
			{ ...CHARGE, ...withOptions(options) },
			orders(1000, 1000, 1000, 1000, 1000),
			{ node: { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 } },
		);
		expect([success.length, fix.length]).toEqual([3, 2]);
		expect(charges()).toEqual([1000, 1000, 1000]);
	});

	it('applies to all items together, and an item that still fits is charged', async () => {
		const { success, blocked } = await run({ chargeAtMostPerRun: '30 EUR' }, orders(1999, 1500, 1001));
		expect(success).toHaveLength(2);
		expect(blocked).toHaveLength(1);
		expect(charges()).toEqual([1999, 1001]);
	});

	it('does not count what an earlier run has executed', async () => {
		await run({}, orders(1999, 1500));
		const { success } = await run({ chargeAtMostPerRun: '10.01 EUR' }, orders(1999, 1500, 1001));
		expect(success).toHaveLength(3);
		expect(charges()).toEqual([1999, 1500, 1001]);
	});

	it('counts a payment once, however often it is sent', async () => {
		fixture.simulator.inject({ kind: 'resetAfter' });
		const given = { chargeAtMostPerRun: '20 EUR', maxRetries: 2 };
		const { success } = await run(given, orders(1999));
		expect(success).toHaveLength(1);
	});

	it('applies to items sent concurrently', async () => {
		const items = orders(...Array.from({ length: 20 }, () => 1000));
		const { success, blocked } = await run({ chargeAtMostPerRun: '55 EUR', concurrency: 10 }, items);
		expect([success.length, blocked.length]).toEqual([5, 15]);
		expect(charges()).toHaveLength(5);
	});
});

it.each([
	'500',
	'EUR',
	'-5 EUR',
	'1.234.567 EUR',
	'19,99 EUR',
	'1e3 EUR',
	'5.123 EUR',
	'5 EUR, 6 EUR',
	'{{ 5 }} EUR',
])('a limit of %p is refused by its label, and nothing is sent', async (written) => {
	const { blocked } = await run({ chargeAtMostPerItem: written }, orders(100));
	expect(blocked).toMatchObject([{ error: { outcome: 'refused' } }]);
	expect(JSON.stringify(blocked)).toMatch(/Charge at Most per Item/);
	expect(fixture.simulator.sends()).toEqual([]);
});

describe('an operation that can move an unknown amount', () => {
	const REFUSED = [
		'creditGrant.create',
		'creditGrant.expire',
		'creditGrant.void',
		'creditNote.void',
		'customApiCall.request',
		'dispute.accept',
		'invoice.addLines',
		'invoice.attachPayment',
		'invoice.send',
		'invoiceItem.create',
		'invoiceItem.delete',
		'meterEvent.create',
		'paymentIntent.incrementAuthorization',
		'payout.cancelOrReverse',
		'payout.reverse',
		'quote.accept',
		'subscription.resume',
		'subscription.undoCancellation',
		'subscriptionSchedule.create',
		'subscriptionSchedule.release',
		'topUp.create',
		'transfer.reverse',
	];
	const writes = STRIPE_RESOURCES.flatMap(({ value, operations }) =>
		operations.filter(({ kind }) => kind === 'write').map((operation) => `${value}.${operation.value}`),
	);

	it('every write is covered by the limit, moves no money, or is refused under it', () => {
		const covered = writes.filter((name) => findIntentOperation(name));
		expect([...covered, ...namesWithoutMoney, ...REFUSED].sort()).toEqual([...writes].sort());
		for (const name of REFUSED) expect([name, movesNoMoney(name, {})]).toEqual([name, false]);
	});

	it.each([
		['invoice.finalize', { auto_advance: 'false' }, { auto_advance: 'true' }],
		['invoice.create', { auto_advance: 'false' }, {}],
		['invoice.update', { description: 'x' }, { auto_advance: 'true' }],
		['customer.update', { email: 'a@example.com' }, { balance: '-500' }],
		['subscription.cancel', { invoice_now: 'false' }, { invoice_now: 'true' }],
		['subscription.update', { metadata: { a: 'b' } }, { items: [{ price: 'price_1' }] }],
		['subscriptionSchedule.cancel', { invoice_now: 'false', prorate: 'false' }, {}],
	])('%s depends on its parameters', (name, harmless, moving) => {
		expect([movesNoMoney(name, harmless), movesNoMoney(name, moving)]).toEqual([true, false]);
	});

	it('is refused before anything is sent, with a message', async () => {
		const send = {
			resource: 'invoice',
			operation: 'send',
			invoice: { __rl: true, mode: 'id', value: 'in_1MtHbELkdIwHu7ixl4OzzPMv' },
		};
		for (const given of [{ chargeAtMostPerItem: '10 EUR' }, { chargeAtMostPerRun: '10 EUR' }]) {
			const { blocked } = await run(given, orders(100), send);
			expect(blocked).toMatchObject([{ error: { outcome: 'refused' } }]);
			expect(JSON.stringify(blocked)).toMatch(/does not say how much it would move/);
		}
		expect(fixture.simulator.sends()).toEqual([]);
	});
});
