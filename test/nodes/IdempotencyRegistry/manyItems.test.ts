import { STOP_PATIENCE_MS } from '../../../nodes/shared/run/stop';
import { CHARGE, STRIPE_NODE } from '../fixtures/ordersFixture';
import { CLAIM_ORDER, COMPLETE, RegistryFixture } from '../fixtures/registryFixture';

let registry: RegistryFixture;
beforeEach(async () => {
	registry = await RegistryFixture.open();
});
afterEach(() => registry.close());

const orders = (count: number) => Array.from({ length: count }, (_, n) => ({ order: `${n}` }));

it('a run of many items reports its progress, whatever it does', async () => {
	const { outputsOf } = await registry.run(CLAIM_ORDER, orders(30));
	expect(registry.log).toEqual(['Node: 25 of 30 completed: Proceed 25']);
	const claims = outputsOf[0]?.map(({ idempotency }) => ({ claim: idempotency.claim }));
	await registry.run(COMPLETE, claims);
	expect(registry.log.at(-1)).toBe('Node: 25 of 30 completed: Done 25');
	expect(registry.messages).toEqual(registry.log);
});

it('Stop leaves items that were not started unclaimed', async () => {
	const run = { isOver: false };
	const firstReport = (async () => {
		while (registry.log.length === 0 && !run.isOver) await new Promise(setImmediate);
	})();
	const { status } = await registry.run(CLAIM_ORDER, orders(1_000), { cancelWhen: firstReport });
	run.isOver = true;
	expect(status).toBe('canceled');
	const claimed = await registry.fixture.entries();
	expect(claimed.length).toBeGreaterThanOrEqual(50);
	expect(claimed.length).toBeLessThan(500);
});

it('Stop ends Retry of all due entries before Stripe has responded, and starts no further entry', async () => {
	const { stripe } = registry.fixture;
	const options = { maxRetries: 0 };
	stripe.inject({ kind: 'resetAfter', times: 8 });
	await registry.run({ ...CHARGE, options }, orders(8), { type: STRIPE_NODE });
	const [reached, released] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
	stripe.onPoint(async ({ name, request }) => {
		if (name !== 'answering' || request.method !== 'POST') return;
		reached.resolve(undefined);
		await released.promise;
	});
	const due = { resource: 'entry', operation: 'retry', which: 'due', returnAll: true, options };
	const running = registry.run(due, [{}], { cancelWhen: reached.promise });
	await reached.promise;
	await new Promise(setImmediate);
	registry.time.advance(STOP_PATIENCE_MS);
	const { status } = await running;
	expect(status).toBe('canceled');
	released.resolve(undefined);
	const states = async () => (await registry.fixture.entries()).map(({ state }) => state);
	while (!(await states()).includes('succeeded'));
	expect(stripe.sends().length).toBeLessThanOrEqual(8 + 5);
	expect(await states()).toContain('unknown');
});
