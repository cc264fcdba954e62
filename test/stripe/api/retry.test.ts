import fc from '../../fastCheck';

import type { StripeResponse } from '../../../stripe/api/client';
import { sendOnce } from '../../../stripe/api/client';
import type { RetryPolicy } from '../../../stripe/api/retry';
import { leaseDurationMs, sendWithRetries, maxSendDurationMs } from '../../../stripe/api/retry';
import { RandomClock } from './randomClock';
import { INTENT } from './responses';
import { useStoppables } from './stopAfterEach';
import { connectTo, buildPayment } from './sending';
import { replyWith, toStripeErrorBody } from './wireServer';

const { serve } = useStoppables();

const POLICY: RetryPolicy = { timeoutMs: 20_000, maxRetries: 5 };
const LONGEST_PAUSES = [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000];

const success: StripeResponse = { kind: 'object', statusCode: 200, headers: {}, body: INTENT };
const lost: StripeResponse = { kind: 'no_response', cause: new Error('socket hang up') };
const refusal = (
	statusCode: number,
	headers: Record<string, string> = {},
	type = 'api_error',
): StripeResponse => ({
	kind: 'error',
	statusCode,
	headers,
	error: { type },
});

/** Answers one after the other; the last one for ever. Each takes `tookMs` of the fake time. */
function stripeThat(time: RandomClock, answers: readonly StripeResponse[], tookMs = 0) {
	const sentAt: number[] = [];
	const send = () => {
		sentAt.push(time.now());
		time.advance(tookMs);
		return Promise.resolve(answers[Math.min(sentAt.length, answers.length) - 1] ?? lost);
	};
	return { send, sentAt };
}

const kinds = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind);

async function run(
	answers: readonly StripeResponse[],
	policy = POLICY,
	time = new RandomClock(),
	signal?: AbortSignal,
) {
	const stripe = stripeThat(time, answers);
	const outcomes = await sendWithRetries(
		stripe.send,
		policy,
		time.now() + leaseDurationMs(policy),
		time,
		signal,
	);
	return { outcomes: kinds(outcomes), sends: stripe.sentAt.length, slept: time.slept };
}

describe('retries until the outcome is known', () => {
	it('a success is sent once', async () => {
		expect(await run([success])).toEqual({ outcomes: ['succeeded'], sends: 1, slept: [] });
	});

	it('the result of each send is reported, in order', async () => {
		const answers = [lost, refusal(409), refusal(429), refusal(500), refusal(424), success];
		const { outcomes } = await run(answers);
		expect(outcomes).toEqual(['unknown', 'busy', 'rate_limited', 'unknown', 'unknown', 'succeeded']);
	});

	it('a decline after a lost response ends it, and the lost response is recorded', async () => {
		expect((await run([lost, refusal(402)])).outcomes).toEqual(['unknown', 'rejected']);
	});

	it.each([0, 1, 5])('gives up after %i retries', async (maxRetries) => {
		expect((await run([lost], { ...POLICY, maxRetries })).sends).toBe(maxRetries + 1);
	});

	it('Stripe-Should-Retry: false prevents a retry', async () => {
		const answers = [refusal(500, { 'stripe-should-retry': 'false' }), success];
		expect((await run(answers)).outcomes).toEqual(['unknown']);
	});

	it('Stripe-Should-Retry: true causes a retry', async () => {
		const answers = [refusal(400, { 'stripe-should-retry': 'true' }), success];
		expect((await run(answers)).outcomes).toEqual(['unknown', 'succeeded']);
	});
});

it('every retry has the same key and, byte for byte, the same body', async () => {
	const again = replyWith(503, toStripeErrorBody('api_error'));
	const server = await serve((response, arrived, nth) =>
		(nth <= 3 ? again : replyWith(200, INTENT))(response, arrived, nth),
	);
	const time = new RandomClock();
	const request = buildPayment({
		params: { amount: '500', currency: 'usd', metadata: { b: '2', a: 'ä' } },
	});
	const send = () => sendOnce(connectTo(server.url), request);
	const outcomes = await sendWithRetries(send, POLICY, time.now() + leaseDurationMs(POLICY), time);

	expect(kinds(outcomes)).toEqual(['unknown', 'unknown', 'unknown', 'succeeded']);
	const sent = server.arrived.map(({ headers, body }) => [headers['idempotency-key'], body]);
	expect(sent).toHaveLength(4);
	expect(new Set(sent.map((one) => JSON.stringify(one))).size).toBe(1);
});

describe('the pause before a retry', () => {
	const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

	it('is random between zero and the maximum: full jitter', async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(random, { minLength: 7, maxLength: 7 }), async (randoms) => {
				const policy = { ...POLICY, maxRetries: 7 };
				const { slept } = await run([lost], policy, new RandomClock(randoms, 0));
				expect(slept).toEqual(randoms.map((chance, nth) => chance * (LONGEST_PAUSES[nth] ?? NaN)));
			}),
		);
	});

	it('is as long as Stripe asks for', async () => {
		const { slept, outcomes } = await run([refusal(429, { 'retry-after': '0.4' }), success]);
		expect([slept, outcomes]).toEqual([[400], ['rate_limited', 'succeeded']]);
	});

	it('is random if Stripe asks for less', async () => {
		expect((await run([refusal(429, { 'retry-after': '0.1' }), success])).slept).toEqual([250]);
	});

	it('is not made if Stripe asks for a longer one than allowed: the next run is the retry', async () => {
		const answers = [refusal(429, { 'retry-after': '3600' }), success];
		expect(await run(answers)).toEqual({ outcomes: ['rate_limited'], sends: 1, slept: [] });
	});
});

describe('a stopped execution', () => {
	it('sends nothing when it was stopped before', async () => {
		const { sends, outcomes } = await run([success], POLICY, new RandomClock(), AbortSignal.abort());
		expect([sends, outcomes]).toEqual([0, []]);
	});

	it('sends nothing more when it is stopped during a send', async () => {
		const stop = new AbortController();
		const time = new RandomClock();
		const send = () => {
			stop.abort();
			return Promise.resolve(lost);
		};
		const outcomes = await sendWithRetries(send, POLICY, Infinity, time, stop.signal);
		expect([kinds(outcomes), time.slept]).toEqual([['unknown'], []]);
	});

	it('sends nothing more when it is stopped during a pause', async () => {
		const stop = new AbortController();
		const time = new RandomClock();
		jest.spyOn(time, 'sleep').mockImplementation(async () => stop.abort());
		const stripe = stripeThat(time, [lost]);
		const outcomes = await sendWithRetries(stripe.send, POLICY, Infinity, time, stop.signal);
		expect([kinds(outcomes), stripe.sentAt.length]).toEqual([['unknown'], 1]);
	});
});

describe('the lease', () => {
	it('leaves no time: nothing is sent, and nothing is reported', async () => {
		const time = new RandomClock();
		const stripe = stripeThat(time, [success]);
		const outcomes = await sendWithRetries(stripe.send, POLICY, time.now() + POLICY.timeoutMs, time);
		expect([outcomes, stripe.sentAt]).toEqual([[], []]);
	});

	it('is checked before every send: a process suspended past it sends no more', async () => {
		const time = new RandomClock();
		const stripe = stripeThat(time, [lost]);
		jest.spyOn(time, 'sleep').mockImplementation(async () => time.advance(86_400_000));
		const lease = time.now() + leaseDurationMs(POLICY);
		expect(kinds(await sendWithRetries(stripe.send, POLICY, lease, time))).toEqual(['unknown']);
		expect(stripe.sentAt).toHaveLength(1);
	});

	const policy = fc.record({
		timeoutMs: fc.integer({ min: 1, max: 600_000 }),
		maxRetries: fc.integer({ min: 0, max: 12 }),
	});
	const retryAfter = fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined });
	const answer = fc.oneof(
		fc.constantFrom(success, lost, refusal(402), refusal(409), refusal(500), refusal(401)),
		retryAfter.map((s) => refusal(429, s === undefined ? {} : { 'retry-after': String(s) })),
	);
	const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

	it('bounds the loop for any patience, responses and random values', async () => {
		await fc.assert(
			fc.asyncProperty(
				policy,
				fc.array(answer, { minLength: 1, maxLength: 13 }),
				fc.array(chance, { minLength: 1, maxLength: 12 }),
				fc.double({ min: 0, max: 1, noNaN: true }),
				async (patience, answers, randoms, share) => {
					const time = new RandomClock(randoms, 0);
					const stripe = stripeThat(time, answers, patience.timeoutMs * share);
					const lease = leaseDurationMs(patience);
					const outcomes = await sendWithRetries(stripe.send, patience, lease, time);

					expect(outcomes).toHaveLength(stripe.sentAt.length);
					expect(time.now()).toBeLessThanOrEqual(maxSendDurationMs(patience));
					expect(maxSendDurationMs(patience)).toBeLessThan(lease);
					for (const startedAt of stripe.sentAt)
						expect(startedAt + patience.timeoutMs).toBeLessThan(lease);
				},
			),
		);
	});

	it('is long enough that the slowest loop still makes all of its sends', async () => {
		await fc.assert(
			fc.asyncProperty(policy, async (patience) => {
				const time = new RandomClock([0.999_999], 0);
				const stripe = stripeThat(time, [lost], patience.timeoutMs);
				await sendWithRetries(stripe.send, patience, leaseDurationMs(patience), time);
				expect(stripe.sentAt).toHaveLength(patience.maxRetries + 1);
			}),
		);
	});
});
