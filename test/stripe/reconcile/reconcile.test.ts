import { BACKOFF_MS } from '../../../stripe/api/retry';
import { MAX_TRIES } from '../../../stripe/reconcile/stripeQueries';
import type { FaultKind } from '../../simulator/simulator';
import type { ReconcileFixture } from './reconcileFixture';
import {
	buildDeletion,
	useReconcileFixtures,
	ENTRY,
	ENTRY_MARK,
	PAYMENTS,
	AFTER_FINALITY_MS,
	buildUnansweredEntry,
} from './reconcileFixture';
import { connectTo, sendPayment, WIRE_PAYMENT } from '../api/sending';
import { replyWith } from '../api/wireServer';
import { letLiveKeysReachTheSimulator } from '../../simulator/asStripesOwn';

letLiveKeysReachTheSimulator();

const { open, serve } = useReconcileFixtures();
let registry: ReconcileFixture;
beforeEach(async () => {
	registry = await open();
});

describe('a deletion', () => {
	it('that has happened is found', async () => {
		const id = await registry.create('/v1/customers', {});
		const path = `/v1/customers/${id}`;
		await sendPayment(registry.simulator.url, {
			method: 'DELETE',
			path,
			idempotencyKey: undefined,
			params: undefined,
		});
		expect((await registry.reconcile(buildDeletion(path))).finding).toMatchObject({
			kind: 'executed',
			outcome: { kind: 'succeeded', objectId: id, body: { id, deleted: true } },
		});
	});

	it('of an unknown object is found', async () => {
		const { finding } = await registry.reconcile(buildDeletion('/v1/coupons/GONE'));
		expect(finding).toMatchObject({
			kind: 'executed',
			outcome: { body: { id: 'GONE', deleted: true } },
		});
	});

	it.each(['/v1/customers/cus_gone', '/v1/subscriptions/sub_gone'])(
		'of %s, which would still be shown, is not proven by a missing object',
		async (path) => {
			expect(await registry.reconcileKind(buildDeletion(path))).toBe('inconclusive');
		},
	);

	it('of what still exists has not been executed, but may still be for a while', async () => {
		const id = await registry.create('/v1/customers', {});
		const entry = buildDeletion(`/v1/customers/${id}`);
		const { finding } = await registry.reconcile(entry);
		expect(finding).toEqual({ kind: 'not_executed', mayStillExecuteUntil: expect.any(Number) as number });
		registry.time.advance(AFTER_FINALITY_MS);
		expect((await registry.reconcile(entry)).finding).toEqual({ kind: 'not_executed' });
	});

	it.each([
		['canceled', 'executed'],
		['active', 'not_executed'],
	])('of a subscription, which stays and is %s then: %s', async (status, kind) => {
		const server = await serve(replyWith(200, { id: 'sub_1', object: 'subscription', status }));
		const connection = connectTo(server.url);
		const path = '/v1/subscriptions/sub_1';
		const entry = buildDeletion(path, { prorate: 'true' });
		expect(await registry.reconcileKind(entry, { connection })).toBe(kind);
		// A read knows none of the parameters of the deletion.
		expect(server.arrived).toMatchObject([{ method: 'GET', path }]);
	});

	it.each([
		[404, { message: 'no route' }, 'stripe_unavailable'],
		[
			404,
			{ error: { type: 'invalid_request_error', message: 'Unrecognized request URL' } },
			'inconclusive',
		],
		[403, { error: { type: 'invalid_request_error' } }, 'stripe_unavailable'],
		[500, { error: { type: 'api_error' } }, 'stripe_unavailable'],
	])('where a %i says %j: %s, never done', async (status, body, kind) => {
		const server = await serve(replyWith(status, body));
		expect(
			await registry.reconcileKind(buildDeletion('/v1/customers/cus_1'), {
				connection: connectTo(server.url),
			}),
		).toBe(kind);
	});
});

describe('if Stripe does not respond it has to be queried again', () => {
	it.each<FaultKind>([
		...(['error503', 'html502', 'html', 'cutBody', 'resetBefore'] as const),
		...(['unauthorized401', 'forbidden403', 'error424'] as const),
	])('%s', async (kind) => {
		const id = await registry.create('/v1/customers', {});
		registry.time.advance(AFTER_FINALITY_MS);
		for (const entry of [
			buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT),
			buildDeletion(`/v1/customers/${id}`),
		]) {
			const path = /(?:payment_intents|cus_\w+)$/;
			registry.simulator.inject({ kind, match: { method: 'GET', path } });
			expect(await registry.reconcileKind(entry)).toBe('stripe_unavailable');
			expect(registry.time.slept).toEqual([]);
		}
	});

	it('on the second page', async () => {
		for (let n = 0; n < 101; n++) await registry.create(PAYMENTS, WIRE_PAYMENT);
		registry.time.advance(AFTER_FINALITY_MS);
		registry.simulator.inject({ kind: 'error503', match: { method: 'GET', path: PAYMENTS, nth: 2 } });
		expect(await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT))).toBe(
			'stripe_unavailable',
		);
	});

	it('but what a different source shows is found all the same', async () => {
		await registry.create(PAYMENTS, { ...WIRE_PAYMENT, metadata: ENTRY_MARK }, `n8n_${ENTRY}`);
		registry.simulator.inject({
			kind: 'error503',
			times: 2,
			match: { method: 'GET', path: /payment_intents(\/search)?$/ },
		});
		expect(await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT))).toBe('executed');
	});

	it('a stopped run queries nothing more, and reports nothing about what it did not see', async () => {
		registry.time.advance(AFTER_FINALITY_MS);
		const stop = new AbortController();
		registry.simulator.onPoint(({ request }) => {
			if (request.path === '/v1/events') stop.abort();
		});
		expect(
			await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT), {
				signal: stop.signal,
			}),
		).toBe('stripe_unavailable');
	});
});

describe('a rate limit', () => {
	it.each<FaultKind>(['rateLimit429', 'lockTimeout429'])(
		'%s causes a wait, longer each time',
		async (kind) => {
			await registry.create(PAYMENTS, { ...WIRE_PAYMENT, metadata: ENTRY_MARK });
			registry.simulator.inject({
				kind,
				times: MAX_TRIES - 1,
				match: { method: 'GET', path: PAYMENTS },
			});
			expect(await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT))).toBe(
				'executed',
			);
			expect(registry.time.slept).toEqual([1, 2, 4, 8].map((times) => (times * BACKOFF_MS.first) / 2));
		},
	);

	it('causes a bounded number of waits, then it is retried later', async () => {
		registry.time.advance(AFTER_FINALITY_MS);
		registry.simulator.inject({ kind: 'rateLimit429', times: Infinity, match: { method: 'GET' } });
		const { finding, requests } = await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT));
		expect(finding.kind).toBe('stripe_unavailable');
		const lists = requests.filter(({ path }) => path === PAYMENTS);
		expect(lists.length).toBeLessThanOrEqual(2 * MAX_TRIES);
	});

	it('that asks for a longer wait than allowed ends the query', async () => {
		const server = await serve(
			replyWith(
				429,
				{ error: { type: 'invalid_request_error', code: 'rate_limit' } },
				{ 'Retry-After': '600' },
			),
		);
		const connection = connectTo(server.url);
		expect(await registry.reconcileKind(buildDeletion('/v1/customers/cus_1'), { connection })).toBe(
			'stripe_unavailable',
		);
		expect(registry.time.slept).toEqual([]);
	});

	it('causes no wait in a run that was stopped', async () => {
		const stop = new AbortController();
		registry.simulator.onPoint(({ name }) => {
			if (name === 'answering') stop.abort();
		});
		registry.simulator.inject({ kind: 'rateLimit429', times: Infinity, match: { method: 'GET' } });
		const { requests } = await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT), {
			signal: stop.signal,
		});
		expect(requests).toHaveLength(1);
	});
});

describe('an inconclusive finding states where to look', () => {
	const entry = buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT);

	it.each([
		['test', 'sk_test_shop', undefined, 'test/'],
		['live', 'sk_live_shop', undefined, ''],
		['a connected account', 'sk_live_shop', 'acct_1', 'acct_1/'],
		['a connected account, test', 'rk_test_shop', 'acct_1', 'acct_1/test/'],
	])('%s', async (_what, key, stripeAccount, way) => {
		const connection = connectTo(registry.simulator.url, key);
		const { finding } = await registry.reconcile(entry, { connection, stripeAccount });
		expect(finding).toMatchObject({
			kind: 'inconclusive',
			dashboardUrl: `https://dashboard.stripe.com/${way}search?query=metadata%3A${ENTRY}`,
		});
		expect(JSON.stringify(finding)).not.toContain(key);
	});

	it('an object without a page of its own is searched by its id', async () => {
		const path = '/v1/refunds/re_1';
		const refund = { id: 're_1', object: 'refund', metadata: {} };
		const events = { object: 'list', data: [], has_more: false };
		const server = await serve((...queriedPaths) =>
			replyWith(200, queriedPaths[1].path === path ? refund : events)(...queriedPaths),
		);
		const { finding } = await registry.reconcile(buildUnansweredEntry(path, { metadata: { a: 'b' } }), {
			connection: connectTo(server.url),
		});
		expect(finding).toMatchObject({
			dashboardUrl: 'https://dashboard.stripe.com/test/search?query=re_1',
		});
	});

	it('without secrets', async () => {
		const message = 'No such key: sk_test_51abc, pi_1_secret_2';
		const server = await serve(replyWith(400, { error: { type: 'invalid_request_error', message } }));
		const { finding } = await registry.reconcile(entry, { connection: connectTo(server.url) });
		expect(finding).toMatchObject({
			kind: 'inconclusive',
			reason: expect.stringContaining('[hidden]') as string,
		});
		expect(JSON.stringify(finding)).not.toMatch(/51abc|secret_2/);
	});
});
