import { BACKOFF_MS } from '../../stripe/api/retry';
import { MOST_TRIES } from '../../stripe/reconcile/stripeQueries';
import type { FaultKind } from '../simulator/simulator';
import type { Desk } from './reconciling';
import { deletion, desks, ENTRY, MARK, PAYMENTS, SETTLED, unanswered } from './reconciling';
import { at, pay, PAYMENT } from './sending';
import { says } from './wireServer';
import { letLiveKeysReachTheSimulator } from '../simulator/asStripesOwn';

letLiveKeysReachTheSimulator();

const { open, serve } = desks();
let desk: Desk;
beforeEach(async () => {
	desk = await open();
});

describe('a deletion', () => {
	it('that has happened is found', async () => {
		const id = await desk.create('/v1/customers', {});
		const path = `/v1/customers/${id}`;
		await pay(desk.simulator.url, {
			method: 'DELETE',
			path,
			idempotencyKey: undefined,
			params: undefined,
		});
		expect((await desk.finding(deletion(path))).found).toMatchObject({
			kind: 'found',
			outcome: { kind: 'succeeded', objectId: id, body: { id, deleted: true } },
		});
	});

	it('of what is no longer known is found', async () => {
		const { found } = await desk.finding(deletion('/v1/customers/cus_gone'));
		expect(found).toMatchObject({ kind: 'found', outcome: { body: { id: 'cus_gone', deleted: true } } });
	});

	it('of what is still there has not happened, and may still for a while', async () => {
		const id = await desk.create('/v1/customers', {});
		const entry = deletion(`/v1/customers/${id}`);
		const { found } = await desk.finding(entry);
		expect(found).toEqual({ kind: 'absent', mayComeUntil: expect.any(Number) as number });
		desk.time.advance(SETTLED);
		expect((await desk.finding(entry)).found).toEqual({ kind: 'absent' });
	});

	it.each([
		['canceled', 'found'],
		['active', 'absent'],
	])('of a subscription, which stays and is %s then: %s', async (status, kind) => {
		const server = await serve(says(200, { id: 'sub_1', object: 'subscription', status }));
		const connection = at(server.url);
		expect(await desk.kind(deletion('/v1/subscriptions/sub_1'), { connection })).toBe(kind);
	});

	it.each([
		[404, { message: 'no route' }, 'not_answered'],
		[
			404,
			{ error: { type: 'invalid_request_error', message: 'Unrecognized request URL' } },
			'cannot_tell',
		],
		[403, { error: { type: 'invalid_request_error' } }, 'not_answered'],
		[500, { error: { type: 'api_error' } }, 'not_answered'],
	])('where a %i says %j: %s, never done', async (status, body, kind) => {
		const server = await serve(says(status, body));
		expect(await desk.kind(deletion('/v1/customers/cus_1'), { connection: at(server.url) })).toBe(kind);
	});
});

describe('Stripe does not answer: it has to be asked again', () => {
	it.each<FaultKind>([
		...(['error503', 'html502', 'html', 'cutBody', 'resetBefore'] as const),
		...(['unauthorized401', 'forbidden403', 'error424'] as const),
	])('%s', async (kind) => {
		const id = await desk.create('/v1/customers', {});
		desk.time.advance(SETTLED);
		for (const entry of [unanswered(PAYMENTS, PAYMENT), deletion(`/v1/customers/${id}`)]) {
			const path = /(?:payment_intents|cus_\w+)$/;
			desk.simulator.inject({ kind, match: { method: 'GET', path } });
			expect(await desk.kind(entry)).toBe('not_answered');
			expect(desk.time.slept).toEqual([]);
		}
	});

	it('on the second page', async () => {
		for (let n = 0; n < 101; n++) await desk.create(PAYMENTS, PAYMENT);
		desk.time.advance(SETTLED);
		desk.simulator.inject({ kind: 'error503', match: { method: 'GET', path: PAYMENTS, nth: 2 } });
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT))).toBe('not_answered');
	});

	it('but what another source shows is found all the same', async () => {
		await desk.create(PAYMENTS, { ...PAYMENT, metadata: MARK }, `n8n_${ENTRY}`);
		desk.simulator.inject({
			kind: 'error503',
			times: 2,
			match: { method: 'GET', path: /payment_intents(\/search)?$/ },
		});
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT))).toBe('found');
	});

	it('a stopped run asks nothing more, and says nothing of what it did not see', async () => {
		desk.time.advance(SETTLED);
		const stop = new AbortController();
		desk.simulator.onPoint(({ request }) => {
			if (request.path === '/v1/events') stop.abort();
		});
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT), { signal: stop.signal })).toBe('not_answered');
	});
});

describe('a rate limit', () => {
	it.each<FaultKind>(['rateLimit429', 'lockTimeout429'])(
		'%s is waited for, longer each time',
		async (kind) => {
			await desk.create(PAYMENTS, { ...PAYMENT, metadata: MARK });
			desk.simulator.inject({ kind, times: MOST_TRIES - 1, match: { method: 'GET', path: PAYMENTS } });
			expect(await desk.kind(unanswered(PAYMENTS, PAYMENT))).toBe('found');
			expect(desk.time.slept).toEqual([1, 2, 4, 8].map((times) => (times * BACKOFF_MS.first) / 2));
		},
	);

	it('is waited for a bounded number of times, then it is asked about later', async () => {
		desk.time.advance(SETTLED);
		desk.simulator.inject({ kind: 'rateLimit429', times: Infinity, match: { method: 'GET' } });
		const { found, requests } = await desk.finding(unanswered(PAYMENTS, PAYMENT));
		expect(found.kind).toBe('not_answered');
		const lists = requests.filter(({ path }) => path === PAYMENTS);
		expect(lists.length).toBeLessThanOrEqual(2 * MOST_TRIES);
	});

	it('that asks for more patience than there is ends the question', async () => {
		const server = await serve(
			says(
				429,
				{ error: { type: 'invalid_request_error', code: 'rate_limit' } },
				{ 'Retry-After': '600' },
			),
		);
		const connection = at(server.url);
		expect(await desk.kind(deletion('/v1/customers/cus_1'), { connection })).toBe('not_answered');
		expect(desk.time.slept).toEqual([]);
	});

	it('is not waited for in a run that was stopped', async () => {
		const stop = new AbortController();
		desk.simulator.onPoint(({ name }) => {
			if (name === 'answering') stop.abort();
		});
		desk.simulator.inject({ kind: 'rateLimit429', times: Infinity, match: { method: 'GET' } });
		const { requests } = await desk.finding(unanswered(PAYMENTS, PAYMENT), { signal: stop.signal });
		expect(requests).toHaveLength(1);
	});
});

describe('who cannot tell says where to look', () => {
	const entry = unanswered(PAYMENTS, PAYMENT);

	it.each([
		['test', 'sk_test_shop', undefined, 'test/'],
		['live', 'sk_live_shop', undefined, ''],
		['a connected account', 'sk_live_shop', 'acct_1', 'acct_1/'],
		['a connected account, test', 'rk_test_shop', 'acct_1', 'acct_1/test/'],
	])('%s', async (_what, key, stripeAccount, way) => {
		const connection = at(desk.simulator.url, key);
		const { found } = await desk.finding(entry, { connection, stripeAccount });
		expect(found).toMatchObject({
			kind: 'cannot_tell',
			dashboardUrl: `https://dashboard.stripe.com/${way}search?query=metadata%3A${ENTRY}`,
		});
		expect(JSON.stringify(found)).not.toContain(key);
	});

	it('an object without a page of its own is searched by its id', async () => {
		const path = '/v1/refunds/re_1';
		const server = await serve(says(200, { id: 're_1', object: 'refund', metadata: {} }));
		const { found } = await desk.finding(unanswered(path, { metadata: { a: 'b' } }), {
			connection: at(server.url),
		});
		expect(found).toMatchObject({ dashboardUrl: 'https://dashboard.stripe.com/test/search?query=re_1' });
	});

	it('in words that carry no secret', async () => {
		const message = 'No such key: sk_test_51abc, pi_1_secret_2';
		const server = await serve(says(400, { error: { type: 'invalid_request_error', message } }));
		const { found } = await desk.finding(entry, { connection: at(server.url) });
		expect(found).toMatchObject({
			kind: 'cannot_tell',
			reason: expect.stringContaining('[hidden]') as string,
		});
		expect(JSON.stringify(found)).not.toMatch(/51abc|secret_2/);
	});
});
