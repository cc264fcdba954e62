import { DatabaseSync } from 'node:sqlite';

import { runAsTool, runWorkflow, workflowOf } from '../engine';
import type { RunWith } from './setting';
import { HOUR_MS, Setting, SOME_ORDER } from './setting';

let setting: Setting;
beforeEach(async () => {
	setting = await Setting.begin();
});
afterEach(() => setting.end());

const custom = (customKey: string): RunWith => ({ parameters: { keySource: 'custom', customKey } });
const byFields = (...field: { path: string; treatAs: string }[]): RunWith => ({
	parameters: { keyFields: { field } },
});

describe('an item that comes from an error output as it is', () => {
	it('is refused with the way out: its key fields are one level deeper now', async () => {
		setting.stripe.inject({ kind: 'resetAfter' });
		const how = {
			...custom('={{ $json.order }}-{{ $json.customer }}'),
			parameters: { ...custom('={{ $json.order }}-{{ $json.customer }}').parameters, amount: '500' },
		};
		const first = await setting.run([{ order: '1', customer: 'c' }], how);
		const again = await setting.run([first.serverError[0]?.json ?? {}], how);
		expect(again.clientError[0]?.json.error).toMatchObject({
			outcome: 'refused',
			nextStep: expect.stringContaining('{{ $json.input }}') as string,
		});
		expect(setting.charges()).toBe(1);
	});
});

describe('a key that is put together', () => {
	it.each([
		[
			'={{ $json.customer }}-{{ $json.invoice }}',
			'a part that is empty in this item: {{ $json.invoice }}',
		],
		['=order-{{ $json.number }}', 'a part that is empty in this item: {{ $json.number }}'],
		['={{ "order-" + $json.number }}', 'put together inside one pair of braces'],
		['={{ $json.items + "-1" }}', 'put together inside one pair of braces'],
	])('%s is refused when a part of it is missing', async (key, what) => {
		const item = { customer: 'A', amount: 5, items: {} };
		const { clientError } = await setting.run([item], custom(key));
		expect(clientError[0]?.json.error).toMatchObject({
			outcome: 'missing_key',
			message: expect.stringContaining(what) as string,
		});
		expect(setting.stripe.sends()).toHaveLength(0);
	});

	it('is a key when all of its parts are there', async () => {
		const how = custom('={{ $json.order }}-{{ $json.amount }}');
		await setting.run([SOME_ORDER, SOME_ORDER, { ...SOME_ORDER, order: '2' }], how);
		expect(setting.charges()).toBe(2);
	});
});

describe('a ledger that can be read but not written, for a user who relies on Stripe', () => {
	const how = { options: { ledgerUnavailable: 'relyOnStripe' } };

	/** As a hanging backup does. */
	async function whileLocked<T>(run: () => Promise<T>): Promise<T> {
		const other = new DatabaseSync(setting.ledgerFile);
		other.exec('BEGIN IMMEDIATE');
		try {
			return await run();
		} finally {
			other.exec('ROLLBACK');
			other.close();
		}
	}

	it('what was paid three days ago is not paid again', async () => {
		await setting.run([SOME_ORDER]);
		setting.time.advance(72 * HOUR_MS);
		const { success } = await whileLocked(() => setting.run([SOME_ORDER], how));
		expect(success[0]?.json.idempotency).toMatchObject({ replayed: true, source: 'ledger' });
		expect(setting.charges()).toBe(1);
	});

	it('what is unknown for three days is looked up, not sent', async () => {
		setting.stripe.inject({ kind: 'resetAfter' });
		await setting.run([SOME_ORDER]);
		setting.time.advance(72 * HOUR_MS);
		const { success } = await whileLocked(() => setting.run([SOME_ORDER], how));
		expect(success[0]?.json.idempotency?.warning).toMatch(/locked/);
		expect(setting.stripe.sends()).toHaveLength(1);
		expect(setting.charges()).toBe(1);
	});
});

it('a rejection without the ledger never advises a second payment', async () => {
	setting.stripe.inject({ kind: 'decline' });
	const { clientError } = await setting.run([SOME_ORDER], {
		parameters: { ledgerFile: '/dev/null/ledger.sqlite' },
		options: { ledgerUnavailable: 'relyOnStripe' },
	});
	expect(clientError[0]?.json.error?.nextStep).toMatch(/Look in the Stripe dashboard first/);
});

describe('key fields', () => {
	it('a day is never a minute: both are charged', async () => {
		const customer = { path: 'customer', treatAs: 'text' };
		for (const [at, treatAs] of [
			['2026-11-24T10:40:00Z', 'minute'],
			['2026-11-24T18:00:00Z', 'day'],
			['2026-11-25T00:00:00Z', 'minute'],
			['2026-11-25T00:00:00Z', 'hour'],
		] as const) {
			await setting.run(
				[{ customer: 'c', at, amount: 5 }],
				byFields(customer, { path: 'at', treatAs }),
			);
		}
		expect(setting.charges()).toBe(4);
	});

	it('one field spelled in four ways is one key', async () => {
		for (const path of ['order.id', 'order["id"]', "['order']['id']", 'order..id']) {
			await setting.run([{ order: { id: 7 }, amount: 5 }], byFields({ path, treatAs: 'text' }));
		}
		expect(setting.charges()).toBe(1);
	});

	it('hide a secret that somebody has made a key field', async () => {
		await setting.run([{ order: 'pi_1abc_secret_XYZ', amount: 5 }]);
		expect(JSON.stringify(await setting.entries())).not.toContain('secret_XYZ');
	});
});

it('an API version that cannot be sent is refused, and does not spoil the entry', async () => {
	const wrong = await setting.run([SOME_ORDER], { options: { apiVersion: '2026\u201110\u201128' } });
	expect(wrong.clientError[0]?.json.error?.message).toMatch(/API Version/);
	const { success } = await setting.run([SOME_ORDER]);
	expect(success[0]?.json.idempotency).toMatchObject({ attempt: 1, sends: 1 });
});

describe('the Duplicate output', () => {
	const options = { duplicates: 'output' };

	it('does not take what a stopped run has done and Retry brings back', async () => {
		setting.stripe.inject({ kind: 'error503', match: { metadata: {}, nth: 2 } });
		const orders = [SOME_ORDER, { order: '1002', amount: 5 }];
		const how = { options: { ...options, serverErrors: 'throw', concurrency: 1 } };
		const first = await setting.run(orders, how);
		expect(first.result.status).toBe('error');
		const second = await setting.retry(first.result, orders, how);
		expect([second.success.length, second.duplicate.length]).toEqual([2, 0]);
		expect(setting.charges()).toBe(2);
	});

	it('takes the neighbour on the other side of a minute, also in one batch', async () => {
		const how = { ...byFields({ path: 'at', treatAs: 'minute' }), options };
		const { success, duplicate } = await setting.run(
			[
				{ at: '2026-11-24T10:40:59Z', amount: 5 },
				{ at: '2026-11-24T10:41:00Z', amount: 5 },
			],
			how,
		);
		expect([success.length, duplicate.length]).toEqual([1, 1]);
	});
});

it('an update leaves the mark of the entry that created the object', async () => {
	const created = await setting.run([SOME_ORDER]);
	const paymentIntent = created.success[0]?.json.id as string;
	const additionalFields = { metadata: { entry: [{ key: 'shipped', value: 'yes' }] } };
	const updated = await setting.run([SOME_ORDER], {
		parameters: { operation: 'update', paymentIntent, additionalFields },
	});
	expect(updated.success[0]?.json.metadata).toEqual({
		shipped: 'yes',
		n8n_entry: created.success[0]?.json.idempotency?.entryId,
	});
});

it('a success that is no payment yet says so', async () => {
	const { success, hints } = await setting.run([SOME_ORDER], { parameters: { confirm: false } });
	expect(success[0]?.json.status).toBe('requires_confirmation');
	expect(hints.join()).toMatch(/was created, but not paid yet: its status is requires_confirmation/);
});

it('what another workflow has done is told by its name, because a generic field names other things there', async () => {
	const inWorkflow = async (id: string, name: string) => {
		const options = setting.runOptions([{ order: 2, amount: 5 }]);
		const result = await runWorkflow({ ...workflowOf(setting.node(), options), id, name }, options);
		return result.hints('Node').map(({ message }) => message);
	};
	expect(await inWorkflow('a', 'Sheet A')).toEqual([]);
	expect((await inWorkflow('a', 'Sheet A')).join()).not.toMatch(/another workflow/);
	expect((await inWorkflow('b', 'Sheet B')).join()).toMatch(
		/1 item was done before by another workflow: Sheet A/,
	);
});

it('an agent that is tried out by hand does not begin a new attempt at every call', async () => {
	setting.stripe.inject({ kind: 'decline', times: 3 });
	const parameters = { keySource: 'custom', customKey: 'invoice 7', amount: '500' };
	const node = setting.node({ parameters, options: { requireToken: false } });
	const { answers } = await runAsTool(
		node,
		[{}, {}, {}],
		setting.runOptions([{}], { run: { mode: 'manual' } }),
	);
	expect(answers.map(({ items }) => (items as { outcome?: string }[])[0]?.outcome)).toEqual([
		'rejected',
		'rejected',
		'rejected',
	]);
	expect(setting.stripe.sends()).toHaveLength(1);
});

it('an account that Stripe does not name now leaves no doubt about the item, and is asked again', async () => {
	setting.stripe.inject({ kind: 'error503', times: 9, match: { method: 'GET' } });
	const { serverError } = await setting.run([SOME_ORDER]);
	expect(serverError[0]?.json.error).toMatchObject({ outcome: 'unreachable', retryable: true });
	setting.stripe.clearFaults();
	setting.stripe.inject({ kind: 'rateLimit429', match: { method: 'GET' } });
	const { success } = await setting.run([SOME_ORDER], { options: { maxRetries: 2 } });
	expect(success).toHaveLength(1);
});
