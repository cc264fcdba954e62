import { NodeFixture, ANY_ORDER } from '../../fixtures/nodeFixture';

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

const patient = { options: { maxRetries: 2 } };

it.each(['cutBody', 'html'] as const)(
	'a 200 whose body is cut off or not JSON (%s) is sent again with the same key in the same run: Success, one charge',
	async (kind) => {
		fixture.stripe.inject({ kind, shouldRetry: false });
		const { success } = await fixture.run([ANY_ORDER], patient);
		expect(success[0]?.json.idempotency).toMatchObject({ state: 'succeeded', attempt: 1, sends: 2 });
		expect(new Set(fixture.stripe.sends().map(({ key }) => key)).size).toBe(1);
		expect(fixture.charges()).toBe(1);
	},
);

it('a 4xx for which Stripe says that another result is possible is never stored as a rejection: charged in the end, with the same key', async () => {
	fixture.stripe.inject({ kind: 'forbidden403', shouldRetry: true, times: 3 });
	fixture.stripe.inject({ kind: 'error424', shouldRetry: true, times: 3 });
	for (const statusCode of [403, 424]) {
		const { retry } = await fixture.run([ANY_ORDER], patient);
		expect(retry[0]?.json).toMatchObject({
			error: { outcome: 'unknown', statusCode, retryable: true },
			idempotency: { state: 'unknown', attempt: 1 },
		});
	}
	const { success } = await fixture.run([ANY_ORDER], patient);
	expect(success[0]?.json.idempotency).toMatchObject({ state: 'succeeded', attempt: 1, sends: 7 });
	expect(fixture.charges()).toBe(1);
});
