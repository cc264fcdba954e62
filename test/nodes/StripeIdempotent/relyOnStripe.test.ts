import { rmSync } from 'node:fs';

import type { IDataObject } from 'n8n-workflow';
import type Stripe from 'stripe';

import { StoreUnavailableError } from '../../../ledger/store';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import { StripeIdempotent } from '../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { HostTime } from '../../ledger/fakeClock';
import { PAID, stripeAt } from '../../simulator/client';
import { ageLedger } from '../fixtures/lostLedger';
import { NODE_TYPE, NodeFixture, ANY_ORDER, ONE_HOUR_MS } from '../fixtures/nodeFixture';

let fixture: NodeFixture;
let stripe: Stripe;
beforeEach(async () => {
	fixture = await NodeFixture.start();
	stripe = stripeAt(fixture.stripe, 'sk_test_operations');
});
afterEach(() => fixture.stop());

/** The ledger cannot be reached, and the user relies on Stripe then. */
const down = (parameters: IDataObject) =>
	fixture.run([ANY_ORDER], {
		parameters: { ledgerFile: '/dev/null/ledger.sqlite', ...parameters },
		options: { ledgerUnavailable: 'relyOnStripe' },
	});

const call = (method: string, path: string, body: object = {}): IDataObject => ({
	resource: 'customApiCall',
	operation: 'request',
	method,
	path,
	body: JSON.stringify(body),
});

const sent = () => fixture.stripe.sends().length;

describe('a ledger that is unavailable, for a user who relies on Stripe', () => {
	async function refused(parameters: IDataObject): Promise<void> {
		const before = sent();
		const { retry, fix } = await down(parameters);
		expect(fix).toEqual([]);
		expect(retry[0]?.json.error).toMatchObject({ outcome: 'ledger_unavailable', retryable: true });
		expect(sent()).toBe(before);
	}

	it('a refund is not sent', async () => {
		const { id } = await stripe.paymentIntents.create({ ...PAID, amount: 1999, currency: 'eur' });
		await refused({
			resource: 'refund',
			operation: 'create',
			refundOf: 'paymentIntent',
			paymentIntent: id,
			amount: '500',
		});
		expect((await stripe.refunds.list()).data).toEqual([]);
	});

	it.each([
		['POST', '/v1/refunds', { payment_intent: 'pi_1', amount: 100 }],
		['POST', '/v1/charges/ch_1/refunds', { amount: 100 }],
		['POST', '/v1/charges/ch_1/refund', { amount: 100 }],
		['POST', '/v1/payouts', { amount: 1000, currency: 'eur' }],
		['POST', '/v1/transfers', { amount: 1000, currency: 'eur', destination: 'acct_1' }],
		['POST', '/v1/credit_notes', { invoice: 'in_1', amount: 100 }],
		['POST', '/v1/customers/cus_1/balance_transactions', { amount: -100, currency: 'eur' }],
		['DELETE', '/v1/customers/cus_1', {}],
	])('a %s of %s is not sent', async (method, path, body) => {
		await refused(call(method, path, body));
	});

	it('a customer is not deleted', async () => {
		const { id } = await stripe.customers.create({});
		await refused({ resource: 'customer', operation: 'delete', customer: id, yesDelete: true });
	});

	it.each([
		['/v1/payment_intents', { amount: 1000, currency: 'eur' }],
		['/v1/customers', { email: 'ada@example.com' }],
	])('a POST of %s is sent', async (path, body) => {
		const { success } = await down(call('POST', path, body));
		expect(success).toHaveLength(1);
		expect(sent()).toBe(1);
	});
});

describe('a ledger that was deleted while n8n is running', () => {
	it.each([
		['relies on Stripe', { ledgerUnavailable: 'relyOnStripe' }],
		['has Verify New on', { verifyNew: true }],
	])(
		'sends nothing, even for a user who %s: deleted entries would be paid again',
		async (_who, options) => {
			await fixture.run([ANY_ORDER], { options });
			for (const end of ['', '-wal', '-shm']) rmSync(`${fixture.ledgerFile}${end}`, { force: true });
			fixture.time.advance(2 * 24 * ONE_HOUR_MS);
			const { retry } = await fixture.run([ANY_ORDER], { options });
			expect(retry[0]?.json.error).toMatchObject({ outcome: 'ledger_unavailable' });
			expect(retry[0]?.json.error?.message).toContain('lost entries');
			expect(fixture.charges()).toBe(1);
		},
	);
});

describe('a ledger that is briefly unreadable', () => {
	const DAY_MS = 24 * ONE_HOUR_MS;
	afterEach(() => jest.restoreAllMocks());

	it('does not let a machine that was suspended resend what Stripe has forgotten: one charge', async () => {
		await ageLedger(fixture);
		const host = new HostTime(fixture.time);
		const run = { nodeTypes: { [NODE_TYPE]: new StripeIdempotent(host) } };
		const options = { ledgerUnavailable: 'relyOnStripe' };
		fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'POST' } });
		await fixture.run([ANY_ORDER], { options, run });
		await fixture.run([{ ...ANY_ORDER, order: 'another' }], { options, run });
		host.pause(2 * DAY_MS);
		fixture.time.advance(2 * DAY_MS);
		jest.spyOn(SqliteStore.prototype, 'find').mockRejectedValueOnce(new StoreUnavailableError('Busy'));
		await fixture.run([ANY_ORDER], { options, run });
		expect(fixture.charges()).toBe(2);
	});
});
