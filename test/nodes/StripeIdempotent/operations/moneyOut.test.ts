import type { INodeParameters } from 'n8n-workflow';

import { PAID } from '../../../simulator/client';
import type { ParamMap } from '../../../simulator/form';
import { withCustomKey, toLocator, OrdersFixture } from '../../fixtures/ordersFixture';

const DAY_MS = 86_400_000;

let fixture: OrdersFixture;
let at: CreatedObjects;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
	at = await createObjects();
	fixture.forgetRequests();
});
afterEach(() => fixture.close());

type CreatedObjects = Awaited<ReturnType<typeof createObjects>>;

/** Objects that stand in Stripe before the node runs. */
async function createObjects() {
	const { stripe, simulator } = fixture;
	const money = { amount: 1000, currency: 'usd' };
	const customer = (await stripe.customers.create({ name: 'Ada' })).id;
	const charge = await pay(50_000);
	const account = (await stripe.accounts.create({ business_profile: { name: 'Branch' } })).id;
	const transfer = (await stripe.transfers.create({ ...money, destination: account })).id;
	const paidOut = (await stripe.payouts.create(money)).id;
	const topUp = (await stripe.topups.create(money)).id;
	simulator.advance(3 * DAY_MS);
	const pending = (await stripe.payouts.create(money)).id;
	for (const amount of [3000, 4000]) await pay(amount, 'pm_card_createDispute');
	const [dispute, otherDispute] = (await stripe.disputes.list()).data.map(({ id }) => id);
	const meter = { display_name: 'Calls', event_name: 'calls' };
	await stripe.billing.meters.create({ ...meter, default_aggregation: { formula: 'sum' } });
	const line = (await stripe.balanceTransactions.list({ type: 'charge' })).data[0]!.id;
	const event = (await stripe.events.list({ type: 'payout.paid' })).data[0]!.id;
	const ids = { customer, charge, account, transfer, paidOut, pending, topUp, line, event };
	return { ...ids, dispute: dispute!, otherDispute: otherDispute! };
}

async function pay(amount: number, card = 'pm_card_visa'): Promise<string> {
	const payment = { ...PAID, amount, payment_method: card };
	return (await fixture.stripe.paymentIntents.create(payment)).latest_charge as string;
}

const AMOUNT = { amount: '5.00', amountUnit: 'major', currency: 'usd' };
const metadata = { metadata: { entry: [{ key: 'ticket', value: '7' }] } };

let lastKey = 0;

/** The node, with a key of its own for each call. */
function run(operation: string, parameters: INodeParameters) {
	const [resource = '', name = ''] = operation.split('.');
	const key = withCustomKey(`decision ${(lastKey += 1)}`);
	return fixture.run({ resource, operation: name, simplify: false, ...key, ...parameters }, [{}]);
}

interface Expected {
	parameters: INodeParameters;
	request: string;
	params: ParamMap;
	item: Record<string, unknown>;
}

const id = (value: string) => toLocator('id', value);

const WRITES: [operation: string, row: (at: CreatedObjects) => Expected][] = [
	[
		'payout.create',
		() => ({
			parameters: {
				...AMOUNT,
				method: 'instant',
				additionalFields: { description: 'November', statementDescriptor: 'NOV', ...metadata },
			},
			request: 'POST /v1/payouts',
			params: {
				amount: '500',
				currency: 'usd',
				method: 'instant',
				description: 'November',
				statement_descriptor: 'NOV',
				metadata: { ticket: '7' },
			},
			item: { object: 'payout', amount: 500, status: 'pending', method: 'instant' },
		}),
	],
	[
		'payout.cancel',
		({ pending }) => ({
			parameters: { payout: id(pending) },
			request: `POST /v1/payouts/${pending}/cancel`,
			params: {},
			item: { id: pending, status: 'canceled' },
		}),
	],
	[
		'payout.reverse',
		({ paidOut }) => ({
			parameters: { payout: id(paidOut), additionalFields: metadata },
			request: `POST /v1/payouts/${paidOut}/reverse`,
			params: { metadata: { ticket: '7' } },
			item: { object: 'payout', amount: -1000, original_payout: paidOut },
		}),
	],
	[
		'transfer.create',
		({ account, charge }) => ({
			parameters: {
				...AMOUNT,
				destination: id(account),
				additionalFields: { sourceTransaction: charge, transferGroup: 'ORDER_1' },
			},
			request: 'POST /v1/transfers',
			params: {
				amount: '500',
				currency: 'usd',
				destination: account,
				source_transaction: charge,
				transfer_group: 'ORDER_1',
			},
			item: { object: 'transfer', amount: 500, source_transaction: charge },
		}),
	],
	[
		'transfer.reverse',
		({ transfer }) => ({
			parameters: {
				transfer: id(transfer),
				amount: 400,
				amountUnit: 'minor',
				additionalFields: { refundApplicationFee: true, description: 'Order 1' },
			},
			request: `POST /v1/transfers/${transfer}/reversals`,
			params: { amount: '400', refund_application_fee: 'true', description: 'Order 1' },
			item: { object: 'transfer_reversal', amount: 400, transfer },
		}),
	],
	[
		'customerBalance.adjust',
		({ customer }) => ({
			parameters: { ...AMOUNT, amount: '-5.00', customer: id(customer), additionalFields: metadata },
			request: `POST /v1/customers/${customer}/balance_transactions`,
			params: { amount: '-500', currency: 'usd', metadata: { ticket: '7' } },
			item: { object: 'customer_balance_transaction', amount: -500, ending_balance: -500 },
		}),
	],
	[
		'dispute.update',
		({ dispute }) => ({
			parameters: {
				dispute: id(dispute),
				evidence: { customerName: 'Ada', receipt: 'file_1' },
				additionalFields: metadata,
			},
			request: `POST /v1/disputes/${dispute}`,
			// Stripe's own default would send it to the bank.
			params: {
				evidence: { customer_name: 'Ada', receipt: 'file_1' },
				submit: 'false',
				metadata: { ticket: '7' },
			},
			item: { id: dispute, status: 'needs_response' },
		}),
	],
	[
		'dispute.accept',
		({ otherDispute }) => ({
			parameters: { dispute: id(otherDispute) },
			request: `POST /v1/disputes/${otherDispute}/close`,
			params: {},
			item: { id: otherDispute, status: 'lost' },
		}),
	],
	[
		'meterEvent.create',
		({ customer }) => ({
			parameters: {
				eventName: toLocator('list', 'calls'),
				customer: id(customer),
				value: ' 2.50 ',
				payload: { entry: [{ key: 'region', value: 'eu' }] },
				additionalFields: { identifier: 'usage-1' },
			},
			request: 'POST /v1/billing/meter_events',
			params: {
				event_name: 'calls',
				identifier: 'usage-1',
				payload: { stripe_customer_id: customer, value: '2.5', region: 'eu' },
			},
			item: { object: 'billing.meter_event', identifier: 'usage-1' },
		}),
	],
	[
		'topUp.create',
		() => ({
			parameters: { ...AMOUNT, additionalFields: { description: 'November' } },
			request: 'POST /v1/topups',
			params: { amount: '500', currency: 'usd', description: 'November' },
			item: { object: 'topup', amount: 500, status: 'pending' },
		}),
	],
	[
		'topUp.cancel',
		({ topUp }) => ({
			parameters: { topUp: id(topUp) },
			request: `POST /v1/topups/${topUp}/cancel`,
			params: {},
			item: { id: topUp, status: 'canceled' },
		}),
	],
];

it.each(WRITES)('%s is sent once', async (_operation, row) => {
	const expected = row(at);
	const key = withCustomKey(`once ${_operation}`);
	const result = await run(_operation, { ...expected.parameters, ...key });
	expect(result.fix).toEqual([]);
	expect(result.success).toMatchObject([expected.item]);
	const [request] = fixture.simulator.sends();
	expect(`${request!.method} ${request!.path}`).toBe(expected.request);
	const { metadata: given, ...params } = request!.params;
	const { n8n_entry: entry, ...own } = (given ?? {}) as Record<string, string>;
	if (entry !== undefined) expect(entry).toBe(result.success[0]!.idempotency.entryId);
	expect({ ...params, ...(Object.keys(own).length > 0 ? { metadata: own } : {}) }).toEqual(expected.params);
	await run(_operation, { ...expected.parameters, ...key });
	expect(fixture.simulator.sends()).toHaveLength(1);
});

const READS: [operation: string, row: (at: CreatedObjects) => Omit<Expected, 'params'>][] = [
	['account.get', ({ account }) => get('account', account, `/v1/accounts/${account}`)],
	[
		'balanceTransaction.get',
		({ line }) => get('balanceTransaction', line, `/v1/balance_transactions/${line}`),
	],
	['dispute.get', ({ dispute }) => get('dispute', dispute, `/v1/disputes/${dispute}`)],
	['event.get', ({ event }) => get('event', event, `/v1/events/${event}`)],
	['payout.get', ({ paidOut }) => get('payout', paidOut, `/v1/payouts/${paidOut}`)],
	['topUp.get', ({ topUp }) => get('topUp', topUp, `/v1/topups/${topUp}`)],
	['transfer.get', ({ transfer }) => get('transfer', transfer, `/v1/transfers/${transfer}`)],
	['balance.get', () => ({ parameters: {}, request: '/v1/balance', item: { object: 'balance' } })],
];

function get(name: string, value: string, request: string): Omit<Expected, 'params'> {
	return { parameters: { [name]: id(value) }, request, item: { id: value } };
}

const LISTS: [
	operation: string,
	row: (at: CreatedObjects) => [filters: INodeParameters, params: ParamMap],
][] = [
	['payout.getMany', () => [{ status: 'paid' }, { status: 'paid' }]],
	[
		'payout.getMany',
		() => [{ arrivesAfter: '2026-11-24T00:00:00Z' }, { arrival_date: { gte: '1795478400' } }],
	],
	['transfer.getMany', ({ account }) => [{ destination: id(account) }, { destination: account }]],
	[
		'balanceTransaction.getMany',
		({ charge }) => [
			{ source: charge, type: 'charge' },
			{ source: charge, type: 'charge' },
		],
	],
	['dispute.getMany', () => [{}, {}]],
	[
		'event.getMany',
		() => [
			{ types: 'payout.paid, payout.failed', deliverySuccess: true },
			{ types: ['payout.paid', 'payout.failed'], delivery_success: 'true' },
		],
	],
	['topUp.getMany', () => [{ status: 'pending' }, { status: 'pending' }]],
];

it('reads, which need no key', async () => {
	for (const [operation, row] of READS) {
		const expected = row(at);
		const { success } = await run(operation, { ...expected.parameters, ledgerFile: '/nowhere/at/all' });
		expect({ operation, success }).toMatchObject({ operation, success: [expected.item] });
		expect(fixture.simulator.requests.at(-1)).toMatchObject({ method: 'GET', path: expected.request });
	}
	for (const [operation, row] of LISTS) {
		const [filters, params] = row(at);
		const { fix } = await run(operation, { filters });
		expect({ operation, fix }).toEqual({ operation, fix: [] });
		expect(fixture.simulator.requests.at(-1)!.params).toEqual({ ...params, limit: '50' });
	}
});

/** What is refused before any call, by the label of the parameter. */
const REFUSED: [operation: string, row: (at: CreatedObjects) => INodeParameters, message: string][] = [
	[
		'payout.create',
		() => ({ ...AMOUNT, amount: '10.50', currency: 'HUF' }),
		'Amount is not a whole amount in HUF',
	],
	[
		'payout.create',
		() => ({ ...AMOUNT, additionalFields: { statementDescriptor: 'x'.repeat(23) } }),
		'Statement Descriptor has 23 characters',
	],
	['payout.create', () => ({ ...AMOUNT, method: 'fast' }), 'Method is "fast"'],
	['payout.create', () => ({ ...AMOUNT, amount: '-5' }), 'not above zero'],
	['transfer.create', () => ({ ...AMOUNT, destination: id('a branch') }), 'which is not a valid Stripe ID'],
	[
		'dispute.update',
		({ dispute }) => ({ dispute: id(dispute), evidence: { uncategorizedText: 'x'.repeat(150_001) } }),
		'Evidence has 150001 characters',
	],
	[
		'meterEvent.create',
		({ customer }) => ({ eventName: toLocator('name', 'calls'), customer: id(customer), value: 'many' }),
		'Value is "many"',
	],
	...['stripe_customer_id', 'value'].map((key): (typeof REFUSED)[number] => [
		'meterEvent.create',
		({ customer }) => ({
			eventName: toLocator('name', 'calls'),
			customer: id(customer),
			value: 1,
			payload: { entry: [{ key, value: '1000' }] },
		}),
		`Other Payload has "${key}"`,
	]),
	[
		'subscriptionSchedule.create',
		() => ({
			subscription: id('sub_1'),
			additionalFields: { otherParameters: '{ "phases": [{ "items": [] }] }' },
		}),
		'"phases" in Other Parameters (JSON) cannot be sent together with Subscription',
	],
];

it('refuses what cannot be sent, and sends nothing', async () => {
	for (const [operation, row, message] of REFUSED) {
		const { fix } = await run(operation, row(at));
		expect(fix[0]?.error).toMatchObject({
			outcome: 'refused',
			message: expect.stringContaining(message) as string,
		});
	}
	expect(fixture.simulator.requests).toEqual([]);
});

/** What Stripe refuses in the state that things are in. */
const REJECTED: [operation: string, row: (at: CreatedObjects) => INodeParameters, code: string][] = [
	['payout.create', () => ({ ...AMOUNT, amount: '100000' }), 'balance_insufficient'],
	[
		'transfer.create',
		({ account }) => ({ ...AMOUNT, amount: '100000', destination: id(account) }),
		'balance_insufficient',
	],
	['transfer.create', () => ({ ...AMOUNT, destination: id('acct_nobody') }), 'resource_missing'],
	[
		'transfer.reverse',
		({ transfer }) => ({ ...AMOUNT, amount: '6.01', transfer: id(transfer) }),
		'transfers_not_allowed',
	],
	[
		'dispute.update',
		({ otherDispute }) => ({ dispute: id(otherDispute), evidence: { customerName: 'A' } }),
		'dispute_evidence_already_submitted',
	],
	[
		'meterEvent.create',
		({ customer }) => ({
			eventName: toLocator('name', 'calls'),
			customer: id(customer),
			value: 1,
			additionalFields: { timestamp: '2026-01-01T00:00:00Z' },
		}),
		'timestamp_too_far_in_past',
	],
	[
		'meterEvent.create',
		({ customer }) => ({
			eventName: toLocator('name', 'calls'),
			customer: id(customer),
			value: 1,
			additionalFields: { identifier: 'usage-1' },
		}),
		'duplicate_meter_event',
	],
];

it('leaves through Fix if Stripe rejects it', async () => {
	const { stripe } = fixture;
	await stripe.transfers.createReversal(at.transfer, { amount: 400 });
	await stripe.disputes.close(at.otherDispute);
	const payload = { stripe_customer_id: at.customer, value: '1' };
	await stripe.billing.meterEvents.create({ event_name: 'calls', identifier: 'usage-1', payload });
	for (const [operation, row, code] of REJECTED) {
		const { fix } = await run(operation, row(at));
		expect(fix[0]?.error).toMatchObject({ outcome: 'rejected', code });
	}
});

it('usage without an identifier uses the key as its identifier, so that Stripe refuses it twice, too', async () => {
	const usage = { eventName: toLocator('name', 'calls'), customer: id(at.customer), value: 1 };
	const { success } = await run('meterEvent.create', usage);
	expect(success[0]!.identifier).toBe(success[0]!.idempotency.key);
});

it('the changes of a customer’s balance are read for that customer', async () => {
	await fixture.stripe.customers.createBalanceTransaction(at.customer, { amount: -500, currency: 'usd' });
	const { success } = await run('customerBalance.getMany', { customer: id(at.customer) });
	expect(success).toMatchObject([{ object: 'customer_balance_transaction', amount: -500 }]);
});

it('a dispute’s evidence is submitted to the bank once, when requested', async () => {
	await fixture.stripe.disputes.update(at.dispute, { evidence: { customer_name: 'Ada' }, submit: false });
	const dispute = id(at.dispute);
	const { success } = await run('dispute.update', { dispute, submitNow: true });
	expect(success).toMatchObject([{ status: 'under_review', evidence_details: { submission_count: 1 } }]);
	const again = await run('dispute.update', {
		dispute,
		evidence: { customerName: 'Eve' },
		submitNow: true,
	});
	expect(again.fix[0]?.error).toMatchObject({ outcome: 'rejected' });
});

it('the rest of a transfer is reversed if no amount is given', async () => {
	await fixture.stripe.transfers.createReversal(at.transfer, { amount: 400 });
	const { success } = await run('transfer.reverse', { transfer: id(at.transfer) });
	expect(success).toMatchObject([{ amount: 600 }]);
});

it('a payout can fail after it was paid, and its state shows it', async () => {
	const parameters = { ...AMOUNT, additionalFields: { destination: 'ba_noAccount' } };
	const { success } = await run('payout.create', parameters);
	expect(success).toMatchObject([{ idempotency: { paymentState: 'pending' } }]);
	const payout = id(success[0]!.id as string);
	for (const status of ['paid', 'failed']) {
		fixture.simulator.advance(2 * DAY_MS);
		expect((await run('payout.get', { payout })).success).toMatchObject([{ status }]);
	}
});

it('a model never accepts a dispute, even if no token is required', async () => {
	const { answers } = await fixture.asTool(
		{
			resource: 'dispute',
			operation: 'accept',
			dispute: id(at.dispute),
			...withCustomKey('m'),
			options: { requireToken: false },
		},
		{},
	);
	expect(answers[0]!.items).toMatchObject([{ outcome: 'blocked' }]);
	expect(fixture.simulator.sends()).toEqual([]);
});
