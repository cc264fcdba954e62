import { Ledger } from '../../../ledger/ledger';
import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import type { RecordedRequest } from '../../simulator/simulator';
import { FakeClock, START_TIME } from '../../ledger/fakeClock';
import { CHARGE, withOptions, OrdersFixture } from '../fixtures/ordersFixture';

/** At once, before the pace of 25 a second in a sandbox makes anybody wait. */
const AT_ONCE = 3;

let time: FakeClock;
let fixture: OrdersFixture;
let store: SqliteStore;
beforeEach(async () => {
	time = new FakeClock(START_TIME, 'stands');
	fixture = await OrdersFixture.open({ time });
	store = SqliteStore.open(fixture.ledgerFile);
});
afterEach(async () => {
	await store.close();
	await fixture.close();
});

const orders = (count: number, from = 0) =>
	Array.from({ length: count }, (_, n) => ({ order: `${from + n}` }));

const entries = () => new Ledger(store, time).list({ limit: 1_000 });

/** Lets everybody do what can be done without time, and no less than so many charges. */
async function settle(charges = 0): Promise<void> {
	while (fixture.charges() < charges) await new Promise(setImmediate);
	for (let quiet = 0, before = -1; quiet < 20; quiet++) {
		const now = fixture.simulator.requests.length + (await entries()).filter(isSettled).length;
		if (now !== before) quiet = 0;
		before = now;
		await new Promise(setImmediate);
	}
}

const isSettled = ({ state }: { state: string }) => state === 'succeeded';

/** Time passes, in steps that whoever waits can act in. */
async function pass(ms: number): Promise<void> {
	for (let passed = 0; passed < ms; passed += 40) {
		time.advance(40);
		await settle();
	}
}

it('a claim is written when its turn has come, not before; known orders need none', async () => {
	const running = fixture.run(CHARGE, orders(8));
	await settle(AT_ONCE);
	expect(fixture.charges()).toBe(AT_ONCE);
	expect(await entries()).toHaveLength(AT_ONCE);
	await pass(400);
	expect((await running).success).toHaveLength(8);

	const { success } = await fixture.run(CHARGE, orders(8));
	expect(success.filter(({ idempotency }) => idempotency.replayed)).toHaveLength(8);
	expect(fixture.charges()).toBe(8);
});

it('Stop ends the wait: nothing more is claimed or sent', async () => {
	let stop = () => {};
	const stopped = new Promise<void>((resolve) => (stop = resolve));
	const running = fixture.run(CHARGE, orders(200), { cancelWhen: stopped });
	await settle(AT_ONCE);
	stop();
	expect((await running).status).toBe('canceled');
	await pass(200);
	expect(fixture.charges()).toBe(AT_ONCE);
	expect((await entries()).map(({ state }) => state)).toEqual(Array(AT_ONCE).fill('succeeded'));
});

it('a single order beside a long batch gets the next turn', async () => {
	let stop = () => {};
	const stopped = new Promise<void>((resolve) => (stop = resolve));
	const batch = fixture.run(CHARGE, orders(200), { cancelWhen: stopped });
	await settle(AT_ONCE);
	const single = fixture.run(CHARGE, orders(1, 1_000));
	await settle();
	expect(fixture.charges()).toBe(AT_ONCE);
	await pass(80);
	expect((await single).success).toHaveLength(1);
	stop();
	await batch;
});

it('when Stripe limits the rate: the rate falls, the retry comes first, and every item completes', async () => {
	fixture.simulator.inject({ kind: 'rateLimit429', rateLimitedReason: 'endpoint-rate' });
	const running = fixture.run(CHARGE, orders(12));
	await settle(AT_ONCE - 1);
	expect(fixture.charges()).toBe(AT_ONCE - 1);
	await pass(2_000);
	const { success, retry } = await running;
	expect([success.length, retry.length]).toEqual([12, 0]);
	const posts = fixture.simulator.sends();
	const [first] = posts.filter(({ status }) => status === 429);
	const repeat = posts.findLastIndex(({ key }) => key === first?.key);
	expect(repeat).toBeLessThan(posts.length - 4);
	expect((posts.at(-1)?.receivedAt ?? 0) - (posts.at(-2)?.receivedAt ?? 0)).toBeGreaterThan(40);
});

it('a Concurrency set by the user is not reduced', async () => {
	await fixture.run({ ...CHARGE, ...withOptions({ concurrency: 10 }) }, orders(40));
	expect(fixture.charges()).toBe(40);
	expect(time.now()).toBe(START_TIME);
});

it('requests about one object are sent in the order of the items, one after the other', async () => {
	const paid = await fixture.stripe.paymentIntents.create({
		amount: 1000,
		currency: 'eur',
		confirm: true,
		payment_method: 'pm_card_visa',
		automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
	});
	const underWay = new Set<RecordedRequest>();
	let most = 0;
	fixture.simulator.onPoint(async ({ name, request }) => {
		if (request.path !== '/v1/refunds') return;
		if (name === 'received') underWay.add(request);
		most = Math.max(most, underWay.size);
		if (name === 'answered') underWay.delete(request);
	});
	const refund = {
		resource: 'refund',
		operation: 'create',
		amountUnit: 'minor',
		amount: '={{ $json.amount }}',
		paymentIntent: paid.id,
		keyFields: { field: [{ path: 'order', treatAs: 'text' }] },
		...withOptions({ concurrency: 10 }),
	};
	const items = Array.from({ length: 8 }, (_, n) => ({ order: `${n}`, amount: 10 + n }));
	const { success } = await fixture.run(refund, items);
	expect(success).toHaveLength(8);
	const sent = fixture.simulator.sends({ path: '/v1/refunds' });
	expect(sent.map(({ params }) => params.amount)).toEqual(items.map(({ amount }) => `${amount}`));
	expect(most).toBe(1);
});
