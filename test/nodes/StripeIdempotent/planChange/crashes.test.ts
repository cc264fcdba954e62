import { ONE_HOUR_MS } from '../../fixtures/nodeFixture';
import { repeat } from '../../../crash/soak';
import { listStepCrashes, runKilledAt } from '../../fixtures/stepCrashes';
import type { PlanChange } from './planChangeFixture';
import { PlanChangeFixture } from './planChangeFixture';

let changes: PlanChangeFixture;
beforeAll(async () => {
	changes = await PlanChangeFixture.open();
});
afterAll(() => changes.close());

async function expectPlannedOnce(change: PlanChange) {
	expect(await changes.countSchedules(change)).toBe(1);
	const { phases } = (await changes.scheduleOf(change))!;
	expect(phases.map(({ items }) => items)).toMatchObject([
		[{ price: changes.small, quantity: 25 }],
		[{ price: changes.large, quantity: 25 }],
	]);
}

const isWhole = repeat(0, 1) === 1;
const CRASHES = listStepCrashes(2, isWhole);

describe('a change at the end of the period whose process is killed', () => {
	it.each(CRASHES)('at $point in the $where, time $nth, is scheduled once', async (at) => {
		const change = await changes.newChange();
		const known = new Set((await changes.entries()).map(({ entryId }) => entryId));
		const soon = { options: { waitForBusySeconds: 0 } };
		const { stripe } = changes.fixture;
		expect(await runKilledAt(stripe, at, () => changes.run(change, {}, soon))).toBe(true);

		// At once the claims of the dead process still stand, also for other values.
		await changes.run(change, {}, soon);
		expect(await changes.countSchedules(change)).toBeLessThanOrEqual(1);

		changes.fixture.time.advance(ONE_HOUR_MS);
		expect((await changes.run(change, {}, soon)).error).toBeUndefined();
		await expectPlannedOnce(change);
		const entries = (await changes.entries()).filter(({ entryId }) => !known.has(entryId));
		expect(entries.map(({ state, attempt }) => [state, attempt])).toEqual(
			Array.from({ length: 3 }, () => ['succeeded', 1]),
		);
	});

	it.each(CRASHES.filter(({ point }) => ['claimed', 'settled', 'executed'].includes(point)))(
		'at $point in the $where, time $nth, is never scheduled with two prices',
		async (at) => {
			const change = await changes.newChange();
			const { stripe } = changes.fixture;
			await runKilledAt(stripe, at, () => changes.run(change));
			changes.fixture.time.advance(ONE_HOUR_MS);
			const other = await changes.run({ ...change, price: changes.small });
			// Where Stripe shows that nothing was executed, other values may take its place.
			const planned = (await changes.scheduleOf(change))?.phases ?? [];
			const isOther = planned.length === 2 && planned[1]!.items[0]!.price === changes.small;
			expect(other.error?.outcome).toBe(isOther ? undefined : 'conflict');
			expect(await changes.countSchedules(change)).toBeLessThanOrEqual(1);
			expect((await changes.run(change)).error?.outcome).toBe(isOther ? 'conflict' : undefined);
		},
	);
});

describe('a change at the end of the period of which a response is lost', () => {
	const STEPS = [/subscription_schedules$/, /subscription_schedules\/\w+$/];
	const FATES = [
		...(['resetBefore', 'resetAfter', 'cutBody', 'html502', 'error500After'] as const),
		...(['error500NotStored', 'error503', 'conflict409', 'rateLimit429', 'lockTimeout429'] as const),
		...(['unauthorized401', 'forbidden403'] as const),
	];
	const LATER = [0, 30, 24 * 5];
	const losses = STEPS.flatMap((path, step) =>
		FATES.flatMap((kind, fault) =>
			LATER.flatMap((hours, later) =>
				isWhole || (step + fault + later) % LATER.length === 0 ? [{ path, kind, hours }] : [],
			),
		),
	);

	it.each(losses)(
		'$kind of $path, and run again after $hours hours, is scheduled once',
		async ({ path, kind, hours }) => {
			const change = await changes.newChange();
			changes.fixture.stripe.inject({ kind, match: { path, method: 'POST' } });
			expect((await changes.run(change)).error).toBeDefined();
			changes.fixture.time.advance(hours * ONE_HOUR_MS);
			let last = await changes.run(change);
			// A 500 that Stripe has stored says nothing for days.
			for (let days = 0; last.error && days < 8; days++) {
				expect(last.retry).toHaveLength(1);
				changes.fixture.time.advance(24 * ONE_HOUR_MS);
				last = await changes.run(change);
			}
			expect(last.error).toBeUndefined();
			await expectPlannedOnce(change);
		},
	);
});
