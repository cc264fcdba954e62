import type { Outcome } from '../../../ledger/model/entry';
import type { Params } from '../../../ledger/model/request';
import { determineEffect } from '../../../stripe/objects/lifecycle';
import { ENTRY_METADATA } from '../../../stripe/objects/metadata';
import type { ReconcileFixture } from './reconcileFixture';
import { DAY, HOUR } from '../../ledger/requests';
import {
	useReconcileFixtures,
	ENTRY,
	KEY,
	ENTRY_MARK,
	NOW,
	PAYMENTS,
	AFTER_FINALITY_MS,
	buildUnansweredEntry,
} from './reconcileFixture';
import { WIRE_NO_REDIRECTS, WIRE_PAYMENT, connectTo, sendPayment } from '../api/sending';
import { replyWith } from '../api/wireServer';

const { open, serve } = useReconcileFixtures();
let registry: ReconcileFixture;
beforeEach(async () => {
	registry = await open();
});

const paths = (requests: readonly { path: string }[]) => requests.map(({ path }) => path);

const TEA = {
	currency: 'eur',
	unit_amount: '500',
	product: 'prod_tea',
	recurring: { interval: 'month' },
} as const;

describe('an object that a send has created is found by its entry', () => {
	it('a payment', async () => {
		const id = await registry.create(PAYMENTS, { ...WIRE_PAYMENT, metadata: ENTRY_MARK });
		const { finding } = await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT));
		expect(finding).toMatchObject({
			kind: 'executed',
			outcome: { kind: 'succeeded', objectId: id, body: { id, status: 'succeeded', amount: 500 } },
		});
		expect(JSON.stringify(finding)).not.toContain('_secret_');
	});

	it('a refund, which Search does not cover', async () => {
		const payment = await registry.create(PAYMENTS, WIRE_PAYMENT);
		const params = { payment_intent: payment, customer: 'cus_1' };
		const id = await registry.create('/v1/refunds', { ...params, metadata: ENTRY_MARK });
		const { finding, requests } = await registry.reconcile(buildUnansweredEntry('/v1/refunds', params));
		expect(finding).toMatchObject({ kind: 'executed', outcome: { objectId: id } });
		expect(paths(requests)).toEqual(['/v1/refunds']);
		// Refunds are listed by charge or payment intent, not by customer: Stripe would refuse the question.
		expect(requests[0]?.params).toMatchObject({ payment_intent: payment });
		expect(requests[0]?.params).not.toHaveProperty('customer');
	});

	it.each<[path: string, params: Params]>([
		['/v1/customers', {}],
		['/v1/products', { name: 'Tea' }],
		['/v1/prices', { currency: 'eur', unit_amount: '0', product_data: { name: 'Tea' } }],
		['/v1/coupons', { percent_off: '10' }],
		['/v1/tax_rates', { display_name: 'VAT', inclusive: 'true', percentage: '19' }],
	])('an object of %s', async (path, params) => {
		const id = await registry.create(path, { ...params, metadata: ENTRY_MARK });
		expect((await registry.reconcile(buildUnansweredEntry(path))).finding).toMatchObject({
			kind: 'executed',
			outcome: { kind: 'succeeded', objectId: id },
		});
	});

	it.each<[path: string, params: Params]>([
		['/v1/invoices', {}],
		['/v1/invoiceitems', { amount: '500', currency: 'eur' }],
		['/v1/subscriptions', { items: [{ price_data: TEA }], payment_behavior: 'default_incomplete' }],
	])('an object of %s, which belongs to a customer', async (path, params) => {
		const customer = await registry.create('/v1/customers', {});
		const id = await registry.create(path, { ...params, customer, metadata: ENTRY_MARK });
		expect((await registry.reconcile(buildUnansweredEntry(path))).finding).toMatchObject({
			kind: 'executed',
			outcome: { kind: 'succeeded', objectId: id },
		});
	});

	it('a subscription that was cancelled since, which lists omit by default', async () => {
		const { requests } = await registry.reconcile(buildUnansweredEntry('/v1/subscriptions'));
		const list = requests.find(({ path }) => path === '/v1/subscriptions');
		expect(list?.params).toMatchObject({ status: 'all' });
	});

	it('in the connected account, and only there', async () => {
		const stripeAccount = 'acct_connected';
		const id = await registry.create(
			PAYMENTS,
			{ ...WIRE_PAYMENT, metadata: ENTRY_MARK },
			undefined,
			stripeAccount,
		);
		const entry = buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT);
		expect((await registry.reconcile(entry, { stripeAccount })).finding).toMatchObject({
			outcome: { objectId: id },
		});
		expect(await registry.reconcileKind(entry)).toBe('inconclusive');
	});

	it('on a later page', async () => {
		const id = await registry.create(PAYMENTS, { ...WIRE_PAYMENT, metadata: ENTRY_MARK });
		for (let n = 0; n < 205; n++)
			await registry.create(PAYMENTS, { ...WIRE_PAYMENT, metadata: { order: `${n}` } });
		const { finding, requests } = await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT));
		expect(finding).toMatchObject({ kind: 'executed', outcome: { objectId: id } });
		expect(paths(requests).filter((path) => path === PAYMENTS)).toHaveLength(3);
	});

	it('among those of its customer, which are fewer', async () => {
		const customer = await registry.create('/v1/customers', {});
		const params = { ...WIRE_PAYMENT, customer };
		const id = await registry.create(PAYMENTS, { ...params, metadata: ENTRY_MARK });
		const { finding, requests } = await registry.reconcile(buildUnansweredEntry(PAYMENTS, params));
		expect(finding).toMatchObject({ outcome: { objectId: id } });
		expect(requests.find(({ path }) => path === PAYMENTS)?.params).toMatchObject({ customer });
	});

	it.each<[string, Params]>([
		['an object', { product: { name: 'Shoe' } }],
		['nothing', { product: '' }],
	])('without a filter that is %s in the request', async (_what, params) => {
		const id = await registry.create('/v1/plans', { ...params, metadata: ENTRY_MARK });
		const { finding, requests } = await registry.reconcile(buildUnansweredEntry('/v1/plans', params));
		expect(finding).toMatchObject({ kind: 'executed', outcome: { objectId: id } });
		expect(requests[0]?.params).not.toHaveProperty('product');
	});

	it('with one query to Search and a read of the object, once Search shows it', async () => {
		const id = await registry.create(PAYMENTS, { ...WIRE_PAYMENT, metadata: ENTRY_MARK });
		registry.time.advance(HOUR);
		const { finding, requests } = await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT));
		expect(finding).toMatchObject({ kind: 'executed', outcome: { objectId: id } });
		expect(paths(requests)).toEqual([`${PAYMENTS}/search`, `${PAYMENTS}/${id}`]);
	});

	it.each([
		['a minute before ours', 60_000],
		['a minute after ours', -60_000],
	])('by a clock at Stripe that is %s', async (_what, ahead) => {
		await registry.create(PAYMENTS, { ...WIRE_PAYMENT, metadata: ENTRY_MARK });
		const sent = { firstSentAt: NOW + ahead, lastSentAt: NOW + ahead, leaseUntil: NOW + ahead };
		expect(await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT, sent))).toBe(
			'executed',
		);
	});
});

describe('a 500 that Stripe stored', () => {
	it('whose object exists is found at once, long before its key is forgotten', async () => {
		registry.simulator.inject({ kind: 'error500After' });
		const { outcome } = await sendPayment(registry.simulator.url, {
			params: { ...WIRE_PAYMENT, metadata: ENTRY_MARK },
		});
		expect(outcome.kind).toBe('unknown');
		const { claimId: holder, leaseUntil, ...facts } = buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT);
		const entry = { ...facts, state: 'unknown', outcome, settledAt: NOW } as const;
		expect(await registry.reconcileKind(entry)).toBe('executed');
	});

	it.each([
		['under the key of the request', undefined],
		['by Stripe itself, whose events name no key', true],
	] as const)('and was rolled forward hours later, %s, is found then', async (_what, byStripe) => {
		registry.simulator.inject({ kind: 'rollForward', delayMs: 60 * HOUR, byStripe });
		const params = { ...WIRE_PAYMENT, metadata: ENTRY_MARK };
		await sendPayment(registry.simulator.url, { params, idempotencyKey: KEY });
		registry.time.advance(60 * HOUR - 1000);
		expect(
			(await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT))).finding,
		).toMatchObject({
			kind: 'inconclusive',
			retryAt: expect.any(Number) as number,
		});
		registry.time.advance(1000);
		expect(await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT))).toBe('executed');
	});
});

describe('an object known only by an event of its key', () => {
	/** Found neither in lists nor by Search: somebody has emptied the metadata. */
	const unmarked = (params: Params) => registry.create(PAYMENTS, params, KEY);

	it('is found, as it is now and not as it was', async () => {
		const id = await unmarked({ amount: '500', currency: 'usd', ...WIRE_NO_REDIRECTS });
		const confirm = { payment_method: 'pm_card_visa' };
		await registry.create(`${PAYMENTS}/${id}/confirm`, confirm);
		const { finding, requests } = await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT));
		expect(finding).toMatchObject({
			kind: 'executed',
			outcome: { objectId: id, body: { status: 'succeeded' } },
		});
		expect(paths(requests).at(-1)).toBe(`${PAYMENTS}/${id}`);
	});

	it('takes precedence over lists and Search that show nothing, although all is final', async () => {
		await unmarked(WIRE_PAYMENT);
		registry.time.advance(AFTER_FINALITY_MS);
		expect(await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT))).toBe('executed');
	});

	it('is not found by the key of somebody else', async () => {
		await registry.create(PAYMENTS, WIRE_PAYMENT, `${KEY}_2`);
		expect(await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT))).toBe(
			'inconclusive',
		);
	});

	it('that has been deleted since is inconclusive', async () => {
		const id = await registry.create('/v1/coupons', { percent_off: '10' }, KEY);
		await sendPayment(registry.simulator.url, {
			method: 'DELETE',
			path: `/v1/coupons/${id}`,
			params: undefined,
		});
		registry.time.advance(AFTER_FINALITY_MS);
		expect((await registry.reconcile(buildUnansweredEntry('/v1/coupons'))).finding).toMatchObject({
			kind: 'inconclusive',
			reason: `${id} was created, and has been deleted since`,
		});
	});

	it('that cannot be read now is retried later', async () => {
		const id = await unmarked(WIRE_PAYMENT);
		registry.simulator.inject({ kind: 'error503', match: { method: 'GET', path: `${PAYMENTS}/${id}` } });
		expect(await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT))).toBe(
			'stripe_unavailable',
		);
	});

	it('that is not the requested one prevents "not executed"', async () => {
		const payment = await registry.create(PAYMENTS, WIRE_PAYMENT);
		const charge = { id: 'ch_1', object: 'charge' };
		const event = {
			object: 'event',
			type: 'charge.refunded',
			data: { object: charge },
			request: { idempotency_key: KEY },
		};
		const server = await serve((response, request, nth) => {
			const data = request.path.startsWith('/v1/events') ? [event] : [];
			replyWith(200, { object: 'list', data, has_more: false })(response, request, nth);
		});
		registry.time.advance(AFTER_FINALITY_MS);
		const entry = buildUnansweredEntry('/v1/refunds', { payment_intent: payment });
		const { finding } = await registry.reconcile(entry, { connection: connectTo(server.url) });
		expect(finding).toMatchObject({
			kind: 'inconclusive',
			reason: expect.stringContaining('its key changed ch_1') as string,
		});
	});
});

describe('metadata copied onto a different object', () => {
	const other = { ...WIRE_PAYMENT, amount: '5', metadata: ENTRY_MARK };

	it('do not make it the payment: inconclusive', async () => {
		const copy = await registry.create(PAYMENTS, other);
		registry.time.advance(AFTER_FINALITY_MS);
		expect(
			(await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT))).finding,
		).toMatchObject({
			kind: 'inconclusive',
			reason: `${copy} names the entry, but its amount is 5, not 500`,
			dashboardUrl: expect.stringContaining(copy) as string,
		});
	});

	it('do not make its decline that of the payment', async () => {
		const params = { ...other, payment_method: 'pm_card_chargeDeclined' };
		await sendPayment(registry.simulator.url, { path: PAYMENTS, params, idempotencyKey: 'another' });
		expect(await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT))).toBe(
			'inconclusive',
		);
	});

	it('do not hide the payment itself', async () => {
		const id = await registry.create(PAYMENTS, { ...WIRE_PAYMENT, metadata: ENTRY_MARK });
		registry.time.advance(1000);
		await registry.create(PAYMENTS, other);
		const { finding } = await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT));
		expect(finding).toMatchObject({ kind: 'executed', outcome: { objectId: id } });
	});

	it('do not matter if its key shows that it is the payment, whose amount was changed since', async () => {
		const params = { amount: '500', currency: 'USD', metadata: ENTRY_MARK };
		const id = await registry.create(PAYMENTS, params, KEY);
		await registry.create(`${PAYMENTS}/${id}`, { amount: '700' });
		const { finding } = await registry.reconcile(buildUnansweredEntry(PAYMENTS, params));
		expect(finding).toMatchObject({ kind: 'executed', outcome: { objectId: id, body: { amount: 700 } } });
	});
});

describe('an object that did not take effect is not a success', () => {
	const declining = { ...WIRE_PAYMENT, payment_method: 'pm_card_chargeDeclinedInsufficientFunds' };

	it.each([
		['payment', PAYMENTS, declining],
		[
			'charge',
			'/v1/charges',
			{ amount: '500', currency: 'usd', source: 'tok_chargeDeclinedInsufficientFunds' },
		],
	])(
		'a %s that was declined is found as the decline that its response reported',
		async (_what, path, params) => {
			const { outcome } = await sendPayment(registry.simulator.url, {
				path,
				params: { ...params, metadata: ENTRY_MARK },
			});
			expect(outcome.kind).toBe('rejected');
			const { finding } = await registry.reconcile(buildUnansweredEntry(path, params));
			const { kind, statusCode, type, code, declineCode, adviceCode, message, objectId } = outcome;
			expect(finding).toEqual({
				kind: 'executed',
				outcome: { kind, statusCode, type, code, declineCode, adviceCode, message, objectId },
			});
		},
	);

	it.each<[string, Params]>([
		['was never confirmed', { amount: '500', currency: 'usd' }],
		['has a card, but was not confirmed', { ...WIRE_PAYMENT, confirm: 'false' }],
	])('a payment that %s: inconclusive, with its page', async (_what, params) => {
		const id = await registry.create(PAYMENTS, { ...params, metadata: ENTRY_MARK });
		registry.time.advance(AFTER_FINALITY_MS);
		const { finding } = await registry.reconcile(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT));
		expect(finding).toMatchObject({
			kind: 'inconclusive',
			reason: expect.stringMatching(/was created, but its status is requires_/) as string,
			dashboardUrl: `https://dashboard.stripe.com/test/payments/${id}`,
		});
	});

	it('a decline that was changed since is no longer a decline: inconclusive', async () => {
		const entry = buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT);
		const error = { type: 'card_error', code: 'card_declined' };
		const intent = { id: 'pi_1', object: 'payment_intent', status: 'requires_payment_method' };
		expect(determineEffect({ ...intent, last_payment_error: error }, entry).kind).toBe('declined');
		const blank = { ...entry, paramsStored: false };
		expect(determineEffect({ ...intent, last_payment_error: error }, blank).kind).toBe('unclear');
		expect(determineEffect({ ...intent, last_payment_error: null }, entry).kind).toBe('unclear');
		expect(
			determineEffect({ ...intent, last_payment_error: { ...error, type: 'api_error' } }, entry).kind,
		).toBe('unclear');
		expect(
			determineEffect({ ...intent, status: 'canceled', last_payment_error: error }, entry).kind,
		).toBe('unclear');
	});

	it.each<[object: string, status: string | undefined, kind: string]>([
		['refund', 'failed', 'unclear'],
		['refund', 'canceled', 'unclear'],
		['refund', 'pending', 'executed'],
		['payout', 'failed', 'unclear'],
		['charge', 'pending', 'executed'],
		['payment_intent', 'processing', 'executed'],
		['payment_intent', 'requires_action', 'executed'],
		['subscription', 'canceled', 'executed'],
		['invoice', 'void', 'executed'],
		...['payment_intent', 'setup_intent', 'charge', 'refund', 'payout', 'topup'].flatMap((object) =>
			['a_new_status', 'requires_source', undefined].map(
				(status): [string, string | undefined, string] => [object, status, 'unclear'],
			),
		),
	])('a %s that is %s: %s', (object, status, kind) => {
		expect(
			determineEffect({ id: 'x_1', object, status }, buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT)).kind,
		).toBe(kind);
	});

	it('it is inconclusive whether it was to be confirmed, if the ledger stores no parameters', async () => {
		await sendPayment(registry.simulator.url, { params: { ...declining, metadata: ENTRY_MARK } });
		expect(
			await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, {}, { paramsStored: false })),
		).toBe('inconclusive');
	});

	it('but a payment intent that was only to be created is found in any status', async () => {
		const params = { amount: '500', currency: 'usd' };
		const id = await registry.create(PAYMENTS, { ...params, metadata: ENTRY_MARK });
		expect((await registry.reconcile(buildUnansweredEntry(PAYMENTS, params))).finding).toMatchObject({
			outcome: { kind: 'succeeded', objectId: id },
		});
	});
});

describe('an object left by earlier attempts of the entry', () => {
	const declining = { ...WIRE_PAYMENT, payment_method: 'pm_card_chargeDeclinedInsufficientFunds' };

	/** The first attempt was declined; the second left no answer. */
	async function secondAttempt() {
		const { outcome } = await sendPayment(registry.simulator.url, {
			params: { ...declining, metadata: ENTRY_MARK },
			idempotencyKey: KEY,
		});
		const past = [{ attempt: 1, key: KEY, outcome, settledAt: NOW }];
		return buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT, {
			attempt: 2,
			key: `${KEY}_2`,
			previousAttempts: past,
		});
	}

	it('is not a decline of the current one', async () => {
		const entry = await secondAttempt();
		expect(await registry.reconcileKind(entry)).toBe('inconclusive');
		registry.time.advance(AFTER_FINALITY_MS);
		expect(await registry.reconcileKind(entry)).toBe('not_executed');
	});

	it('hides nothing that the current one has done', async () => {
		const entry = await secondAttempt();
		const id = await registry.create(PAYMENTS, { ...WIRE_PAYMENT, metadata: ENTRY_MARK }, entry.key);
		expect((await registry.reconcile(entry)).finding).toMatchObject({
			kind: 'executed',
			outcome: { objectId: id },
		});
	});

	it('that was paid since is found: the decision is paid', async () => {
		const entry = await secondAttempt();
		const id = entry.previousAttempts?.[0]?.outcome.objectId ?? '';
		await registry.create(`${PAYMENTS}/${id}/confirm`, { payment_method: 'pm_card_visa' });
		expect((await registry.reconcile(entry)).finding).toMatchObject({
			outcome: { kind: 'succeeded', objectId: id },
		});
	});

	it('belongs to the attempt whose key its events name', async () => {
		const entry = { ...(await secondAttempt()), previousAttempts: [] };
		expect(await registry.reconcileKind(entry)).toBe('inconclusive');
		const again = await sendPayment(registry.simulator.url, {
			params: { ...declining, metadata: ENTRY_MARK },
			idempotencyKey: entry.key,
		});
		const past = (await secondAttempt()).previousAttempts;
		expect((await registry.reconcile({ ...entry, previousAttempts: past })).finding).toMatchObject({
			kind: 'executed',
			outcome: { kind: 'rejected', objectId: again.outcome.objectId },
		});
	});
});

describe('a decline that Stripe has rolled forward, whose events name no key', () => {
	const declining = { ...WIRE_PAYMENT, payment_method: 'pm_card_chargeDeclinedInsufficientFunds' };
	const decline = async (idempotencyKey: string) => {
		const params = { ...declining, metadata: ENTRY_MARK };
		return (await sendPayment(registry.simulator.url, { params, idempotencyKey })).outcome;
	};
	const second = (outcome: Outcome) =>
		buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT, {
			attempt: 2,
			key: `${KEY}_2`,
			previousAttempts: [{ attempt: 1, key: KEY, outcome, settledAt: NOW }],
		});

	it('belongs to the second attempt, if the first has left a different object', async () => {
		const first = await decline(KEY);
		const { objectId } = await decline('by Stripe');
		expect((await registry.reconcile(second(first))).finding).toMatchObject({
			kind: 'executed',
			outcome: { kind: 'rejected', objectId },
		});
	});

	it('may belong to the first attempt, if it is unknown what that has left', async () => {
		const { objectId: _unknown, ...first } = await decline('by Stripe');
		expect(await registry.reconcileKind(second(first))).toBe('inconclusive');
	});
});

describe('an object that does not name the entry is somebody else’s', () => {
	it.each<[string, Params]>([
		['a different entry', { [ENTRY_METADATA]: 'v1_another' }],
		['the entry in a different field', { order: ENTRY }],
		['a longer entry', { [ENTRY_METADATA]: `${ENTRY}_2` }],
		[
			'the entry in capital letters, which Search treats as the same',
			{ [ENTRY_METADATA]: ENTRY.toUpperCase() },
		],
		['no metadata', {}],
	])('an object of %s', async (_what, metadata) => {
		await registry.create(PAYMENTS, { ...WIRE_PAYMENT, metadata });
		expect(await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT))).toBe(
			'inconclusive',
		);
		registry.time.advance(AFTER_FINALITY_MS);
		expect(await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT))).toBe(
			'not_executed',
		);
	});

	it('an object from long before the first send, if Search is not available yet', async () => {
		await registry.create(PAYMENTS, { ...WIRE_PAYMENT, metadata: ENTRY_MARK });
		const at = NOW + 8 * DAY;
		const sent = { firstSentAt: at, lastSentAt: at, leaseUntil: at };
		registry.time.advance(8 * DAY);
		registry.simulator.inject({
			kind: 'forbidden403',
			match: { method: 'GET', path: `${PAYMENTS}/search` },
		});
		expect(await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT, sent))).toBe(
			'inconclusive',
		);
		registry.time.advance(DAY);
		expect(await registry.reconcileKind(buildUnansweredEntry(PAYMENTS, WIRE_PAYMENT, sent))).toBe(
			'executed',
		);
	});
});

describe('a schedule of a running subscription, which Stripe allows no metadata', () => {
	const PATH = '/v1/subscription_schedules';
	const subscribe = async () => {
		const customer = await registry.create('/v1/customers', {});
		const product = { currency: 'eur', product_data: { name: 'Tea' } };
		const price = await registry.create('/v1/prices', {
			...product,
			unit_amount: '0',
			recurring: { interval: 'month' },
		});
		return registry.create('/v1/subscriptions', { customer, items: [{ price }] });
	};

	it('is found by its key', async () => {
		const params = { from_subscription: await subscribe() };
		const id = await registry.create(PATH, params, KEY);
		expect((await registry.reconcile(buildUnansweredEntry(PATH, params))).finding).toMatchObject({
			kind: 'executed',
			outcome: { objectId: id },
		});
	});

	it('that somebody else has created is not taken for it', async () => {
		const params = { from_subscription: await subscribe() };
		const id = await registry.create(PATH, params);
		expect((await registry.reconcile(buildUnansweredEntry(PATH, params))).finding).toMatchObject({
			kind: 'inconclusive',
			reason: expect.stringContaining(`${id} has the same origin`) as string,
		});
	});
});

describe('a quote made of another, which Stripe allows no metadata', () => {
	const PATH = '/v1/quotes';
	const copied = async () => ({
		from_quote: { quote: await registry.create(PATH, {}), is_revision: 'true' },
	});

	it('is found by its key', async () => {
		const params = await copied();
		const id = await registry.create(PATH, params, KEY);
		expect((await registry.reconcile(buildUnansweredEntry(PATH, params))).finding).toMatchObject({
			kind: 'executed',
			outcome: { objectId: id },
		});
	});

	it('that somebody else has created is not taken for it', async () => {
		const params = await copied();
		const id = await registry.create(PATH, params);
		expect((await registry.reconcile(buildUnansweredEntry(PATH, params))).finding).toMatchObject({
			kind: 'inconclusive',
			reason: expect.stringContaining(`${id} has the same origin`) as string,
		});
	});
});
