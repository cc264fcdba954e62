import type { Outcome } from '../../ledger/model/entry';
import type { Params } from '../../ledger/model/request';
import { effectOf } from '../../stripe/objects/lifecycle';
import { ENTRY_METADATA } from '../../stripe/objects/metadata';
import type { Desk } from './reconciling';
import { DAY, desks, ENTRY, HOUR, KEY, MARK, NOW, PAYMENTS, SETTLED, unanswered } from './reconciling';
import { NO_REDIRECTS, PAYMENT, at, pay } from './sending';
import { says } from './wireServer';

const { open, serve } = desks();
let desk: Desk;
beforeEach(async () => {
	desk = await open();
});

const paths = (requests: readonly { path: string }[]) => requests.map(({ path }) => path);

describe('what a send has created is found by its entry', () => {
	it('a payment', async () => {
		const id = await desk.create(PAYMENTS, { ...PAYMENT, metadata: MARK });
		const { found } = await desk.finding(unanswered(PAYMENTS, PAYMENT));
		expect(found).toMatchObject({
			kind: 'found',
			outcome: { kind: 'succeeded', objectId: id, body: { id, status: 'succeeded', amount: 500 } },
		});
		expect(JSON.stringify(found)).not.toContain('_secret_');
	});

	it('a refund, for which there is no Search', async () => {
		const payment = await desk.create(PAYMENTS, PAYMENT);
		const params = { payment_intent: payment, customer: 'cus_1' };
		const id = await desk.create('/v1/refunds', { ...params, metadata: MARK });
		const { found, requests } = await desk.finding(unanswered('/v1/refunds', params));
		expect(found).toMatchObject({ kind: 'found', outcome: { objectId: id } });
		expect(paths(requests)).toEqual(['/v1/refunds']);
		// Refunds are listed by charge or payment intent, not by customer: Stripe would refuse the question.
		expect(requests[0]?.params).toMatchObject({ payment_intent: payment });
		expect(requests[0]?.params).not.toHaveProperty('customer');
	});

	it.each([
		...['/v1/customers', '/v1/products', '/v1/prices', '/v1/invoices', '/v1/coupons'],
		...['/v1/subscriptions', '/v1/payouts', '/v1/tax_rates', '/v1/promotion_codes'],
	])('an object of %s', async (path) => {
		const id = await desk.create(path, { metadata: MARK });
		expect((await desk.finding(unanswered(path))).found).toMatchObject({
			kind: 'found',
			outcome: { kind: 'succeeded', objectId: id },
		});
	});

	it('a subscription that was canceled since, which lists leave out unless asked', async () => {
		const { requests } = await desk.finding(unanswered('/v1/subscriptions'));
		const list = requests.find(({ path }) => path === '/v1/subscriptions');
		expect(list?.params).toMatchObject({ status: 'all' });
	});

	it('in the connected account, and only there', async () => {
		const stripeAccount = 'acct_connected';
		const id = await desk.create(PAYMENTS, { ...PAYMENT, metadata: MARK }, undefined, stripeAccount);
		const entry = unanswered(PAYMENTS, PAYMENT);
		expect((await desk.finding(entry, { stripeAccount })).found).toMatchObject({
			outcome: { objectId: id },
		});
		expect(await desk.kind(entry)).toBe('cannot_tell');
	});

	it('on a later page', async () => {
		const id = await desk.create(PAYMENTS, { ...PAYMENT, metadata: MARK });
		for (let n = 0; n < 205; n++)
			await desk.create(PAYMENTS, { ...PAYMENT, metadata: { order: `${n}` } });
		const { found, requests } = await desk.finding(unanswered(PAYMENTS, PAYMENT));
		expect(found).toMatchObject({ kind: 'found', outcome: { objectId: id } });
		expect(paths(requests).filter((path) => path === PAYMENTS)).toHaveLength(3);
	});

	it('among those of its customer, which are fewer', async () => {
		const customer = await desk.create('/v1/customers', {});
		const params = { ...PAYMENT, customer };
		const id = await desk.create(PAYMENTS, { ...params, metadata: MARK });
		const { found, requests } = await desk.finding(unanswered(PAYMENTS, params));
		expect(found).toMatchObject({ outcome: { objectId: id } });
		expect(requests.find(({ path }) => path === PAYMENTS)?.params).toMatchObject({ customer });
	});

	it.each<[string, Params]>([
		['an object', { product: { name: 'Shoe' } }],
		['nothing', { product: '' }],
	])('without a filter that is %s in the request', async (_what, params) => {
		const id = await desk.create('/v1/plans', { ...params, metadata: MARK });
		const { found, requests } = await desk.finding(unanswered('/v1/plans', params));
		expect(found).toMatchObject({ kind: 'found', outcome: { objectId: id } });
		expect(requests[0]?.params).not.toHaveProperty('product');
	});

	it('with one question to Search and a look at the object, once Search knows it', async () => {
		const id = await desk.create(PAYMENTS, { ...PAYMENT, metadata: MARK });
		desk.time.advance(HOUR);
		const { found, requests } = await desk.finding(unanswered(PAYMENTS, PAYMENT));
		expect(found).toMatchObject({ kind: 'found', outcome: { objectId: id } });
		expect(paths(requests)).toEqual([`${PAYMENTS}/search`, `${PAYMENTS}/${id}`]);
	});

	it.each([
		['a minute before ours', 60_000],
		['a minute after ours', -60_000],
	])('by a clock at Stripe that is %s', async (_what, ahead) => {
		await desk.create(PAYMENTS, { ...PAYMENT, metadata: MARK });
		const sent = { firstSentAt: NOW + ahead, lastSentAt: NOW + ahead, leaseUntil: NOW + ahead };
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT, sent))).toBe('found');
	});
});

describe('a 500 that Stripe stored', () => {
	it('whose object exists is found at once, long before its key is forgotten', async () => {
		desk.simulator.inject({ kind: 'error500After' });
		const { outcome } = await pay(desk.simulator.url, { params: { ...PAYMENT, metadata: MARK } });
		expect(outcome.kind).toBe('unknown');
		const { holder, leaseUntil, ...facts } = unanswered(PAYMENTS, PAYMENT);
		const entry = { ...facts, state: 'unknown', outcome, settledAt: NOW } as const;
		expect(await desk.kind(entry)).toBe('found');
	});

	it.each([
		['under the key of the request', undefined],
		["as Stripe's own doing, whose events name no key", true],
	] as const)('and was rolled forward hours later, %s, is found then', async (_what, byStripe) => {
		desk.simulator.inject({ kind: 'rollForward', delayMs: 60 * HOUR, byStripe });
		const params = { ...PAYMENT, metadata: MARK };
		await pay(desk.simulator.url, { params, idempotencyKey: KEY });
		desk.time.advance(60 * HOUR - 1000);
		expect((await desk.finding(unanswered(PAYMENTS, PAYMENT))).found).toMatchObject({
			kind: 'cannot_tell',
			lookAgainAt: expect.any(Number) as number,
		});
		desk.time.advance(1000);
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT))).toBe('found');
	});
});

describe('what is known by an event of its key only', () => {
	/** Found neither in lists nor by Search: somebody has emptied the metadata. */
	const unmarked = (params: Params) => desk.create(PAYMENTS, params, KEY);

	it('is found, as it is now and not as it was', async () => {
		const id = await unmarked({ amount: '500', currency: 'usd', ...NO_REDIRECTS });
		const confirm = { payment_method: 'pm_card_visa' };
		await desk.create(`${PAYMENTS}/${id}/confirm`, confirm);
		const { found, requests } = await desk.finding(unanswered(PAYMENTS, PAYMENT));
		expect(found).toMatchObject({
			kind: 'found',
			outcome: { objectId: id, body: { status: 'succeeded' } },
		});
		expect(paths(requests).at(-1)).toBe(`${PAYMENTS}/${id}`);
	});

	it('beats lists and Search that show nothing, although all is settled', async () => {
		await unmarked(PAYMENT);
		desk.time.advance(SETTLED);
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT))).toBe('found');
	});

	it('is not found by the key of somebody else', async () => {
		await desk.create(PAYMENTS, PAYMENT, `${KEY}_2`);
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT))).toBe('cannot_tell');
	});

	it('and has been deleted since: nobody can tell whether that was meant', async () => {
		const id = await desk.create('/v1/coupons', {}, KEY);
		await pay(desk.simulator.url, { method: 'DELETE', path: `/v1/coupons/${id}`, params: undefined });
		desk.time.advance(SETTLED);
		expect((await desk.finding(unanswered('/v1/coupons'))).found).toMatchObject({
			kind: 'cannot_tell',
			reason: `${id} was created, and has been deleted since`,
		});
	});

	it('and cannot be read now is asked about later', async () => {
		const id = await unmarked(PAYMENT);
		desk.simulator.inject({ kind: 'error503', match: { method: 'GET', path: `${PAYMENTS}/${id}` } });
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT))).toBe('not_answered');
	});

	it('and tells of another object than was asked for keeps it from being absent', async () => {
		const payment = await desk.create(PAYMENTS, PAYMENT);
		const charge = { id: 'ch_1', object: 'charge' };
		const event = {
			type: 'charge.refunded',
			data: { object: charge },
			request: { idempotency_key: KEY },
		};
		const server = await serve((response, request, nth) => {
			const data = request.path.startsWith('/v1/events') ? [event] : [];
			says(200, { object: 'list', data, has_more: false })(response, request, nth);
		});
		desk.time.advance(SETTLED);
		const entry = unanswered('/v1/refunds', { payment_intent: payment });
		const { found } = await desk.finding(entry, { connection: at(server.url) });
		expect(found).toMatchObject({
			kind: 'cannot_tell',
			reason: expect.stringContaining('its key changed ch_1') as string,
		});
	});
});

describe('metadata that were copied onto another object', () => {
	const other = { ...PAYMENT, amount: '5', metadata: MARK };

	it('do not make it the payment: nobody can tell whether that was made', async () => {
		const copy = await desk.create(PAYMENTS, other);
		desk.time.advance(SETTLED);
		expect((await desk.finding(unanswered(PAYMENTS, PAYMENT))).found).toMatchObject({
			kind: 'cannot_tell',
			reason: `${copy} names the entry, but its amount is 5, not 500`,
			dashboardUrl: expect.stringContaining(copy) as string,
		});
	});

	it('do not make its decline that of the payment', async () => {
		const params = { ...other, payment_method: 'pm_card_chargeDeclined' };
		await pay(desk.simulator.url, { path: PAYMENTS, params, idempotencyKey: 'another' });
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT))).toBe('cannot_tell');
	});

	it('do not hide the payment itself', async () => {
		const id = await desk.create(PAYMENTS, { ...PAYMENT, metadata: MARK });
		desk.time.advance(1000);
		await desk.create(PAYMENTS, other);
		const { found } = await desk.finding(unanswered(PAYMENTS, PAYMENT));
		expect(found).toMatchObject({ kind: 'found', outcome: { objectId: id } });
	});

	it('are none where its key tells that it is the payment, whose amount was changed since', async () => {
		const params = { amount: '500', currency: 'USD', metadata: MARK };
		const id = await desk.create(PAYMENTS, params, KEY);
		await desk.create(`${PAYMENTS}/${id}`, { amount: '700' });
		const { found } = await desk.finding(unanswered(PAYMENTS, params));
		expect(found).toMatchObject({ kind: 'found', outcome: { objectId: id, body: { amount: 700 } } });
	});
});

describe('an object that took no effect is no success', () => {
	const declining = { ...PAYMENT, payment_method: 'pm_card_chargeDeclinedInsufficientFunds' };

	it.each([
		['payment', PAYMENTS, declining],
		[
			'charge',
			'/v1/charges',
			{ amount: '500', currency: 'usd', source: 'tok_chargeDeclinedInsufficientFunds' },
		],
	])('a %s that was declined is found as the decline that its answer told', async (_what, path, params) => {
		const { outcome } = await pay(desk.simulator.url, { path, params: { ...params, metadata: MARK } });
		expect(outcome.kind).toBe('rejected');
		const { found } = await desk.finding(unanswered(path, params));
		const { kind, statusCode, type, code, declineCode, adviceCode, message, objectId } = outcome;
		expect(found).toEqual({
			kind: 'found',
			outcome: { kind, statusCode, type, code, declineCode, adviceCode, message, objectId },
		});
	});

	it.each<[string, Params]>([
		['was never confirmed', { amount: '500', currency: 'usd' }],
		['has a card, but was not confirmed', { ...PAYMENT, confirm: 'false' }],
	])('a payment that %s: nobody can tell, and its page is given', async (_what, params) => {
		const id = await desk.create(PAYMENTS, { ...params, metadata: MARK });
		desk.time.advance(SETTLED);
		const { found } = await desk.finding(unanswered(PAYMENTS, PAYMENT));
		expect(found).toMatchObject({
			kind: 'cannot_tell',
			reason: expect.stringMatching(/was created, but its status is requires_/) as string,
			dashboardUrl: `https://dashboard.stripe.com/test/payments/${id}`,
		});
	});

	it('a decline that was changed since is no decline any more: nobody can tell', async () => {
		const entry = unanswered(PAYMENTS, PAYMENT);
		const error = { type: 'card_error', code: 'card_declined' };
		const intent = { id: 'pi_1', object: 'payment_intent', status: 'requires_payment_method' };
		expect(effectOf({ ...intent, last_payment_error: error }, entry).kind).toBe('declined');
		const blank = { ...entry, paramsStored: false };
		expect(effectOf({ ...intent, last_payment_error: error }, blank).kind).toBe('unclear');
		expect(effectOf({ ...intent, last_payment_error: null }, entry).kind).toBe('unclear');
		expect(effectOf({ ...intent, last_payment_error: { ...error, type: 'api_error' } }, entry).kind).toBe(
			'unclear',
		);
		expect(effectOf({ ...intent, status: 'canceled', last_payment_error: error }, entry).kind).toBe(
			'unclear',
		);
	});

	it.each([
		['refund', 'failed', 'unclear'],
		['refund', 'canceled', 'unclear'],
		['refund', 'pending', 'took_effect'],
		['payout', 'failed', 'unclear'],
		['charge', 'pending', 'took_effect'],
		['payment_intent', 'processing', 'took_effect'],
		['payment_intent', 'requires_action', 'took_effect'],
		['subscription', 'canceled', 'took_effect'],
		['invoice', 'void', 'took_effect'],
	])('a %s that is %s: %s', (object, status, kind) => {
		expect(effectOf({ id: 'x_1', object, status }, unanswered(PAYMENTS, PAYMENT)).kind).toBe(kind);
	});

	it('nobody can tell whether it was to be confirmed, where the ledger keeps no parameters', async () => {
		await pay(desk.simulator.url, { params: { ...declining, metadata: MARK } });
		expect(await desk.kind(unanswered(PAYMENTS, {}, { paramsStored: false }))).toBe('cannot_tell');
	});

	it('but a payment intent that was only to be created is found in any status', async () => {
		const params = { amount: '500', currency: 'usd' };
		const id = await desk.create(PAYMENTS, { ...params, metadata: MARK });
		expect((await desk.finding(unanswered(PAYMENTS, params))).found).toMatchObject({
			outcome: { kind: 'succeeded', objectId: id },
		});
	});
});

describe('what earlier attempts of the entry have left behind', () => {
	const declining = { ...PAYMENT, payment_method: 'pm_card_chargeDeclinedInsufficientFunds' };

	/** The first attempt was declined; the second left no answer. */
	async function secondAttempt() {
		const { outcome } = await pay(desk.simulator.url, {
			...{ params: { ...declining, metadata: MARK }, idempotencyKey: KEY },
		});
		const past = [{ attempt: 1, key: KEY, outcome, settledAt: NOW }];
		return unanswered(PAYMENTS, PAYMENT, { attempt: 2, key: `${KEY}_2`, past });
	}

	it('is no decline of the present one', async () => {
		const entry = await secondAttempt();
		expect(await desk.kind(entry)).toBe('cannot_tell');
		desk.time.advance(SETTLED);
		expect(await desk.kind(entry)).toBe('absent');
	});

	it('hides nothing of what the present one has done', async () => {
		const entry = await secondAttempt();
		const id = await desk.create(PAYMENTS, { ...PAYMENT, metadata: MARK }, entry.key);
		expect((await desk.finding(entry)).found).toMatchObject({ kind: 'found', outcome: { objectId: id } });
	});

	it('and was paid since is found: the decision is paid', async () => {
		const entry = await secondAttempt();
		const id = entry.past?.[0]?.outcome.objectId ?? '';
		await desk.create(`${PAYMENTS}/${id}/confirm`, { payment_method: 'pm_card_visa' });
		expect((await desk.finding(entry)).found).toMatchObject({
			outcome: { kind: 'succeeded', objectId: id },
		});
	});

	it('tells the declines of two attempts apart by the key of their events', async () => {
		const entry = { ...(await secondAttempt()), past: [] };
		expect(await desk.kind(entry)).toBe('cannot_tell');
		const again = await pay(desk.simulator.url, {
			...{ params: { ...declining, metadata: MARK }, idempotencyKey: entry.key },
		});
		const past = (await secondAttempt()).past;
		expect((await desk.finding({ ...entry, past })).found).toMatchObject({
			kind: 'found',
			outcome: { kind: 'rejected', objectId: again.outcome.objectId },
		});
	});
});

describe('a decline that Stripe has rolled forward, whose events name no key', () => {
	const declining = { ...PAYMENT, payment_method: 'pm_card_chargeDeclinedInsufficientFunds' };
	const decline = async (idempotencyKey: string) => {
		const params = { ...declining, metadata: MARK };
		return (await pay(desk.simulator.url, { params, idempotencyKey })).outcome;
	};
	const second = (outcome: Outcome) =>
		unanswered(PAYMENTS, PAYMENT, {
			...{ attempt: 2, key: `${KEY}_2`, past: [{ attempt: 1, key: KEY, outcome, settledAt: NOW }] },
		});

	it('is of the second attempt, where the first has left another object', async () => {
		const first = await decline(KEY);
		const { objectId } = await decline('by Stripe');
		expect((await desk.finding(second(first))).found).toMatchObject({
			...{ kind: 'found', outcome: { kind: 'rejected', objectId } },
		});
	});

	it('may be of the first attempt, where nobody knows what that has left', async () => {
		const { objectId: _unknown, ...first } = await decline('by Stripe');
		expect(await desk.kind(second(first))).toBe('cannot_tell');
	});
});

describe('what does not name the entry is somebody else’s', () => {
	it.each<[string, Params]>([
		['another entry', { [ENTRY_METADATA]: 'v1_another' }],
		['the entry in another field', { order: ENTRY }],
		['a longer entry', { [ENTRY_METADATA]: `${ENTRY}_2` }],
		[
			'the entry in capital letters, which Search takes for the same',
			{ [ENTRY_METADATA]: ENTRY.toUpperCase() },
		],
		['no metadata', {}],
	])('an object of %s', async (_what, metadata) => {
		await desk.create(PAYMENTS, { ...PAYMENT, metadata });
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT))).toBe('cannot_tell');
		desk.time.advance(SETTLED);
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT))).toBe('absent');
	});

	it('an object of long before the first send, where Search is not yet there', async () => {
		await desk.create(PAYMENTS, { ...PAYMENT, metadata: MARK });
		const sent = { firstSentAt: NOW + HOUR, lastSentAt: NOW + HOUR, leaseUntil: NOW + HOUR };
		desk.time.advance(HOUR);
		desk.simulator.inject({ kind: 'forbidden403', match: { method: 'GET', path: `${PAYMENTS}/search` } });
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT, sent))).toBe('cannot_tell');
		desk.time.advance(DAY);
		expect(await desk.kind(unanswered(PAYMENTS, PAYMENT, sent))).toBe('found');
	});
});
