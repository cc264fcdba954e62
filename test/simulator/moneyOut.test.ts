import type Stripe from 'stripe';

import { PAID, refusalOf, stripeAt } from './client';
import { UNKNOWN_BANK_ACCOUNT } from './resources/payouts';
import { StripeSimulator } from './simulator';

const NOW = Date.UTC(2026, 10, 24, 12);
const DAY_MS = 86_400_000;

let simulator: StripeSimulator;
let stripe: Stripe;
beforeAll(async () => {
	simulator = await StripeSimulator.start({ clock: { now: () => NOW } });
	stripe = stripeAt(simulator);
});
afterAll(() => simulator.stop());
beforeEach(() => simulator.reset());

/** The balance of the account, after 455 were paid in. */
async function balance(): Promise<number | undefined> {
	return (await stripe.balance.retrieve()).available[0]?.amount;
}

const eventsOf = (id: string) =>
	simulator
		.happened()
		.filter(({ data }) => data.object.id === id)
		.map(({ type }) => type);

const codeOf = async (promise: Promise<unknown>) => (await refusalOf(promise)).code;

describe('payouts', () => {
	const payout = { amount: 300, currency: 'usd' };
	beforeEach(() => stripe.paymentIntents.create(PAID));

	it('take the balance, and arrive days later', async () => {
		const { id, status } = await stripe.payouts.create(payout);
		expect([status, await balance()]).toEqual(['pending', 155]);
		simulator.advance(2 * DAY_MS);
		expect((await stripe.payouts.retrieve(id)).status).toBe('paid');
		expect(eventsOf(id)).toEqual(['payout.created', 'payout.updated', 'payout.updated', 'payout.paid']);
		expect((await stripe.payouts.list({ status: 'pending' })).data).toEqual([]);
	});

	it.each<[string, object, string]>([
		['more than there is', { amount: 456 }, 'balance_insufficient'],
		['parts of a forint', { amount: 1050, currency: 'huf' }, 'parameter_invalid_integer'],
	])('refuse %s', async (_what, wish, code) => {
		expect(await codeOf(stripe.payouts.create({ ...payout, ...wish }))).toBe(code);
	});

	it('can fail after they were paid, and then the money is back', async () => {
		const { id } = await stripe.payouts.create({ ...payout, destination: UNKNOWN_BANK_ACCOUNT });
		simulator.advance(2 * DAY_MS);
		expect((await stripe.payouts.retrieve(id)).status).toBe('paid');
		simulator.advance(2 * DAY_MS);
		expect(await stripe.payouts.retrieve(id)).toMatchObject({
			status: 'failed',
			failure_code: 'no_account',
		});
		expect(await balance()).toBe(455);
	});

	it('are canceled while they are pending, and never when Stripe made them', async () => {
		const { id } = await stripe.payouts.create(payout);
		expect((await stripe.payouts.cancel(id)).status).toBe('canceled');
		expect(await balance()).toBe(455);
		expect(await codeOf(stripe.payouts.cancel(id))).toBe('payouts_not_allowed');
		simulator.payOut();
		const [automatic] = (await stripe.payouts.list({ status: 'pending' })).data;
		expect(await codeOf(stripe.payouts.cancel(automatic!.id))).toBe('payouts_not_allowed');
	});

	it('are reversed once, by a second payout', async () => {
		const { id } = await stripe.payouts.create(payout);
		expect(await codeOf(stripe.payouts.reverse(id))).toBe('payouts_not_allowed');
		simulator.advance(2 * DAY_MS);
		const reversal = await stripe.payouts.reverse(id, { metadata: { ticket: '7' } });
		expect(reversal).toMatchObject({ amount: -300, original_payout: id, metadata: { ticket: '7' } });
		expect((await stripe.payouts.retrieve(id)).reversed_by).toBe(reversal.id);
		expect(await codeOf(stripe.payouts.reverse(id))).toBe('payouts_not_allowed');
		expect(await balance()).toBe(455);
	});

	it('by Stripe itself show which lines they contain', async () => {
		simulator.payOut();
		const [automatic] = (await stripe.payouts.list()).data;
		expect(automatic).toMatchObject({ automatic: true, amount: 455 });
		const { data } = await stripe.balanceTransactions.list({ payout: automatic!.id });
		expect(data.map(({ type, net, fee }) => [type, net, fee])).toEqual([
			['payout', -455, 0],
			['charge', 455, 45],
		]);
		expect(eventsOf(automatic!.id)).toContain('payout.reconciliation_completed');
		expect((await stripe.balanceTransactions.retrieve(data[1]!.id)).net).toBe(455);
	});
});

describe('transfers', () => {
	const transferTo = async (more: Partial<Stripe.TransferCreateParams> = {}) => {
		const { id: destination } = await stripe.accounts.create({ business_profile: { name: 'Branch' } });
		return stripe.transfers.create({ amount: 300, currency: 'usd', destination, ...more });
	};

	it('need a balance, or a charge as their source', async () => {
		expect(await codeOf(transferTo())).toBe('balance_insufficient');
		const { latest_charge: charge } = await stripe.paymentIntents.create(PAID);
		const transfer = await transferTo({ source_transaction: charge as string, amount: 500 });
		expect(transfer).toMatchObject({ amount: 500, source_transaction: charge });
		expect(await codeOf(transferTo({ source_transaction: charge as string, amount: 501 }))).toBe(
			'transfers_not_allowed',
		);
		expect(await codeOf(transferTo({ destination: 'acct_nobody' }))).toBe('resource_missing');
		const { data } = await stripe.transfers.list({ destination: transfer.destination as string });
		expect(data.map(({ id }) => id)).toEqual([transfer.id]);
	});

	it('are reversed in parts, and by no more than there is', async () => {
		await stripe.paymentIntents.create(PAID);
		const { id } = await transferTo();
		const part = await stripe.transfers.createReversal(id, { amount: 100 });
		expect(part).toMatchObject({ object: 'transfer_reversal', amount: 100, transfer: id });
		expect(await codeOf(stripe.transfers.createReversal(id, { amount: 201 }))).toBe(
			'transfers_not_allowed',
		);
		expect((await stripe.transfers.createReversal(id)).amount).toBe(200);
		expect(await stripe.transfers.retrieve(id)).toMatchObject({ reversed: true, amount_reversed: 300 });
		expect(await codeOf(stripe.transfers.createReversal(id))).toBe('transfers_not_allowed');
		const { data } = await stripe.transfers.listReversals(id);
		expect(data.map(({ amount }) => amount)).toEqual([200, 100]);
		expect(await balance()).toBe(455);
	});
});

describe('disputes', () => {
	const disputed = async () => {
		await stripe.paymentIntents.create({ ...PAID, payment_method: 'pm_card_createDispute' });
		const [dispute] = (await stripe.disputes.list()).data;
		return dispute!;
	};

	it('withdraw the money, and wait for a response', async () => {
		const { id, charge, status, amount } = await disputed();
		expect([status, amount]).toEqual(['needs_response', 500]);
		expect(await stripe.charges.retrieve(charge as string)).toMatchObject({ disputed: true });
		expect(eventsOf(id)).toEqual(['charge.dispute.created', 'charge.dispute.funds_withdrawn']);
	});

	it('keep evidence as a draft until it is submitted, which is possible once', async () => {
		const { id } = await disputed();
		const update = (more: Stripe.DisputeUpdateParams) =>
			stripe.disputes.update(id, { evidence: { customer_name: 'Ada' }, ...more });
		expect(await update({ submit: false })).toMatchObject({
			status: 'needs_response',
			evidence_details: { has_evidence: true, submission_count: 0 },
		});
		expect(
			await codeOf(update({ evidence: { uncategorized_text: 'x'.repeat(150_001) } })),
		).toBeUndefined();
		// Updating only the metadata submits the staged evidence.
		expect(await stripe.disputes.update(id, { metadata: { a: 'b' } })).toMatchObject({
			status: 'under_review',
			evidence_details: { submission_count: 1 },
		});
		expect(await codeOf(update({}))).toBe('dispute_evidence_already_submitted');
	});

	it('are lost once', async () => {
		const { id } = await disputed();
		expect((await stripe.disputes.close(id)).status).toBe('lost');
		expect(await codeOf(stripe.disputes.close(id))).toBe('dispute_already_closed');
		expect(eventsOf(id)).toContain('charge.dispute.closed');
	});
});

it('a customer’s balance can be positive or negative, and has no event of its own', async () => {
	const { id } = await stripe.customers.create();
	const before = simulator.happened().length;
	for (const amount of [-500, 200])
		await stripe.customers.createBalanceTransaction(id, { amount, currency: 'eur' });
	expect(await stripe.customers.retrieve(id)).toMatchObject({ balance: -300 });
	const { data } = await stripe.customers.listBalanceTransactions(id);
	expect(data.map(({ amount, ending_balance: ending }) => [amount, ending])).toEqual([
		[200, -300],
		[-500, -500],
	]);
	expect(simulator.happened()).toHaveLength(before);
});

describe('usage', () => {
	const report = async (more: Partial<Stripe.Billing.MeterEventCreateParams> = {}) => {
		const { id } = await stripe.customers.create();
		return stripe.billing.meterEvents.create({
			event_name: 'calls',
			payload: { stripe_customer_id: id, value: '5' },
			...more,
		});
	};
	beforeEach(() =>
		stripe.billing.meters.create({
			display_name: 'Calls',
			event_name: 'calls',
			default_aggregation: { formula: 'sum' },
		}),
	);

	it('is reported once per identifier, for a day', async () => {
		expect(await report({ identifier: 'a' })).toMatchObject({ identifier: 'a', payload: { value: '5' } });
		expect(await codeOf(report({ identifier: 'a' }))).toBe('duplicate_meter_event');
		simulator.advance(DAY_MS);
		expect(await report({ identifier: 'a' })).toMatchObject({ identifier: 'a' });
	});

	const now = NOW / 1000;
	it.each<[string, Partial<Stripe.Billing.MeterEventCreateParams>, string]>([
		['for no meter', { event_name: 'nothing' }, 'no_meter'],
		['of long ago', { timestamp: now - 36 * 86_400 }, 'timestamp_too_far_in_past'],
		['of the future', { timestamp: now + 301 }, 'timestamp_in_future'],
	])('is refused %s', async (_what, wish, code) => {
		expect(await codeOf(report(wish))).toBe(code);
	});
});

it('a top-up arrives days later, and is canceled only before', async () => {
	const { id } = await stripe.topups.create({ amount: 900, currency: 'usd' });
	const other = await stripe.topups.create({ amount: 100, currency: 'usd' });
	expect((await stripe.topups.cancel(other.id)).status).toBe('canceled');
	simulator.advance(5 * DAY_MS);
	expect([(await stripe.topups.retrieve(id)).status, await balance()]).toEqual(['succeeded', 900]);
	expect(await codeOf(stripe.topups.cancel(id))).toBe('topup_not_cancelable');
	expect((await stripe.topups.list({ status: 'canceled' })).data.map((one) => one.id)).toEqual([other.id]);
});
