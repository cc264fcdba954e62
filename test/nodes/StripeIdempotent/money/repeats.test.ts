import { repeat } from '../../../crash/soak';
import { runWorkflow, workflowOf } from '../../../engine';
import { ageLedger } from '../../fixtures/lostLedger';
import type { NodeOutputItem, RunSetup } from '../../fixtures/nodeFixture';
import { ONE_HOUR_MS, NodeFixture, ANY_ORDER } from '../../fixtures/nodeFixture';

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

describe('an order whose response was lost', () => {
	it.each(['timeoutAfter', 'resetAfter', 'cutBody', 'html', 'error500After'] as const)(
		'%s: is charged once when the run is repeated',
		async (kind) => {
			fixture.stripe.inject({ kind });
			// The others are not given up: their answers are lost by themselves.
			const options = kind === 'timeoutAfter' ? { timeoutSeconds: 2 } : {};
			const first = await fixture.run([ANY_ORDER], { options });
			expect(first.retry[0]?.json.error).toMatchObject({
				outcome: 'unknown',
				message: expect.stringMatching(/it may or may not have been executed/) as string,
				retryable: true,
				nextStep: expect.stringMatching(
					/^Retry later with the same item\. .*nothing is charged twice/,
				) as string,
			});
			expect(first.retry[0]?.json.idempotency).toMatchObject({
				state: 'unknown',
				attempt: 1,
				sends: 1,
			});

			const second = await fixture.run([ANY_ORDER]);
			expect(fixture.charges()).toBe(1);
			expect(new Set(fixture.stripe.sends().map(({ key }) => key)).size).toBe(1);
			if (kind === 'error500After') {
				// Stripe keeps its 500: the money moved, and no repeat will say so.
				expect(second.retry[0]?.json.idempotency).toMatchObject({ state: 'unknown', sends: 2 });
			} else {
				expect(second.success[0]?.json).toMatchObject({
					status: 'succeeded',
					idempotency: {
						replayed: true,
						source: 'stripe',
						state: 'succeeded',
						attempt: 1,
						sends: 2,
					},
				});
			}
		},
	);

	it('is charged once when the node repeats it by itself', async () => {
		fixture.stripe.inject({ kind: 'resetAfter' });
		fixture.stripe.inject({ kind: 'error503' });
		const { success } = await fixture.run([ANY_ORDER], { options: { maxRetries: 2 } });
		expect(success[0]?.json.idempotency).toMatchObject({ sends: 3, replayed: false, source: 'stripe' });
		expect(fixture.charges()).toBe(1);
	});

	it('is charged once when it never reached Stripe', async () => {
		fixture.stripe.inject({ kind: 'resetBefore' });
		await fixture.run([ANY_ORDER]);
		const { success } = await fixture.run([ANY_ORDER]);
		expect(success).toHaveLength(1);
		expect(fixture.charges()).toBe(1);
	});
});

describe('an order that is run again', () => {
	it.each([25, 72, 24 * 80])(
		'%i hours later: the ledger returns it, Stripe is not called',
		async (hours) => {
			const first = await fixture.run([ANY_ORDER]);
			fixture.time.advance(hours * ONE_HOUR_MS);
			const second = await fixture.run([ANY_ORDER]);
			expect(second.success[0]?.json).toMatchObject({
				id: first.success[0]?.json.id,
				idempotency: {
					replayed: true,
					source: 'ledger',
					key: first.success[0]?.json.idempotency?.key,
				},
			});
			expect(second.hints).toEqual([
				'The item was completed by an earlier run. Nothing was paid twice.',
			]);
			expect(fixture.stripe.sends()).toHaveLength(1);
		},
	);

	it('by Retry in the executions list keeps its key', async () => {
		fixture.stripe.inject({ kind: 'resetAfter' });
		const how = { options: { serverErrors: 'throw' } };
		const first = await fixture.run([ANY_ORDER], how);
		expect(first.result.status).toBe('error');
		const second = await fixture.retry(first.result, [ANY_ORDER], how);
		expect(second.result.executionId).not.toBe(first.result.executionId);
		expect(second.success).toHaveLength(1);
		expect(fixture.charges()).toBe(1);
		expect(new Set(fixture.stripe.sends().map(({ key }) => key)).size).toBe(1);
	});

	it('after the node was renamed and copied, and the workflow moved to a different n8n, is recognized', async () => {
		const entryIds: unknown[] = [];
		const runAs = async (id: string, name: string, node: string) => {
			const how: RunSetup = { node: { name: node, id: `${id}/${node}` } };
			const options = fixture.runOptions([ANY_ORDER], how);
			const result = await runWorkflow(
				{ ...workflowOf(fixture.node(how), options), id, name },
				options,
			);
			const [json] = (result.outputs(node)[0] ?? []).map((item) => item.json as NodeOutputItem['json']);
			entryIds.push(json?.idempotency?.entryId);
			return json?.idempotency;
		};
		await runAs('1', 'Orders', 'Charge');
		for (const [id, name, node] of [
			['1', 'Orders', 'Charge once'],
			['1', 'Orders', 'Charge (copy)'],
			['Zx81', 'Orders of the shop', 'Charge'],
		] as const)
			expect(await runAs(id, name, node)).toMatchObject({ replayed: true, source: 'ledger' });
		expect(new Set(entryIds).size).toBe(1);
		expect(fixture.charges()).toBe(1);
	});
});

it('Retry On Fail runs all five items again for the third, which got a 500: exactly five charges', async () => {
	fixture.stripe.inject({ kind: 'error500NotStored', match: { nth: 3 } });
	const orders = ['a', 'b', 'c', 'd', 'e'].map((order, i) => ({ order, amount: 100 + i }));
	const { success, retry } = await fixture.run(orders, {
		options: { serverErrors: 'throw', concurrency: 1 },
		node: { retryOnFail: true, maxTries: 2 },
	});
	expect([success.length, retry.length]).toEqual([5, 0]);
	expect(
		fixture.stripe
			.report()
			.charges.map(({ amount }) => amount)
			.sort(),
	).toEqual([100, 101, 102, 103, 104]);
	const keys = fixture.stripe.sends().map(({ key }) => key);
	expect([keys.length, new Set(keys).size]).toEqual([6, 5]);
	expect((await fixture.entries()).map(({ state, attempt }) => [state, attempt])).toEqual(
		orders.map(() => ['succeeded', 1]),
	);
});

it('Retry On Fail runs all five items again for one whose 500 Stripe has stored: four charges, and the fifth once there definitely was none', async () => {
	fixture.stripe.inject({ kind: 'error500Before', match: { metadata: {}, nth: 3 } });
	fixture.stripe.inject({ kind: 'error503', times: 1 });
	const orders = ['a', 'b', 'c', 'd', 'e'].map((order, i) => ({ order, amount: 100 + i }));
	const { result, success } = await fixture.run(orders, {
		options: { serverErrors: 'throw', concurrency: 1 },
		node: { retryOnFail: true, maxTries: 3 },
	});
	// The stored 500 of one order stays a 500; the others are done, each once.
	expect(fixture.charges()).toBe(4);
	expect(result.status).toBe('error');
	expect(success).toEqual([]);

	const again = await fixture.run(orders);
	expect([again.success.length, again.retry.length]).toEqual([4, 1]);
	expect(fixture.charges()).toBe(4);

	fixture.time.advance(73 * ONE_HOUR_MS);
	const later = await fixture.run(orders);
	expect(later.success.map(({ json }) => json.idempotency?.attempt).sort()).toEqual([1, 1, 1, 1, 2]);
	expect(fixture.charges()).toBe(5);
});

it('Retry On Fail charges five orders once each if one response was lost', async () => {
	fixture.stripe.inject({ kind: 'resetAfter', match: { nth: 3 } });
	const orders = ['a', 'b', 'c', 'd', 'e'].map((order, i) => ({ order, amount: 100 + i }));
	const { success } = await fixture.run(orders, {
		options: { serverErrors: 'throw' },
		node: { retryOnFail: true, maxTries: 2 },
	});
	expect(success).toHaveLength(5);
	expect(fixture.charges()).toBe(5);
	expect(fixture.stripe.sends()).toHaveLength(6);
});

it('the same webhook twice at once: one execution sends, the other waits and replays', async () => {
	let arrived = () => {};
	const isSending = new Promise<void>((resolve) => (arrived = resolve));
	let release = () => {};
	const released = new Promise<void>((resolve) => (release = resolve));
	fixture.stripe.onPoint(async ({ name, request }) => {
		if (name !== 'executing' || request.method !== 'POST') return;
		arrived();
		await released;
	});
	const first = fixture.run([ANY_ORDER]);
	await isSending;
	const second = fixture.run([ANY_ORDER]);
	release();
	const [one, other] = await Promise.all([first, second]);
	expect([one.success[0]?.json.id, one.success[0]?.json.idempotency?.replayed]).toEqual([
		other.success[0]?.json.id,
		false,
	]);
	expect(other.success[0]?.json.idempotency).toMatchObject({ replayed: true, source: 'ledger' });
	expect(fixture.stripe.sends()).toHaveLength(1);
});

it('an order that another run holds for too long leaves as busy, and is not sent', async () => {
	const [received, released] = [Promise.withResolvers<null>(), Promise.withResolvers<null>()];
	fixture.stripe.onPoint(async ({ name, request }) => {
		if (name !== 'received' || request.method !== 'POST') return;
		received.resolve(null);
		await released.promise;
	});
	const stuck = fixture.run([ANY_ORDER]);
	await received.promise;
	const { retry } = await fixture.run([ANY_ORDER], { options: { waitForBusySeconds: 0 } });
	expect(retry[0]?.json.error).toMatchObject({ outcome: 'busy', retryable: true });
	expect(fixture.stripe.sends({ path: '/v1/payment_intents' })).toHaveLength(1);
	released.resolve(null);
	expect((await stuck).success).toHaveLength(1);
});

it('the same order twice in one batch: one charge, and the second item is kept as a replay', async () => {
	const { success } = await fixture.run([ANY_ORDER, { order: '1002', amount: 5 }, ANY_ORDER]);
	expect(
		success.map(({ json, pairedItem }) => [json.amount, json.idempotency?.replayed, pairedItem]),
	).toEqual([
		[1999, false, { item: 0 }],
		[5, false, { item: 1 }],
		[1999, true, { item: 2 }],
	]);
	expect(fixture.charges()).toBe(2);
});

it('a lease runs out while the first worker still sends: the second takes over with the same key, one charge', async () => {
	await ageLedger(fixture);
	let release = () => {};
	const released = new Promise<void>((resolve) => (release = resolve));
	let arrived = () => {};
	const isSending = new Promise<void>((resolve) => (arrived = resolve));
	const stop = fixture.stripe.onPoint(async ({ name, request }) => {
		if (name !== 'answering' || request.method !== 'POST') return;
		arrived();
		await released;
	});
	const first = fixture.run([ANY_ORDER], { options: { timeoutSeconds: 300 } });
	await isSending;
	stop();
	fixture.time.advance(ONE_HOUR_MS);
	const second = await fixture.run([ANY_ORDER], { options: { maxRetries: 1 } });
	expect(second.success[0]?.json.idempotency).toMatchObject({
		state: 'succeeded',
		replayed: true,
		source: 'stripe',
	});
	release();
	const late = await first;
	expect(late.success[0]?.json.id).toBe(second.success[0]?.json.id);
	expect(fixture.charges()).toBe(1);
	const [entry] = await fixture.entries();
	expect(entry).toMatchObject({ state: 'succeeded', fence: 2, attempt: 1 });
	expect(entry?.lateResponses).toMatchObject([{ fence: 1, outcome: { kind: 'succeeded' } }]);
});

describe('an unknown send, run again after 25 hours', () => {
	it('is reconciled in Stripe first, and not resent if it is found', async () => {
		fixture.stripe.inject({ kind: 'resetAfter' });
		await fixture.run([ANY_ORDER]);
		fixture.time.advance(25 * ONE_HOUR_MS);
		const { success } = await fixture.run([ANY_ORDER]);
		expect(success[0]?.json).toMatchObject({
			status: 'succeeded',
			idempotency: { state: 'succeeded', sends: 1 },
		});
		expect(fixture.stripe.sends()).toHaveLength(1);
		expect(fixture.charges()).toBe(1);
	});

	it('is never resent blindly if it is not found', async () => {
		fixture.stripe.inject({ kind: 'error500NotStored' });
		await fixture.run([ANY_ORDER]);
		fixture.time.advance(25 * ONE_HOUR_MS);
		const { retry } = await fixture.run([ANY_ORDER]);
		expect(retry[0]?.json.error).toMatchObject({ outcome: 'unknown', retryable: true });
		expect(retry[0]?.json.error?.message).toMatch(/cannot be found in Stripe.*not sent again/);
		expect(fixture.stripe.sends()).toHaveLength(1);
		expect(fixture.charges()).toBe(0);
	});
});

describe('an unknown send that Stripe cannot be queried about now', () => {
	it('after 25 hours is not sent, and is found in a later run', async () => {
		fixture.stripe.inject({ kind: 'resetAfter' });
		await fixture.run([ANY_ORDER]);
		fixture.time.advance(25 * ONE_HOUR_MS);
		fixture.stripe.inject({ kind: 'error503', times: Infinity, match: { method: 'GET' } });
		const { retry } = await fixture.run([ANY_ORDER]);
		expect(retry[0]?.json.error).toMatchObject({ outcome: 'unknown', retryable: true });
		expect(retry[0]?.json.idempotency).toMatchObject({ state: 'unknown', attempt: 1 });
		fixture.stripe.clearFaults();
		const { success } = await fixture.run([ANY_ORDER]);
		expect(success[0]?.json.status).toBe('succeeded');
		expect(fixture.stripe.sends()).toHaveLength(1);
	});

	it('of a deletion is not resent, and is executed in a later run', async () => {
		const created = await fixture.run([ANY_ORDER], {
			parameters: { resource: 'customer', operation: 'create', additionalFields: { name: 'Ada' } },
		});
		const parameters = {
			resource: 'customer',
			operation: 'delete',
			yesDelete: true,
			customer: created.success[0]?.json.id as string,
		};
		fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'DELETE' } });
		await fixture.run([ANY_ORDER], { parameters });
		fixture.stripe.inject({ kind: 'error503', times: Infinity, match: { method: 'GET' } });
		const { retry } = await fixture.run([ANY_ORDER], { parameters });
		expect(retry[0]?.json.error).toMatchObject({ outcome: 'unknown', retryable: true });
		fixture.stripe.clearFaults();
		const { success } = await fixture.run([ANY_ORDER], { parameters });
		expect(success[0]?.json.deleted).toBe(true);
		expect(fixture.stripe.sends({ method: 'DELETE' })).toHaveLength(1);
	});
});

describe('a 500 that Stripe stored', () => {
	it('is given up as unknown, and found later if the object exists', async () => {
		fixture.stripe.inject({ kind: 'error500After' });
		const first = await fixture.run([ANY_ORDER], { options: { maxRetries: 3 } });
		expect(first.retry[0]?.json.idempotency).toMatchObject({ state: 'unknown', attempt: 1 });
		fixture.time.advance(24 * ONE_HOUR_MS);
		const later = await fixture.run([ANY_ORDER]);
		expect(later.success[0]?.json).toMatchObject({ status: 'succeeded', idempotency: { attempt: 1 } });
		expect(fixture.charges()).toBe(1);
	});

	it('and rolled forward hours later is found, not charged again', async () => {
		fixture.stripe.inject({ kind: 'rollForward', delayMs: 2 * ONE_HOUR_MS });
		await fixture.run([ANY_ORDER]);
		fixture.time.advance(24 * ONE_HOUR_MS);
		const later = await fixture.run([ANY_ORDER]);
		expect(later.success[0]?.json).toMatchObject({
			status: 'succeeded',
			idempotency: { attempt: 1, sends: 1 },
		});
		expect(fixture.charges()).toBe(1);
		expect(fixture.stripe.sends()).toHaveLength(1);
	});
});

describe('409, the key is in use', () => {
	it('waits, and is then charged once', async () => {
		fixture.stripe.inject({ kind: 'conflict409', times: 2 });
		const { success } = await fixture.run([ANY_ORDER], { options: { maxRetries: 3 } });
		expect(success[0]?.json.idempotency).toMatchObject({ sends: 3, attempt: 1 });
		expect(fixture.charges()).toBe(1);
	});

	it('from a run whose ledger is separate: waits, then returns the result of that run', async () => {
		const [executing, released] = [Promise.withResolvers<null>(), Promise.withResolvers<null>()];
		let refusals = 0;
		fixture.stripe.onPoint(async ({ name, request }) => {
			if (name === 'executing' && request.method === 'POST') {
				executing.resolve(null);
				await released.promise;
			}
			if (name === 'answered' && request.status === 409 && ++refusals === 2) released.resolve(null);
		});
		const first = fixture.run([ANY_ORDER]);
		await executing.promise;
		const parameters = { ledgerFile: `${fixture.folder}/other.sqlite` };
		const second = await fixture.run([ANY_ORDER], { parameters, options: { maxRetries: 10 } });
		expect(second.success[0]?.json).toMatchObject({
			id: (await first).success[0]?.json.id,
			idempotency: { state: 'succeeded', source: 'stripe', attempt: 1 },
		});
		expect(refusals).toBeGreaterThanOrEqual(2);
		expect(fixture.charges()).toBe(1);
	});
});

const INVOICES = repeat(30, 500);

it(`${INVOICES} invoices, stopped halfway, started again: each exactly once`, async () => {
	const half = INVOICES / 2;
	const invoices = Array.from({ length: INVOICES }, (_, i) => ({ order: `inv-${i}`, amount: 100 + i }));
	let stop = () => {};
	const stopped = new Promise<void>((resolve) => (stop = resolve));
	fixture.stripe.onPoint(({ name }) => {
		if (name === 'executed' && fixture.charges() >= half) stop();
	});
	const options = { concurrency: 5 };
	const first = await fixture.run(invoices, { options, run: { cancelWhen: stopped } });
	expect(first.result.status).toBe('canceled');
	expect(fixture.charges()).toBeGreaterThanOrEqual(half);
	expect(fixture.charges()).toBeLessThan(half + 50);
	const second = await fixture.run(invoices, { options });
	expect(second.success).toHaveLength(INVOICES);
	expect(fixture.charges()).toBe(INVOICES);
	expect(new Set(fixture.stripe.report().charges.map(({ entry }) => entry)).size).toBe(INVOICES);
});
