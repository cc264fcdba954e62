import { NodeFixture, ANY_ORDER } from '../../fixtures/nodeFixture';

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

const declineOnce = () => fixture.stripe.inject({ kind: 'decline' });
const keys = () => fixture.stripe.sends().map(({ key }) => key);

describe('a declined order', () => {
	it('leaves through Fix with the reason, and no money moves', async () => {
		declineOnce();
		const { fix } = await fixture.run([ANY_ORDER]);
		expect(fix[0]?.json).toMatchObject({
			error: { outcome: 'rejected', statusCode: 402, code: 'card_declined', retryable: false },
			input: ANY_ORDER,
			idempotency: { state: 'rejected', attempt: 1, sends: 1, replayed: false, source: 'stripe' },
		});
		expect(fixture.charges()).toBe(0);
	});

	it('delivered again by the same webhook returns the stored rejection; Stripe is not called', async () => {
		declineOnce();
		await fixture.run([ANY_ORDER], { run: { mode: 'webhook' } });
		const again = await fixture.run([ANY_ORDER], { run: { mode: 'webhook' } });
		expect(again.fix[0]?.json).toMatchObject({
			error: { outcome: 'rejected', code: 'card_declined' },
			idempotency: { replayed: true, source: 'ledger', attempt: 1 },
		});
		expect(fixture.stripe.sends()).toHaveLength(1);
	});

	it.each(['manual', 'retry'] as const)(
		'run again by a person (%s) is attempt 2 with a new key, charged once',
		async (mode) => {
			declineOnce();
			await fixture.run([ANY_ORDER]);
			const { success } = await fixture.run([ANY_ORDER], { run: { mode } });
			expect(success[0]?.json.idempotency).toMatchObject({ attempt: 2, state: 'succeeded' });
			expect(new Set(keys()).size).toBe(2);
			expect(fixture.charges()).toBe(1);
			const [entry] = await fixture.entries();
			expect(entry?.previousAttempts).toMatchObject([
				{ attempt: 1, key: keys()[0], outcome: { kind: 'rejected' } },
			]);
		},
	);

	it('is not tried again within one manual run, however often Retry On Fail repeats it', async () => {
		declineOnce();
		fixture.stripe.inject({ kind: 'error503', times: 2 });
		const orders = [ANY_ORDER, { order: 'flaky', amount: 5 }];
		const { result } = await fixture.run(orders, {
			options: { serverErrors: 'throw', concurrency: 1 },
			node: { retryOnFail: true, maxTries: 3 },
			run: { mode: 'manual' },
		});
		expect(result.status).toBe('success');
		expect(keys().filter((key) => key === keys()[0])).toHaveLength(1);
		expect(fixture.charges()).toBe(1);
	});

	it('is not tried again for its twin in the batch', async () => {
		declineOnce();
		const { fix } = await fixture.run([ANY_ORDER, ANY_ORDER], { run: { mode: 'manual' } });
		expect(fix).toHaveLength(2);
		expect(keys()).toHaveLength(1);
	});

	it('can be forced to a new attempt, or prevented from one', async () => {
		declineOnce();
		await fixture.run([ANY_ORDER]);
		const never = await fixture.run([ANY_ORDER], {
			options: { afterRejection: 'returnStored' },
			run: { mode: 'manual' },
		});
		expect(never.fix).toHaveLength(1);
		const forced = await fixture.run([ANY_ORDER], { options: { afterRejection: 'newAttempt' } });
		expect(forced.success[0]?.json.idempotency).toMatchObject({ attempt: 2 });
	});
});

it('a wrong parameter, corrected, is attempt 2 with a new key', async () => {
	const wrong = await fixture.run([ANY_ORDER], { parameters: { customer: 'cus_doesnotexist' } });
	expect(wrong.fix[0]?.json.error).toMatchObject({ outcome: 'rejected', param: 'customer' });
	const { success } = await fixture.run([ANY_ORDER]);
	expect(success[0]?.json.idempotency).toMatchObject({ attempt: 2 });
	expect(new Set(keys()).size).toBe(2);
	expect(fixture.charges()).toBe(1);
});

it('succeeded, then the same order number with another amount: conflict before any call, with both values', async () => {
	await fixture.run([ANY_ORDER]);
	const { fix } = await fixture.run([{ ...ANY_ORDER, amount: 2999 }]);
	expect(fix[0]?.json).toMatchObject({
		error: {
			outcome: 'conflict',
			message: expect.stringContaining('Amount: 19.99 EUR → 29.99 EUR') as string,
		},
		idempotency: { state: 'succeeded', source: 'ledger' },
	});
	expect(fixture.stripe.sends()).toHaveLength(1);
});

it('an unknown order with a different amount is a conflict too: never a new key after an unknown outcome', async () => {
	fixture.stripe.inject({ kind: 'resetAfter' });
	await fixture.run([ANY_ORDER]);
	const { fix } = await fixture.run([{ ...ANY_ORDER, amount: 2999 }], { run: { mode: 'manual' } });
	expect(fix[0]?.json.error).toMatchObject({ outcome: 'conflict' });
	expect(fixture.stripe.sends()).toHaveLength(1);
	expect(fixture.charges()).toBe(1);
});

it('a wrong API key, corrected and run again, charges once without further steps', async () => {
	const wrong = await fixture.run([ANY_ORDER], {
		credential: { secretKey: 'sk_test_invalid', accountId: 'acct_simulator' },
	});
	expect(wrong.fix[0]?.json).toMatchObject({
		error: { outcome: 'unauthorized', statusCode: 401 },
		idempotency: { state: 'released' },
	});
	const { success } = await fixture.run([ANY_ORDER]);
	expect(success[0]?.json.idempotency).toMatchObject({ attempt: 1, state: 'succeeded' });
	expect(fixture.charges()).toBe(1);
});

it('a wrong API key after a lost response keeps the order unknown, and its key', async () => {
	fixture.stripe.inject({ kind: 'resetAfter' });
	await fixture.run([ANY_ORDER]);
	const wrong = await fixture.run([ANY_ORDER], {
		credential: { secretKey: 'sk_test_invalid', accountId: 'acct_simulator' },
	});
	expect(wrong.retry[0]?.json.idempotency).toMatchObject({ state: 'unknown', attempt: 1 });
	const { success } = await fixture.run([ANY_ORDER]);
	expect(success).toHaveLength(1);
	expect(new Set(keys()).size).toBe(1);
	expect(fixture.charges()).toBe(1);
});

describe('429 for a while', () => {
	it('backs off, then charges once', async () => {
		fixture.stripe.inject({ kind: 'rateLimit429', times: 3 });
		const { success } = await fixture.run([ANY_ORDER], { options: { maxRetries: 5 } });
		expect(success[0]?.json.idempotency).toMatchObject({ sends: 4, attempt: 1 });
		expect(fixture.charges()).toBe(1);
	});

	it('for longer than the node waits: Retry, and the next run charges with the same key', async () => {
		fixture.stripe.inject({ kind: 'rateLimit429' });
		const { retry } = await fixture.run([ANY_ORDER]);
		expect(retry[0]?.json).toMatchObject({
			error: { outcome: 'rate_limited', retryable: true },
			idempotency: { state: 'released' },
		});
		await fixture.run([ANY_ORDER]);
		expect(new Set(keys()).size).toBe(1);
		expect(fixture.charges()).toBe(1);
	});
});
