import type { Params } from '../../ledger/model/request';
import { notShown } from '../../stripe/objects/shown';
import type { Desk } from './reconciling';
import { desks, HOUR, KEY, PAYMENTS, SETTLED, unanswered } from './reconciling';
import { NO_REDIRECTS, PAYMENT, at, pay } from './sending';
import type { Reply } from './wireServer';
import { says } from './wireServer';

const { open, serve } = desks();
let desk: Desk;
beforeEach(async () => {
	desk = await open();
});

const MONEY = { amount: '500', currency: 'usd' };
const HELD = { ...PAYMENT, capture_method: 'manual' };
const OPEN = { ...MONEY, ...NO_REDIRECTS };
const NO_CARD = { payment_method: 'pm_card_chargeDeclined' };

describe('a confirm, capture or cancel shows in the state of its object', () => {
	it.each<[string, Params]>([
		['confirm', PAYMENT],
		['confirm', HELD],
		['capture', PAYMENT],
	])('%s: found', async (action, params) => {
		const id = await desk.create(PAYMENTS, params);
		const { found, requests } = await desk.finding(unanswered(`${PAYMENTS}/${id}/${action}`));
		expect(found).toMatchObject({ kind: 'found', outcome: { kind: 'succeeded', objectId: id } });
		expect(requests).toHaveLength(1);
	});

	it('cancel: found', async () => {
		const id = await desk.create(PAYMENTS, MONEY);
		await desk.create(`${PAYMENTS}/${id}/cancel`, {});
		expect(await desk.kind(unanswered(`${PAYMENTS}/${id}/cancel`))).toBe('found');
	});

	it.each<[string, Params]>([
		['confirm', MONEY],
		['capture', HELD],
		['cancel', MONEY],
	])(
		'%s: while the state does not show it nobody can tell, and then it is absent',
		async (action, params) => {
			const id = await desk.create(PAYMENTS, params);
			const entry = unanswered(`${PAYMENTS}/${id}/${action}`);
			expect((await desk.finding(entry)).found).toMatchObject({
				kind: 'cannot_tell',
				reason: expect.stringContaining(`The status of ${id} is requires_`) as string,
				dashboardUrl: `https://dashboard.stripe.com/test/payments/${id}`,
				lookAgainAt: expect.any(Number) as number,
			});
			desk.time.advance(SETTLED);
			expect(await desk.kind(entry)).toBe('absent');
		},
	);

	it('a capture of another amount is somebody else’s: nobody can tell', async () => {
		const id = await desk.create(PAYMENTS, HELD);
		await desk.create(`${PAYMENTS}/${id}/capture`, { amount_to_capture: '200' });
		const capture = (amount_to_capture: string) =>
			desk.kind(unanswered(`${PAYMENTS}/${id}/capture`, { amount_to_capture }));
		expect([await capture('200'), await capture('500')]).toEqual(['found', 'cannot_tell']);
	});

	it('a charge is captured, or not yet', async () => {
		const params = { ...MONEY, source: 'tok_visa', capture: 'false' };
		const id = await desk.create('/v1/charges', params);
		const entry = unanswered(`/v1/charges/${id}/capture`, { amount: '300' });
		expect(await desk.kind(entry)).toBe('cannot_tell');
		await desk.create(`/v1/charges/${id}/capture`, { amount: '300' });
		expect(await desk.kind(entry)).toBe('found');
	});

	it('a confirm that was declined is told by the event of its key', async () => {
		const id = await desk.create(PAYMENTS, OPEN);
		const path = `${PAYMENTS}/${id}/confirm`;
		const { outcome } = await pay(desk.simulator.url, { path, params: NO_CARD, idempotencyKey: KEY });
		expect((await desk.finding(unanswered(path, NO_CARD))).found).toMatchObject({
			kind: 'found',
			outcome: { kind: 'rejected', statusCode: 402, code: outcome.code, objectId: id },
		});
	});

	it('a confirm that was declined, and then paid by a later one of its key, is found as it ended', async () => {
		const id = await desk.create(PAYMENTS, OPEN);
		const path = `${PAYMENTS}/${id}/confirm`;
		await pay(desk.simulator.url, { path, params: NO_CARD, idempotencyKey: KEY });
		desk.time.advance(25 * HOUR);
		// Stripe has forgotten the key, and executes it anew: the customer has to act.
		await desk.create(path, { payment_method: 'pm_card_authenticationRequired' }, KEY);
		expect((await desk.finding(unanswered(path))).found).toMatchObject({
			kind: 'found',
			outcome: { kind: 'succeeded', body: { status: 'requires_action' } },
		});
	});

	it('a decline under another key says nothing of this confirm', async () => {
		const id = await desk.create(PAYMENTS, OPEN);
		const path = `${PAYMENTS}/${id}/confirm`;
		await pay(desk.simulator.url, { path, params: NO_CARD, idempotencyKey: 'another' });
		expect(await desk.kind(unanswered(path, NO_CARD))).toBe('cannot_tell');
	});

	it('a confirm for which the customer has to act is found while that is so', async () => {
		const id = await desk.create(PAYMENTS, OPEN);
		const path = `${PAYMENTS}/${id}/confirm`;
		await desk.create(path, { payment_method: 'pm_card_authenticationRequired' }, KEY);
		expect((await desk.finding(unanswered(path))).found).toMatchObject({
			kind: 'found',
			outcome: { body: { status: 'requires_action' } },
		});
		await desk.create(`${PAYMENTS}/${id}/cancel`, {});
		desk.time.advance(SETTLED);
		expect((await desk.finding(unanswered(path))).found).toMatchObject({
			kind: 'cannot_tell',
			reason: expect.stringContaining('An event says that the request was executed') as string,
		});
	});

	it('nobody can tell of an object that is not there', async () => {
		desk.time.advance(SETTLED);
		expect(await desk.kind(unanswered(`${PAYMENTS}/pi_gone/capture`))).toBe('cannot_tell');
	});

	it('an action whose mark is not known is never absent', async () => {
		const id = await desk.create('/v1/invoices', {});
		desk.time.advance(SETTLED);
		expect(await desk.kind(unanswered(`/v1/invoices/${id}/send`))).toBe('cannot_tell');
	});

	it.each([
		['pay', 'paid'],
		['finalize', 'open'],
		['void', 'void'],
	])('an invoice after %s is %s: found', async (action, status) => {
		const id = await desk.create('/v1/invoices', { status });
		expect(await desk.kind(unanswered(`/v1/invoices/${id}/${action}`))).toBe('found');
	});
});

describe('an update shows in its object', () => {
	let id: string;
	beforeEach(async () => {
		id = await desk.create('/v1/customers', { name: 'Ada', metadata: { order: '1', note: 'x' } });
	});
	const update = (params: Params) => unanswered(`/v1/customers/${id}`, params);

	it.each<[Params]>([
		[{ name: 'Ada' }],
		[{ metadata: { order: '1' } }],
		[{ phone: '', metadata: { gone: '' } }],
		[{ name: 'Ada', expand: ['tax'] }],
	])('%j: found', async (params) => {
		expect((await desk.finding(update(params))).found).toMatchObject({
			kind: 'found',
			outcome: { kind: 'succeeded', objectId: id, body: { name: 'Ada' } },
		});
	});

	it.each<[Params, string]>([
		[{ name: 'Grace' }, 'name'],
		[{ name: 'Ada', metadata: { order: '2' } }, 'metadata'],
		[{ metadata: { note: '' } }, 'metadata'],
	])('%j is not shown: nobody can tell, and then it is absent', async (params, names) => {
		expect((await desk.finding(update(params))).found).toMatchObject({
			kind: 'cannot_tell',
			reason: expect.stringContaining(`${id} does not show this: ${names}.`) as string,
			dashboardUrl: `https://dashboard.stripe.com/test/customers/${id}`,
		});
		desk.time.advance(SETTLED);
		expect(await desk.kind(update(params))).toBe('absent');
	});

	it('and was overwritten since is found by the event of its key', async () => {
		await desk.create(`/v1/customers/${id}`, { name: 'Grace' }, KEY);
		await desk.create(`/v1/customers/${id}`, { name: 'Barbara' });
		desk.time.advance(SETTLED);
		expect((await desk.finding(update({ name: 'Grace' }))).found).toMatchObject({
			kind: 'found',
			outcome: { kind: 'succeeded', body: { name: 'Barbara' } },
		});
	});

	it('of a payment intent, of which no event tells, is never absent', async () => {
		const payment = await desk.create(PAYMENTS, MONEY);
		const entry = (description: string) => unanswered(`${PAYMENTS}/${payment}`, { description });
		await desk.create(`${PAYMENTS}/${payment}`, { description: 'Order 1' });
		desk.time.advance(SETTLED);
		expect(await desk.kind(entry('Order 1'))).toBe('found');
		expect(await desk.kind(entry('Order 2'))).toBe('cannot_tell');
	});

	it('cannot be compared where the ledger keeps no parameters', async () => {
		desk.time.advance(SETTLED);
		const blank = { ...update({}), paramsStored: false };
		expect(await desk.kind(blank)).toBe('cannot_tell');
		await desk.create(`/v1/customers/${id}`, { name: 'Grace' }, KEY);
		const sent = { ...blank, lastSentAt: desk.time.now(), leaseUntil: desk.time.now() };
		expect(await desk.kind(sent)).toBe('found');
	});

	it('of what was deleted since: nobody can tell', async () => {
		const path = `/v1/customers/${id}`;
		await pay(desk.simulator.url, {
			method: 'DELETE',
			path,
			params: undefined,
			idempotencyKey: undefined,
		});
		expect((await desk.finding(update({ name: 'Ada' }))).found).toMatchObject({
			kind: 'cannot_tell',
			reason: `${id} has been deleted`,
		});
	});

	it('is asked about later where Stripe does not answer', async () => {
		for (const path of [`/v1/customers/${id}`, '/v1/events']) {
			desk.simulator.inject({ kind: 'error503', match: { method: 'GET', path } });
			expect(await desk.kind(update({ name: 'Grace' }))).toBe('not_answered');
		}
	});
});

describe('parameters as an object shows them', () => {
	it.each<[string, Record<string, unknown>, Params, string[]]>([
		['numbers and booleans by their text', { a: 5, b: true }, { a: '5', b: 'true' }, []],
		['another number', { a: 5 }, { a: '6' }, ['a']],
		['currencies in small letters', { currency: 'eur' }, { currency: 'EUR' }, []],
		['other texts exactly', { name: 'eur' }, { name: 'EUR' }, ['name']],
		['an expanded object by its id', { customer: { id: 'cus_1' } }, { customer: 'cus_1' }, []],
		['another expanded object', { customer: { id: 'cus_2' } }, { customer: 'cus_1' }, ['customer']],
		['what is not shown at all', {}, { source: 'tok_1' }, ['source']],
		['lists of the same length', { l: ['a', 'b'] }, { l: ['a', 'b'] }, []],
		['lists of other lengths', { l: ['a', 'b'] }, { l: ['a'] }, ['l']],
		['a list where none is', { l: { 0: 'a' } }, { l: ['a'] }, ['l']],
		['emptied metadata', { metadata: {} }, { metadata: '' }, []],
		['metadata that were not emptied', { metadata: { a: 'b' } }, { metadata: '' }, ['metadata']],
		['nothing below what is null', { address: null }, { address: { city: '' } }, []],
		['something below what is null', { address: null }, { address: { city: 'Bonn' } }, ['address']],
		['nothing of a prototype', { metadata: {} }, { metadata: { toString: '' } }, []],
	])('%s', (_what, object, params, missing) => {
		expect(notShown(object, params)).toEqual(missing);
	});
});

describe('a request to any other endpoint is looked up by the events of its key', () => {
	const sub = '/v1/customers/cus_1/tax_ids';

	/** Events of the key, newest first, and one object. */
	function tellingOf(events: [type: string, object: Record<string, unknown>][], object: unknown): Reply {
		const data = events.map(([type, about], n) => ({
			...{ id: `evt_${n}`, type, request: { idempotency_key: KEY }, data: { object: about } },
		}));
		return (response, request, nth) => {
			const isEvents = request.path.startsWith('/v1/events');
			const body = isEvents ? { object: 'list', data, has_more: false } : object;
			says(
				body === undefined ? 404 : 200,
				body ?? { error: { type: 'invalid_request_error' } },
			)(...([response, request, nth] as const));
		};
	}

	it.each<[string, string, [string, Record<string, unknown>][], string]>([
		['a new object below another', sub, [['customer.tax_id.created', { id: 'txi_1' }]], `${sub}/txi_1`],
		[
			'a change of the object in the path',
			'/v1/invoices/in_1/lines',
			[['invoice.updated', { id: 'in_1' }]],
			'/v1/invoices/in_1',
		],
	])('%s: found, read again', async (_what, path, events, read) => {
		const object = { id: 'as_it_is', object: 'thing' };
		const server = await serve(tellingOf(events, object));
		const { found } = await desk.finding(unanswered(path), { connection: at(server.url) });
		expect(found).toMatchObject({ kind: 'found', outcome: { kind: 'succeeded', objectId: 'as_it_is' } });
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
		['of an object that is nowhere in the path', [['charge.updated', { id: 'ch_1' }]]],
	])('events %s: nobody can tell', async (_what, events) => {
		const server = await serve(tellingOf(events, { id: 'x', object: 'thing' }));
		desk.time.advance(SETTLED);
		const { found } = await desk.finding(unanswered(sub), { connection: at(server.url) });
		expect(found).toMatchObject({
			kind: 'cannot_tell',
			reason: expect.stringContaining(events[0]?.[0] ?? '') as string,
		});
	});

	it('and an object that is gone since: nobody can tell', async () => {
		const server = await serve(tellingOf([['customer.tax_id.created', { id: 'txi_1' }]], undefined));
		expect(await desk.kind(unanswered(sub), { connection: at(server.url) })).toBe('cannot_tell');
	});

	it.each([
		...[sub, '/v1/terminal/readers', '/v1/payment_intents/', '/v1/a/b/c/d/e', '/v1/checkout/sessions'],
	])('%s without an event is never absent, however long ago', async (path) => {
		expect((await desk.finding(unanswered(path))).found).toHaveProperty('lookAgainAt');
		desk.time.advance(SETTLED + HOUR);
		const { found } = await desk.finding(unanswered(path));
		expect(found.kind).toBe('cannot_tell');
		expect(found).not.toHaveProperty('lookAgainAt');
	});

	it('of the v2 API: Stripe is not even asked', async () => {
		const { found, requests } = await desk.finding(unanswered('/v2/core/accounts'));
		expect([found.kind, requests]).toEqual(['cannot_tell', []]);
	});
});
