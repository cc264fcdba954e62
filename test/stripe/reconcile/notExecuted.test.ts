import { NOT_EXECUTED_AFTER_MS } from '../../../ledger/rules/uncertainty';
import { EVENT_RETENTION_MS } from '../../../stripe/reconcile/executionWindow';
import type { ReconcileFixture } from './reconcileFixture';
import { DAY, HOUR } from '../../ledger/requests';
import {
	useReconcileFixtures,
	ENTRY,
	KEY,
	ENTRY_MARK,
	NOW,
	PAYMENTS,
	AFTER_FINALITY_MS,
	buildUnansweredEntry,
} from './reconcileFixture';
import { connectTo, WIRE_PAYMENT } from '../api/sending';
import type { WireReply } from '../api/wireServer';
import { replyWith, toStripeErrorBody } from '../api/wireServer';

const { open, serve } = useReconcileFixtures();
let registry: ReconcileFixture;
beforeEach(async () => {
	registry = await open();
});

const EMPTY = { object: 'list', data: [], has_more: false };

/** A Stripe that answers everything with an empty list, but for what begins with one of these paths. */
async function showingNothingBut(replies: Record<string, WireReply>) {
	const server = await serve((response, request, nth) => {
		const special = Object.entries(replies).find(([path]) => request.path.startsWith(path))?.[1];
		(special ?? replyWith(200, EMPTY))(response, request, nth);
	});
	return { connection: connectTo(server.url), server };
}

describe('"not executed" is returned if a list and the events show nothing, and all is final', () => {
	it('for a payment that never reached Stripe', async () => {
		registry.time.advance(AFTER_FINALITY_MS);
		const { finding, requests } = await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT));
		expect(finding).toEqual({ kind: 'not_executed' });
		const queriedPaths = requests.map(({ path }) => path);
		expect(queriedPaths).toEqual(expect.arrayContaining([PAYMENTS, '/v1/events', `${PAYMENTS}/search`]));
	});

	it('for a refund, which Search does not cover', async () => {
		const payment = await registry.create(PAYMENTS, WIRE_PAYMENT);
		registry.time.advance(AFTER_FINALITY_MS);
		expect(
			await registry.reconcileKind(buildUnansweredEntry('/v1/refunds', { payment_intent: payment })),
		).toBe('not_executed');
	});

	it('if both sources show the whole window, without a further source', async () => {
		registry.time.advance(AFTER_FINALITY_MS);
		const { requests } = await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT));
		for (const path of [PAYMENTS, '/v1/events']) {
			const windows = requests
				.filter((request) => request.path === path)
				.map(({ params }) => params.created);
			const [near, later] = windows as { gte: string; lt: string }[];
			expect(windows).toHaveLength(2);
			expect(Number(near?.gte) * 1000).toBeLessThan(NOW);
			expect(later?.gte).toBe(near?.lt);
			expect(Number(later?.lt) * 1000).toBeGreaterThanOrEqual(NOW + NOT_EXECUTED_AFTER_MS.failed);
		}
	});
});

describe('"not executed" is never returned too early', () => {
	it('not before Stripe has had three days since the last send', async () => {
		const entry = buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT);
		const { finding } = await registry.reconcile(entry);
		if (finding.kind !== 'inconclusive') throw new Error(finding.kind);
		const { retryAt = 0, reason } = finding;
		expect(retryAt).toBeGreaterThanOrEqual(NOW + NOT_EXECUTED_AFTER_MS.failed);
		expect(NOT_EXECUTED_AFTER_MS.failed).toBe(3 * DAY);
		expect(reason).toContain(new Date(retryAt).toISOString());
		// The time that is told allows for Stripe's own clock, which tells whole seconds.
		registry.time.advance(retryAt - NOW - 1_001);
		expect(await registry.reconcileKind(entry)).toBe('inconclusive');
		registry.time.advance(1);
		expect(await registry.reconcileKind(entry)).toBe('not_executed');
	});

	it.each([
		['the last of many sends', { lastSentAt: NOW + 20 * HOUR }],
		['the end of the lease of a worker that disappeared', { leaseUntil: NOW + 20 * HOUR }],
		[
			'a late response',
			{
				lateResponses: [
					{ fence: 1, key: KEY, outcome: { kind: 'unknown' as const }, at: NOW + 20 * HOUR },
				],
			},
		],
	])('the three days start with %s', async (_what, more) => {
		const entry = buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT, more);
		registry.time.advance(AFTER_FINALITY_MS);
		expect(await registry.reconcileKind(entry)).toBe('inconclusive');
		registry.time.advance(20 * HOUR);
		expect(await registry.reconcileKind(entry)).toBe('not_executed');
	});

	it('Search, which lags, never leads to "not executed": it is not one of the two', async () => {
		const mute = replyWith(200, { object: 'search_result', data: [], has_more: false });
		await registry.create(PAYMENTS, { ...WIRE_PAYMENT, metadata: ENTRY_MARK });
		// Everybody else shows it, so nothing hangs on Search.
		expect((await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT))).finding.kind).toBe(
			'executed',
		);
		const { connection } = await showingNothingBut({
			[`${PAYMENTS}/search`]: mute,
			[`${PAYMENTS}?`]: replyWith(403, toStripeErrorBody('invalid_request_error')),
			'/v1/events': replyWith(403, toStripeErrorBody('invalid_request_error')),
		});
		registry.time.advance(AFTER_FINALITY_MS);
		expect(
			await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT), { connection }),
		).toBe('stripe_unavailable');
	});
});

describe('"not executed" is never returned if a source is incomplete', () => {
	beforeEach(() => registry.time.advance(AFTER_FINALITY_MS));

	const refused = replyWith(400, toStripeErrorBody('invalid_request_error', { message: 'Not here' }));
	it.each<[string, string, WireReply, string]>([
		['the list is refused', `${PAYMENTS}?`, refused, 'Not here'],
		['the events are refused', '/v1/events', refused, 'Not here'],
		[
			'the events are too old a form to name keys',
			'/v1/events',
			replyWith(200, { ...EMPTY, data: [{ id: 'evt_1', object: 'event', request: 'req_1' }] }),
			'do not name the key',
		],
		[
			'the events no longer name keys',
			'/v1/events',
			replyWith(200, { ...EMPTY, data: [{ id: 'evt_1', object: 'event', request: { id: 'req_1' } }] }),
			'do not name the key',
		],
		[
			'the events no longer show their request',
			'/v1/events',
			replyWith(200, { ...EMPTY, data: [{ id: 'evt_1', object: 'event' }] }),
			'do not name the key',
		],
	])('%s: inconclusive', async (_what, path, reply, why) => {
		const { connection, server } = await showingNothingBut({ [path]: reply });
		const { finding } = await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT), {
			connection,
		});
		expect(finding).toMatchObject({
			kind: 'inconclusive',
			reason: expect.stringContaining(why) as string,
			dashboardUrl: `https://dashboard.stripe.com/test/search?query=metadata%3A${ENTRY}`,
		});
		expect(finding).not.toHaveProperty('retryAt');
		expect(server.arrived.length).toBeLessThanOrEqual(105);
	});

	it.each<[string, string, unknown]>([
		['the list is invalid', `${PAYMENTS}?`, { object: 'list', data: 'x', has_more: false }],
		['the list does not say whether it ends', `${PAYMENTS}?`, { object: 'list', data: [] }],
		['the list holds no objects', `${PAYMENTS}?`, { ...EMPTY, data: [null] }],
		['the list contains other objects', `${PAYMENTS}?`, { ...EMPTY, data: [{ object: 'charge' }] }],
		['the events are other objects', '/v1/events', { ...EMPTY, data: [{ object: 'charge' }] }],
	])('%s: retried later', async (_what, path, body) => {
		const { connection } = await showingNothingBut({ [path]: replyWith(200, body) });
		const entry = buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT);
		expect(await registry.reconcileKind(entry, { connection })).toBe('stripe_unavailable');
	});

	it.each([
		['the list', `${PAYMENTS}?`],
		['the events', '/v1/events'],
	])(
		'%s continue for longer than there is time: retried later, and what was read is reported',
		async (...row) => {
			const [, path] = row;
			const object = path === '/v1/events' ? 'event' : 'payment_intent';
			const endless: WireReply = (response, request, nth) => {
				registry.time.advance(1_000);
				const data = [{ id: `x_${nth}`, object, request: null }];
				replyWith(200, { object: 'list', data, has_more: true })(response, request, nth);
			};
			const { connection, server } = await showingNothingBut({ [path]: endless });
			const until = registry.time.now() + 60_000;
			const { finding } = await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT), {
				connection,
				deadline: until,
			});
			expect(finding).toMatchObject({
				kind: 'stripe_unavailable',
				reason: expect.stringContaining('There was not enough time to read all of /v1/') as string,
			});
			expect(server.arrived.length).toBeGreaterThan(55);
		},
	);

	it.each([
		['the list', 'the same page', `${PAYMENTS}?`, 'payment_intent', 1],
		['the events', 'the same page', '/v1/events', 'event', 1],
		['the list', 'three pages in turn', `${PAYMENTS}?`, 'payment_intent', 3],
		['the events', 'three pages in turn', '/v1/events', 'event', 3],
	])('%s return %s again: retried later', async (...row) => {
		const [, , path, object, pages] = row;
		const same: WireReply = (response, request, nth) => {
			const data = [{ id: `x_${nth % pages}`, object, request: null }];
			replyWith(200, { object: 'list', data, has_more: nth < 20 })(response, request, nth);
		};
		const { connection } = await showingNothingBut({ [path]: same });
		const entry = buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT);
		expect(await registry.reconcileKind(entry, { connection })).toBe('stripe_unavailable');
	});

	it.each([[503], [500], [403], [401]])('%i from the list or the events: retried later', async (status) => {
		for (const path of [`${PAYMENTS}?`, '/v1/events']) {
			const { connection } = await showingNothingBut({
				[path]: replyWith(status, toStripeErrorBody('api_error')),
			});
			expect(
				await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT), {
					connection,
				}),
			).toBe('stripe_unavailable');
		}
	});

	it('if Search is down it is retried later; if Search is not for this account it is skipped', async () => {
		const search = `${PAYMENTS}/search`;
		const down = await showingNothingBut({ [search]: replyWith(503, toStripeErrorBody('api_error')) });
		expect(await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT), down)).toBe(
			'stripe_unavailable',
		);
		const india = await showingNothingBut({ [search]: refused });
		expect(await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT), india)).toBe(
			'not_executed',
		);
	});

	it('if the events are older than Stripe keeps them', async () => {
		registry.time.advance(EVENT_RETENTION_MS - AFTER_FINALITY_MS);
		const { finding } = await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT));
		expect(finding).toMatchObject({
			kind: 'inconclusive',
			reason: expect.stringContaining('keeps events for 30 days') as string,
		});
	});

	it.each([
		['the metadata have no room', { metadata: Object.fromEntries(fields(50)) }, {}],
		['the ledger stores no parameters', {}, { paramsStored: false }],
		['it belongs to a test clock', { test_clock: 'clock_1' }, {}],
	])('%s, so the list would not show it: inconclusive', async (_what, params, more) => {
		expect(await registry.reconcileKind(buildUnansweredEntry('/v1/customers', params, more))).toBe(
			'inconclusive',
		);
		expect(await registry.reconcileKind(buildUnansweredEntry('/v1/customers'))).toBe('not_executed');
	});

	it('without a list: inconclusive', async () => {
		expect(await registry.reconcileKind(buildUnansweredEntry('/v1/payment_methods'))).toBe(
			'inconclusive',
		);
	});
});

function fields(count: number): [string, string][] {
	return Array.from({ length: count }, (_, n) => [`field_${n}`, 'x']);
}
