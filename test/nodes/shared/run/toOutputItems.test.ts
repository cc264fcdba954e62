import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { SettledEntry } from '../../../../ledger/model/entry';
import { RegistryFixture } from '../../fixtures/registryFixture';
import { ONE_HOUR_MS, NodeFixture, ANY_ORDER } from '../../fixtures/nodeFixture';
import { CHARGE, STRIPE_NODE } from '../../fixtures/ordersFixture';

const HELD_HOURS = 23;

/** What an item of Retry says, held against when its attempt was first sent. */
const hoursAfterFirstSend = ({ retryBefore, idempotency }: IDataObject) =>
	(Date.parse(retryBefore as string) - Date.parse((idempotency as IDataObject).firstSentAt as string)) /
	ONE_HOUR_MS;

describe('an item that leaves the Stripe node through Retry has the time until which a repeat is safe', () => {
	let fixture: NodeFixture;
	beforeEach(async () => {
		fixture = await NodeFixture.start();
	});
	afterEach(() => fixture.stop());

	const leaves = async (how = {}) => {
		const { retry } = await fixture.run([ANY_ORDER], how);
		expect(retry).toHaveLength(1);
		return retry[0]!.json;
	};

	it.each(['resetAfter', 'error503', 'rateLimit429'] as const)(
		'after %s: 23 hours after the first send, beside the input',
		async (kind) => {
			fixture.stripe.inject({ kind });
			const item = await leaves();
			expect(Object.keys(item)).toEqual(['error', 'input', 'idempotency', 'retryBefore']);
			expect(hoursAfterFirstSend(item)).toBe(HELD_HOURS);
		},
	);

	it('the time stays that of the first send, however often it was sent since', async () => {
		fixture.stripe.inject({ kind: 'resetBefore', times: 2 });
		const { retryBefore } = await leaves();
		expect(retryBefore).toEqual(expect.any(String));
		fixture.time.advance(ONE_HOUR_MS);
		expect((await leaves()).retryBefore).toBe(retryBefore);
	});

	it('the time has passed if it is only reconciled by now', async () => {
		fixture.stripe.inject({ kind: 'resetBefore' });
		await leaves();
		fixture.time.advance(23.5 * ONE_HOUR_MS);
		expect(Date.parse((await leaves()).retryBefore as string)).toBeLessThan(fixture.time.now());
		expect(fixture.stripe.sends()).toHaveLength(1);
	});

	it('while another run holds it, the time of the other run', async () => {
		fixture.stripe.inject({ kind: 'resetBefore' });
		await leaves();
		const [unknown] = await fixture.entries();
		const { settledAt, outcome, ...facts } = unknown as SettledEntry;
		const leaseUntil = fixture.time.now() + ONE_HOUR_MS;
		const held = {
			state: 'in_flight',
			claimId: 'another run',
			grantedAt: settledAt,
			leaseUntil,
		} as const;
		await fixture.rewrite({ ...facts, ...held });
		const item = await leaves({ options: { waitForBusySeconds: 0 } });
		expect(item.error).toMatchObject({ outcome: 'busy' });
		expect(hoursAfterFirstSend(item)).toBe(HELD_HOURS);
	});

	it('null if Stripe could not be reached, so that nothing was sent', async () => {
		const item = await leaves({ credential: { baseUrl: 'http://127.0.0.1:9', accountId: 'acct_1' } });
		expect(item).toMatchObject({ error: { outcome: 'unreachable' }, retryBefore: null });
	});

	it('null if the ledger was unavailable, so that nothing was sent', async () => {
		const item = await leaves({ parameters: { ledgerFile: '/dev/null/ledger.sqlite' } });
		expect(item).toMatchObject({ error: { outcome: 'ledger_unavailable' }, retryBefore: null });
	});

	it('even if it relies on Stripe alone', async () => {
		fixture.stripe.inject({ kind: 'resetAfter' });
		const item = await leaves({
			parameters: { ledgerFile: '/dev/null/ledger.sqlite' },
			options: { ledgerUnavailable: 'relyOnStripe' },
		});
		expect(hoursAfterFirstSend(item)).toBe(HELD_HOURS);
	});

	it('items on other outputs have no such time', async () => {
		const { fix } = await fixture.run([{ ...ANY_ORDER, order: '' }]);
		const { success } = await fixture.run([ANY_ORDER]);
		for (const { json } of [...fix, ...success]) expect(json).not.toHaveProperty('retryBefore');
		expect([...fix, ...success]).toHaveLength(2);
	});
});

describe('on every other way to Retry', () => {
	const ORDER = { order: '1001' };
	const ONCE: INodeParameters = { ...CHARGE, options: { maxRetries: 0, timeoutSeconds: 60 } };
	const RETRY: INodeParameters = {
		resource: 'entry',
		operation: 'retry',
		options: { maxRetries: 0, timeoutSeconds: 60 },
		findBy: 'field',
		fieldValue: '={{ $json.order }}',
	};
	let registry: RegistryFixture;
	beforeEach(async () => {
		registry = await RegistryFixture.open();
	});
	afterEach(() => registry.close());
	const lose = async (times: number) => {
		registry.fixture.stripe.inject({ kind: 'resetBefore', times });
		return (await registry.one(ONCE, ORDER, { type: STRIPE_NODE })).json;
	};

	it('the registry node has the same time as the node that has paid', async () => {
		const { retryBefore } = await lose(2);
		const { json } = await registry.one(RETRY, ORDER);
		expect(json).toMatchObject({ error: { outcome: 'unknown' }, input: ORDER, retryBefore });
		expect(hoursAfterFirstSend(json)).toBe(HELD_HOURS);
	});

	it('the registry node has no time on other outputs', async () => {
		await lose(1);
		expect((await registry.one(RETRY, ORDER)).json).not.toHaveProperty('retryBefore');
		expect((await registry.one(RETRY, { order: 'nobody' })).json).not.toHaveProperty('retryBefore');
	});
});
