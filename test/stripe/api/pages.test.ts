import { forEachPage } from '../../../stripe/api/reads';
import { listCreated } from '../../../stripe/reconcile/listCreated';
import { DEFAULT_API_VERSION } from '../../../stripe/api/connection';
import { FakeClock } from '../../ledger/fakeClock';
import { connectTo } from './sending';
import { useStoppables } from './stopAfterEach';
import type { WireReply } from './wireServer';
import { replyWith } from './wireServer';

const { serve } = useStoppables();

const options = { apiVersion: DEFAULT_API_VERSION, timeoutMs: 10_000, maxRetries: 0 };

describe('a list that continues, and does not say where, is not treated as complete', () => {
	it.each<['list' | 'search', string, object]>([
		['list', '/v1/charges', { object: 'list', data: [{ object: 'charge' }] }],
		['list', '/v1/charges', { object: 'list', data: [] }],
		[
			'search',
			'/v1/charges/search',
			{ object: 'search_result', data: [{ id: 'ch_1', object: 'charge' }] },
		],
	])('%s of %s that answers %j', async (kind, path, page) => {
		const server = await serve(replyWith(200, { ...page, has_more: true }));
		const request = { connection: connectTo(server.url), options };
		const question = { path, params: {}, kind, limit: Infinity };
		const failure = await forEachPage(request, question, new FakeClock(), () => undefined);
		expect(failure).toMatchObject({ kind: 'unknown' });
		expect(server.arrived).toHaveLength(1);
	});
});

/** Ten pages are enough to see that it does not end by itself. */
const goingOn =
	(page: object): WireReply =>
	(response, request, nth) =>
		replyWith(200, { ...page, has_more: nth < 10 })(response, request, nth);

it.each<['list' | 'search', string, object]>([
	['list', '/v1/charges', { object: 'list' }],
	['search', '/v1/charges/search', { object: 'search_result', next_page: 'p1' }],
])('a %s that returns the same page again is not read for ever', async (kind, path, page) => {
	const data = [{ id: 'ch_1', object: 'charge' }];
	const server = await serve(goingOn({ data, ...page }));
	const request = { connection: connectTo(server.url), options };
	const question = { path, params: {}, kind, limit: Infinity };
	const failure = await forEachPage(request, question, new FakeClock(), () => undefined);
	expect(failure).toMatchObject({ kind: 'unknown' });
	expect(server.arrived).toHaveLength(2);
});

/** Two pages that each lead to the other. */
const goingRound: WireReply = (response, request, nth) => {
	const data = [{ id: nth % 2 === 0 ? 'ch_even' : 'ch_odd', object: 'charge' }];
	const kind = request.path.includes('/search') ? { object: 'search_result' } : { object: 'list' };
	replyWith(200, { ...kind, data, has_more: nth < 10, next_page: `p${nth % 2}` })(response, request, nth);
};

it.each<['list' | 'search', string]>([
	['list', '/v1/charges'],
	['search', '/v1/charges/search'],
])(
	'a %s whose pages lead back to an earlier one is not complete, and not read for ever',
	async (kind, path) => {
		const server = await serve(goingRound);
		const request = { connection: connectTo(server.url), options };
		const question = { path, params: {}, kind, limit: Infinity };
		const failure = await forEachPage(request, question, new FakeClock(), () => undefined);
		expect(failure).toMatchObject({ kind: 'unknown', message: expect.stringMatching(/again/) as string });
		expect(server.arrived).toHaveLength(3);
	},
);

describe('a list of all payments of a period is incomplete', () => {
	it.each<[what: string, reply: WireReply]>([
		['the same page again', goingOn({ object: 'list', data: [{ id: 'ch_1', object: 'charge' }] })],
		['a page from before', goingRound],
		['no ID to go on from', goingOn({ object: 'list', data: [{ object: 'charge' }] })],
		['nothing', goingOn({ object: 'list', data: [] })],
	])('if it continues with %s', async (_what, reply) => {
		const server = await serve(reply);
		const context = {
			connection: connectTo(server.url),
			timeoutMs: 10_000,
			time: new FakeClock(),
		};
		expect(await listCreated(context, '/v1/charges', { from: 0 })).toMatchObject({
			kind: 'stripe_unavailable',
			outcome: { kind: 'unknown' },
		});
	});
});

describe('a response that does not say that the list is complete is not taken for an empty list', () => {
	it.each([
		{},
		{ object: 'list', data: null, has_more: false },
		{ object: 'list', data: [{ id: 'ch_1', object: 'charge' }] },
		{ id: 'ch_1', object: 'charge' },
	])('%j', async (body) => {
		const server = await serve(replyWith(200, body));
		const request = { connection: connectTo(server.url), options };
		const question = { path: '/v1/charges', params: {}, kind: 'list', limit: Infinity } as const;
		const failure = await forEachPage(request, question, new FakeClock(), () => undefined);
		expect(failure).toMatchObject({ kind: 'unknown' });
	});

	it('a run that was stopped between two pages does not return a complete list', async () => {
		const data = [{ id: 'ch_1', object: 'charge' }];
		const server = await serve(replyWith(200, { object: 'list', data, has_more: true }));
		const stop = new AbortController();
		const request = { connection: connectTo(server.url), options, signal: stop.signal };
		const question = { path: '/v1/charges', params: {}, kind: 'list', limit: Infinity } as const;
		const failure = await forEachPage(request, question, new FakeClock(), () => stop.abort());
		expect(failure).toMatchObject({ kind: 'unreachable' });
		expect(server.arrived).toHaveLength(1);
	});
});
