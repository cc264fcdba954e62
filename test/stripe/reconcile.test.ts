import type { InFlightEntry } from '../../ledger/entry';
import type { Params } from '../../ledger/request';
import { ENTRY_METADATA } from '../../stripe/metadata';
import { reconcile } from '../../stripe/reconcile';
import type { FaultKind } from '../simulator/simulator';
import { StripeSimulator } from '../simulator/simulator';
import { running } from './running';
import { at, pay, PAYMENT } from './sending';
import { says } from './wireServer';

const NOW = Date.UTC(2026, 0, 15, 12);
const HOUR = 3_600_000;
const ENTRY = 'v1_the_entry';
const MARK = { [ENTRY_METADATA]: ENTRY };

const { keep, serve } = running();
let simulator: StripeSimulator;
beforeEach(async () => {
	simulator = keep(await StripeSimulator.start({ clock: { now: () => NOW } }));
});

/** An entry whose send left no answer. */
function unanswered(path: string, params: Params = {}, more: Partial<InFlightEntry> = {}): InFlightEntry {
	return {
		...{ state: 'in_flight', entryId: ENTRY, version: 2, operation: 'test', fields: [], attempt: 1 },
		...{ mode: 'test', account: 'acct_simulator', key: `n8n_${ENTRY}`, fingerprint: 'f', fence: 2 },
		...{ request: { method: 'POST', path, params }, paramsStored: true, doubt: true, sends: 1 },
		...{ createdAt: NOW, firstSentAt: NOW, lastSentAt: NOW, expiresAt: NOW + 90 * 24 * HOUR },
		...{ origin: {}, leaseUntil: NOW, holder: 'h' },
		...more,
	};
}

const deletion = (path: string) => unanswered(path, {}, { request: { method: 'DELETE', path, params: {} } });

const ask = (entry: InFlightEntry, url = simulator.url, stripeAccount?: string) =>
	reconcile({ connection: at(url), timeoutMs: 10_000, stripeAccount }, entry);

/** Does in Stripe what the lost send did. */
async function create(path: string, params: Params, stripeAccount?: string): Promise<string> {
	const idempotencyKey = `key_${simulator.requests.length}`;
	const { outcome } = await pay(simulator.url, { path, params, idempotencyKey, stripeAccount });
	if (outcome.objectId === undefined) throw new Error(`not created: ${outcome.message ?? ''}`);
	return outcome.objectId;
}

/** Reads what Stripe shows, in an attempt of which every request is counted. */
async function finding(entry: InFlightEntry, stripeAccount?: string) {
	const before = simulator.requests.length;
	const found = await ask(entry, simulator.url, stripeAccount);
	const requests = simulator.requests.slice(before);
	expect(requests.filter(({ method }) => method !== 'GET')).toEqual([]);
	return { found, requests };
}

const PAYMENTS = '/v1/payment_intents';

describe('what a send has created is found by its entry', () => {
	it('a payment', async () => {
		const id = await create(PAYMENTS, { ...PAYMENT, metadata: MARK });
		const { found } = await finding(unanswered(PAYMENTS, PAYMENT));
		expect(found).toMatchObject({
			kind: 'found',
			outcome: { kind: 'succeeded', objectId: id, body: { id, status: 'succeeded', amount: 500 } },
		});
		expect(JSON.stringify(found)).not.toContain('_secret_');
	});

	it('a refund', async () => {
		const payment = await create(PAYMENTS, PAYMENT);
		const params = { payment_intent: payment };
		const id = await create('/v1/refunds', { ...params, metadata: MARK });
		const { found } = await finding(unanswered('/v1/refunds', params));
		expect(found).toMatchObject({ kind: 'found', outcome: { objectId: id } });
	});

	it('a customer', async () => {
		const id = await create('/v1/customers', { name: 'A', metadata: MARK });
		expect((await finding(unanswered('/v1/customers'))).found).toMatchObject({
			outcome: { objectId: id },
		});
	});

	it('in the connected account, and only there', async () => {
		const id = await create(PAYMENTS, { ...PAYMENT, metadata: MARK }, 'acct_connected');
		const entry = unanswered(PAYMENTS, PAYMENT);
		expect((await finding(entry, 'acct_connected')).found).toMatchObject({ outcome: { objectId: id } });
		expect((await finding(entry)).found.kind).toBe('cannot_tell');
	});

	it('on a later page', async () => {
		const id = await create(PAYMENTS, { ...PAYMENT, metadata: MARK });
		for (let n = 0; n < 205; n++) await create(PAYMENTS, { ...PAYMENT, metadata: { order: String(n) } });
		const { found, requests } = await finding(unanswered(PAYMENTS, PAYMENT));
		expect(found).toMatchObject({ kind: 'found', outcome: { objectId: id } });
		expect(requests).toHaveLength(3);
	});

	it('among those of its customer, which are fewer', async () => {
		const customer = await create('/v1/customers', {});
		const params = { ...PAYMENT, customer };
		const id = await create(PAYMENTS, { ...params, metadata: MARK });
		const { found, requests } = await finding(unanswered(PAYMENTS, params));
		expect(found).toMatchObject({ outcome: { objectId: id } });
		expect(requests[0]?.params).toMatchObject({ customer });
	});

	it('although Stripe did it hours later, after its 500', async () => {
		simulator.inject({ kind: 'rollForward', delayMs: 6 * HOUR });
		await pay(simulator.url, { params: { ...PAYMENT, metadata: MARK } });
		expect((await finding(unanswered(PAYMENTS, PAYMENT))).found.kind).toBe('cannot_tell');
		simulator.advance(6 * HOUR);
		expect((await finding(unanswered(PAYMENTS, PAYMENT))).found.kind).toBe('found');
	});
});

describe('what the list does not show may still come: nobody can tell', () => {
	it('an empty list', async () => {
		expect((await finding(unanswered(PAYMENTS, PAYMENT))).found.kind).toBe('cannot_tell');
	});

	it.each<[string, Params]>([
		['another entry', { [ENTRY_METADATA]: 'v1_another' }],
		['the entry in another field', { order: ENTRY }],
		['a longer entry', { [ENTRY_METADATA]: `${ENTRY}_2` }],
		['no metadata', {}],
	])('an object of %s', async (_what, metadata) => {
		await create(PAYMENTS, { ...PAYMENT, metadata });
		expect((await finding(unanswered(PAYMENTS, PAYMENT))).found.kind).toBe('cannot_tell');
	});

	it.each([
		['long before the first send', -HOUR, 0],
		['long after the last', 48 * HOUR, 48 * HOUR],
	])('an object of %s', async (_what, fromFirst, fromLast) => {
		await create(PAYMENTS, { ...PAYMENT, metadata: MARK });
		const sent = { firstSentAt: NOW - fromFirst, lastSentAt: NOW - fromLast };
		expect((await finding(unanswered(PAYMENTS, PAYMENT, sent))).found.kind).toBe('cannot_tell');
	});

	it.each([
		['a minute before ours', 60_000],
		['a minute after ours', -60_000],
	])('but a clock at Stripe that is %s hides nothing', async (_what, ahead) => {
		await create(PAYMENTS, { ...PAYMENT, metadata: MARK });
		const sent = { firstSentAt: NOW + ahead, lastSentAt: NOW + ahead };
		expect((await finding(unanswered(PAYMENTS, PAYMENT, sent))).found.kind).toBe('found');
	});

	it('an object that is there, but the payment did not take effect', async () => {
		const params = { ...PAYMENT, confirm: 'true', payment_method: 'pm_card_visa' };
		await create(PAYMENTS, { amount: '500', currency: 'usd', metadata: MARK });
		const { found } = await finding(unanswered(PAYMENTS, params));
		expect(found).toMatchObject({ kind: 'cannot_tell' });
		expect(JSON.stringify(found)).toContain('requires_payment_method');
	});

	it('nor whether it was to be confirmed, where the ledger keeps no parameters', async () => {
		await create(PAYMENTS, { amount: '500', currency: 'usd', metadata: MARK });
		const blank = unanswered(PAYMENTS, {}, { paramsStored: false });
		expect((await finding(blank)).found.kind).toBe('cannot_tell');
	});

	it('but a payment intent that was only to be created is found in any status', async () => {
		const params = { amount: '500', currency: 'usd' };
		const id = await create(PAYMENTS, { ...params, metadata: MARK });
		expect((await finding(unanswered(PAYMENTS, params))).found).toMatchObject({
			outcome: { objectId: id },
		});
	});

	it.each([
		...[
			'/v1/customers/cus_1',
			'/v1/payment_intents/pi_1',
			'/v1/invoices',
			'/v1/payment_intents/',
			'/v2/core/accounts',
		],
	])('a send to %s, of which there is no list: Stripe is not even asked', async (path) => {
		const { found, requests } = await finding(unanswered(path));
		expect([found.kind, requests]).toEqual(['cannot_tell', []]);
	});
});

describe('a deletion', () => {
	it('that has happened is found', async () => {
		const id = await create('/v1/customers', {});
		const path = `/v1/customers/${id}`;
		await pay(simulator.url, { method: 'DELETE', path, idempotencyKey: undefined, params: undefined });
		expect((await finding(deletion(path))).found).toMatchObject({
			kind: 'found',
			outcome: { kind: 'succeeded', objectId: id, body: { id, deleted: true } },
		});
	});

	it('of what is no longer known is found', async () => {
		const { found } = await finding(deletion('/v1/customers/cus_gone'));
		expect(found).toMatchObject({ kind: 'found', outcome: { body: { id: 'cus_gone', deleted: true } } });
	});

	it('of what is still there has surely not happened', async () => {
		const id = await create('/v1/customers', {});
		expect((await finding(deletion(`/v1/customers/${id}`))).found).toEqual({ kind: 'absent' });
	});

	it.each([
		['canceled', 'found'],
		['active', 'absent'],
	])('of a subscription, which stays and is %s then: %s', async (status, kind) => {
		const server = await serve(says(200, { id: 'sub_1', object: 'subscription', status }));
		expect((await ask(deletion('/v1/subscriptions/sub_1'), server.url)).kind).toBe(kind);
	});

	it.each([
		[404, { message: 'no route' }, 'not_answered'],
		[
			404,
			{ error: { type: 'invalid_request_error', message: 'Unrecognized request URL' } },
			'cannot_tell',
		],
		[403, { error: { type: 'invalid_request_error' } }, 'not_answered'],
		[500, { error: { type: 'api_error' } }, 'not_answered'],
	])('where a %i says %j: %s, never done', async (status, body, kind) => {
		const server = await serve(says(status, body));
		expect((await ask(deletion('/v1/customers/cus_1'), server.url)).kind).toBe(kind);
	});
});

describe('Stripe does not answer: it has to be asked again', () => {
	it.each<FaultKind>([
		...(['error503', 'html502', 'html', 'cutBody', 'resetBefore', 'rateLimit429'] as const),
		...(['unauthorized401', 'forbidden403', 'error424'] as const),
	])('%s', async (kind) => {
		const id = await create('/v1/customers', {});
		for (const entry of [unanswered(PAYMENTS, PAYMENT), deletion(`/v1/customers/${id}`)]) {
			simulator.inject({ kind, match: { method: 'GET' } });
			expect((await finding(entry)).found.kind).toBe('not_answered');
		}
	});

	it('on the second page', async () => {
		for (let n = 0; n < 101; n++) await create(PAYMENTS, PAYMENT);
		simulator.inject({ kind: 'error503', match: { method: 'GET', nth: 2 } });
		expect((await finding(unanswered(PAYMENTS, PAYMENT))).found.kind).toBe('not_answered');
	});
});

describe('what Stripe answers is no list: nobody can tell', () => {
	it.each([
		['a list that is none', { object: 'list', data: 'x', has_more: true }],
		['a list that never ends', { object: 'list', data: [{ id: 'pi_1' }], has_more: true }],
		['objects that are none', { object: 'list', data: [{ metadata: null }, {}], has_more: false }],
	])('%s', async (_what, body) => {
		const server = await serve(says(200, body));
		expect((await ask(unanswered(PAYMENTS, PAYMENT), server.url)).kind).toBe('cannot_tell');
		expect(server.arrived.length).toBeLessThanOrEqual(50);
	});
});

describe('a confirm, capture or cancel shows in the state of its object', () => {
	const held = { amount: '500', currency: 'usd', capture_method: 'manual' };
	const paying = { payment_method: 'pm_card_visa', confirm: 'true' };

	it.each([
		['confirm', { amount: '500', currency: 'usd', ...paying }],
		['confirm', { ...held, ...paying }],
		['capture', { amount: '500', currency: 'usd', ...paying }],
	])('%s: found', async (action, params) => {
		const id = await create(PAYMENTS, params);
		expect((await finding(unanswered(`${PAYMENTS}/${id}/${action}`))).found).toMatchObject({
			kind: 'found',
			outcome: { kind: 'succeeded', objectId: id },
		});
	});

	it.each([
		['confirm', { amount: '500', currency: 'usd' }],
		['capture', { ...held, ...paying }],
		['cancel', { amount: '500', currency: 'usd' }],
	])('%s: nobody can tell while the state does not show it', async (action, params) => {
		const id = await create(PAYMENTS, params);
		const { found } = await finding(unanswered(`${PAYMENTS}/${id}/${action}`));
		expect(found.kind).toBe('cannot_tell');
	});

	it('nobody can tell of an object that is not there', async () => {
		expect((await finding(unanswered(`${PAYMENTS}/pi_gone/capture`))).found.kind).toBe('cannot_tell');
	});
});
