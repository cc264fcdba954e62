import { DatabaseSync } from 'node:sqlite';

import { runAsTool, runWorkflow, workflowOf } from '../../../engine';
import type { RunSetup } from '../../fixtures/nodeFixture';
import { ONE_HOUR_MS, NodeFixture, ANY_ORDER } from '../../fixtures/nodeFixture';

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

const custom = (customKey: string): RunSetup => ({ parameters: { keySource: 'custom', customKey } });
const byFields = (...field: { path: string; treatAs: string }[]): RunSetup => ({
	parameters: { keyFields: { field } },
});

describe('an item passed on unchanged from an error output', () => {
	it('is refused with the remedy: its key fields are one level deeper now', async () => {
		fixture.stripe.inject({ kind: 'resetAfter' });
		const how = {
			...custom('={{ $json.order }}-{{ $json.customer }}'),
			parameters: { ...custom('={{ $json.order }}-{{ $json.customer }}').parameters, amount: '500' },
		};
		const first = await fixture.run([{ order: '1', customer: 'c' }], how);
		const again = await fixture.run([first.retry[0]?.json ?? {}], how);
		expect(again.fix[0]?.json.error).toMatchObject({
			outcome: 'refused',
			nextStep: expect.stringContaining('{{ $json.input }}') as string,
		});
		expect(fixture.charges()).toBe(1);
	});
});

describe('a key that combines several parts', () => {
	it.each([
		[
			'={{ $json.customer }}-{{ $json.invoice }}',
			'a part that is empty in this item: {{ $json.invoice }}',
		],
		['=order-{{ $json.number }}', 'a part that is empty in this item: {{ $json.number }}'],
		['={{ "order-" + $json.number }}', 'built inside one pair of braces'],
		['={{ $json.items + "-1" }}', 'built inside one pair of braces'],
	])('%s is refused when a part of it is missing', async (key, what) => {
		const item = { customer: 'A', amount: 5, items: {} };
		const { fix } = await fixture.run([item], custom(key));
		expect(fix[0]?.json.error).toMatchObject({
			outcome: 'missing_key',
			message: expect.stringContaining(what) as string,
		});
		expect(fixture.stripe.sends()).toHaveLength(0);
	});

	it('is accepted when all of its parts exist', async () => {
		const how = custom('={{ $json.order }}-{{ $json.amount }}');
		await fixture.run([ANY_ORDER, ANY_ORDER, { ...ANY_ORDER, order: '2' }], how);
		expect(fixture.charges()).toBe(2);
	});
});

describe('a ledger that can be read but not written, for a user who relies on Stripe', () => {
	const how = { options: { ledgerUnavailable: 'relyOnStripe' } };

	/** As a hanging backup does. */
	async function whileLocked<T>(run: () => Promise<T>): Promise<T> {
		const other = new DatabaseSync(fixture.ledgerFile);
		other.exec('BEGIN IMMEDIATE');
		try {
			return await run();
		} finally {
			other.exec('ROLLBACK');
			other.close();
		}
	}

	it('what was paid three days ago is not paid again', async () => {
		await fixture.run([ANY_ORDER]);
		fixture.time.advance(72 * ONE_HOUR_MS);
		const { success } = await whileLocked(() => fixture.run([ANY_ORDER], how));
		expect(success[0]?.json.idempotency).toMatchObject({ replayed: true, source: 'ledger' });
		expect(fixture.charges()).toBe(1);
	});

	it('what has been unknown for three days is reconciled, not sent', async () => {
		fixture.stripe.inject({ kind: 'resetAfter' });
		await fixture.run([ANY_ORDER]);
		fixture.time.advance(72 * ONE_HOUR_MS);
		const { success } = await whileLocked(() => fixture.run([ANY_ORDER], how));
		expect(success[0]?.json.idempotency?.warning).toMatch(/locked/);
		expect(fixture.stripe.sends()).toHaveLength(1);
		expect(fixture.charges()).toBe(1);
	});
});

it('a rejection without the ledger never advises a second payment', async () => {
	fixture.stripe.inject({ kind: 'decline' });
	const { fix } = await fixture.run([ANY_ORDER], {
		parameters: { ledgerFile: '/dev/null/ledger.sqlite' },
		options: { ledgerUnavailable: 'relyOnStripe' },
	});
	expect(fix[0]?.json.error?.nextStep).toMatch(/Check the Stripe dashboard first/);
});

describe('key fields', () => {
	it('a day is never confused with a minute: both are charged', async () => {
		const customer = { path: 'customer', treatAs: 'text' };
		for (const [at, treatAs] of [
			['2026-11-24T10:40:00Z', 'minute'],
			['2026-11-24T18:00:00Z', 'day'],
			['2026-11-25T00:00:00Z', 'minute'],
			['2026-11-25T00:00:00Z', 'hour'],
		] as const) {
			await fixture.run(
				[{ customer: 'c', at, amount: 5 }],
				byFields(customer, { path: 'at', treatAs }),
			);
		}
		expect(fixture.charges()).toBe(4);
	});

	it('one field written in four ways is one key', async () => {
		for (const path of ['order.id', 'order["id"]', "['order']['id']", 'order..id']) {
			await fixture.run([{ order: { id: 7 }, amount: 5 }], byFields({ path, treatAs: 'text' }));
		}
		expect(fixture.charges()).toBe(1);
	});

	it('hide a secret that is used as a key field', async () => {
		await fixture.run([{ order: 'pi_1abc_secret_XYZ', amount: 5 }]);
		expect(JSON.stringify(await fixture.entries())).not.toContain('secret_XYZ');
	});
});

it('an API version that cannot be sent is refused, and does not spoil the entry', async () => {
	const wrong = await fixture.run([ANY_ORDER], { options: { apiVersion: '2026\u201110\u201128' } });
	expect(wrong.fix[0]?.json.error?.message).toMatch(/API Version/);
	const { success } = await fixture.run([ANY_ORDER]);
	expect(success[0]?.json.idempotency).toMatchObject({ attempt: 1, sends: 1 });
});

describe('the Duplicate output', () => {
	const options = { duplicates: 'output' };

	it('does not receive what a stopped run has executed and Retry returns', async () => {
		fixture.stripe.inject({ kind: 'error503', match: { metadata: {}, nth: 2 } });
		const orders = [ANY_ORDER, { order: '1002', amount: 5 }];
		const how = { options: { ...options, serverErrors: 'throw', concurrency: 1 } };
		const first = await fixture.run(orders, how);
		expect(first.result.status).toBe('error');
		const second = await fixture.retry(first.result, orders, how);
		expect([second.success.length, second.duplicate.length]).toEqual([2, 0]);
		expect(fixture.charges()).toBe(2);
	});

	it('receives the neighbour on the other side of a minute, even in one batch', async () => {
		const how = { ...byFields({ path: 'at', treatAs: 'minute' }), options };
		const { success, duplicate } = await fixture.run(
			[
				{ at: '2026-11-24T10:40:59Z', amount: 5 },
				{ at: '2026-11-24T10:41:00Z', amount: 5 },
			],
			how,
		);
		expect([success.length, duplicate.length]).toEqual([1, 1]);
	});
});

it('an update keeps the mark of the entry that created the object', async () => {
	const created = await fixture.run([ANY_ORDER]);
	const paymentIntent = created.success[0]?.json.id as string;
	const additionalFields = { metadata: { entry: [{ key: 'shipped', value: 'yes' }] } };
	const updated = await fixture.run([ANY_ORDER], {
		parameters: { operation: 'update', amount: '', currency: '', paymentIntent, additionalFields },
	});
	expect(updated.success[0]?.json.metadata).toEqual({
		shipped: 'yes',
		n8n_entry: created.success[0]?.json.idempotency?.entryId,
	});
});

it('a success that is no payment yet says so', async () => {
	const { success, hints } = await fixture.run([ANY_ORDER], { parameters: { confirm: false } });
	expect(success[0]?.json.status).toBe('requires_confirmation');
	expect(hints.join()).toMatch(/was created, but not paid yet: its status is requires_confirmation/);
});

it('what a different workflow has executed is reported with its name, because a generic field means something else there', async () => {
	const inWorkflow = async (id: string, name: string) => {
		const options = fixture.runOptions([{ order: 2, amount: 5 }]);
		const result = await runWorkflow({ ...workflowOf(fixture.node(), options), id, name }, options);
		return result.hints('Node').map(({ message }) => message);
	};
	expect(await inWorkflow('a', 'Sheet A')).toEqual([]);
	expect((await inWorkflow('a', 'Sheet A')).join()).not.toMatch(/a different workflow/);
	expect((await inWorkflow('b', 'Sheet B')).join()).toMatch(
		/1 item was already completed by a different workflow: Sheet A/,
	);
});

it('an agent that is tested manually does not start a new attempt at every call', async () => {
	fixture.stripe.inject({ kind: 'decline', times: 3 });
	const parameters = { keySource: 'custom', customKey: 'invoice 7', amount: '500' };
	const node = fixture.node({ parameters, options: { requireToken: false } });
	const { answers } = await runAsTool(
		node,
		[{}, {}, {}],
		fixture.runOptions([{}], { run: { mode: 'manual' } }),
	);
	expect(answers.map(({ items }) => (items as { outcome?: string }[])[0]?.outcome)).toEqual([
		'rejected',
		'rejected',
		'rejected',
	]);
	expect(fixture.stripe.sends()).toHaveLength(1);
});

it('an account that Stripe does not return now leaves no uncertainty about the item, and is requested again', async () => {
	fixture.stripe.inject({ kind: 'error503', times: 9, match: { method: 'GET' } });
	const { retry } = await fixture.run([ANY_ORDER]);
	expect(retry[0]?.json.error).toMatchObject({ outcome: 'unreachable', retryable: true });
	fixture.stripe.clearFaults();
	fixture.stripe.inject({ kind: 'rateLimit429', match: { method: 'GET' } });
	const { success } = await fixture.run([ANY_ORDER], { options: { maxRetries: 2 } });
	expect(success).toHaveLength(1);
});
