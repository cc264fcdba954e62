import { SqliteStore } from '../../../ledger/stores/sqlite/sqliteStore';
import { CHARGE, OrdersFixture, withOptions } from '../fixtures/ordersFixture';

/** One order at a time. */
const ONE_BY_ONE = { ...CHARGE, ...withOptions({ concurrency: 1 }) };

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(async () => {
	jest.restoreAllMocks();
	await fixture.close();
});

/** The disk writes no outcome until it is told to. */
function holdOutcomes(): { release: () => void; waiting: () => number } {
	let release = () => {};
	let waiting = 0;
	const released = new Promise<void>((resolve) => (release = resolve));
	const { replaceIfVersion } = SqliteStore.prototype;
	jest.spyOn(SqliteStore.prototype, 'replaceIfVersion').mockImplementation(async function (
		this: SqliteStore,
		rows,
	) {
		waiting++;
		await released;
		return replaceIfVersion.call(this, rows);
	});
	return { release, waiting: () => waiting };
}

async function until(isSo: () => boolean): Promise<void> {
	while (!isSo()) await new Promise(setImmediate);
}

/** Lets everything happen that waits for nothing but the ledger's thread. */
async function yieldToOthers(): Promise<void> {
	const store = SqliteStore.open(fixture.ledgerFile);
	for (let turn = 0; turn < 20; turn++) await store.find([]);
}

it('while an outcome is written the next order is charged, and no third one', async () => {
	const { release, waiting } = holdOutcomes();
	let hasEnded = false;
	const running = fixture
		.run(ONE_BY_ONE, [{ order: '1' }, { order: '2' }, { order: '3' }])
		.finally(() => (hasEnded = true));
	await until(() => waiting() === 2);
	await yieldToOthers();
	expect([fixture.charges(), hasEnded]).toEqual([2, false]);
	release();
	const { success } = await running;
	expect(success.map(({ idempotency }) => idempotency.state)).toEqual(Array(3).fill('succeeded'));
	expect(fixture.charges()).toBe(3);
});

it('a repeated order waits until the outcome of the first is written', async () => {
	const { release, waiting } = holdOutcomes();
	const running = fixture.run(ONE_BY_ONE, [{ order: '1' }, { order: '1' }]);
	await until(() => waiting() === 1);
	await yieldToOthers();
	expect(fixture.simulator.sends()).toHaveLength(1);
	release();
	const { success } = await running;
	expect(success.map(({ idempotency }) => idempotency.replayed)).toEqual([false, true]);
	expect(fixture.simulator.sends()).toHaveLength(1);
});
