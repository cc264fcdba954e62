import type { PlanChange } from './planChangeFixture';
import { PlanChangeFixture } from './planChangeFixture';

let changes: PlanChangeFixture;
beforeAll(async () => {
	changes = await PlanChangeFixture.open();
});
beforeEach(() => changes.fixture.stripe.requests.splice(0));
afterAll(() => changes.close());

const STEPS = ['POST /v1/subscription_schedules', 'POST /v1/subscription_schedules/:id'];

async function expectPlanned(change: PlanChange, quantity = 25) {
	const { items } = await changes.api.subscriptions.retrieve(change.subscription);
	const [item] = items.data;
	expect(item).toMatchObject({ price: { id: changes.small }, quantity: 25 });
	const schedule = await changes.scheduleOf(change);
	expect(schedule).toMatchObject({
		end_behavior: 'release',
		phases: [
			{
				start_date: item!.current_period_start,
				end_date: item!.current_period_end,
				items: [{ price: changes.small, quantity: 25 }],
			},
			{
				start_date: item!.current_period_end,
				items: [{ price: changes.large, quantity }],
				proration_behavior: 'none',
			},
		],
	});
	expect(await changes.countSchedules(change)).toBe(1);
}

describe('a change at the end of the period', () => {
	it('is scheduled in two steps, keeps the seats, and changes nothing until then', async () => {
		const change = await changes.newChange();
		const before = new Set((await changes.entries()).map(({ entryId }) => entryId));
		changes.fixture.stripe.requests.splice(0);
		const { done, error } = await changes.run(change);
		expect(error).toBeUndefined();
		expect(done).toMatchObject({ object: 'subscription_schedule', status: 'active' });
		expect(changes.sent()).toEqual(STEPS);
		await expectPlanned(change);
		const entries = (await changes.entries()).filter(({ entryId }) => !before.has(entryId));
		expect(entries.map(({ operation, state }) => [operation.split(' ')[0], state]).toSorted()).toEqual([
			['subscription.changePlan', 'succeeded'],
			['subscriptionSchedule.create', 'succeeded'],
			['subscriptionSchedule.update', 'succeeded'],
		]);
	});

	it('keeps what the subscription has, and accepts a different quantity', async () => {
		const coupon = await changes.api.coupons.create({ percent_off: 10, duration: 'forever' });
		const change = await changes.newChange({
			description: 'Team',
			discounts: [{ coupon: coupon.id }],
			trial_end: Math.floor(changes.fixture.time.now() / 1000) + 864_000,
		});
		await changes.run(change, {
			quantity: '30',
			additionalFields: { metadata: { entry: [{ key: 'a', value: 'b' }] } },
		});
		await expectPlanned(change, 30);
		const [first, second] = (await changes.scheduleOf(change))!.phases;
		const { discounts, trial_end: trialEnd } = await changes.api.subscriptions.retrieve(
			change.subscription,
		);
		const shown = { description: 'Team', discounts: [{ discount: discounts[0] }] };
		expect(first).toMatchObject({ ...shown, trial_end: trialEnd, metadata: {} });
		expect(second).toMatchObject({ ...shown, trial_end: null, metadata: { a: 'b' } });
	});

	it('repeated is the same change, and with a different price a conflict', async () => {
		const change = await changes.newChange();
		await changes.run(change);
		changes.fixture.stripe.requests.splice(0);
		expect((await changes.run(change)).done).toMatchObject({ idempotency: { replayed: true } });
		const other = await changes.run({ ...change, price: changes.small });
		expect(other.error).toMatchObject({ outcome: 'conflict' });
		expect((await changes.run(change, { changeWhen: 'none' })).error).toMatchObject({
			outcome: 'conflict',
		});
		expect(changes.sent()).toEqual([]);
	});

	it('replaces the named item, and none of several if none is named', async () => {
		const second = await changes.price(700);
		const items = [
			{ price: changes.small, quantity: 25 },
			{ price: second, quantity: 3 },
		];
		const change = await changes.newChange({ items });
		const unnamed = await changes.run(change);
		expect(unnamed.error).toMatchObject({ outcome: 'conflict' });
		expect(unnamed.error?.nextStep).toMatch(/sub_sched_\w+ changes nothing yet/);
		const named = await changes.newChange({ items });
		const { items: shown } = await changes.api.subscriptions.retrieve(named.subscription);
		const subscriptionItem = { __rl: true, mode: 'id', value: shown.data[1]!.id };
		expect((await changes.run(named, { subscriptionItem })).error).toBeUndefined();
		expect((await changes.scheduleOf(named))!.phases[1]!.items).toMatchObject([
			{ price: changes.small, quantity: 25 },
			{ price: changes.large, quantity: 3 },
		]);
	});
});

describe('nothing is sent if the subscription', () => {
	it.each<[string, (change: PlanChange) => Promise<unknown>, RegExp]>([
		[
			'has a schedule created elsewhere',
			({ subscription }) =>
				changes.api.subscriptionSchedules.create({ from_subscription: subscription }),
			/already has a schedule.*sub_sched_/s,
		],
		[
			'ends with its period',
			({ subscription }) =>
				changes.api.subscriptions.update(subscription, { cancel_at_period_end: true }),
			/ends or never began/,
		],
		[
			'was canceled',
			({ subscription }) => changes.api.subscriptions.cancel(subscription),
			/ends or never began/,
		],
	])('%s', async (_name, prepare, message) => {
		const change = await changes.newChange();
		await prepare(change);
		changes.fixture.stripe.requests.splice(0);
		const { error } = await changes.run(change);
		expect(error).toMatchObject({
			outcome: 'conflict',
			message: expect.stringMatching(message) as string,
		});
		expect(changes.sent()).toEqual([]);
		const checked = await changes.run(change, {}, { options: { checkOnly: true } });
		expect(JSON.stringify(checked.result)).toMatch(message);
		expect(
			(await changes.entries()).some(({ operation }) => operation.endsWith(change.subscription)),
		).toBe(false);
	});

	it('would need something that a phase does not support', async () => {
		const change = await changes.newChange();
		changes.fixture.stripe.requests.splice(0);
		const additionalFields = { prorationDate: '2030-01-01' };
		expect((await changes.run(change, { additionalFields })).error?.message).toMatch(/proration_date/);
		expect(changes.sent()).toEqual([]);
	});
});

it('a change whose plan Stripe rejects names the schedule that it has left', async () => {
	const change = { ...(await changes.newChange()), price: 'price_of_another_account' };
	const { error } = await changes.run(change);
	const schedule = await changes.scheduleOf(change);
	expect(error).toMatchObject({ outcome: 'rejected' });
	expect(error!.nextStep).toContain(`its schedule ${schedule!.id} changes nothing yet`);
});

it('the schedule of an unfinished change that a person released makes way for a new one', async () => {
	const change = await changes.newChange();
	const path = /subscription_schedules\/\w+$/;
	changes.fixture.stripe.inject({ kind: 'forbidden403', match: { path, method: 'POST' } });
	const first = await changes.run(change);
	expect(first.error).toMatchObject({ outcome: 'unauthorized' });
	const other = { ...change, price: changes.small };
	expect((await changes.run(other)).error?.nextStep).toMatch(/release the schedule/);
	await changes.api.subscriptionSchedules.release((await changes.scheduleOf(change))!.id);
	const afterRejection = { options: { afterRejection: 'newAttempt' } };
	expect((await changes.run(change, {}, afterRejection)).error).toMatchObject({
		outcome: 'rejected',
		message: expect.stringContaining('was ended before it had the new plan') as string,
	});
	expect((await changes.run(change, {}, afterRejection)).error).toBeUndefined();
	expect((await changes.scheduleOf(change))?.phases).toHaveLength(2);
});

describe('Charge at Most', () => {
	it('counts nothing against it today, and a check reports what comes then', async () => {
		const change = await changes.newChange();
		changes.fixture.stripe.requests.splice(0);
		const check = await changes.run(
			change,
			{ chargeAtMost: '0.01 EUR' },
			{ options: { checkOnly: true } },
		);
		const end = new Date(
			(await changes.api.subscriptions.retrieve(change.subscription)).items.data[0]!
				.current_period_end * 1000,
		);
		expect(JSON.stringify(check.result)).toContain(
			`today 0.00 EUR, then 2475.00 EUR a month from ${end.toISOString().slice(0, 10)} on`,
		);
		expect(changes.sent()).toEqual([]);
		expect((await changes.run(change, { chargeAtMost: '0.01 EUR' })).error).toBeUndefined();
		await expectPlanned(change);
	});
});

describe('an approved change', () => {
	const checkOf = async (change: PlanChange) => {
		const { result } = await changes.run(change, {}, { options: { checkOnly: true } });
		return /check1_\w+?_[\w-]+/.exec(JSON.stringify(result))![0];
	};
	const approved = (check: string) => ({ options: { approvedCheck: check } });

	it('is scheduled as approved', async () => {
		const change = await changes.newChange();
		expect((await changes.run(change, {}, approved(await checkOf(change)))).error).toBeUndefined();
		await expectPlanned(change);
	});

	it('is not scheduled for a subscription changed in between', async () => {
		const change = await changes.newChange();
		const check = await checkOf(change);
		const { items } = await changes.api.subscriptions.retrieve(change.subscription);
		await changes.api.subscriptions.update(change.subscription, {
			items: [{ id: items.data[0]!.id, quantity: 24 }],
		});
		changes.fixture.stripe.requests.splice(0);
		expect((await changes.run(change, {}, approved(check))).error).toBeDefined();
		expect(changes.sent()).toEqual([]);
	});
});
