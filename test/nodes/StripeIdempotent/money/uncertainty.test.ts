import type { Fault } from '../../../simulator/simulator';
import { runKilledAt } from '../../fixtures/killedAt';
import { ageLedger } from '../../fixtures/lostLedger';
import type { RunSetup } from '../../fixtures/nodeFixture';
import { ONE_HOUR_MS, NodeFixture, ANY_ORDER } from '../../fixtures/nodeFixture';

const MINUTE_MS = ONE_HOUR_MS / 60;
const DAY_MS = 24 * ONE_HOUR_MS;

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

const stateOf = async (how: RunSetup = {}) => {
	const { success, fix, retry } = await fixture.run([ANY_ORDER], how);
	return [success, fix, retry].flat()[0]?.json;
};

/** Of a send whose work Stripe never does. */
const WAITS: readonly [what: string, faults: Fault[], waitMs: number][] = [
	['503 in the words of Stripe, three times', [{ kind: 'error503', times: 3 }], ONE_HOUR_MS],
	['a timeout or a reset', [{ kind: 'resetBefore' }], DAY_MS],
	['a page of a proxy', [{ kind: 'html502' }], DAY_MS],
	['424', [{ kind: 'error424' }], DAY_MS],
	['409, key in use', [{ kind: 'conflict409' }], DAY_MS],
	['429 lock_timeout', [{ kind: 'lockTimeout429' }], DAY_MS],
	['503, and then a reset', [{ kind: 'error503' }, { kind: 'resetBefore' }], DAY_MS],
	['500', [{ kind: 'error500NotStored' }], 3 * DAY_MS],
	['500, and then 503', [{ kind: 'error500NotStored' }, { kind: 'error503' }], 3 * DAY_MS],
];

describe('how long something that Stripe does not show is not considered unexecuted', () => {
	it.each(WAITS)('%s: it is resent %#', async (_what, faults, waitMs) => {
		for (const fault of faults) fixture.stripe.inject(fault);
		const maxRetries = faults.reduce((sum, { times = 1 }) => sum + times, 0) - 1;
		await stateOf({ options: { maxRetries } });
		const sends = fixture.stripe.sends().length;
		// Before the wait is over a look comes first only where Stripe may have forgotten the key.
		if (waitMs > DAY_MS) {
			fixture.time.advance(waitMs - MINUTE_MS);
			expect(await stateOf()).toMatchObject({
				error: { outcome: 'unknown', code: 'not_sent_too_early' },
			});
			expect(fixture.stripe.sends()).toHaveLength(sends);
			fixture.time.advance(2 * MINUTE_MS);
		} else {
			fixture.time.advance(Math.max(waitMs, 23 * ONE_HOUR_MS) + (waitMs === DAY_MS ? -MINUTE_MS : 0));
			if (waitMs === DAY_MS) {
				expect(await stateOf()).toMatchObject({ error: { code: 'not_sent_too_early' } });
				fixture.time.advance(2 * MINUTE_MS);
			}
		}
		expect(await stateOf()).toMatchObject({ status: 'succeeded', idempotency: { attempt: 1 } });
		expect(fixture.charges()).toBe(1);
	});
});

it('an order that received three 503s on Friday evening, and nothing else, is charged once on Saturday evening', async () => {
	fixture.stripe.inject({ kind: 'error503', times: 3 });
	expect(await stateOf({ options: { maxRetries: 2 } })).toMatchObject({ error: { outcome: 'unknown' } });
	fixture.time.advance(24 * ONE_HOUR_MS);
	expect(await stateOf()).toMatchObject({ status: 'succeeded', idempotency: { attempt: 1, sends: 4 } });
	expect(fixture.charges()).toBe(1);
});

it('within 23 h the same key is resent at once, whatever the cause was', async () => {
	await ageLedger(fixture);
	fixture.stripe.inject({ kind: 'error500NotStored' });
	await stateOf();
	fixture.time.advance(22 * ONE_HOUR_MS);
	expect(await stateOf()).toMatchObject({ status: 'succeeded', idempotency: { sends: 2 } });
	// Nothing is looked up: only the time is asked for.
	const reads = fixture.stripe.sends({ method: 'GET' }).map(({ path }) => path);
	expect(reads.filter((path) => path !== '/v1/account')).toEqual([]);
});

describe('a worker that was killed after it received a 500, before it recorded it,', () => {
	beforeEach(async () => {
		fixture.stripe.inject({ kind: 'error500NotStored' });
		await runKilledAt(fixture, 'answered', () => fixture.run([ANY_ORDER]));
		expect(await fixture.entries()).toMatchObject([{ state: 'in_flight', attempt: 1 }]);
	});

	it('run again within 23 h: the same key is resent at once, and charged once', async () => {
		await ageLedger(fixture);
		fixture.time.advance(21 * ONE_HOUR_MS);
		const looks = fixture.stripe.requests.filter(({ path }) => /search|events/.test(path)).length;
		expect(await stateOf()).toMatchObject({
			status: 'succeeded',
			idempotency: { attempt: 1, sends: 2, state: 'succeeded' },
		});
		expect(fixture.stripe.requests.filter(({ path }) => /search|events/.test(path))).toHaveLength(looks);
		const keys = fixture.stripe.sends().map(({ key }) => key);
		expect(new Set(keys).size).toBe(1);
		expect(fixture.charges()).toBe(1);
	});

	it('is considered unexecuted after three days, not after 24 h, and the time is reported', async () => {
		const sends = fixture.stripe.sends().length;
		for (const hours of [24, 24, 22]) {
			fixture.time.advance(hours * ONE_HOUR_MS);
			const left = await stateOf();
			expect(left).toMatchObject({
				error: {
					outcome: 'unknown',
					code: 'not_sent_too_early',
					retryable: true,
					message: expect.stringMatching(/Until \S+Z/) as string,
					nextStep: expect.stringMatching(
						/at the time given.*Do not start a new payment/,
					) as string,
				},
			});
			expect(fixture.stripe.sends()).toHaveLength(sends);
		}
		fixture.time.advance(3 * ONE_HOUR_MS);
		expect(await stateOf()).toMatchObject({ status: 'succeeded', idempotency: { attempt: 1 } });
		expect(fixture.charges()).toBe(1);
		expect(new Set(fixture.stripe.sends().map(({ key }) => key)).size).toBe(1);
	});
});

describe('a stored 500 that is known only by its replay', () => {
	/** A timeout hid it; its replay comes after `hiddenFor`. Then nothing is sent, until three days after the first send. */
	async function hidden(fault: Fault): Promise<void> {
		fixture.stripe.inject({ ...fault, unanswered: true });
		await stateOf();
		fixture.time.advance(20 * ONE_HOUR_MS);
		expect(await stateOf()).toMatchObject({ error: { outcome: 'unknown', statusCode: 500 } });
		expect(fixture.stripe.sends()).toHaveLength(2);
		fixture.time.advance(ONE_HOUR_MS);
		expect(await stateOf()).toMatchObject({ error: { code: 'not_sent_too_early' } });
		expect(fixture.stripe.sends()).toHaveLength(2);
	}

	it('no new key before three days after the last real send: Stripe rolls forward at 50 h, one charge', async () => {
		await hidden({ kind: 'rollForward', delayMs: 50 * ONE_HOUR_MS });
		fixture.time.advance(30 * ONE_HOUR_MS);
		expect(await stateOf()).toMatchObject({ status: 'succeeded', idempotency: { attempt: 1 } });
		expect(fixture.charges()).toBe(1);
		expect(fixture.stripe.sends()).toHaveLength(2);
	});

	it('three days after the last real send, not after its replay, a new attempt begins with a new key: one charge', async () => {
		await hidden({ kind: 'error500Before' });
		fixture.time.advance(51 * ONE_HOUR_MS - 2 * MINUTE_MS);
		expect(await stateOf()).toMatchObject({ error: { code: 'not_sent_too_early' } });
		fixture.time.advance(3 * MINUTE_MS);
		expect(await stateOf()).toMatchObject({ status: 'succeeded', idempotency: { attempt: 2 } });
		expect(fixture.charges()).toBe(1);
		const keys = fixture.stripe.sends().map(({ key }) => key);
		expect(keys).toEqual([keys[0], keys[0], `${keys[0] ?? ''}_2`]);
	});

	it('waits longer with Settle After (Days)', async () => {
		const how = { options: { settleAfterDays: 5 } };
		fixture.stripe.inject({ kind: 'error500Before', shouldRetry: true });
		await stateOf({ options: { maxRetries: 1, settleAfterDays: 5 } });
		fixture.time.advance(4 * DAY_MS);
		expect(await stateOf(how)).toMatchObject({ error: { code: 'not_sent_too_early' } });
		fixture.time.advance(DAY_MS);
		expect(await stateOf(how)).toMatchObject({ status: 'succeeded', idempotency: { attempt: 2 } });
	});
});

describe('a request that is harmless when executed twice does not wait', () => {
	const later = async (parameters: Record<string, unknown>, fault: Fault, waitMs: number) => {
		fixture.stripe.inject(fault);
		const how = { parameters: { ...parameters } as RunSetup['parameters'] };
		expect(await stateOf(how)).toMatchObject({ error: { outcome: 'unknown' } });
		fixture.time.advance(waitMs);
		return stateOf(how);
	};
	const created = async (parameters: Record<string, unknown> = {}) =>
		(await fixture.run([{ order: 'first', amount: 1999 }], { parameters: parameters as never }))
			.success[0]?.json.id as string;

	it('a confirmation, after a 500: the payment is read, and it is sent', async () => {
		const paymentIntent = await created({ confirm: false });
		const confirm = { operation: 'confirm', paymentIntent };
		const left = await later(confirm, { kind: 'error500NotStored' }, 24 * ONE_HOUR_MS);
		expect(left).toMatchObject({ status: 'succeeded', idempotency: { attempt: 1, sends: 2 } });
		expect(fixture.charges()).toBe(1);
	});

	it('a confirmation whose 500 is stored: a new attempt, at once', async () => {
		const paymentIntent = await created({ confirm: false });
		fixture.stripe.inject({ kind: 'error500Before', shouldRetry: true });
		const how = { parameters: { operation: 'confirm', paymentIntent }, options: { maxRetries: 1 } };
		expect(await stateOf(how)).toMatchObject({ error: { outcome: 'unknown' } });
		expect(await stateOf(how)).toMatchObject({ status: 'succeeded', idempotency: { attempt: 2 } });
		expect(fixture.charges()).toBe(1);
	});

	it('a full refund of a payment without refunds', async () => {
		const paymentIntent = await created();
		const refund = { resource: 'refund', operation: 'create', paymentIntent, amount: 1999 };
		const left = await later(refund, { kind: 'error500NotStored' }, 24 * ONE_HOUR_MS);
		expect(left).toMatchObject({ object: 'refund', status: 'succeeded', amount: 1999 });
		expect(fixture.stripe.report().refunds).toHaveLength(1);
	});

	it('a partial refund waits: a part can be refunded twice', async () => {
		const paymentIntent = await created();
		const refund = { resource: 'refund', operation: 'create', paymentIntent, amount: 500 };
		const left = await later(refund, { kind: 'error500NotStored' }, 24 * ONE_HOUR_MS);
		expect(left).toMatchObject({ error: { code: 'not_sent_too_early' } });
		expect(fixture.stripe.report().refunds).toHaveLength(0);
	});

	it('a new customer waits for an hour at most', async () => {
		const customer = { resource: 'customer', operation: 'create', additionalFields: { name: 'Ada' } };
		const left = await later(customer, { kind: 'error500NotStored' }, 24 * ONE_HOUR_MS);
		expect(left).toMatchObject({ object: 'customer' });
	});

	it('a payment that is not confirmed waits for an hour, one that is confirmed for three days', async () => {
		const left = await later({ confirm: false }, { kind: 'error500NotStored' }, 24 * ONE_HOUR_MS);
		expect(left).toMatchObject({ status: 'requires_confirmation' });
	});

	it('a description of a customer that has not changed since', async () => {
		const customer = (
			await fixture.run([{ order: 'c', amount: 1 }], {
				parameters: { resource: 'customer', operation: 'create' },
			})
		).success[0]?.json.id as string;
		const update = {
			resource: 'customer',
			operation: 'update',
			customer,
			additionalFields: { description: 'Wholesale' },
		};
		const left = await later(update, { kind: 'error500NotStored' }, 24 * ONE_HOUR_MS);
		expect(left).toMatchObject({ description: 'Wholesale' });
	});
});
