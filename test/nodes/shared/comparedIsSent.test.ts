import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { RegistryFixture, RESERVE } from '../fixtures/registryFixture';
import { toLocator, SECRET_KEY, STRIPE_NODE } from '../fixtures/ordersFixture';
import { stripeAt } from '../../simulator/client';

let registry: RegistryFixture;
beforeEach(async () => {
	registry = await RegistryFixture.open();
});
afterEach(() => registry.close());

const NEVER = { enabled: true, allow_redirects: 'never' } as const;
const stripe = () => registry.fixture.stripe;
const api = () => stripeAt(stripe(), SECRET_KEY);

const paid = (amount: number, more: object = {}) =>
	api().paymentIntents.create({
		amount,
		currency: 'eur',
		payment_method: 'pm_card_visa',
		confirm: true,
		automatic_payment_methods: NEVER,
		...more,
	});
const open = (amount: number) =>
	api().paymentIntents.create({
		amount,
		currency: 'eur',
		payment_method: 'pm_card_visa',
		automatic_payment_methods: NEVER,
	});

const BY_TOKEN = { keySource: 'token', options: { requireToken: true, maxRetries: 0 } };
const act = (resource: string, operation: string, more: INodeParameters, token: string) =>
	registry.one({ resource, operation, ...BY_TOKEN, ...more, token }, {}, { type: STRIPE_NODE });
const confirm = (id: string, token: string) =>
	act('paymentIntent', 'confirm', { paymentIntent: toLocator('id', id) }, token);
const capture = (id: string, token: string) =>
	act('paymentIntent', 'capture', { paymentIntent: toLocator('id', id), amount: '' }, token);
const refund = (id: string, token: string) =>
	act(
		'refund',
		'create',
		{ refundOf: 'paymentIntent', paymentIntent: toLocator('id', id), amount: '' },
		token,
	);

let made = 0;
const reserve = async (intentOperation: string, object: string, amount: number, more: INodeParameters = {}) =>
	(await registry.one({ ...RESERVE, intentOperation, object, ...more }, { order: `o${++made}`, amount }))
		.json;

const RETRY: INodeParameters = {
	resource: 'entry',
	operation: 'retry',
	options: { maxRetries: 0 },
	findBy: 'entryId',
	entry: '={{ $json.entryId }}',
};
const retry = (entryId: string) => registry.one(RETRY, { entryId });
const sent = () => stripe().sends().length;

describe('a token for a confirm of 5.00 whose intent is raised to 500.00', () => {
	it('is refused at the payment, and by Retry', async () => {
		const { id } = await open(500);
		const { token, idempotency } = await reserve('paymentIntent.confirm', id, 500);
		stripe().inject({ kind: 'rateLimit429' });
		await confirm(id, token);
		await api().paymentIntents.update(id, { amount: 50_000 });
		const before = sent();
		const { json } = await retry(idempotency.entryId);
		expect(json.error).toMatchObject({ reason: 'request_mismatch' });
		expect(json.error.message).toMatch(/amount was reserved as 500, but is now 50000/);
		expect((await confirm(id, token)).json.error).toMatchObject({ outcome: 'blocked' });
		expect(sent()).toBe(before);
		expect(stripe().report().charges).toEqual([]);
	});

	it('between the read and the send confirms 5.00', async () => {
		const { id } = await open(500);
		const { token } = await reserve('paymentIntent.confirm', id, 500);
		stripe().onPoint(async ({ name, request }) => {
			if (name !== 'received' || !request.path.endsWith('/confirm')) return;
			await api().paymentIntents.update(id, { amount: 50_000 });
		});
		await confirm(id, token);
		expect(stripe().report().charges).toMatchObject([{ amount: 500 }]);
	});
});

describe('a refund by token without an amount', () => {
	const refunds = async () => (await api().refunds.list()).data.map(({ amount }) => amount);

	it('refunds what is left, and sends the amount in the request', async () => {
		const { id } = await paid(5_000);
		await api().refunds.create({ payment_intent: id, amount: 1_000 });
		const { token } = await reserve('refund.create', id, 4_000);
		expect((await refund(id, token)).json).toMatchObject({ amount: 4_000 });
		const [entry] = await registry.fixture.entries();
		expect(entry?.request.added).toMatchObject({ amount: '4000' });
		expect((await refund(id, token)).json.idempotency).toMatchObject({ replayed: true });
	});

	it('for an amount in the major unit, without a currency, is compared in the minor unit', async () => {
		const { id } = await paid(5_000);
		const { token } = await reserve('refund.create', id, 1_550);
		const major = { refundOf: 'paymentIntent', paymentIntent: toLocator('id', id), amountUnit: 'major' };
		const back = (amount: string) => act('refund', 'create', { ...major, amount }, token);
		expect((await back('15.51')).json.error).toMatchObject({ outcome: 'blocked' });
		expect((await back('15.5')).json).toMatchObject({ amount: 1_550 });
		expect((await back('15.5')).json.idempotency).toMatchObject({ replayed: true });
		expect(await refunds()).toEqual([1_550]);
	});

	it.each([true, false])(
		'for a payment that has received nothing is refused (a maximum: %s)',
		async (isMaximum) => {
			const { id } = await paid(5_000, { capture_method: 'manual' });
			const { token } = await reserve('refund.create', id, 5_000, { amountIsMaximum: isMaximum });
			const { json } = await refund(id, token);
			expect(json.error).toMatchObject({ outcome: 'blocked' });
			expect(json.error.message).toMatch(/amount was reserved as .*5000, but is now 0/);
			expect(await refunds()).toEqual([]);
		},
	);

	it('whose response was lost is repeated with the same amount, although nothing is left by then', async () => {
		const { id } = await paid(5_000);
		const { token } = await reserve('refund.create', id, 5_000);
		stripe().inject({ kind: 'resetAfter', match: { method: 'POST' } });
		expect((await refund(id, token)).json.error).toMatchObject({ outcome: 'unknown' });
		expect((await refund(id, token)).json).toMatchObject({ amount: 5_000 });
		expect(await refunds()).toEqual([5_000]);
	});

	it('resent by Retry refunds the same amount', async () => {
		const { id } = await paid(5_000);
		const { token, idempotency } = await reserve('refund.create', id, 5_000);
		stripe().inject({ kind: 'resetAfter', match: { method: 'POST' } });
		await refund(id, token);
		expect((await retry(idempotency.entryId)).through).toBe(0);
		expect(await refunds()).toEqual([5_000]);
	});
});

it.each(['resetBefore', 'resetAfter'] as const)(
	'resent by Retry has the frozen amount for which the currency was read (%s)',
	async (kind) => {
		const { id } = await paid(5_000);
		const refundOfPart: INodeParameters = {
			resource: 'refund',
			operation: 'create',
			keySource: 'custom',
			customKey: 'r1',
			refundOf: 'paymentIntent',
			paymentIntent: toLocator('id', id),
			amount: '15.5',
			amountUnit: 'major',
			options: { maxRetries: 0 },
		};
		stripe().inject({ kind, match: { method: 'POST', path: '/v1/refunds' } });
		const { json } = await registry.one(refundOfPart, {}, { type: STRIPE_NODE });
		expect(json.error).toMatchObject({ outcome: 'unknown' });
		expect((await retry(json.idempotency.entryId)).through).toBe(0);
		expect((await api().refunds.list()).data).toMatchObject([{ amount: 1_550 }]);
	},
);

it('a capture by token without an amount sends the compared amount', async () => {
	const { id } = await paid(2_000, { capture_method: 'manual' });
	const { token } = await reserve('paymentIntent.capture', id, 2_000);
	expect((await capture(id, token)).json).toMatchObject({ amount_received: 2_000 });
	const [entry] = await registry.fixture.entries();
	expect(entry?.request.added).toMatchObject({ amount_to_capture: '2000' });
});

it('a request that Retry cannot read for is not sent', async () => {
	const { id } = await open(500);
	const { token, idempotency } = await reserve('paymentIntent.confirm', id, 500);
	stripe().inject({ kind: 'rateLimit429' });
	await confirm(id, token);
	const before = sent();
	stripe().inject({
		kind: 'resetBefore',
		match: { method: 'GET', path: `/v1/payment_intents/${id}` },
		times: 9,
	});
	const { json } = await retry(idempotency.entryId);
	expect((json as IDataObject).error).toMatchObject({ outcome: 'unreachable' });
	expect(sent()).toBe(before);
});

describe('a request with a frozen amount, whose response was lost, is found again after Stripe has forgotten its key', () => {
	const HOUR = 3_600_000;

	it.each([
		['a confirm', 'paymentIntent.confirm', () => open(500), confirm, { amount_received: 500 }],
		[
			'a capture',
			'paymentIntent.capture',
			() => paid(500, { capture_method: 'manual' }),
			capture,
			{ amount_received: 500 },
		],
		['a refund', 'refund.create', () => paid(500), refund, { amount: 500 }],
	] as const)('%s', async (_what, operation, make, use, done) => {
		const { id } = await make();
		const { token } = await reserve(operation, id, 500);
		stripe().inject({ kind: 'resetAfter', match: { method: 'POST' } });
		expect((await use(id, token)).json.error).toMatchObject({ outcome: 'unknown' });
		const before = sent();
		registry.time.advance(25 * HOUR);
		expect((await use(id, token)).json).toMatchObject(done);
		expect(sent()).toBe(before);
	});
});
