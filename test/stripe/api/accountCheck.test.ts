import { TimeUnknownError } from '../../../ledger/clock';
import { connect } from '../../../stripe/api/connection';
import { sendOnce } from '../../../stripe/api/client';
import { StripeSimulator } from '../../simulator/simulator';
import { useStoppables } from './stopAfterEach';
import { replyWith, WireServer } from './wireServer';

const ACCOUNTS = { sk_test_one: 'acct_one', sk_test_two: 'acct_two', rk_test_noaccount: 'acct_one' };

const { keep } = useStoppables();
let simulator: StripeSimulator;
beforeEach(async () => {
	simulator = keep(await StripeSimulator.start({ accounts: ACCOUNTS }));
});

const connectAs = (accountId: string | undefined, secretKey: string, baseUrl = simulator.url) =>
	connect({ secretKey, baseUrl, accountId }, { ...hostTime });
const hostTime = {
	now: () => Date.now(),
	monotonic: () => performance.now(),
	sleep: () => Promise.resolve(),
	random: () => 0.5,
};

it('the time is unknown until Stripe has confirmed that the key belongs to the account', async () => {
	const connection = connectAs('acct_one', 'sk_test_one');
	await sendOnce(connection, { method: 'GET', path: '/v1/customers', timeoutMs: 10_000 });
	expect(connection.clock.known()).toBeUndefined();
	await expect(connection.clock.ascertain()).resolves.toBeGreaterThan(0);
	expect(connection.clock.known()).toBeGreaterThan(0);
});

it('the key of a different account is refused, with one request to Stripe', async () => {
	const { clock } = connectAs('acct_one', 'sk_test_two');
	for (let requests = 0; requests < 3; requests++) {
		await expect(clock.ascertain()).rejects.toMatchObject({ fault: 'other_account' });
	}
	expect(clock.known()).toBeUndefined();
	expect(simulator.requests).toHaveLength(1);
});

it('the same credential with a different Account ID is checked again', async () => {
	await connectAs('acct_two', 'sk_test_two').clock.ascertain();
	await expect(connectAs('acct_one', 'sk_test_two').clock.ascertain()).rejects.toMatchObject({
		fault: 'other_account',
	});
});

it('a key that cannot read its account is accepted unchecked, and so is an invalid key', async () => {
	await expect(connectAs('acct_one', 'rk_test_noaccount').clock.ascertain()).resolves.toBeDefined();
	await expect(connectAs('acct_one', 'sk_test_stranger').clock.ascertain()).resolves.toBeDefined();
});

it.each([429, 500, 503])('a %i does not identify the account: the time stays unknown', async (status) => {
	const error = { type: 'api_error', message: 'Later.' };
	const server = keep(
		await WireServer.start(
			replyWith(status, { error }, { 'request-id': 'req_1', date: new Date().toUTCString() }),
		),
	);
	const { clock } = connectAs('acct_one', 'sk_test_one', server.url);
	await expect(clock.ascertain()).rejects.toBeInstanceOf(TimeUnknownError);
});
