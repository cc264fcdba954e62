import { getAccountId as accountAsked } from '../../../stripe/api/account';
import { sendOnce } from '../../../stripe/api/client';
import type { Connection } from '../../../stripe/api/connection';
import { classify } from '../../../stripe/api/outcome';
import { StripeSimulator } from '../../simulator/simulator';
import { useStoppables } from './stopAfterEach';
import { connectTo } from './sending';
import { replyWith, toStripeErrorBody } from './wireServer';

const TIMEOUT_MS = 10_000;

const ACCOUNTS = { sk_test_one: 'acct_one', sk_test_two: 'acct_two', sk_test_rolled: 'acct_one' };

const { keep, serve } = useStoppables();
let simulator: StripeSimulator;
beforeEach(async () => {
	simulator = keep(await StripeSimulator.start({ accounts: ACCOUNTS }));
});

const accountOf = (connection: Connection, timeoutMs: number) =>
	accountAsked(connection, async () => {
		const answer = await sendOnce(connection, { method: 'GET', path: '/v1/account', timeoutMs });
		return classify(answer).outcome;
	});

const account = (key: string) => accountOf(connectTo(simulator.url, key), TIMEOUT_MS);

it('the account is requested once per process and key', async () => {
	expect([await account('sk_test_one'), await account('sk_test_one')]).toEqual(['acct_one', 'acct_one']);
	expect(simulator.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1/account']);
});

it('the account is requested once for many concurrent callers', async () => {
	const all = await Promise.all(Array.from({ length: 20 }, () => account('sk_test_one')));
	expect(new Set(all)).toEqual(new Set(['acct_one']));
	expect(simulator.requests).toHaveLength(1);
});

it('the account differs for the key of another account, and is the same for a rolled key', async () => {
	expect(await account('sk_test_one')).toBe('acct_one');
	expect(await account('sk_test_two')).toBe('acct_two');
	expect(await account('sk_test_rolled')).toBe('acct_one');
});

it('an account that could not be read is not cached: the next caller requests it again', async () => {
	simulator.inject({ kind: 'error503', match: { method: 'GET' } });
	const failed = await Promise.all([account('sk_test_one'), account('sk_test_one')]);
	expect(failed).toMatchObject([{ kind: 'unknown' }, { kind: 'unknown' }]);
	expect(simulator.requests).toHaveLength(1);
	expect(await account('sk_test_one')).toBe('acct_one');
	expect(simulator.requests).toHaveLength(2);
});

it.each([
	['an unknown key', 'sk_test_stranger', 401],
	['a restricted key without the permission', 'rk_test_noaccount', 403],
])('%s: the outcome states why', async (_what, key, statusCode) => {
	const open = keep(await StripeSimulator.start(key.startsWith('rk') ? {} : { accounts: {} }));
	expect(await accountOf(connectTo(open.url, key), TIMEOUT_MS)).toMatchObject({
		kind: 'unauthorized',
		statusCode,
	});
});

it.each([
	['a response without an account', replyWith(200, { object: 'account' }), { kind: 'unknown' }],
	['a different object', replyWith(200, { object: 'payment_intent', id: 'pi_1' }), { kind: 'unknown' }],
	['a login page in JSON', replyWith(200, { id: 'acct_one' }), { kind: 'unknown' }],
	['no account at all', replyWith(404, toStripeErrorBody('invalid_request_error')), { kind: 'rejected' }],
])('%s is not an account, and is requested again', async (_what, reply, expected) => {
	const server = await serve(reply);
	for (const nth of [1, 2]) {
		expect(await accountOf(connectTo(server.url), TIMEOUT_MS)).toMatchObject(expected);
		expect(server.arrived).toHaveLength(nth);
	}
});
