import type Stripe from 'stripe';

import { shareRows } from '../../../crash/soak';
import type { FaultKind } from '../../../simulator/fault';
import { ONE_HOUR_MS } from '../../fixtures/nodeFixture';
import { runKilledAt } from '../../fixtures/stepCrashes';
import type { PlanChange } from './planChangeFixture';
import { PlanChangeFixture } from './planChangeFixture';

/** Somebody edits the schedule of a change, or its subscription, before the schedule has the new plan. */

let changes: PlanChangeFixture;
beforeAll(async () => {
	changes = await PlanChangeFixture.open();
});
afterAll(() => changes.close());

const UPDATE = /subscription_schedules\/\w+$/;
const SOON = { options: { waitForBusySeconds: 0 } };
const DAY = 24 * ONE_HOUR_MS;

type Schedule = Stripe.SubscriptionSchedule;

const toPhase = ({ start_date: start, end_date: end, items }: Stripe.SubscriptionSchedule.Phase) => ({
	start_date: start,
	end_date: end,
	items: items.map(({ price, quantity }) => ({ price: price as string, quantity })),
});
const update = ({ id }: Schedule, params: Stripe.SubscriptionScheduleUpdateParams) =>
	changes.api.subscriptionSchedules.update(id, params);
const setPhases = async (
	schedule: Schedule,
	edit: (present: ReturnType<typeof toPhase>) => Stripe.SubscriptionScheduleUpdateParams.Phase[],
) => update(schedule, { phases: edit(toPhase(schedule.phases[0]!)) });
const addPhase = (schedule: Schedule) =>
	setPhases(schedule, (present) => [present, { items: [{ price: changes.large, quantity: 3 }] }]);

const EDITS: [
	name: string,
	edit: (schedule: Schedule, change: PlanChange) => Promise<unknown>,
	words: RegExp,
][] = [
	['a phase was added', addPhase, /more than the current period/],
	[
		'the seats were changed',
		(schedule) =>
			setPhases(schedule, (present) => [
				{ ...present, items: [{ price: changes.small, quantity: 30 }] },
			]),
		/25 → 30/,
	],
	[
		'the price was changed',
		(schedule) =>
			setPhases(schedule, (present) => [
				{ ...present, items: [{ price: changes.large, quantity: 25 }] },
			]),
		/→ price_/,
	],
	[
		'the discount was changed',
		async (schedule) => {
			const { id } = await changes.api.coupons.create({ percent_off: 10, duration: 'forever' });
			return setPhases(schedule, (present) => [{ ...present, discounts: [{ coupon: id }] }]);
		},
		/discounts/i,
	],
	[
		'its end was moved',
		(schedule) => setPhases(schedule, (present) => [{ ...present, end_date: present.end_date + 86_400 }]),
		/end/i,
	],
	[
		'it will cancel',
		(schedule) => update(schedule, { end_behavior: 'cancel' }),
		/more than the current period/,
	],
	[
		'the subscription itself has other seats',
		async (_schedule, { subscription }) => {
			const { items } = await changes.api.subscriptions.retrieve(subscription);
			return changes.api.subscriptions.update(subscription, {
				items: [{ id: items.data[0]!.id, quantity: 31 }],
			});
		},
		/31/,
	],
	[
		'the cancellation of the subscription was planned',
		(_schedule, { subscription }) =>
			changes.api.subscriptions.update(subscription, { cancel_at_period_end: true }),
		/cancellation is planned/,
	],
];

/** Ways in which a change stops before Stripe has executed its second step. */
const STOPS: [name: string, stop: (change: PlanChange) => Promise<unknown>][] = [
	[
		'refused',
		(change) => {
			changes.fixture.stripe.inject({ kind: 'forbidden403', match: { path: UPDATE, method: 'POST' } });
			return changes.run(change);
		},
	],
	[
		'lost on its way',
		(change) => {
			changes.fixture.stripe.inject({ kind: 'resetBefore', match: { path: UPDATE, method: 'POST' } });
			return changes.run(change);
		},
	],
	...(['claimed', 'sending'] as const).map((point): [string, (change: PlanChange) => Promise<unknown>] => [
		`killed at ${point}`,
		(change) =>
			runKilledAt(
				changes.fixture.stripe,
				{ point, where: 'worker', nth: point === 'claimed' ? 3 : 2 },
				() => changes.run(change, {}, SOON),
			),
	]),
];

async function expectUntouched(change: PlanChange, edited: Schedule, words: RegExp) {
	changes.fixture.stripe.requests.splice(0);
	const { fix, error, failed } = await changes.run(change, {}, SOON);
	expect(changes.sent()).toEqual([]);
	expect(fix).toHaveLength(1);
	expect(error).toMatchObject({ outcome: 'conflict', retryable: false });
	expect(error!.message).toMatch(words);
	expect(error!.nextStep).toMatch(/release the schedule/);
	expect(failed!.idempotency).toMatchObject({ state: 'unknown' });
	expect((await changes.scheduleOf(change))!.phases).toEqual(edited.phases);
}

const STOP_NAMES = STOPS.map(([name]) => name);

describe.each(STOPS)('a change whose second step was %s', (name, stop) => {
	it.each(shareRows(STOP_NAMES, name, EDITS))('overwrites nothing if %s', async (_edit, edit, words) => {
		const change = await changes.newChange();
		await stop(change);
		changes.fixture.time.advance(ONE_HOUR_MS);
		await edit((await changes.scheduleOf(change))!, change);
		const edited = (await changes.scheduleOf(change))!;
		await expectUntouched(change, edited, words);
		changes.fixture.time.advance(5 * DAY);
		await expectUntouched(change, edited, words);
	});

	it('continues if the schedule was restored', async () => {
		const change = await changes.newChange();
		await stop(change);
		changes.fixture.time.advance(ONE_HOUR_MS);
		const before = (await changes.scheduleOf(change))!;
		await addPhase(before);
		expect((await changes.run(change, {}, SOON)).error).toMatchObject({ outcome: 'conflict' });
		await setPhases(before, (present) => [{ ...present, collection_method: 'charge_automatically' }]);
		expect((await changes.run(change, {}, SOON)).error).toBeUndefined();
		expect((await changes.scheduleOf(change))!.phases).toHaveLength(2);
		expect(await changes.countSchedules(change)).toBe(1);
	});

	it('starts anew if the edited schedule was released', async () => {
		const change = await changes.newChange();
		await stop(change);
		changes.fixture.time.advance(ONE_HOUR_MS);
		const { id } = await addPhase((await changes.scheduleOf(change))!);
		await changes.run(change, {}, SOON);
		await changes.api.subscriptionSchedules.release(id);
		const withNewAttempt = { options: { ...SOON.options, afterRejection: 'newAttempt' } };
		expect((await changes.run(change, {}, withNewAttempt)).error).toMatchObject({ outcome: 'rejected' });
		expect((await changes.run(change, {}, withNewAttempt)).error).toBeUndefined();
		const { phases } = (await changes.scheduleOf(change))!;
		expect(phases.map(({ items }) => items)).toMatchObject([
			[{ price: changes.small, quantity: 25 }],
			[{ price: changes.large, quantity: 25 }],
		]);
	});
});

it('overwrites nothing edited between the two steps', async () => {
	const change = await changes.newChange();
	const { stripe } = changes.fixture;
	const stop = stripe.onPoint(async ({ name, request }) => {
		if (
			name !== 'executed' ||
			request.method !== 'POST' ||
			!request.path.endsWith('/subscription_schedules')
		)
			return;
		stop();
		await addPhase((await changes.scheduleOf(change))!);
	});
	expect((await changes.run(change)).error).toMatchObject({ outcome: 'conflict' });
	const { phases } = (await changes.scheduleOf(change))!;
	expect(phases[1]).toMatchObject({ items: [{ quantity: 3 }] });
});

/** Runs a change whose second step meets a fault once, and does something in the pause before it is repeated. */
async function runWithPause(change: PlanChange, kind: FaultKind, inPause: () => Promise<unknown>) {
	const { stripe, time } = changes.fixture;
	stripe.inject({ kind, match: { path: UPDATE, method: 'POST' } });
	const { sleep } = time;
	stripe.requests.splice(0);
	time.sleep = async (...pause) => {
		if (stripe.requests.some(({ method, path }) => method === 'POST' && UPDATE.test(path))) {
			time.sleep = sleep;
			await inPause();
		}
		return sleep(...pause);
	};
	try {
		return await changes.run(change, { options: { ...SOON.options, maxRetries: 2 } });
	} finally {
		time.sleep = sleep;
	}
}

const FAULTS: FaultKind[] = ['resetBefore', 'error503', 'rateLimit429', 'html502'];

describe.each(FAULTS)('a change whose second step is repeated after %s in the same run', (kind) => {
	it.each(shareRows(FAULTS, kind, EDITS))(
		'overwrites nothing if %s in the pause before it',
		async (_edit, edit, words) => {
			const change = await changes.newChange();
			let edited: Schedule | undefined;
			const { error } = await runWithPause(change, kind, async () => {
				await edit((await changes.scheduleOf(change))!, change);
				edited = (await changes.scheduleOf(change))!;
			});
			expect(error!.message).toMatch(words);
			expect((await changes.scheduleOf(change))!.phases).toEqual(edited!.phases);
			await expectUntouched(change, edited!, words);
		},
	);

	it('is scheduled if it was not edited', async () => {
		const change = await changes.newChange();
		expect((await runWithPause(change, kind, async () => {})).error).toBeUndefined();
		expect((await changes.scheduleOf(change))!.phases).toHaveLength(2);
	});
});

it.each<FaultKind>(['resetAfter', 'html'])(
	'a change that Stripe has scheduled (%s) and that is edited in the pause before a retry is a success',
	async (kind) => {
		const change = await changes.newChange();
		const run = await runWithPause(change, kind, async () => {
			const schedule = (await changes.scheduleOf(change))!;
			const [present, planned] = schedule.phases.map(toPhase);
			await update(schedule, {
				phases: [present!, planned!, { items: [{ price: changes.small, quantity: 7 }] }],
			});
		});
		expect(run.error).toBeUndefined();
		expect((await changes.scheduleOf(change))!.phases).toHaveLength(3);
	},
);

describe('a change that was scheduled, but whose last response was lost', () => {
	const lose = async () => {
		const change = await changes.newChange();
		changes.fixture.stripe.inject({ kind: 'resetAfter', match: { path: UPDATE, method: 'POST' } });
		await changes.run(change);
		return change;
	};

	it.each([0, DAY, 5 * DAY])('is a success, and later edits are kept (%i ms later)', async (ms) => {
		const change = await lose();
		const [present, planned] = (await changes.scheduleOf(change))!.phases.map(toPhase);
		const schedule = (await changes.scheduleOf(change))!;
		await update(schedule, {
			phases: [present!, planned!, { items: [{ price: changes.small, quantity: 7 }] }],
		});
		changes.fixture.time.advance(ms);
		changes.fixture.stripe.requests.splice(0);
		expect((await changes.run(change)).error).toBeUndefined();
		expect(changes.sent()).toEqual([]);
		expect((await changes.scheduleOf(change))!.phases).toHaveLength(3);
	});

	it('is a success if the schedule was released afterwards', async () => {
		const change = await lose();
		await changes.api.subscriptionSchedules.release((await changes.scheduleOf(change))!.id);
		expect((await changes.run(change)).error).toBeUndefined();
	});
});
