import net from 'node:net';
import type { AddressInfo } from 'node:net';

import { version } from '../../../package.json';
import { sendOnce } from '../../../stripe/api/client';
import { DEFAULT_API_VERSION } from '../../../stripe/api/connection';
import { classify } from '../../../stripe/api/outcome';
import { sendWithRetries } from '../../../stripe/api/retry';
import { INTENT } from './responses';
import { RandomClock } from './randomClock';
import { useStoppables } from './stopAfterEach';
import { connectTo, sendPayment, buildPayment } from './sending';
import type { WireReply } from './wireServer';
import { replyWith } from './wireServer';

const { keep, serve } = useStoppables();

const ok = replyWith(200, INTENT);

describe('one call of sendOnce is one HTTP request', () => {
	it.each<[string, WireReply]>([
		['a reset connection, which the SDK would repeat by itself', (r) => void r.socket?.resetAndDestroy()],
		['a closed connection', (r) => void r.socket?.destroy()],
		['a 409, which the SDK would repeat', replyWith(409, { error: { type: 'api_error' } })],
		['a 500', replyWith(500, { error: { type: 'api_error' } })],
		['a 500 that asks for a retry', replyWith(500, {}, { 'Stripe-Should-Retry': 'true' })],
		['a redirect', replyWith(307, INTENT, { Location: '/v1/payment_intents' })],
	])('for %s', async (_what, reply) => {
		const server = await serve(reply);
		await sendPayment(server.url);
		expect(server.arrived).toHaveLength(1);
	});

	it('for a keep-alive connection that turns out to be closed: the next request is our own retry, on a new one', async () => {
		const server = await serve((response, arrived, nth) => {
			if (nth === 2) response.socket?.resetAndDestroy();
			else ok(response, arrived, nth);
		});
		expect((await sendPayment(server.url)).outcome.kind).toBe('succeeded');

		const time = new RandomClock();
		const send = () => sendOnce(connectTo(server.url), buildPayment());
		const policy = { timeoutMs: 10_000, maxRetries: 3 };
		const outcomes = await sendWithRetries(send, policy, time.now() + 120_000, time);

		expect(outcomes.map(({ kind }) => kind)).toEqual(['unknown', 'succeeded']);
		expect(server.arrived).toHaveLength(3);
		expect(server.connections).toBe(2);
		const [, second, third] = server.arrived;
		expect(third?.headers['idempotency-key']).toBe(second?.headers['idempotency-key']);
		expect(third?.body).toBe(second?.body);
	});

	it('for a keep-alive connection that the server has closed in between: a new one is opened', async () => {
		const server = await serve((response, arrived, nth) => {
			ok(response, arrived, nth);
			response.socket?.end();
		});
		await sendPayment(server.url);
		await server.deserted();
		expect((await sendPayment(server.url)).outcome.kind).toBe('succeeded');
		expect([server.arrived.length, server.connections]).toEqual([2, 2]);
	});
});

it('keeps its connection: two payments, one socket', async () => {
	const server = await serve(ok);
	await sendPayment(server.url);
	await sendPayment(server.url, { idempotencyKey: 'another' });
	expect([server.arrived.length, server.connections]).toEqual([2, 1]);
});

describe('what Stripe receives', () => {
	async function headersOf(more: Parameters<typeof sendPayment>[1] = {}) {
		const server = await serve(ok);
		await sendPayment(server.url, more);
		const [arrived] = server.arrived;
		if (!arrived) throw new Error('nothing arrived');
		return arrived;
	}

	it('the key, unchanged, once', async () => {
		const key = 'n8n_v1_Az-09_zZ'.padEnd(255, 'x');
		const { rawHeaders } = await headersOf({ idempotencyKey: key });
		const at = rawHeaders.flatMap((name, i) => (/^idempotency-key$/i.test(name) ? [i] : []));
		expect(at.map((i) => rawHeaders[i + 1])).toEqual([key]);
	});

	it('the parameters, form-encoded, nested and in any script', async () => {
		const params = { amount: '500', metadata: { 'größe & mehr': 'שלום 👋', n: '' }, expand: ['a', 'b'] };
		const { body, headers } = await headersOf({ params });
		expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
		expect([...new URLSearchParams(body)]).toEqual([
			['amount', '500'],
			['metadata[größe & mehr]', 'שלום 👋'],
			['metadata[n]', ''],
			['expand[0]', 'a'],
			['expand[1]', 'b'],
		]);
	});

	it('the pinned API version, unless a different one is requested', async () => {
		expect((await headersOf()).headers['stripe-version']).toBe(DEFAULT_API_VERSION);
		const other = await headersOf({ apiVersion: '2024-06-20' });
		expect(other.headers['stripe-version']).toBe('2024-06-20');
	});

	it('the connected account, only if one is named', async () => {
		expect((await headersOf()).headers).not.toHaveProperty('stripe-account');
		const connected = await headersOf({ stripeAccount: 'acct_connected' });
		expect(connected.headers['stripe-account']).toBe('acct_connected');
	});

	it('the name and version of this package, and no telemetry, not even after a first request', async () => {
		const server = await serve(replyWith(200, INTENT, { 'Request-Id': 'req_1' }));
		await sendPayment(server.url);
		await sendPayment(server.url);
		for (const { headers } of server.arrived) {
			expect(headers['user-agent']).toContain(`n8n-nodes-stripe-idempotent/${version}`);
			expect(headers).not.toHaveProperty('x-stripe-client-telemetry');
		}
	});

	it.each(['GET', 'DELETE'] as const)('a %s without key and body', async (method) => {
		const path = '/v1/customers/cus_1?expand[0]=x';
		const arrived = await headersOf({ method, path, params: {}, idempotencyKey: undefined });
		expect(arrived).toMatchObject({ method, path, body: '' });
		expect(arrived.headers).not.toHaveProperty('idempotency-key');
	});

	it.each(['GET', 'DELETE'] as const)('the parameters of a %s in its query string', async (method) => {
		const params = { prorate: 'true', cancellation_details: { comment: 'a b' } };
		const path = '/v1/subscriptions/sub_1';
		const arrived = await headersOf({ method, path, params, idempotencyKey: undefined });
		const query = '?prorate=true&cancellation_details%5Bcomment%5D=a%20b';
		expect(arrived).toMatchObject({ method, path: path + query, body: '' });
	});

	it('a POST that only reads, with a key that is new for each send', async () => {
		const path = '/v1/invoices/create_preview';
		const params = { customer: 'cus_1' };
		const request = { path, params, idempotencyKey: undefined, isKeyless: true } as const;
		const arrived = await headersOf(request);
		const again = await headersOf(request);
		expect(arrived).toMatchObject({ method: 'POST', path, body: 'customer=cus_1' });
		expect(arrived.headers['idempotency-key']).not.toBe(again.headers['idempotency-key']);
	});
});

it.each([undefined, ''])(
	'a POST with the key %j is refused: the SDK would generate a random one',
	async (key) => {
		const server = await serve(ok);
		await expect(sendPayment(server.url, { idempotencyKey: key })).rejects.toThrow(RangeError);
		expect(server.connections).toBe(0);
	},
);

it.each([
	'/v1/payment_intents/pi_1/../../customers',
	'/v1/payment_intents/pi_1?expand[]=customer',
	'/v1//x',
	'v1/x',
	'/v1/payment_intents/pi_1%2fcapture',
	'/v1/customers/sk_live_51AbCd',
	'/v3/x',
	'/',
	'',
	'/v1/..',
])('a path that leads elsewhere, %p, is never sent, whoever has built it', async (path) => {
	const server = await serve(ok);
	const { outcome } = await sendPayment(server.url, { path });
	expect(outcome.kind).toBe('unreachable');
	expect(server.arrived).toEqual([]);
});

it('a key that cannot be a header is never sent, and does not throw', async () => {
	const server = await serve(ok);
	const verdict = await sendPayment(server.url, { idempotencyKey: 'line\nbreak' });
	expect(verdict.outcome).toMatchObject({ kind: 'unreachable', code: 'ERR_INVALID_CHAR' });
	expect(server.arrived).toEqual([]);
});

it('a response whose headers arrive byte by byte ends at the timeout, too', async () => {
	const head = Buffer.from(`HTTP/1.1 200 OK\r\nX-Endless: ${'x'.repeat(100_000)}`);
	const server = net.createServer((socket) => {
		let sendCount = 0;
		const timer = setInterval(() => socket.write(head.subarray(sendCount, ++sendCount)), 10);
		socket.on('error', () => undefined).on('close', () => clearInterval(timer));
		socket.resume();
		keep({ stop: async () => void socket.destroy() });
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	keep({ stop: async () => void server.close() });
	const { port } = server.address() as AddressInfo;
	const answer = await sendOnce(connectTo(`http://127.0.0.1:${port}`), buildPayment({ timeoutMs: 200 }));
	expect(classify(answer)).toMatchObject({ sendAgain: true, outcome: { kind: 'unknown' } });
});

it('a response that arrives after the timeout changes nothing and throws nothing', async () => {
	let late: (() => void) | undefined;
	const server = await serve((response, arrived, nth) => (late = () => ok(response, arrived, nth)));
	const answer = await sendOnce(connectTo(server.url), buildPayment({ timeoutMs: 100 }));
	late?.();
	expect(classify(answer).outcome.kind).toBe('unknown');
});

it('an object of 10 MB is returned complete', async () => {
	const description = 'é'.repeat(5_000_000);
	const server = await serve(replyWith(200, { ...INTENT, description }));
	const { outcome } = await sendPayment(server.url);
	expect(outcome.kind).toBe('succeeded');
	expect(String(outcome.body?.description)).toHaveLength(description.length);
});
