import type { INodeParameters } from 'n8n-workflow';

import type { Intent } from '../../../../ledger/model/entry';
import { PAID } from '../../../simulator/client';
import { openTokenRegistry, reserveOrder, expectToken } from '../../fixtures/reservations';
import { toLocator, withCustomKey, withOptions, OrdersFixture } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
let branch: string;
let customer: string;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
	await fixture.stripe.paymentIntents.create({ ...PAID, currency: 'eur', amount: 90_000 });
	branch = (await fixture.stripe.accounts.create({ business_profile: { name: 'Branch' } })).id;
	customer = (await fixture.stripe.customers.create()).id;
});
afterAll(() => fixture.close());
beforeEach(() => fixture.forgetRequests());

const AMOUNT = { operation: 'create', amount: 1000, amountUnit: 'minor', currency: 'eur' };
const PAYOUT: INodeParameters = { ...AMOUNT, resource: 'payout' };
const transferTo = (account: string): INodeParameters => ({
	...AMOUNT,
	resource: 'transfer',
	destination: toLocator('id', account),
});

let lastOrder = 0;

/** With a token for 10 EUR of it. */
async function runWithToken(intent: Partial<Intent>, parameters: INodeParameters) {
	const policy = {
		currencies: [{ currency: 'eur', maxPerPayment: 1_000_000 }],
		operations: ['customerBalance.adjust', 'payout.create', 'transfer.create'],
		customers: [],
	};
	const reserved = { amount: 1000, ...intent };
	const registry = openTokenRegistry(fixture);
	const token = expectToken(
		await reserveOrder(registry, `order ${(lastOrder += 1)}`, reserved, { policy }),
	);
	return fixture.run({ ...parameters, keySource: 'token', token }, [{}]);
}

const fields = (additionalFields: INodeParameters): INodeParameters => ({ ...PAYOUT, additionalFields });

describe('with a token, money leaves the account only as reserved', () => {
	it('to the account’s own bank, and to the named connected account', async () => {
		const payout = await runWithToken(
			{ operation: 'payout.create' },
			fields({ description: 'November' }),
		);
		expect(payout.success).toMatchObject([{ object: 'payout', amount: 1000 }]);
		const transfer = await runWithToken(
			{ operation: 'transfer.create', object: branch },
			transferTo(branch),
		);
		expect(transfer.success).toMatchObject([{ destination: branch, amount: 1000 }]);
	});

	const credit = (amount: number): INodeParameters => ({
		resource: 'customerBalance',
		operation: 'adjust',
		amount,
		amountUnit: 'minor',
		currency: 'eur',
		customer: toLocator('id', customer),
	});

	it('to the customer, as a credit and never as a debt', async () => {
		const intent = { operation: 'customerBalance.adjust', customer };
		const { success } = await runWithToken(intent, credit(-1000));
		expect(success).toMatchObject([{ amount: -1000, customer }]);
		for (const other of [1000, -1001]) {
			const { fix } = await runWithToken(intent, credit(other));
			expect(fix).toMatchObject([{ error: { outcome: 'blocked' } }]);
		}
	});

	it.each<[string, () => Partial<Intent>, () => INodeParameters]>([
		['more', () => ({ operation: 'payout.create' }), () => ({ ...PAYOUT, amount: 1001 })],
		[
			'a different currency',
			() => ({ operation: 'payout.create' }),
			() => ({ ...PAYOUT, currency: 'usd' }),
		],
		[
			'instantly, for a fee',
			() => ({ operation: 'payout.create' }),
			() => ({ ...PAYOUT, method: 'instant' }),
		],
		[
			'to a different bank',
			() => ({ operation: 'payout.create' }),
			() => fields({ destination: 'ba_evil' }),
		],
		[
			'to a different account',
			() => ({ operation: 'transfer.create', object: 'acct_other' }),
			() => transferTo(branch),
		],
		[
			'out of a charge',
			() => ({ operation: 'transfer.create', object: branch }),
			() => ({
				...transferTo(branch),
				additionalFields: { sourceTransaction: 'ch_1' },
			}),
		],
		['by a different operation', () => ({ operation: 'payout.create' }), () => transferTo(branch)],
	])('never %s', async (_what, intent, parameters) => {
		const { fix } = await runWithToken(intent(), parameters());
		expect(fix).toMatchObject([{ error: { outcome: 'blocked' } }]);
		expect(fixture.simulator.sends()).toEqual([]);
	});
});

it('Charge at Most also applies to outgoing money', async () => {
	const run = (parameters: INodeParameters, key: string) =>
		fixture.run(
			{ ...parameters, ...withCustomKey(key), ...withOptions({ chargeAtMostPerItem: '9.99 EUR' }) },
			[{}],
		);
	for (const [key, parameters] of Object.entries({ payout: PAYOUT, transfer: transferTo(branch) })) {
		const { fix } = await run(parameters, key);
		expect(JSON.stringify(fix)).toMatch(/would come to 10\.00 EUR/);
		const { success } = await run({ ...parameters, amount: 999 }, `${key} within`);
		expect(success).toHaveLength(1);
	}
});
