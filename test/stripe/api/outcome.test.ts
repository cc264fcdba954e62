import type { OutcomeKind } from '../../../ledger/model/entry';
import type { StripeResponse } from '../../../stripe/api/client';
import { sendOnce } from '../../../stripe/api/client';
import { classify, OUTCOMES } from '../../../stripe/api/outcome';
import type { ResponseCase } from './responses';
import { INTENT, FOREIGN_RESPONSES, STRIPE_RESPONSES } from './responses';
import { useStoppables } from './stopAfterEach';
import { connectTo, sendPayment, buildPayment } from './sending';
import { replyWith, toStripeErrorBody } from './wireServer';

const { serve, closedPort } = useStoppables();

async function answerOf({ reply, timeoutMs = 10_000 }: ResponseCase): Promise<StripeResponse> {
	const server = await serve(reply);
	return sendOnce(connectTo(server.url), buildPayment({ timeoutMs }));
}

describe.each([
	['a Stripe response', STRIPE_RESPONSES],
	['a response of someone else says nothing about the money', FOREIGN_RESPONSES],
])('%s', (_title, cases) => {
	it.each(cases.map((one) => [one.what, one.kind, one] as const))(
		'%s is %s, and one request was sent for it',
		async (_what, kind, { reply, sendAgain, statusCode, timeoutMs = 10_000 }) => {
			const server = await serve(reply);
			const verdict = await sendPayment(server.url, { timeoutMs });
			expect(verdict).toMatchObject({ sendAgain, outcome: { kind } });
			expect(server.arrived).toHaveLength(1);
			// How an endless answer is given up depends on where it stood.
			if (timeoutMs === 10_000) expect(verdict.outcome.statusCode).toBe(statusCode);
		},
	);
});

describe('the outcome table', () => {
	it('has no unreachable row', async () => {
		const refused = sendOnce(connectTo(`http://127.0.0.1:${await closedPort()}`), buildPayment());
		const answers = await Promise.all([...STRIPE_RESPONSES, ...FOREIGN_RESPONSES].map(answerOf));
		const reached = [...answers, await refused].map((answer) =>
			OUTCOMES.find(({ matches: takes }) => takes(answer)),
		);
		expect(OUTCOMES.filter((row) => !reached.includes(row)).map(({ meaning: what }) => what)).toEqual([]);
	});

	it('ends with a row that matches everything with the outcome unknown', () => {
		const last = OUTCOMES.at(-1);
		expect(last?.matches({ kind: 'no_response', cause: undefined })).toBe(true);
		expect(last).toMatchObject({ outcome: 'unknown', sendAgain: true });
	});
});

describe('Stripe-Should-Retry is followed first', () => {
	const cases: [number, string, OutcomeKind][] = [
		[408, 'api_error', 'unknown'],
		[409, 'invalid_request_error', 'busy'],
		[424, 'api_error', 'unknown'],
		[429, 'invalid_request_error', 'rate_limited'],
		[500, 'api_error', 'unknown'],
		[503, 'api_error', 'unknown'],
	];
	const advised = cases.flatMap((one) => [true, false].map((advice) => [...one, advice] as const));
	const advising = (advice: boolean) => ({ 'Stripe-Should-Retry': String(advice) });

	it.each(advised)('%i %s stays %s, and is retried as Stripe says: %s', async (...row) => {
		const [status, type, kind, advice] = row;
		const server = await serve(replyWith(status, toStripeErrorBody(type), advising(advice)));
		expect(await sendPayment(server.url)).toMatchObject({ sendAgain: advice, outcome: { kind } });
	});

	it.each([
		[400, 'invalid_request_error', 'rejected'],
		[401, 'invalid_request_error', 'unauthorized'],
		[402, 'card_error', 'rejected'],
		[403, 'invalid_request_error', 'unauthorized'],
		[404, 'invalid_request_error', 'rejected'],
	])('%i %s is definitive, unless Stripe says that another result is possible', async (...row) => {
		const [status, type, kind] = row;
		const open = await serve(replyWith(status, toStripeErrorBody(type), advising(true)));
		expect(await sendPayment(open.url)).toMatchObject({ sendAgain: true, outcome: { kind: 'unknown' } });
		const closed = await serve(replyWith(status, toStripeErrorBody(type), advising(false)));
		expect(await sendPayment(closed.url)).toMatchObject({ sendAgain: false, outcome: { kind } });
	});

	it('no retry for a key that belongs to a different request', async () => {
		const server = await serve(replyWith(400, toStripeErrorBody('idempotency_error'), advising(true)));
		expect(await sendPayment(server.url)).toMatchObject({
			sendAgain: false,
			outcome: { kind: 'conflict' },
		});
	});

	it.each(
		FOREIGN_RESPONSES.filter(({ timeoutMs }) => timeoutMs === undefined).map(
			(one) => [one.what, one] as const,
		),
	)('except for %s, which is always retried', async (_what, { reply }) => {
		const server = await serve((response, ...more) => {
			response.setHeader('Stripe-Should-Retry', 'false');
			reply(response, ...more);
		});
		expect(await sendPayment(server.url)).toMatchObject({
			sendAgain: true,
			outcome: { kind: 'unknown' },
		});
	});

	it('no retry for a success', async () => {
		const server = await serve(replyWith(200, INTENT, { 'Stripe-Should-Retry': 'true' }));
		expect(await sendPayment(server.url)).toMatchObject({
			sendAgain: false,
			outcome: { kind: 'succeeded' },
		});
	});
});

describe('an outcome contains', () => {
	it('for a success its object, without secrets, and both request IDs', async () => {
		const body = { ...INTENT, client_secret: 'pi_1_secret_2', lastResponse: 'a field of Stripe' };
		const ids = { 'Request-Id': 'req_2', 'Original-Request': 'req_1' };
		const server = await serve(replyWith(200, body, ids));
		const { outcome } = await sendPayment(server.url);
		expect(outcome).toMatchObject({
			statusCode: 200,
			objectId: 'pi_1',
			requestId: 'req_2',
			originalRequestId: 'req_1',
			body: { ...INTENT, client_secret: '[hidden]' },
		});
	});

	it('for a decline code, decline code, message and the declined payment', async () => {
		const error = toStripeErrorBody('card_error', {
			code: 'card_declined',
			decline_code: 'insufficient_funds',
			param: 'payment_method',
			payment_intent: { id: 'pi_1', client_secret: 'pi_1_secret_2' },
		});
		const server = await serve(replyWith(402, error, { 'Request-Id': 'req_1' }));
		const { outcome } = await sendPayment(server.url);
		expect(outcome).toMatchObject({
			kind: 'rejected',
			statusCode: 402,
			type: 'card_error',
			code: 'card_declined',
			declineCode: 'insufficient_funds',
			param: 'payment_method',
			objectId: 'pi_1',
			message: 'Words for a person',
			requestId: 'req_1',
		});
		expect(JSON.stringify(outcome)).not.toContain('pi_1_secret_2');
	});

	it('no key or secret that a message contains', async () => {
		const message = 'Invalid key sk_test_shop for pi_1_secret_2';
		const server = await serve(replyWith(401, { error: { type: 'invalid_request_error', message } }));
		const { outcome } = await sendPayment(server.url);
		expect(outcome.message).toBe('Invalid key [hidden] for [hidden]');
	});

	it.each([
		['3', 3],
		['0', 0],
		['1.5', 1.5],
		['-1', undefined],
		['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
		['soon', undefined],
	])('Retry-After: %s is %s seconds', async (text, seconds) => {
		const server = await serve(
			replyWith(429, toStripeErrorBody('invalid_request_error'), { 'Retry-After': text }),
		);
		expect((await sendPayment(server.url)).outcome.retryAfterSeconds).toBe(seconds);
	});
});

describe('a request that was not sent', () => {
	const failure = (code: string, syscall?: string) => Object.assign(new Error(code), { code, syscall });
	const refused = failure('ECONNREFUSED', 'connect');

	it.each([
		['connection refused', refused],
		['host unreachable', failure('EHOSTUNREACH', 'connect')],
		['connecting took too long', failure('ETIMEDOUT', 'connect')],
		['name not found', failure('ENOTFOUND', 'getaddrinfo')],
		['name server down', failure('EAI_AGAIN', 'getaddrinfo')],
		['certificate expired', failure('CERT_HAS_EXPIRED')],
		['certificate of a different host', failure('ERR_TLS_CERT_ALTNAME_INVALID')],
		['certificate without a known issuer', failure('UNABLE_TO_GET_ISSUER_CERT_LOCALLY')],
		['every address refused', new AggregateError([refused, refused])],
	])('%s: unreachable', (_what, cause) => {
		const verdict = classify({ kind: 'no_response', cause });
		expect(verdict).toMatchObject({ sendAgain: true, outcome: { kind: 'unreachable' } });
	});

	it('names the host that cannot be reached, with the code that administrators search for', () => {
		const { outcome } = classify({
			kind: 'no_response',
			cause: failure('EHOSTUNREACH', 'connect'),
		});
		expect(outcome.message).toBe('The host cannot be reached (EHOSTUNREACH)');
	});

	it.each([
		['reset while reading', failure('ECONNRESET', 'read')],
		['broken pipe', failure('EPIPE', 'write')],
		['timed out', failure('ETIMEDOUT')],
		['socket hang up', failure('ECONNRESET')],
		[
			'one address refused, the other reset',
			new AggregateError([refused, failure('ECONNRESET', 'read')]),
		],
		['an aggregate of nothing', new AggregateError([])],
		['no error at all', undefined],
		['a text', 'connect'],
	])('%s: it may have been sent, so it is unknown', (_what, cause) => {
		expect(classify({ kind: 'no_response', cause }).outcome.kind).toBe('unknown');
	});

	it.each([
		['ECONNRESET', /^The connection was closed before the response arrived \(ECONNRESET\)$/],
		['ETIMEDOUT', /^No response in time \(ETIMEDOUT\)$/],
		['ENOTFOUND', /^Host not found \(ENOTFOUND\)$/],
	])('%s is reported in plain words, with the code to search for', (code, pattern) => {
		const { outcome } = classify({ kind: 'no_response', cause: failure(code, 'read') });
		expect(outcome).toMatchObject({ code, message: expect.stringMatching(pattern) as string });
	});

	it('a code without a message of its own keeps that of Node', () => {
		const { outcome } = classify({ kind: 'no_response', cause: failure('HPE_INVALID_CONSTANT') });
		expect(outcome.message).toContain('HPE_INVALID_CONSTANT');
	});
});

describe('an unknown outcome states why', () => {
	const error = { type: 'api_error', message: 'An error.' };
	const answer = (statusCode: number, headers: Record<string, string> = {}): StripeResponse => ({
		kind: 'error',
		statusCode,
		headers,
		error,
	});
	const unreadable = (statusCode?: number): StripeResponse => ({
		kind: 'unreadable',
		statusCode,
		headers: {},
		message: 'HTML',
	});

	it.each<[string, StripeResponse, string]>([
		['no response', { kind: 'no_response', cause: undefined }, 'lost'],
		['a 500', answer(500), 'failed'],
		['a 503', answer(503), 'shed'],
		['a 504', answer(504), 'lost'],
		['a page in the place of a 500', unreadable(500), 'failed'],
		['a page in the place of a 502', unreadable(502), 'lost'],
		['half a response', unreadable(200), 'lost'],
		['a 500 marked as a replay', answer(500, { 'idempotent-replayed': 'true' }), 'replayed'],
		[
			'a 500 that names the request it repeats',
			answer(500, { 'request-id': 'req_2', 'original-request': 'req_1' }),
			'replayed',
		],
		[
			'a 500 that names itself',
			answer(500, { 'request-id': 'req_1', 'original-request': 'req_1' }),
			'failed',
		],
		['a 424 marked as a replay', answer(424, { 'idempotent-replayed': 'true' }), 'lost'],
	])('%s', (_what, response, uncertaintyCause) => {
		const { outcome, sendAgain } = classify(response);
		expect(outcome).toMatchObject({ kind: 'unknown', uncertaintyCause });
		expect(sendAgain).toBe(uncertaintyCause !== 'replayed');
	});

	it('even if a different request is still executing', () => {
		expect(classify(answer(409)).outcome).toMatchObject({
			kind: 'busy',
			uncertaintyCause: expect.any(String) as string,
		});
	});

	it('a request that waited in vain for a lock on its object counts as lost', () => {
		const error = { type: 'invalid_request_error', code: 'lock_timeout' };
		const response = { kind: 'error', statusCode: 429, headers: {}, error } as const;
		expect(classify(response).outcome).toMatchObject({ kind: 'busy', uncertaintyCause: 'lost' });
	});

	it.each([400, 401, 402, 429])('but a %i, which is certain, has no cause', (statusCode) => {
		expect(classify(answer(statusCode)).outcome).not.toHaveProperty('uncertaintyCause');
	});
});

it.each([
	['concurrency', true],
	['global-rate', true],
	['a-reason-of-five-words', true],
	['a-reason-of-more-than-five', false],
	['<b>', false],
	['Global', false],
	['', false],
])('a rate limit states its reason, in a form like Stripe\'s and no other: "%s": %s', (reason, isTold) => {
	const { outcome } = classify({
		kind: 'error',
		statusCode: 429,
		headers: { 'stripe-rate-limited-reason': reason },
		error: { type: 'rate_limit_error', message: 'Too many requests.' },
	});
	expect(outcome.rateLimitedReason).toBe(isTold ? reason : undefined);
});
