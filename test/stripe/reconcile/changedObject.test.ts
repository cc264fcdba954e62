import type { Params } from '../../../ledger/model/request';
import { findUnappliedParams } from '../../../stripe/objects/matchesRequest';
import type { ReconcileFixture } from './reconcileFixture';
import { HOUR } from '../../ledger/requests';
import {
	useReconcileFixtures,
	KEY,
	PAYMENTS,
	AFTER_FINALITY_MS,
	buildUnansweredEntry,
} from './reconcileFixture';
import { WIRE_NO_REDIRECTS, WIRE_PAYMENT, connectTo, sendPayment } from '../api/sending';
import type { WireReply } from '../api/wireServer';
import { replyWith } from '../api/wireServer';

const { open, serve } = useReconcileFixtures();
let registry: ReconcileFixture;
beforeEach(async () => {
	registry = await open();
});

const MONEY = { amount: '500', currency: 'usd' };
const HELD = { ...WIRE_PAYMENT, capture_method: 'manual' };
const OPEN = { ...MONEY, ...WIRE_NO_REDIRECTS };
const NO_CARD = { payment_method: 'pm_card_chargeDeclined' };

describe('a confirm, capture or cancel shows in the state of its object', () => {
	it.each<[string, Params]>([
		['confirm', WIRE_PAYMENT],
		['confirm', HELD],
		['capture', WIRE_PAYMENT],
	])('%s: found', async (action, params) => {
		const id = await registry.create(PAYMENTS, params);
		const { finding, requests } = await registry.reconcile(
			buildUnansweredEntry(`${PAYMENTS}/${id}/${action}`),
		);
		expect(finding).toMatchObject({ kind: 'executed', outcome: { kind: 'succeeded', objectId: id } });
		expect(requests).toHaveLength(1);
	});

	it('cancel: found', async () => {
		const id = await registry.create(PAYMENTS, MONEY);
		await registry.create(`${PAYMENTS}/${id}/cancel`, {});
		expect(await registry.reconcileKind(buildUnansweredEntry(`${PAYMENTS}/${id}/cancel`))).toBe(
			'executed',
		);
	});

	it.each<[string, Params]>([
		['confirm', MONEY],
		['capture', HELD],
		['cancel', MONEY],
	])(
		'%s: while the state does not show it the finding is inconclusive, and then "not executed"',
		async (action, params) => {
			const id = await registry.create(PAYMENTS, params);
			const entry = buildUnansweredEntry(`${PAYMENTS}/${id}/${action}`);
			expect((await registry.reconcile(entry)).finding).toMatchObject({
				kind: 'inconclusive',
				reason: expect.stringContaining(`The status of ${id} is requires_`) as string,
				dashboardUrl: `https://dashboard.stripe.com/test/payments/${id}`,
				retryAt: expect.any(Number) as number,
			});
			registry.time.advance(AFTER_FINALITY_MS);
			expect(await registry.reconcileKind(entry)).toBe('not_executed');
		},
	);

	it('a capture of a different amount is somebody else’s: inconclusive', async () => {
		const id = await registry.create(PAYMENTS, HELD);
		await registry.create(`${PAYMENTS}/${id}/capture`, { amount_to_capture: '200' });
		const capture = (amount_to_capture: string) =>
			registry.reconcileKind(buildUnansweredEntry(`${PAYMENTS}/${id}/capture`, { amount_to_capture }));
		expect([await capture('200'), await capture('500')]).toEqual(['executed', 'inconclusive']);
	});

	it('a payment attached to its invoice is found there, even without its event', async () => {
		const customer = await registry.create('/v1/customers', {});
		const invoice = await registry.create('/v1/invoices', { customer, currency: 'usd' });
		const lines = [{ amount: '900', description: 'Work' }];
		await registry.create(`/v1/invoices/${invoice}/add_lines`, { lines });
		await registry.create(`/v1/invoices/${invoice}/finalize`, {});
		const [mine, other] = [
			await registry.create(PAYMENTS, { ...MONEY, customer }),
			await registry.create(PAYMENTS, { ...MONEY, customer }),
		];
		const path = `/v1/invoices/${invoice}/attach_payment`;
		const entry = buildUnansweredEntry(path, { payment_intent: mine });
		await registry.create(path, { payment_intent: other });
		expect(await registry.reconcileKind(entry)).toBe('inconclusive');
		registry.time.advance(AFTER_FINALITY_MS);
		expect(await registry.reconcileKind(entry)).toBe('not_executed');
		await registry.create(path, { payment_intent: mine });
		expect(await registry.reconcileKind(entry)).toBe('executed');
	});

	it('a charge is captured, or not yet', async () => {
		const params = { ...MONEY, source: 'tok_visa', capture: 'false' };
		const id = await registry.create('/v1/charges', params);
		const entry = buildUnansweredEntry(`/v1/charges/${id}/capture`, { amount: '300' });
		expect(await registry.reconcileKind(entry)).toBe('inconclusive');
		await registry.create(`/v1/charges/${id}/capture`, { amount: '300' });
		expect(await registry.reconcileKind(entry)).toBe('executed');
	});

	it('a confirmation that was declined is shown by the event of its key', async () => {
		const id = await registry.create(PAYMENTS, OPEN);
		const path = `${PAYMENTS}/${id}/confirm`;
		const { outcome } = await sendPayment(registry.simulator.url, {
			path,
			params: NO_CARD,
			idempotencyKey: KEY,
		});
		expect((await registry.reconcile(buildUnansweredEntry(path, NO_CARD))).finding).toMatchObject({
			kind: 'executed',
			outcome: { kind: 'rejected', statusCode: 402, code: outcome.code, objectId: id },
		});
	});

	it('a confirmation that was declined, and then paid by a later one of its key, is found with its final state', async () => {
		const id = await registry.create(PAYMENTS, OPEN);
		const path = `${PAYMENTS}/${id}/confirm`;
		await sendPayment(registry.simulator.url, { path, params: NO_CARD, idempotencyKey: KEY });
		registry.time.advance(25 * HOUR);
		// Stripe has forgotten the key, and executes it anew: the customer has to act.
		await registry.create(path, { payment_method: 'pm_card_authenticationRequired' }, KEY);
		expect((await registry.reconcile(buildUnansweredEntry(path))).finding).toMatchObject({
			kind: 'executed',
			outcome: { kind: 'succeeded', body: { status: 'requires_action' } },
		});
	});

	it('a decline under a different key says nothing about this confirmation', async () => {
		const id = await registry.create(PAYMENTS, OPEN);
		const path = `${PAYMENTS}/${id}/confirm`;
		await sendPayment(registry.simulator.url, { path, params: NO_CARD, idempotencyKey: 'another' });
		expect(await registry.reconcileKind(buildUnansweredEntry(path, NO_CARD))).toBe('inconclusive');
	});

	it('a confirmation that requires customer action is found while that is so', async () => {
		const id = await registry.create(PAYMENTS, OPEN);
		const path = `${PAYMENTS}/${id}/confirm`;
		await registry.create(path, { payment_method: 'pm_card_authenticationRequired' }, KEY);
		expect((await registry.reconcile(buildUnansweredEntry(path))).finding).toMatchObject({
			kind: 'executed',
			outcome: { body: { status: 'requires_action' } },
		});
		await registry.create(`${PAYMENTS}/${id}/cancel`, {});
		registry.time.advance(AFTER_FINALITY_MS);
		expect((await registry.reconcile(buildUnansweredEntry(path))).finding).toMatchObject({
			kind: 'inconclusive',
			reason: expect.stringContaining('An event says that the request was executed') as string,
		});
	});

	it('a missing object is inconclusive', async () => {
		registry.time.advance(AFTER_FINALITY_MS);
		expect(await registry.reconcileKind(buildUnansweredEntry(`${PAYMENTS}/pi_gone/capture`))).toBe(
			'inconclusive',
		);
	});

	it('an action without a known mark is never "not executed"', async () => {
		const id = await openInvoice();
		registry.time.advance(AFTER_FINALITY_MS);
		expect(await registry.reconcileKind(buildUnansweredEntry(`/v1/invoices/${id}/send`))).toBe(
			'inconclusive',
		);
	});

	it.each([
		['pay', { paid_out_of_band: 'true' }],
		['finalize', undefined],
		['void', {}],
	])('an invoice after %s: found', async (action, params) => {
		const id = await openInvoice();
		if (params) await registry.create(`/v1/invoices/${id}/${action}`, params);
		expect(
			await registry.reconcileKind(buildUnansweredEntry(`/v1/invoices/${id}/${action}`, params)),
		).toBe('executed');
	});
});

describe('an update shows in its object', () => {
	let id: string;
	beforeEach(async () => {
		id = await registry.create('/v1/customers', { name: 'Ada', metadata: { order: '1', note: 'x' } });
	});
	const update = (params: Params) => buildUnansweredEntry(`/v1/customers/${id}`, params);

	it.each<[Params]>([
		[{ name: 'Ada' }],
		[{ metadata: { order: '1' } }],
		[{ phone: '', metadata: { gone: '' } }],
		[{ name: 'Ada', expand: ['tax'] }],
	])('%j: found', async (params) => {
		expect((await registry.reconcile(update(params))).finding).toMatchObject({
			kind: 'executed',
			outcome: { kind: 'succeeded', objectId: id, body: { name: 'Ada' } },
		});
	});

	it.each<[Params, string]>([
		[{ name: 'Grace' }, 'name'],
		[{ name: 'Ada', metadata: { order: '2' } }, 'metadata'],
		[{ metadata: { note: '' } }, 'metadata'],
	])('%j is not shown: inconclusive, and then "not executed"', async (params, names) => {
		expect((await registry.reconcile(update(params))).finding).toMatchObject({
			kind: 'inconclusive',
			reason: expect.stringContaining(`${id} does not show this: ${names}.`) as string,
			dashboardUrl: `https://dashboard.stripe.com/test/customers/${id}`,
		});
		registry.time.advance(AFTER_FINALITY_MS);
		expect(await registry.reconcileKind(update(params))).toBe('not_executed');
	});

	it('that was overwritten since is found by the event of its key', async () => {
		await registry.create(`/v1/customers/${id}`, { name: 'Grace' }, KEY);
		await registry.create(`/v1/customers/${id}`, { name: 'Barbara' });
		registry.time.advance(AFTER_FINALITY_MS);
		expect((await registry.reconcile(update({ name: 'Grace' }))).finding).toMatchObject({
			kind: 'executed',
			outcome: { kind: 'succeeded', body: { name: 'Barbara' } },
		});
	});

	it('of a payment intent, which has no event, is never "not executed"', async () => {
		const payment = await registry.create(PAYMENTS, MONEY);
		const entry = (description: string) =>
			buildUnansweredEntry(`${PAYMENTS}/${payment}`, { description });
		await registry.create(`${PAYMENTS}/${payment}`, { description: 'Order 1' });
		registry.time.advance(AFTER_FINALITY_MS);
		expect(await registry.reconcileKind(entry('Order 1'))).toBe('executed');
		expect(await registry.reconcileKind(entry('Order 2'))).toBe('inconclusive');
	});

	it('cannot be compared if the ledger stores no parameters', async () => {
		registry.time.advance(AFTER_FINALITY_MS);
		const blank = { ...update({}), paramsStored: false };
		expect(await registry.reconcileKind(blank)).toBe('inconclusive');
		await registry.create(`/v1/customers/${id}`, { name: 'Grace' }, KEY);
		const sent = { ...blank, lastSentAt: registry.time.now(), leaseUntil: registry.time.now() };
		expect(await registry.reconcileKind(sent)).toBe('executed');
	});

	it('of what was deleted since: inconclusive', async () => {
		const path = `/v1/customers/${id}`;
		await sendPayment(registry.simulator.url, {
			method: 'DELETE',
			path,
			params: undefined,
			idempotencyKey: undefined,
		});
		expect((await registry.reconcile(update({ name: 'Ada' }))).finding).toMatchObject({
			kind: 'inconclusive',
			reason: `${id} has been deleted`,
		});
	});

	it('is retried later if Stripe does not respond', async () => {
		for (const path of [`/v1/customers/${id}`, '/v1/events']) {
			registry.simulator.inject({ kind: 'error503', match: { method: 'GET', path } });
			expect(await registry.reconcileKind(update({ name: 'Grace' }))).toBe('stripe_unavailable');
		}
	});
});

describe('parameters as an object shows them', () => {
	it.each<[string, Record<string, unknown>, Params, string[]]>([
		['numbers and booleans by their text', { a: 5, b: true }, { a: '5', b: 'true' }, []],
		['a different number', { a: 5 }, { a: '6' }, ['a']],
		['currencies in small letters', { currency: 'eur' }, { currency: 'EUR' }, []],
		['other texts exactly', { name: 'eur' }, { name: 'EUR' }, ['name']],
		['an expanded object by its id', { customer: { id: 'cus_1' } }, { customer: 'cus_1' }, []],
		['a different expanded object', { customer: { id: 'cus_2' } }, { customer: 'cus_1' }, ['customer']],
		['a parameter that is not shown', {}, { source: 'tok_1' }, ['source']],
		['lists of the same length', { l: ['a', 'b'] }, { l: ['a', 'b'] }, []],
		['lists of other lengths', { l: ['a', 'b'] }, { l: ['a'] }, ['l']],
		['a list if there is none', { l: { 0: 'a' } }, { l: ['a'] }, ['l']],
		['emptied metadata', { metadata: {} }, { metadata: '' }, []],
		['metadata that were not emptied', { metadata: { a: 'b' } }, { metadata: '' }, ['metadata']],
		['nothing below null', { address: null }, { address: { city: '' } }, []],
		['something below null', { address: null }, { address: { city: 'Bonn' } }, ['address']],
		['nothing of a prototype', { metadata: {} }, { metadata: { toString: '' } }, []],
	])('%s', (_what, object, params, missing) => {
		expect(findUnappliedParams(object, params)).toEqual(missing);
	});
});

describe('a request to any other endpoint is reconciled by the events of its key', () => {
	const sub = '/v1/customers/cus_1/tax_ids';

	/** Events of the key, newest first, and one object. */
	function tellingOf(
		events: [type: string, object: Record<string, unknown>][],
		object: unknown,
	): WireReply {
		const data = events.map(([type, about], n) => ({
			id: `evt_${n}`,
			object: 'event',
			type,
			request: { idempotency_key: KEY },
			data: { object: about },
		}));
		return (response, request, nth) => {
			const isEvents = request.path.startsWith('/v1/events');
			const body = isEvents ? { object: 'list', data, has_more: false } : object;
			replyWith(
				body === undefined ? 404 : 200,
				body ?? { error: { type: 'invalid_request_error' } },
			)(...([response, request, nth] as const));
		};
	}

	it.each<[string, string, [string, Record<string, unknown>][], string]>([
		['a new nested object', sub, [['customer.tax_id.created', { id: 'txi_1' }]], `${sub}/txi_1`],
		[
			'a change of the object in the path',
			'/v1/invoices/in_1/lines',
			[['invoice.updated', { id: 'in_1' }]],
			'/v1/invoices/in_1',
		],
	])('%s: found, read again', async (_what, path, events, read) => {
		const id = read.split('/').at(-1)!;
		const object = { id, object: id === 'in_1' ? 'invoice' : 'tax_id', from: 'read again' };
		const server = await serve(tellingOf(events, object));
		const { finding } = await registry.reconcile(buildUnansweredEntry(path), {
			connection: connectTo(server.url),
		});
		expect(finding).toMatchObject({
			kind: 'executed',
			outcome: { kind: 'succeeded', objectId: id, body: object },
		});
		expect(server.arrived.at(-1)?.path).toBe(read);
	});

	it.each<[string, [string, Record<string, unknown>][]]>([
		['of a failure', [['charge.failed', { id: 'cus_1' }]]],
		[
			'of two new objects',
			[
				['a.created', { id: 'a_1' }],
				['b.created', { id: 'b_1' }],
			],
		],
		['of an object that is not in the path', [['charge.updated', { id: 'ch_1' }]]],
	])('events %s: inconclusive', async (_what, events) => {
		const server = await serve(tellingOf(events, { id: 'x', object: 'thing' }));
		registry.time.advance(AFTER_FINALITY_MS);
		const { finding } = await registry.reconcile(buildUnansweredEntry(sub), {
			connection: connectTo(server.url),
		});
		expect(finding).toMatchObject({
			kind: 'inconclusive',
			reason: expect.stringContaining(events[0]?.[0] ?? '') as string,
		});
	});

	it('an object deleted since: inconclusive', async () => {
		const server = await serve(tellingOf([['customer.tax_id.created', { id: 'txi_1' }]], undefined));
		expect(
			await registry.reconcileKind(buildUnansweredEntry(sub), { connection: connectTo(server.url) }),
		).toBe('inconclusive');
	});

	it.each([
		sub,
		'/v1/terminal/readers',
		'/v1/payment_intents/',
		'/v1/a/b/c/d/e',
		'/v1/billing_portal/configurations',
	])('%s without an event is never "not executed", however long ago', async (path) => {
		expect((await registry.reconcile(buildUnansweredEntry(path))).finding).toHaveProperty('retryAt');
		registry.time.advance(AFTER_FINALITY_MS + HOUR);
		const { finding } = await registry.reconcile(buildUnansweredEntry(path));
		expect(finding.kind).toBe('inconclusive');
		expect(finding).not.toHaveProperty('retryAt');
	});

	it('of the v2 API: Stripe is not queried', async () => {
		const { finding, requests } = await registry.reconcile(buildUnansweredEntry('/v2/core/accounts'));
		expect([finding.kind, requests]).toEqual(['inconclusive', []]);
	});
});

async function openInvoice(): Promise<string> {
	const customer = await registry.create('/v1/customers', {});
	const id = await registry.create('/v1/invoices', { customer, currency: 'eur' });
	await registry.create('/v1/invoiceitems', { customer, invoice: id, amount: '500', currency: 'eur' });
	return await registry.create(`/v1/invoices/${id}/finalize`, {});
}
