import { NO_REDIRECTS, stripeAt } from '../../../simulator/client';
import { ageLedger } from '../../fixtures/lostLedger';
import type { NodeRun } from '../../fixtures/nodeFixture';
import { ONE_HOUR_MS, NodeFixture, ANY_ORDER } from '../../fixtures/nodeFixture';

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

const DAY_MS = 24 * ONE_HOUR_MS;
const keys = () => fixture.stripe.sends().map(({ key }) => key);
const errorOf = ({ retry }: NodeRun) => retry[0]?.json.error ?? {};
const messageOf = (outcome: NodeRun) => errorOf(outcome).message as string;

/** When the message says to look again: ms since the epoch. */
function retryAt(outcome: NodeRun): number {
	return Date.parse(/Until (\S+Z)/.exec(messageOf(outcome))?.[1] ?? '');
}

describe('an order whose send is unknown, and of which Stripe shows nothing', () => {
	beforeEach(async () => {
		fixture.stripe.inject({ kind: 'error500NotStored' });
		await fixture.run([ANY_ORDER]);
		fixture.time.advance(25 * ONE_HOUR_MS);
	});

	it('leaves with the time to check again, a place to look, and no advice to pay anew', async () => {
		const nodeRun = await fixture.run([ANY_ORDER]);
		expect(retryAt(nodeRun)).toBeGreaterThan(fixture.time.now());
		const entryId = nodeRun.retry[0]?.json.idempotency?.entryId as string;
		expect(messageOf(nodeRun)).toContain(
			`https://dashboard.stripe.com/test/search?query=metadata%3A${entryId}`,
		);
		expect(errorOf(nodeRun)).toMatchObject({ outcome: 'unknown', retryable: true });
		expect(errorOf(nodeRun).nextStep).toMatch(/at the time given.*Do not start a new payment/);
		expect(keys()).toHaveLength(1);
	});

	it('is resent at the given time, under the same key, however often it was reconciled', async () => {
		const first = await fixture.run([ANY_ORDER]);
		fixture.time.advance(20 * ONE_HOUR_MS);
		const second = await fixture.run([ANY_ORDER]);
		expect(retryAt(second)).toBe(retryAt(first));
		expect(keys()).toHaveLength(1);
		fixture.time.advance(retryAt(first) - fixture.time.now());
		const { success } = await fixture.run([ANY_ORDER]);
		expect(success[0]?.json).toMatchObject({
			status: 'succeeded',
			idempotency: { attempt: 1, sends: 2, replayed: false },
		});
		expect(new Set(keys()).size).toBe(1);
		expect(keys()).toHaveLength(2);
		expect(fixture.charges()).toBe(1);
	});

	it('after 30 days is never resent: the events that would prove it are gone', async () => {
		fixture.time.advance(30 * DAY_MS);
		const nodeRun = await fixture.run([ANY_ORDER]);
		expect(errorOf(nodeRun)).toMatchObject({ outcome: 'unknown', retryable: false });
		expect(messageOf(nodeRun)).toContain('https://dashboard.stripe.com/test/search');
		expect(keys()).toHaveLength(1);
		expect(fixture.charges()).toBe(0);
	});

	it('is not resent while Stripe keeps limiting the rate', async () => {
		fixture.time.advance(4 * DAY_MS);
		fixture.stripe.inject({
			kind: 'rateLimit429',
			times: Infinity,
			match: { method: 'GET', path: /^\/v1\/p|events/ },
		});
		const nodeRun = await fixture.run([ANY_ORDER], { credential: { accountId: 'acct_simulator' } });
		expect(errorOf(nodeRun)).toMatchObject({ outcome: 'unknown', retryable: true });
		expect(keys()).toHaveLength(1);
	});
});

describe('an order for which Stripe replays the same 500 for ever', () => {
	const rolledForward = async (delayMs: number) => {
		fixture.stripe.inject({ kind: 'rollForward', delayMs, byStripe: true });
		const { retry } = await fixture.run([ANY_ORDER], { options: { maxRetries: 2 } });
		expect(retry[0]?.json.error).toMatchObject({ outcome: 'unknown', statusCode: 500 });
	};

	it('is found when Stripe has finished its work days later, and charged once', async () => {
		await rolledForward(60 * ONE_HOUR_MS);
		fixture.time.advance(25 * ONE_HOUR_MS);
		expect(errorOf(await fixture.run([ANY_ORDER]))).toMatchObject({ outcome: 'unknown' });
		fixture.time.advance(36 * ONE_HOUR_MS);
		const { success } = await fixture.run([ANY_ORDER]);
		expect(success[0]?.json).toMatchObject({ status: 'succeeded', idempotency: { attempt: 1 } });
		expect(fixture.charges()).toBe(1);
		expect(new Set(keys()).size).toBe(1);
	});

	it('receives it at the first repeat, is reconciled instead of being sent from then on, and is found', async () => {
		await ageLedger(fixture);
		fixture.stripe.inject({ kind: 'error500After' });
		for (const wait of [0, 5]) {
			fixture.time.advance(wait * ONE_HOUR_MS);
			const { retry } = await fixture.run([ANY_ORDER]);
			expect(retry[0]?.json).toMatchObject({
				error: { outcome: 'unknown', statusCode: 500, retryable: true },
				idempotency: { state: 'unknown', attempt: 1 },
			});
		}
		expect(keys()).toHaveLength(2);
		fixture.time.advance(4 * ONE_HOUR_MS);
		const { success } = await fixture.run([ANY_ORDER]);
		expect(success[0]?.json).toMatchObject({
			status: 'succeeded',
			idempotency: { attempt: 1, sends: 2 },
		});
		expect(new Set(keys()).size).toBe(1);
		expect(keys()).toHaveLength(2);
		expect(fixture.charges()).toBe(1);
	});

	it('whose card was declined leaves as the decline, and can be tried again as a new attempt', async () => {
		fixture.stripe.inject({ kind: 'error500After' });
		const parameters = { paymentMethod: 'pm_card_chargeDeclinedInsufficientFunds' };
		await fixture.run([ANY_ORDER], { parameters });
		fixture.time.advance(25 * ONE_HOUR_MS);
		const { fix } = await fixture.run([ANY_ORDER], { parameters });
		expect(fix[0]?.json).toMatchObject({
			error: { outcome: 'rejected', statusCode: 402, declineCode: 'insufficient_funds' },
			idempotency: { state: 'rejected', attempt: 1, sends: 1 },
		});
		const { success } = await fixture.run([ANY_ORDER]);
		expect(success[0]?.json.idempotency).toMatchObject({ attempt: 2 });
		expect(fixture.charges()).toBe(1);
	});
});

describe.each([
	['is a day behind', 26 * ONE_HOUR_MS],
	['never shows anything', Infinity],
])('if Search %s', (_how, searchLagMs) => {
	beforeEach(async () => {
		await fixture.stop();
		fixture = await NodeFixture.start({ searchLagMs });
	});

	it('a lost response is found in the lists, and not resent', async () => {
		fixture.stripe.inject({ kind: 'resetAfter' });
		await fixture.run([ANY_ORDER]);
		fixture.time.advance(25 * ONE_HOUR_MS);
		const { success } = await fixture.run([ANY_ORDER]);
		expect(success[0]?.json).toMatchObject({ status: 'succeeded', idempotency: { sends: 1 } });
		expect(keys()).toHaveLength(1);
		expect(fixture.charges()).toBe(1);
	});

	it('what Stripe completes by itself is found as soon as it is done', async () => {
		fixture.stripe.inject({ kind: 'rollForward', delayMs: 48 * ONE_HOUR_MS, byStripe: true });
		await fixture.run([ANY_ORDER]);
		fixture.time.advance(47 * ONE_HOUR_MS);
		expect(errorOf(await fixture.run([ANY_ORDER]))).toMatchObject({ outcome: 'unknown' });
		fixture.time.advance(2 * ONE_HOUR_MS);
		const { success } = await fixture.run([ANY_ORDER]);
		expect(success[0]?.json).toMatchObject({ status: 'succeeded', idempotency: { sends: 1 } });
		expect(fixture.charges()).toBe(1);
	});

	it('what is resent days later, and loses its response again, is found and charged once', async () => {
		fixture.stripe.inject({ kind: 'resetBefore' });
		await fixture.run([ANY_ORDER]);
		fixture.time.advance(4 * DAY_MS);
		fixture.stripe.inject({ kind: 'resetAfter' });
		expect(errorOf(await fixture.run([ANY_ORDER]))).toMatchObject({ outcome: 'unknown' });
		fixture.time.advance(25 * ONE_HOUR_MS);
		const { success } = await fixture.run([ANY_ORDER]);
		expect(success[0]?.json).toMatchObject({
			status: 'succeeded',
			idempotency: { sends: 2, attempt: 1 },
		});
		expect(new Set(keys()).size).toBe(1);
		expect(keys()).toHaveLength(2);
		expect(fixture.charges()).toBe(1);
	});
});

describe('an action on a payment whose response was lost is found after 25 hours and not repeated', () => {
	const paying = { payment_method: 'pm_card_visa', confirm: true } as const;
	const createIntent = async (params: object): Promise<string> =>
		(
			await stripeAt(fixture.stripe).paymentIntents.create({
				amount: 1999,
				currency: 'eur',
				...NO_REDIRECTS,
				...params,
			})
		).id;

	it.each([
		['refund', 'create', paying, { object: 'refund', status: 'succeeded', amount: 1999 }],
		['paymentIntent', 'confirm', {}, { status: 'succeeded' }],
		['paymentIntent', 'capture', { ...paying, capture_method: 'manual' }, { amount_received: 1999 }],
		['paymentIntent', 'cancel', {}, { status: 'canceled' }],
	])('%s: %s', async (resource, operation, before, shown) => {
		const paymentIntent = await createIntent(before);
		fixture.time.advance(ONE_HOUR_MS);
		fixture.stripe.requests.length = 0;
		const how = { parameters: { resource, operation, paymentIntent, amount: '' } };
		fixture.stripe.inject({ kind: 'resetAfter' });
		await fixture.run([ANY_ORDER], how);
		fixture.time.advance(25 * ONE_HOUR_MS);
		const { success } = await fixture.run([ANY_ORDER], how);
		expect(success[0]?.json).toMatchObject({
			...shown,
			idempotency: { state: 'succeeded', attempt: 1, sends: 1, source: 'stripe' },
		});
		expect(fixture.stripe.sends()).toHaveLength(1);
	});
});

it('a lost update is compared with what Stripe shows, even if the ledger stores no parameters', async () => {
	const created = await fixture.run([ANY_ORDER], {
		parameters: { resource: 'customer', operation: 'create', additionalFields: { name: 'Ada' } },
	});
	const how = {
		parameters: {
			resource: 'customer',
			operation: 'update',
			additionalFields: { name: 'Grace' },
			customer: created.success[0]?.json.id as string,
		},
		options: { storeParameters: 'false' },
	};
	fixture.stripe.inject({ kind: 'resetAfter' });
	await fixture.run([ANY_ORDER], how);
	const lostEntry = (await fixture.entries()).find(({ state }) => state === 'unknown');
	expect(lostEntry).toMatchObject({ paramsStored: false, request: { params: {} } });
	fixture.time.advance(25 * ONE_HOUR_MS);
	const { success } = await fixture.run([ANY_ORDER], how);
	expect(success[0]?.json).toMatchObject({ name: 'Grace', idempotency: { state: 'succeeded', sends: 1 } });
	expect(fixture.stripe.sends()).toHaveLength(2);
});
