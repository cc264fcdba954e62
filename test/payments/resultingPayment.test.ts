import { systemTime } from '../../ledger/clock';
import type { Outcome } from '../../ledger/model/entry';
import type { Grant } from '../../ledger/rules/grant';
import { addResultingPayment } from '../../payments/resultingPayment';
import { connect } from '../../stripe/api/connection';
import { RunPace } from '../../stripe/api/rateLimiter';
import { StripeSimulator } from '../simulator/simulator';

let stripe: StripeSimulator;
beforeAll(async () => {
	stripe = await StripeSimulator.start();
});
afterAll(() => stripe.stop());

const OUTCOME: Outcome = {
	kind: 'succeeded',
	body: { object: 'subscription', latest_invoice: 'in_1' },
};

/** What is asked of Stripe about the invoice when so many ms of the claim are left. */
async function readWith(leftMs: number) {
	stripe.requests.length = 0;
	const time = { ...systemTime, now: () => Date.now() };
	const attempt = {
		connection: connect({ secretKey: 'sk_test_shop', baseUrl: stripe.url }, time),
		pace: RunPace.automatic(),
		timeoutMs: 5_000,
		maxRetries: 0,
		method: 'POST' as const,
		path: '/v1/subscriptions/sub_1',
		params: {},
		checkHalt: () => Promise.resolve(undefined),
	};
	await attempt.connection.clock.ascertain();
	stripe.requests.length = 0;
	const leaseUntil = attempt.connection.clock.now() + leftMs;
	const request = { method: 'POST', path: '/v1/subscriptions' };
	const grant = { entry: { expectation: {}, request, leaseUntil } } as unknown as Grant;
	const report = await addResultingPayment(grant, { outcomes: [OUTCOME], sends: 1 }, attempt);
	return { report, paths: stripe.requests.map(({ path }) => path) };
}

it('the invoice of a change is read while the claim is held', async () => {
	const { paths } = await readWith(60_000);
	expect(paths).toEqual(['/v1/invoices/in_1']);
});

it('it is no longer read once the claim has expired: the outcome has to be written', async () => {
	const { report, paths } = await readWith(-1);
	expect(paths).toEqual([]);
	expect(report).toMatchObject({ outcomes: [OUTCOME], sends: 1, isInvoiceUnread: true });
});
