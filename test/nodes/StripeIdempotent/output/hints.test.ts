import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { RunOptions } from '../../../engine';
import { CHARGE, withOptions, OrdersFixture } from '../../fixtures/ordersFixture';
import { letLiveKeysReachTheSimulator } from '../../../simulator/asStripesOwn';

letLiveKeysReachTheSimulator();

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

async function hints(
	parameters: INodeParameters = {},
	items: IDataObject[] = [{ order: '1001' }],
	more: Partial<RunOptions> = {},
): Promise<string[]> {
	const result = await fixture.run({ ...CHARGE, ...parameters }, items, more);
	expect(result.error).toBeUndefined();
	expect(result.hints('Node').every(({ location }) => location === 'outputPane')).toBe(true);
	return result.hints('Node').map(({ message }) => message);
}

const field = (path: string) => ({ keyFields: { field: [{ path, treatAs: 'text' }] } });
const custom = (customKey: string) => ({ keySource: 'custom', customKey });

describe('without a reason there is no hint', () => {
	it.each<[string, INodeParameters]>([
		['a key of the business', {}],
		['a custom value', custom('={{ $json.order }}')],
		['an event', { keySource: 'event', eventId: '={{ $json.order }}' }],
	])('with %s', async (_what, parameters) => {
		expect(await hints(parameters)).toEqual([]);
		const byHand = await hints(parameters, [{ order: '1002' }], { mode: 'manual' });
		expect(byHand).toEqual(['1 payment: 19.99 EUR.']);
	});

	it('with a value whose name only sounds random', async () => {
		expect(await hints({}, [{ order: 'Random House' }, { order: 'uuid' }])).toEqual([]);
	});

	it('with Workflow Static Data in a production run', async () => {
		expect(await hints({ ledger: 'staticData' })).toEqual([]);
	});

	it('for reads, whose key is not used', async () => {
		const many = { resource: 'customer', operation: 'getMany', ...custom('={{ $now }}') };
		expect(await hints(many, [{}], { mode: 'manual' })).toEqual([]);
	});

	it('for what Retry On Fail has done itself', async () => {
		fixture.simulator.inject({ kind: 'error503', match: { nth: 2 } });
		const parameters = { ...CHARGE, ...withOptions({ serverErrors: 'throw', maxRetries: 0 }) };
		const node = { retryOnFail: true, maxTries: 2 };
		const result = await fixture.run(parameters, [{ order: '1' }, { order: '2' }], { node });
		expect(result.success).toHaveLength(2);
		expect(result.hints('Node')).toEqual([]);
	});
});

describe('items that did not succeed', () => {
	it('are counted by output, with the message of the first one', async () => {
		const [hint] = await hints({}, [{ order: '' }, { order: '2' }, {}]);
		expect(hint).toMatch(
			/^2 of 3 items did not succeed\. Fix \(4xx\): 2\. The first: .*order.*\w\. Fill the field/,
		);
	});
});

describe('a key that would differ in the next run', () => {
	const hintOf = (name: string, reason: string) => [
		`"${name}" probably changes on every run (${reason}). A retry would then use a new key and charge twice. Use a stable business field, e.g. the order number.`,
	];

	it.each([
		['executionId', 'the execution ID is different in every run'],
		['uuid', 'a random ID is usually generated anew in every run'],
		['client_secret', 'a one-time token is different in every attempt'],
	])('by its field %s', async (name, reason) => {
		expect(await hints(field(name), [{ [name]: 'x' }])).toEqual(hintOf(name, reason));
	});

	it.each<[string, INodeParameters, string]>([
		['Custom Value', custom('={{ $json.order }}-{{ $itemIndex }}'), 'it is different in every run'],
		[
			'Event ID',
			{ keySource: 'event', eventId: '={{ $json.uuid }}' },
			'a random ID is usually generated anew in every run',
		],
	])('by the expression in %s', async (name, parameters, reason) => {
		expect(await hints(parameters, [{ order: '1', uuid: 'u1' }])).toEqual(hintOf(name, reason));
	});

	it.each([
		['{{ $today }}', 'day'],
		['{{ $today.toISODate() }}', 'day'],
		['{{ $now.toISODate() }}', 'day'],
		["{{ $now.toFormat('yyyy-MM-dd') }}", 'day'],
		["{{ $now.toFormat('yyyy-MM') }}", 'month'],
		["{{ $now.toFormat('kkkk-WW') }}", 'week'],
		["{{ $now.startOf('month').toISO() }}", 'month'],
		['{{ $now.year }}', 'year'],
		["{{ DateTime.now().toFormat('yyyy-MM-dd HH') }}", 'hour'],
	])('by its period, if %s contains one', async (part, period) => {
		const reason = `it contains the time of the run, so the key changes every ${period}`;
		expect(await hints(custom(`={{ $json.order }}-${part}`))).toEqual(hintOf('Custom Value', reason));
	});

	it('by a value, in any item', async () => {
		const items = [{ order: '1' }, { order: 'tok_1MqLiJ' }, { order: '2' }];
		expect(await hints({}, items)).toEqual(
			hintOf('order', 'a one-time token is different in every attempt'),
		);
	});

	it('is reported once, not for every item', async () => {
		const items = Array.from({ length: 5 }, (_, n) => ({ uuid: `${n}` }));
		expect(await hints(field('uuid'), items)).toHaveLength(1);
	});
});

describe('a manual run', () => {
	const LIVE = [
		'This manual run used a live key and moved real money. For testing, choose a credential with a test key (sk_test_…).',
		'1 payment: 19.99 EUR.',
	];

	it('with a live key moves real money', async () => {
		await fixture.close();
		fixture = await OrdersFixture.open({ credential: { secretKey: 'sk_live_shop' } });
		expect(await hints({}, undefined, { mode: 'manual' })).toEqual(LIVE);
		expect(await hints({}, [{ order: '1002' }], { mode: 'trigger' })).toEqual([]);
	});

	it('does not keep Workflow Static Data', async () => {
		const order = { order: `static ${Date.now()}` };
		expect(await hints({ ledger: 'staticData' }, [order], { mode: 'manual' })).toEqual([
			'n8n does not save Workflow Static Data in manual runs. After a restart of n8n, what this run sent is forgotten. Choose the ledger Local File.',
			'1 payment: 19.99 EUR.',
		]);
	});
});

describe('executed before', () => {
	it('by an earlier run is counted', async () => {
		await hints({}, [{ order: '1' }, { order: '2' }]);
		const result = await fixture.run(CHARGE, [{ order: '1' }, { order: '2' }, { order: '3' }]);
		expect(result.hints('Node')).toEqual([
			{
				message: '2 of 3 items were completed by an earlier run. Nothing was paid twice.',
				type: 'info',
				location: 'outputPane',
			},
		]);
		expect(await hints({}, [{ order: '3' }, { order: '4' }])).toEqual([
			'1 of 2 items was completed by an earlier run. Nothing was paid twice.',
		]);
	});

	it('by a twin in the same run is not counted: the hint reports a repeat', async () => {
		expect(await hints({}, [{ order: '1' }, { order: '1' }])).toEqual([
			'1 item was treated as a repeat of a different item of this run, because its key is the same. If it is a separate payment or task, choose key fields that tell the two apart.',
		]);
	});

	// Two items of one batch with the same key fields.
	it('by two twins is not counted: one charge, and a hint that reports two repeats', async () => {
		const rows = [{ order: '1' }, { order: '1' }, { order: '2' }, { order: '1' }];
		expect(await hints({}, rows)).toEqual([
			'2 items were treated as repeats of other items of this run, because their keys are the same. If they are separate payments or tasks, choose key fields that tell them apart.',
		]);
		expect(fixture.charges()).toBe(2);
	});

	it('by tries of Retry On Fail is not a twin', async () => {
		const result = await fixture.run(CHARGE, [{ order: '1' }, { order: '2' }]);
		const again = await fixture.run(CHARGE, [{ order: '1' }, { order: '2' }]);
		expect(JSON.stringify([result.hints('Node'), again.hints('Node')])).not.toContain('taken for');
	});
});

describe('a ledger that is down', () => {
	const down = () => {
		const ledgerFile = join(fixture.folder, 'notes.txt');
		writeFileSync(ledgerFile, 'not a database, but a text of some length'.repeat(100));
		return ledgerFile;
	};

	it('with relying on Stripe is reported with its reason and its limit', async () => {
		const relying = { ledgerFile: down(), ...withOptions({ ledgerUnavailable: 'relyOnStripe' }) };
		const result = await fixture.run({ ...CHARGE, ...relying }, [{ order: '1' }]);
		expect(result.success).toHaveLength(1);
		const [hint] = result.hints('Node');
		expect(hint!.message).toMatch(
			/^Sent without the ledger, as set in If Ledger Is Unavailable: .*the file is not a valid SQLite database.* Stripe recognizes a repeat for only 24 hours\. Repair the ledger before then and run the workflow again, so that the ledger records what was sent\.$/,
		);
		await fixture.run({ ...CHARGE, ...relying }, [{ order: '1' }]);
		expect(fixture.charges()).toBe(1);
	});

	it('with stopping is reported', async () => {
		expect((await hints({ ledgerFile: down() })).join()).toMatch(
			/^The item did not succeed\. Retry \(5xx\): 1\. The ledger cannot be used/,
		);
		expect(fixture.simulator.requests).toEqual([]);
	});
});

describe('a different API version than the one that operations are written for', () => {
	const GET: INodeParameters = { resource: 'invoice', operation: 'getMany', returnAll: true };
	const withVersion = (apiVersion: string) => withOptions({ apiVersion });

	it.each<[string, INodeParameters, string, RegExp]>([
		[
			'an earlier one, for a subscription',
			{ resource: 'subscription', operation: 'getMany', returnAll: true },
			'2026-03-25.dahlia',
			/^API Version is 2026-03-25.dahlia, and .* Before 2026-09-30, "billing_cycle_anchor"/,
		],
		[
			'an earlier one, for a payment',
			{},
			'2025-12-15.clover',
			/Before 2026-09-30, "allowed_payment_method_types" is unknown/,
		],
		[
			'an earlier one, for a promotion code',
			{ resource: 'promotionCode', operation: 'getMany', returnAll: true },
			'2025-08-27.basil',
			/Before 2025-09-30, "promotion" is unknown/,
		],
		['a later one', {}, '2027-01-01.future', /A later version may have renamed/],
	])('is reported with what breaks: %s', async (_name, parameters, apiVersion, message) => {
		const [hint, ...others] = await hints({ ...parameters, ...withVersion(apiVersion) });
		expect(hint).toMatch(message);
		expect(others).toEqual([]);
	});

	it.each<[string, INodeParameters, string]>([
		[
			'if nothing of the operation has changed',
			{ resource: 'product', operation: 'getMany', returnAll: true },
			'2025-12-15.clover',
		],
		[
			'for a call by its path',
			{ resource: 'customApiCall', operation: 'request', method: 'GET', path: '/v1/products' },
			'2024-06-20',
		],
		['where it is the same', GET, '2026-10-28.endive'],
	])('is not reported %s', async (_name, parameters, apiVersion) => {
		expect(await hints({ ...parameters, ...withVersion(apiVersion) })).toEqual([]);
	});
});
