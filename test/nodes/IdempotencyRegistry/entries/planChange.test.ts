import type { INodeParameters } from 'n8n-workflow';

import { RegistryFixture } from '../../fixtures/registryFixture';
import type { PlanChange } from '../../StripeIdempotent/planChange/planChangeFixture';
import { PlanChangeFixture } from '../../StripeIdempotent/planChange/planChangeFixture';

/** What can be done about a change of plan at the end of the period that stopped on its way, and about its steps. */

const [SUCCESS, , , REFUSED] = [0, 1, 2, 3];
const CREATE = /subscription_schedules$/;
const UPDATE = /subscription_schedules\/\w+$/;

let registry: RegistryFixture;
let changes: PlanChangeFixture;
beforeEach(async () => {
	registry = await RegistryFixture.open();
	changes = await PlanChangeFixture.open(registry.fixture);
});
afterEach(() => registry.close());

const act = (operation: string, entryId: string, more: INodeParameters = {}) =>
	registry.one(
		{
			resource: 'entry',
			operation,
			findBy: 'entryId',
			entry: entryId,
			options: { maxRetries: 0, timeoutSeconds: 60 },
			...more,
		},
		{},
	);

/** Stops at a step of which the answer is lost. @returns the entry IDs of the change and of that step */
async function stopAt(path: RegExp, kind: 'resetAfter' | 'resetBefore', change: PlanChange) {
	registry.fixture.stripe.inject({ kind, match: { path, method: 'POST' } });
	const { failed } = await changes.run(change);
	const entries = await registry.fixture.entries();
	const step = entries.find(
		({ state, operation }) => state === 'unknown' && operation.startsWith('subscriptionSchedule'),
	);
	return { change: failed!.idempotency!.entryId as string, step: step!.entryId };
}

async function expectPlanned(change: PlanChange) {
	const { phases } = (await changes.scheduleOf(change))!;
	expect(phases[1]!.items).toMatchObject([{ price: changes.large, quantity: 25 }]);
	expect(await changes.countSchedules(change)).toBe(1);
}

describe.each([
	[CREATE, 'resetAfter'],
	[CREATE, 'resetBefore'],
	[UPDATE, 'resetAfter'],
	[UPDATE, 'resetBefore'],
] as const)('a change that stopped at %s (%s)', (path, kind) => {
	it('is completed by Retry, and by a run after Reconcile of all unknown entries', async () => {
		const [change, other] = [await changes.newChange(), await changes.newChange()];
		const stopped = await stopAt(path, kind, change);
		const { through, json } = await act('retry', stopped.change, { which: 'one' });
		expect([through, json.state]).toEqual([SUCCESS, 'succeeded']);
		await expectPlanned(change);
		expect((await changes.run(change)).done).toMatchObject({ idempotency: { replayed: true } });

		const unknown = await stopAt(path, kind, other);
		await act('reconcile', unknown.step, { which: 'one' });
		await act('reconcile', unknown.change, { which: 'one' });
		expect((await changes.run(other)).error).toBeUndefined();
		await expectPlanned(other);
	});
});

it('Retry of a step leads to its change', async () => {
	const stopped = await stopAt(UPDATE, 'resetAfter', await changes.newChange());
	const { through, json } = await act('retry', stopped.step, { which: 'one' });
	expect(through).toBe(REFUSED);
	expect(json.error).toMatchObject({
		reason: 'step_of_bill',
		message: expect.stringContaining('a step of a change of plan') as string,
		nextStep: expect.stringContaining(stopped.change) as string,
	});
});

it('Reconcile reports the state of a change whose schedule has no new plan yet, and recognizes a released one', async () => {
	const change = await changes.newChange();
	registry.fixture.stripe.inject({ kind: 'forbidden403', match: { path: UPDATE, method: 'POST' } });
	const { failed } = await changes.run(change);
	const { entryId } = failed!.idempotency as { entryId: string };
	const { id } = (await changes.scheduleOf(change))!;
	expect((await act('reconcile', entryId, { which: 'one' })).json).toMatchObject({
		state: 'unknown',
		reconciled: {
			finding: 'inconclusive',
			reason: `The change is not finished: its schedule ${id} has no new plan yet.`,
		},
	});
	await changes.api.subscriptionSchedules.release(id);
	expect((await act('reconcile', entryId, { which: 'one' })).json).toMatchObject({ state: 'rejected' });
});

it('Reconcile finds a change whose last response was lost', async () => {
	const stopped = await stopAt(UPDATE, 'resetAfter', await changes.newChange());
	expect((await act('reconcile', stopped.change, { which: 'one' })).json).toMatchObject({
		state: 'succeeded',
	});
});
