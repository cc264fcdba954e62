import { NodeFixture, ANY_ORDER, ONE_HOUR_MS } from '../../fixtures/nodeFixture';
import { loseLedger } from '../../fixtures/lostLedger';

const DAY = 24 * ONE_HOUR_MS;
const OTHER = { ...ANY_ORDER, amount: 2999 };

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

const sends = () => fixture.stripe.sends().length;

let paid: string;
describe('an order that a lost ledger has charged, and that Stripe has with different values', () => {
	beforeEach(async () => {
		const { success } = await fixture.run([ANY_ORDER]);
		paid = success[0]!.json.id as string;
		await loseLedger(fixture);
	});

	it('is a conflict, and its entry is unknown: a day later, when Stripe has forgotten the key, it is not charged again', async () => {
		const { fix } = await fixture.run([OTHER]);
		expect(fix).toMatchObject([
			{
				json: {
					error: { outcome: 'conflict', type: 'idempotency_error', retryable: false },
					idempotency: { state: 'unknown', attempt: 1 },
				},
			},
		]);
		fixture.time.advance(2 * DAY);
		const again = await fixture.run([OTHER]);
		expect(again.fix).toMatchObject([{ json: { error: { outcome: 'conflict', retryable: false } } }]);
		fixture.time.advance(30 * DAY);
		await fixture.run([OTHER]);
		expect(fixture.charges()).toBe(1);
	});

	it('names the payment that differs', async () => {
		await fixture.run([OTHER]);
		const { fix } = await fixture.run([OTHER]);
		expect(fix[0]?.json.error?.message).toContain(paid);
		expect(fix[0]?.json.idempotency).toMatchObject({ state: 'unknown' });
		expect(sends()).toBe(2);
	});

	it.each([0, 2 * DAY])(
		'run again with its own values (after %i ms) is found, and nothing is sent',
		async (ms) => {
			await fixture.run([OTHER]);
			fixture.time.advance(ms);
			const { success } = await fixture.run([ANY_ORDER]);
			expect(success).toMatchObject([{ json: { idempotency: { state: 'succeeded', attempt: 1 } } }]);
			expect(sends()).toBe(2);
			expect((await fixture.run([ANY_ORDER])).success).toMatchObject([
				{ json: { idempotency: { source: 'ledger', replayed: true } } },
			]);
			expect(fixture.charges()).toBe(1);
		},
	);

	it('stays unknown if a timeout came first', async () => {
		fixture.stripe.inject({ kind: 'resetBefore' });
		await fixture.run([OTHER]);
		fixture.time.advance(2 * DAY);
		await fixture.run([OTHER]);
		expect(fixture.charges()).toBe(1);
	});
});
