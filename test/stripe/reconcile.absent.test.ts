import { ABSENT_AFTER_MS } from '../../ledger/rules/doubt';
import { EVENTS_KEPT_MS } from '../../stripe/reconcile/executionWindow';
import type { Desk } from './reconciling';
import { DAY, desks, ENTRY, HOUR, KEY, MARK, NOW, PAYMENTS, SETTLED, unanswered } from './reconciling';
import { at, PAYMENT } from './sending';
import type { Reply } from './wireServer';
import { says, stripeError } from './wireServer';

const { open, serve } = desks();
let desk: Desk;
beforeEach(async () => {
	desk = await open();
});

const EMPTY = { object: 'list', data: [], has_more: false };

/** A Stripe that answers everything with an empty list, but for what begins with one of these paths. */
async function showingNothingBut(replies: Record<string, Reply>) {
	const server = await serve((response, request, nth) => {
		const special = Object.entries(replies).find(([path]) => request.path.startsWith(path))?.[1];
		(special ?? says(200, EMPTY))(response, request, nth);
	});
	return { connection: at(server.url), server };
}

describe('absent is said when a list and the events show nothing, and all has settled', () => {
	it('of a payment that never reached Stripe', async () => {
		desk.time.advance(SETTLED);
		const { found, requests } = await desk.finding(unanswered(PAYMENTS, PAYMENT));
		expect(found).toEqual({ kind: 'absent' });
		const asked = requests.map(({ path }) => path);
		expect(asked).toEqual(expect.arrayContaining([PAYMENTS, '/v1/events', `${PAYMENTS}/search`]));
	});

	it('of a refund, which Search does not know', async () => {
		const payment = await desk.create(PAYMENTS, PAYMENT);
		desk.time.advance(SETTLED);
		expect(await desk.kind(unanswered('/v1/refunds', { payment_intent: payment }))).toBe('absent');
	});

	it('by what both sources show of the whole window, and no more', async () => {
		desk.time.advance(SETTLED);
		const { requests } = await desk.finding(unanswered(PAYMENTS, PAYMENT));
		for (const path of [PAYMENTS, '/v1/events']) {
			const windows = requests
				.filter((request) => request.path === path)
				.map(({ params }) => params.created);
			const [near, later] = windows as { gte: string; lt: string }[];
			expect(windows).toHaveLength(2);
			expect(Number(near?.gte) * 1000).toBeLessThan(NOW);
			expect(later?.gte).toBe(near?.lt);
			expect(Number(later?.lt) * 1000).toBeGreaterThanOrEqual(NOW + ABSENT_AFTER_MS.failed);
		}
	});
});

describe('absent is never said too early', () => {
	it('not before Stripe has had three days since the last send', async () => {
		const entry = unanswered(PAYMENTS, PAYMENT);
		const { found } = await desk.finding(entry);
		if (found.kind !== 'cannot_tell') throw new Error(found.kind);
		const { lookAgainAt = 0, reason } = found;
		expect(lookAgainAt).toBeGreaterThanOrEqual(NOW + ABSENT_AFTER_MS.failed);
		expect(ABSENT_AFTER_MS.failed).toBe(3 * DAY);
		expect(reason).toContain(new Date(lookAgainAt).toISOString());
		desk.time.advance(lookAgainAt - NOW - 1);
		expect(await desk.kind(entry)).toBe('cannot_tell');
		desk.time.advance(1);
		expect(await desk.kind(entry)).toBe('absent');
	});

	it.each([
		['the last of many sends', { lastSentAt: NOW + 20 * HOUR }],
		['the end of the claim of a holder that was not heard of', { leaseUntil: NOW + 20 * HOUR }],
		[
			'an answer that came late',
			{
				evidence: [
					{ fence: 1, key: KEY, outcome: { kind: 'unknown' as const }, at: NOW + 20 * HOUR },
				],
			},
		],
	])('the three days begin with %s', async (_what, more) => {
		const entry = unanswered(PAYMENTS, PAYMENT, more);
		desk.time.advance(SETTLED);
		expect(await desk.kind(entry)).toBe('cannot_tell');
		desk.time.advance(20 * HOUR);
		expect(await desk.kind(entry)).toBe('absent');
	});

	it('Search that lags never leads to absent: it is not one of the two', async () => {
		const mute = says(200, { object: 'search_result', data: [], has_more: false });
		await desk.create(PAYMENTS, { ...PAYMENT, metadata: MARK });
		// Everybody else shows it, so nothing hangs on Search.
		expect((await desk.finding(unanswered(PAYMENTS, PAYMENT))).found.kind).toBe('found');
		const { connection } = await showingNothingBut({
			[`${PAYMENTS}/search`]: mute,
			[`${PAYMENTS}?`]: says(403, stripeError('invalid_request_error')),
			'/v1/events': says(403, stripeError('invalid_request_error')),
		});
		desk.time.advance(SETTLED);
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT), { connection })).toBe('not_answered');
	});
});

describe('absent is never said where a source shows less than everything', () => {
	beforeEach(() => desk.time.advance(SETTLED));

	const refused = says(400, stripeError('invalid_request_error', { message: 'Not here' }));
	it.each<[string, string, Reply, string]>([
		['the list is refused', `${PAYMENTS}?`, refused, 'Not here'],
		['the events are refused', '/v1/events', refused, 'Not here'],
		['the list is none', `${PAYMENTS}?`, says(200, { object: 'list', data: 'x' }), 'is no list'],
		[
			'the list does not say whether it ends',
			`${PAYMENTS}?`,
			says(200, { object: 'list', data: [] }),
			'is no list',
		],
		['the list holds no objects', `${PAYMENTS}?`, says(200, { ...EMPTY, data: [null] }), 'is no list'],
		[
			'the events are too old a form to name keys',
			'/v1/events',
			says(200, { ...EMPTY, data: [{ id: 'evt_1', request: 'req_1' }] }),
			'do not name the key',
		],
	])('%s: nobody can tell', async (_what, path, reply, why) => {
		const { connection, server } = await showingNothingBut({ [path]: reply });
		const { found } = await desk.finding(unanswered(PAYMENTS, PAYMENT), { connection });
		expect(found).toMatchObject({
			kind: 'cannot_tell',
			reason: expect.stringContaining(why) as string,
			dashboardUrl: `https://dashboard.stripe.com/test/search?query=metadata%3A${ENTRY}`,
		});
		expect(found).not.toHaveProperty('lookAgainAt');
		expect(server.arrived.length).toBeLessThanOrEqual(105);
	});

	it.each([
		['the list', `${PAYMENTS}?`],
		['the events', '/v1/events'],
	])(
		'%s go on for longer than there is time: it is asked about later, and what there was of them was read',
		async (...row) => {
			const [, path] = row;
			const object = path === '/v1/events' ? 'event' : 'payment_intent';
			const page = { object: 'list', data: [{ id: 'x_1', object, request: null }], has_more: true };
			const endless: Reply = (...asked) => {
				desk.time.advance(1_000);
				says(200, page)(...asked);
			};
			const { connection, server } = await showingNothingBut({ [path]: endless });
			const until = desk.time.now() + 60_000;
			const { found } = await desk.finding(unanswered(PAYMENTS, PAYMENT), { connection, until });
			expect(found).toMatchObject({
				kind: 'not_answered',
				reason: expect.stringContaining('There was no time to read all of /v1/') as string,
			});
			expect(server.arrived.length).toBeGreaterThan(55);
		},
	);

	it.each([[503], [500], [403], [401]])(
		'%i from the list or the events: it is asked about later',
		async (status) => {
			for (const path of [`${PAYMENTS}?`, '/v1/events']) {
				const { connection } = await showingNothingBut({
					[path]: says(status, stripeError('api_error')),
				});
				expect(await desk.kind(unanswered(PAYMENTS, PAYMENT), { connection })).toBe('not_answered');
			}
		},
	);

	it('Search that is down is asked again later; Search that is not for this account is done without', async () => {
		const search = `${PAYMENTS}/search`;
		const down = await showingNothingBut({ [search]: says(503, stripeError('api_error')) });
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT), down)).toBe('not_answered');
		const india = await showingNothingBut({ [search]: refused });
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT), india)).toBe('absent');
	});

	it('the events are older than Stripe keeps them', async () => {
		desk.time.advance(EVENTS_KEPT_MS - SETTLED);
		const { found } = await desk.finding(unanswered(PAYMENTS, PAYMENT));
		expect(found).toMatchObject({
			kind: 'cannot_tell',
			reason: expect.stringContaining('keeps events for 30 days') as string,
		});
	});

	it.each([
		['the metadata have no room', { metadata: Object.fromEntries(fields(50)) }, {}],
		['the ledger keeps no parameters', {}, { paramsStored: false }],
		['it belongs to a test clock', { test_clock: 'clock_1' }, {}],
	])('%s, so the list would not show it: nobody can tell', async (_what, params, more) => {
		expect(await desk.kind(unanswered('/v1/customers', params, more))).toBe('cannot_tell');
		expect(await desk.kind(unanswered('/v1/customers'))).toBe('absent');
	});

	it('there is no list by time', async () => {
		expect(await desk.kind(unanswered('/v1/quotes'))).toBe('cannot_tell');
	});
});

function fields(count: number): [string, string][] {
	return Array.from({ length: count }, (_, n) => [`field_${n}`, 'x']);
}
