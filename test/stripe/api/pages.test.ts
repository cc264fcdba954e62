import { forEachPage } from '../../../stripe/api/reads';
import { DEFAULT_API_VERSION } from '../../../stripe/api/connection';
import { FakeClock } from '../../ledger/fakeClock';
import { connectTo } from './sending';
import { useStoppables } from './stopAfterEach';
import { replyWith } from './wireServer';

const { serve } = useStoppables();

const options = { apiVersion: DEFAULT_API_VERSION, timeoutMs: 10_000, maxRetries: 0 };

describe('a list that goes on, and does not say where, is not taken as read to its end', () => {
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
