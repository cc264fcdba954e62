import { repeat } from '../../../crash/soak';
import { ONE_HOUR_MS } from '../../fixtures/nodeFixture';
import { listStepCrashes, runPausedAt } from '../../fixtures/stepCrashes';
import { BillFixture, TOTAL } from './billFixture';

const DAY = 24 * ONE_HOUR_MS;
const isWhole = repeat(0, 1) === 1;
const POINTS = listStepCrashes(4, isWhole).filter(
	({ where, point }) => where === 'worker' && point !== 'leaving',
);
const SOON = { options: { waitForBusySeconds: 0 } };

let bills: BillFixture;
beforeAll(async () => {
	bills = await BillFixture.open();
});
afterAll(() => bills.close());

describe.each([
	['two minutes', ONE_HOUR_MS / 30],
	['an hour', ONE_HOUR_MS],
	['a day and an hour', DAY + ONE_HOUR_MS],
	['four days', 4 * DAY],
])('a bill whose machine is paused for %s', (_name, ms) => {
	it.each(POINTS)('at $point, time $nth, beside another run, is created and paid once', async (at) => {
		const bill = await bills.newBill();
		const { time } = bills.fixture;
		let other: Promise<unknown> | undefined;
		const pause = () => {
			time.advance(ms);
			other = bills.run(bill, {}, SOON);
		};
		await runPausedAt(at, pause, () => bills.run(bill, {}, SOON));
		expect(other).toBeDefined();
		await other;

		let last = await bills.run(bill, {}, SOON);
		for (let days = 0; last.error && days < 8; days++) {
			time.advance(DAY);
			last = await bills.run(bill, {}, SOON);
		}
		expect(last.error).toBeUndefined();
		expect(await bills.invoiceOf(bill)).toMatchObject({ total: TOTAL, status: 'paid' });
		expect(await bills.paymentsOf(bill)).toBe(1);
	});
});
