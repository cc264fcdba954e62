import { CHARGE, OrdersFixture } from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const ORDER = [{ order: '1001' }];
const ONE_SEND = { maxRetries: 0 };

describe('a 403', () => {
	it('on a connected account names the account, and suggests checking the connection', async () => {
		const options = { ...ONE_SEND, stripeAccount: 'acct_revoked' };
		const { fix } = await fixture.run({ ...CHARGE, options }, ORDER);
		const { outcome, message, nextStep } = fix[0]!.error;
		expect(outcome).toBe('unauthorized');
		expect(message).toContain('has no access to the connected account');
		expect(message).toContain('acct_revoked');
		expect(nextStep).toMatch(/Stripe Account.*still connected/);
		expect(nextStep).not.toContain('restricted key');
	});

	it('of a restricted key names the permission, also for a connected account', async () => {
		fixture.simulator.inject({ kind: 'forbidden403' });
		const options = { ...ONE_SEND, stripeAccount: 'acct_branch' };
		const { fix } = await fixture.run({ ...CHARGE, options }, ORDER);
		expect(fix[0]!.error.nextStep).toMatch(/^The restricted key lacks Payment intents: Write\./);
	});

	it('releases the entry: once it is repaired, it is charged once', async () => {
		fixture.simulator.inject({ kind: 'forbidden403' });
		await fixture.run({ ...CHARGE, options: ONE_SEND }, ORDER);
		const { success } = await fixture.run({ ...CHARGE, options: ONE_SEND }, ORDER);
		expect(success).toHaveLength(1);
		expect(fixture.charges()).toBe(1);
	});
});

describe('a 429', () => {
	it.each([
		['global-rate', 'Let fewer workflows'],
		['endpoint-concurrency', 'Lower the option Concurrency'],
		['resource-specific', 'A lower Concurrency does not help'],
	])('names its reason %s, and the remedy', async (rateLimitedReason, cure) => {
		fixture.simulator.inject({ kind: 'rateLimit429', rateLimitedReason });
		const { retry } = await fixture.run({ ...CHARGE, options: ONE_SEND }, ORDER);
		const { message, nextStep } = retry[0]!.error;
		expect(message).toContain(`(${rateLimitedReason})`);
		expect(nextStep).toContain(cure);
		expect(nextStep).toContain('The same idempotency key is used');
	});

	it('shows a reason only if it has the form of Stripe’s', async () => {
		fixture.simulator.inject({ kind: 'rateLimit429', rateLimitedReason: '<b>sk_live_51AbCd</b>' });
		const { retry } = await fixture.run({ ...CHARGE, options: ONE_SEND }, ORDER);
		expect(JSON.stringify(retry)).not.toContain('<b>');
	});
});
