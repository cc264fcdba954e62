import { CLAIM_ORDER, COMPLETE, RegistryFixture } from '../fixtures/registryFixture';

let registry: RegistryFixture;
beforeEach(async () => {
	registry = await RegistryFixture.open();
});
afterEach(() => registry.close());

const orders = (count: number) => Array.from({ length: count }, (_, n) => ({ order: `${n}` }));

it('a run of many items tells how far it is, whatever it does', async () => {
	const { outputsOf } = await registry.run(CLAIM_ORDER, orders(30));
	expect(registry.log).toEqual(['Node: 25 of 30 completed: Proceed 25']);
	const claims = outputsOf[0]?.map(({ idempotency }) => ({ claim: idempotency.claim }));
	await registry.run(COMPLETE, claims);
	expect(registry.log.at(-1)).toBe('Node: 25 of 30 completed: Done 25');
	expect(registry.messages).toEqual(registry.log);
});

it('Stop leaves what was not begun unclaimed', async () => {
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
