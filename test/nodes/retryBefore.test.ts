import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { SettledEntry } from '../../ledger/model/entry';
import { Desk } from './registryNode';
import { HOUR_MS, Setting, SOME_ORDER } from './setting';
import { CHARGE, STRIPE_NODE } from './stripeNode';

const HELD_HOURS = 23;

/** What an item of Retry says, held against when its attempt was first sent. */
const hoursAfterFirstSend = ({ retryBefore, idempotency }: IDataObject) =>
	(Date.parse(retryBefore as string) - Date.parse((idempotency as IDataObject).firstSentAt as string)) /
	HOUR_MS;

describe('an item that leaves the Stripe node through Retry says until when a repeat is simple', () => {
	let setting: Setting;
	beforeEach(async () => {
		setting = await Setting.begin();
	});
	afterEach(() => setting.end());

	const leaves = async (how = {}) => {
		const { serverError } = await setting.run([SOME_ORDER], how);
		expect(serverError).toHaveLength(1);
		return serverError[0]!.json;
	};

	it.each(['resetAfter', 'error503', 'rateLimit429'] as const)(
		'after %s: 23 hours after the first send, beside what came in',
		async (kind) => {
			setting.stripe.inject({ kind });
			const left = await leaves();
			expect(Object.keys(left)).toEqual(['error', 'input', 'idempotency', 'retryBefore']);
			expect(hoursAfterFirstSend(left)).toBe(HELD_HOURS);
		},
	);

	it('the time stays that of the first send, however often it was sent since', async () => {
		setting.stripe.inject({ kind: 'resetBefore', times: 2 });
		const { retryBefore } = await leaves();
		expect(retryBefore).toEqual(expect.any(String));
		setting.time.advance(HOUR_MS);
		expect((await leaves()).retryBefore).toBe(retryBefore);
	});

	it('the time has passed where it is only looked up by now', async () => {
		setting.stripe.inject({ kind: 'resetBefore' });
		await leaves();
		setting.time.advance(23.5 * HOUR_MS);
		expect(Date.parse((await leaves()).retryBefore as string)).toBeLessThan(setting.time.now());
		expect(setting.stripe.sends()).toHaveLength(1);
	});

	it('while another run holds it, that of the other run', async () => {
		setting.stripe.inject({ kind: 'resetBefore' });
		await leaves();
		const [unknown] = await setting.entries();
		const { settledAt, outcome, ...facts } = unknown as SettledEntry;
		const leaseUntil = setting.time.now() + HOUR_MS;
		const held = { state: 'in_flight', holder: 'another run', grantedAt: settledAt, leaseUntil } as const;
		await setting.rewrite({ ...facts, ...held });
		const left = await leaves({ options: { waitForBusySeconds: 0 } });
		expect(left.error).toMatchObject({ outcome: 'busy' });
		expect(hoursAfterFirstSend(left)).toBe(HELD_HOURS);
	});

	it('null where Stripe could not be reached, so that nothing was sent', async () => {
		const left = await leaves({ credential: { baseUrl: 'http://127.0.0.1:9', accountId: 'acct_1' } });
		expect(left).toMatchObject({ error: { outcome: 'unreachable' }, retryBefore: null });
	});

	it('null where the ledger could not be used, so that nothing was sent', async () => {
		const left = await leaves({ parameters: { ledgerFile: '/dev/null/ledger.sqlite' } });
		expect(left).toMatchObject({ error: { outcome: 'ledger_unavailable' }, retryBefore: null });
	});

	it('also where it relies on Stripe alone', async () => {
		setting.stripe.inject({ kind: 'resetAfter' });
		const left = await leaves({
			parameters: { ledgerFile: '/dev/null/ledger.sqlite' },
			options: { ledgerUnavailable: 'relyOnStripe' },
		});
		expect(hoursAfterFirstSend(left)).toBe(HELD_HOURS);
	});

	it('no other item says so', async () => {
		const { clientError } = await setting.run([{ ...SOME_ORDER, order: '' }]);
		const { success } = await setting.run([SOME_ORDER]);
		for (const { json } of [...clientError, ...success]) expect(json).not.toHaveProperty('retryBefore');
		expect([...clientError, ...success]).toHaveLength(2);
	});
});

describe('on every way out that Retry has besides', () => {
	const ORDER = { order: '1001' };
	const ONCE: INodeParameters = { ...CHARGE, options: { maxRetries: 0, timeoutSeconds: 60 } };
	const RETRY: INodeParameters = {
		...{ resource: 'entry', operation: 'retry', options: { maxRetries: 0, timeoutSeconds: 60 } },
		...{ findBy: 'field', fieldValue: '={{ $json.order }}' },
	};
	let desk: Desk;
	beforeEach(async () => {
		desk = await Desk.open();
	});
	afterEach(() => desk.close());
	const lose = async (times: number) => {
		desk.setting.stripe.inject({ kind: 'resetBefore', times });
		return (await desk.one(ONCE, ORDER, { type: STRIPE_NODE })).json;
	};

	it('the registry node says the same as the node that has paid', async () => {
		const { retryBefore } = await lose(2);
		const { json } = await desk.one(RETRY, ORDER);
		expect(json).toMatchObject({ error: { outcome: 'unknown' }, input: ORDER, retryBefore });
		expect(hoursAfterFirstSend(json)).toBe(HELD_HOURS);
	});

	it('the registry node says nothing of it elsewhere', async () => {
		await lose(1);
		expect((await desk.one(RETRY, ORDER)).json).not.toHaveProperty('retryBefore');
		expect((await desk.one(RETRY, { order: 'nobody' })).json).not.toHaveProperty('retryBefore');
	});
});
