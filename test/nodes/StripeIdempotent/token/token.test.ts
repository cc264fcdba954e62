import type { INodeParameters } from 'n8n-workflow';

import { systemTime } from '../../../../ledger/clock';
import { Ledger } from '../../../../ledger/ledger';
import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import { NO_REDIRECTS } from '../../../simulator/client';
import type { TokenRegistry } from '../../../../ledger/tokenRegistry';
import { expectReference, openTokenRegistry, reserveOrder, expectToken } from '../../fixtures/reservations';
import { CHARGE, EMPTY_CARD, toLocator, OrdersFixture } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
let registry: TokenRegistry;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
	registry = openTokenRegistry(fixture);
});
afterEach(() => fixture.close());

/** A node that an agent may have: it takes nothing without a token. */
const BY_TOKEN: INodeParameters = {
	...CHARGE,
	keySource: 'token',
	token: '={{ $json.token }}',
	options: { requireToken: true },
};

const pay = (item: object, parameters: INodeParameters = {}) =>
	fixture.run({ ...BY_TOKEN, ...parameters }, [{ ...item }]);

const refused = async (item: object, parameters: INodeParameters = {}) => {
	const { fix, success, retry } = await pay(item, parameters);
	expect([success, retry]).toEqual([[], []]);
	expect(fix).toHaveLength(1);
	expect(fix[0]?.error).toMatchObject({ outcome: 'blocked', retryable: false });
	return fix[0]?.error.message;
};

it('a reserved payment is made once, and returned again however often the token is used', async () => {
	const token = expectToken(await reserveOrder(registry, '1001'));
	const { success } = await pay({ token });
	const again = await pay({ token });
	expect(again.success[0]).toMatchObject({ id: success[0]?.id, idempotency: { replayed: true } });
	expect(success[0]?.idempotency.entryId).toContain(token.slice(6, 40));
	expect(fixture.charges()).toBe(1);
	expect(fixture.simulator.report().charges[0]).toMatchObject({ amount: 1999, currency: 'eur' });
});

it('a token used by several concurrent runs makes one payment', async () => {
	const token = expectToken(await reserveOrder(registry, '1001'));
	const runs = await Promise.all([pay({ token }), pay({ token }), pay({ token })]);
	const paid = runs.flatMap(({ success }) => success.map(({ id }) => id));
	expect(paid.length).toBeGreaterThan(0);
	expect(new Set(paid).size).toBe(1);
	expect(fixture.charges()).toBe(1);
});

describe('nothing moves without a reservation', () => {
	afterEach(() => expect(fixture.charges()).toBe(0));

	it.each([
		['no token', {}, /Token is empty/],
		['an invented token', { token: 'tok_visa' }, /is not a valid token of the Idempotency Registry/],
		[
			'a well-formed invented token',
			{ token: `token_${'a'.repeat(43)}_${'b'.repeat(22)}` },
			/not issued by this ledger/,
		],
		['an object', { token: { all: true } }, /Token is empty/],
	])('%s', async (_what, item, message) => {
		await reserveOrder(registry, '1001');
		expect(await refused(item)).toMatch(message);
	});

	it('a key of fields if tokens are required', async () => {
		expect(await refused({ order: '1001' }, { keySource: 'fields' })).toMatch(
			/accepts only payments with a token/,
		);
	});

	it('a requirement whose expression returns nothing, or that the model can lift', async () => {
		const lost = await pay(
			{ order: '1001' },
			{ ...CHARGE, options: { requireToken: '={{ $json.must }}' } },
		);
		expect(lost.fix[0]?.error.message).toMatch(/Require Token is an expression that returned no value/);
		const options = { requireToken: "={{ $fromAI('must', 'Whether', 'boolean') }}" };
		const tool = { ...CHARGE, keyFields: { field: [{ value: 'order', treatAs: 'text' }] }, options };
		const { answers } = await fixture.asTool(tool, [{ must: false }]);
		expect(answers[0]?.items[0]?.message).toMatch(/Require Token is filled in by the model/);
	});

	it('a token with its last letter changed', async () => {
		const token = expectToken(await reserveOrder(registry, '1001'));
		const other = `${token.slice(0, -2)}${token.at(-2) === 'A' ? 'B' : 'A'}${token.at(-1)}`;
		expect(await refused({ token: other })).toMatch(/not issued by this ledger/);
	});

	it.each([
		['a different amount', { amount: 2000 }, /amount was reserved as 1999, but is now 2000/],
		['a different currency', { currency: 'USD' }, /currency was reserved as eur, but is now usd/],
	])('%s', async (_what, item, message) => {
		const token = expectToken(await reserveOrder(registry, '1001'));
		expect(await refused({ token, ...item })).toMatch(message);
	});

	it('a different customer, or one if none was reserved', async () => {
		const [a, b] = [await fixture.stripe.customers.create(), await fixture.stripe.customers.create()];
		const token = expectToken(await reserveOrder(registry, '1001', { customer: a.id }));
		expect(await refused({ token }, { customer: toLocator('id', b.id) })).toMatch(
			/customer was reserved as cus_/,
		);
		const none = expectToken(await reserveOrder(registry, '1002'));
		expect(await refused({ token: none }, { customer: toLocator('id', b.id) })).toMatch(
			/reserved as \(none\)/,
		);
	});

	it.each(['[amount]', 'amount]', 'amount[]', ' amount', 'amount[0]'])(
		'an amount added as %p, which Stripe may read as amount',
		async (name) => {
			const token = expectToken(await reserveOrder(registry, '1001'));
			const otherParameters = JSON.stringify({ [name]: 999_999 });
			const { fix } = await pay({ token }, { additionalFields: { otherParameters } });
			expect(fix).toMatchObject([{ error: { outcome: 'refused', retryable: false } }]);
			expect(fix[0]?.error.message).toMatch(/can be read as a different one\.$/);
			expect(fixture.simulator.sends()).toEqual([]);
		},
	);

	it('an amount added through Other Parameters', async () => {
		const token = expectToken(await reserveOrder(registry, '1001'));
		const slipped = { additionalFields: { otherParameters: '{"amount": 999999}' } };
		expect(await refused({ token }, slipped)).toMatch(/"amount" is not covered by a token/);
	});

	it('a customer added as an account', async () => {
		const token = expectToken(await reserveOrder(registry, '1001'));
		const slipped = { additionalFields: { otherParameters: '{"customer_account": "acct_1"}' } };
		expect(await refused({ token }, slipped)).toMatch(/"customer_account" is not covered by a token/);
	});

	it('a surcharge added when it is confirmed', async () => {
		const token = expectToken(await reserveOrder(registry, '1001'));
		const slipped = { additionalFields: { otherParameters: '{"amount_to_confirm": 999999}' } };
		expect(await refused({ token }, slipped)).toMatch(/"amount_to_confirm" is not covered by a token/);
		const { id } = await fixture.stripe.paymentIntents.create({
			amount: 1999,
			currency: 'eur',
			...NO_REDIRECTS,
		});
		const intent = { operation: 'paymentIntent.confirm', object: id };
		const toConfirm = expectToken(await reserveOrder(registry, '1002', intent));
		const confirm = { operation: 'confirm', paymentIntent: toLocator('id', id), ...slipped };
		expect(await refused({ token: toConfirm }, confirm)).toMatch(
			/"amount_to_confirm" is not covered by a token/,
		);
	});

	const PAYOUT = '{"amount": 1999, "currency": "eur"}';
	it.each<[string, INodeParameters]>([
		[
			'a call of any endpoint',
			{
				resource: 'customApiCall',
				operation: 'request',
				method: 'POST',
				path: '/v1/payouts',
				body: PAYOUT,
			},
		],
		[
			'to accept a dispute',
			{ resource: 'dispute', operation: 'accept', dispute: toLocator('id', 'dp_1') },
		],
	])('an operation that has no tokens: %s', async (_what, parameters) => {
		const token = expectToken(await reserveOrder(registry, '1001'));
		expect(await refused({ token }, parameters)).toMatch(/cannot be used for this operation/);
	});

	it('a reservation that waits for approval, was denied, or is blocked', async () => {
		const policy = {
			currencies: [{ currency: 'eur', maxPerPayment: 5000, approvalAbove: 100 }],
			operations: ['paymentIntent.create'],
			customers: [],
		};
		const answer = await reserveOrder(registry, '1001', {}, { policy });
		const token = expectToken(answer);
		expect(await refused({ token })).toMatch(/has to approve this first/);
		await registry.stop('tokens', 'Ada', 'astray');
		expect(await refused({ token })).toMatch(/All payments by token were stopped by Ada: astray/);
		await registry.resume('tokens');
		await registry.denyOrRevoke(expectReference(answer), 'denied', 'Ada', 1000);
		expect(await refused({ token })).toMatch(/This was denied by Ada/);
	});

	it('anything while the ledger is down, even if the user otherwise relies on Stripe', async () => {
		const token = expectToken(await reserveOrder(registry, '1001'));
		const { retry } = await pay(
			{ token },
			{
				ledgerFile: '/proc/none/ledger.sqlite',
				options: { requireToken: true, ledgerUnavailable: 'relyOnStripe' },
			},
		);
		expect(retry[0]?.error.outcome).toBe('ledger_unavailable');
	});
});

it('a declined payment is not tried again by the same token', async () => {
	const token = expectToken(await reserveOrder(registry, '1001'));
	const first = await pay({ token, card: EMPTY_CARD });
	expect(first.fix[0]?.error).toMatchObject({ outcome: 'rejected', statusCode: 402 });
	const again = await pay({ token, card: 'pm_card_visa' }, { options: { afterRejection: 'newAttempt' } });
	expect(again.fix[0]?.error).toMatchObject({ outcome: 'rejected' });
	expect(fixture.charges()).toBe(0);
});

it('a lost response is found under the same key', async () => {
	const token = expectToken(await reserveOrder(registry, '1001'));
	fixture.simulator.inject({ kind: 'resetAfter' });
	const first = await pay({ token }, { options: { requireToken: true, maxRetries: 0 } });
	expect(first.retry[0]?.error.outcome).toBe('unknown');
	expect((await pay({ token })).success[0]).toMatchObject({ status: 'succeeded' });
	expect(fixture.charges()).toBe(1);
});

describe('an action on a payment is compared with that payment', () => {
	async function paid(amount: number) {
		const customer = await fixture.stripe.customers.create();
		return await fixture.stripe.paymentIntents.create({
			amount,
			currency: 'eur',
			customer: customer.id,
			payment_method: 'pm_card_visa',
			confirm: true,
			...NO_REDIRECTS,
		});
	}
	const refund = (token: string, payment: string, amount: number | '' = '') =>
		fixture.run(
			{
				resource: 'refund',
				operation: 'create',
				refundOf: 'paymentIntent',
				amount,
				amountUnit: 'minor',
				paymentIntent: toLocator('id', payment),
				keySource: 'token',
				token,
				options: { requireToken: true },
			},
			[{}],
		);
	const refunds = async () => (await fixture.stripe.refunds.list()).data;

	it('a refund of the reserved payment, and of no other', async () => {
		const [one, other] = [await paid(5000), await paid(5000)];
		const intent = { operation: 'refund.create', object: one.id, amount: 2000 };
		const token = expectToken(await reserveOrder(registry, 'r1', intent));
		const wrong = await refund(token, other.id, 2000);
		expect(wrong.fix[0]?.error.message).toMatch(/object was reserved as pi_/);
		expect((await refund(token, one.id, 2500)).fix[0]?.error.message).toMatch(
			/amount was reserved as 2000/,
		);
		expect((await refund(token, one.id)).fix[0]?.error.message).toMatch(/but is now 5000/);
		expect(await refunds()).toEqual([]);
		expect((await refund(token, one.id, 2000)).success).toHaveLength(1);
		expect((await refunds()).map(({ amount }) => amount)).toEqual([2000]);
	});

	it('a refund of everything counts the whole amount received', async () => {
		const payment = await paid(5000);
		const intent = { operation: 'refund.create', object: payment.id, amount: 5000 };
		const token = expectToken(await reserveOrder(registry, 'r2', intent));
		expect((await refund(token, payment.id)).success[0]).toMatchObject({ amount: 5000 });
	});

	it.each([
		[false, 'refused', []],
		[true, 'counted with the amount of now', [4000]],
	])(
		'a refund of the remaining amount that was not executed, and is now less, under a token for at most that (%s): %s',
		async (isMaximum, _what, amounts) => {
			const payment = await paid(5000);
			const intent = { operation: 'refund.create', object: payment.id, amount: 5000, isMaximum };
			const reserved = await reserveOrder(registry, `left ${isMaximum}`, intent);
			fixture.simulator.inject({ kind: 'forbidden403', match: { method: 'POST' } });
			expect((await refund(expectToken(reserved), payment.id)).success).toEqual([]);
			const elsewhere = await fixture.stripe.refunds.create({
				payment_intent: payment.id,
				amount: 1000,
			});
			const { fix, success } = await refund(expectToken(reserved), payment.id);
			expect([...fix, ...success]).toHaveLength(1);
			if (!isMaximum)
				expect(fix[0]?.error.message).toMatch(/amount was reserved as 5000, but is now 4000/);
			const own = (await refunds()).filter(({ id }) => id !== elsewhere.id);
			expect(own.map(({ amount }) => amount)).toEqual(amounts);
			const { entryId } = expectReference(reserved);
			const entry = await new Ledger(SqliteStore.open(fixture.ledgerFile), systemTime).find(entryId);
			if (isMaximum) expect(entry?.reservation?.usedAmount).toBe(4000);
		},
	);

	it('a reserved customer must be the one who paid', async () => {
		const payment = await paid(5000);
		const intent = {
			operation: 'refund.create',
			object: payment.id,
			amount: 5000,
			customer: 'cus_other',
		};
		const token = expectToken(await reserveOrder(registry, 'r3', intent));
		expect((await refund(token, payment.id)).fix[0]?.error.message).toMatch(
			/customer was reserved as cus_other/,
		);
		expect(await refunds()).toEqual([]);
	});

	it('a payment that cannot be read moves nothing', async () => {
		const intent = { operation: 'refund.create', object: 'pi_gone', amount: 5000 };
		const token = expectToken(await reserveOrder(registry, 'r4', intent));
		expect((await refund(token, 'pi_gone')).fix).toHaveLength(1);
		expect(await refunds()).toEqual([]);
	});
});

it.each([
	['everything that was authorized', '', 2000],
	['a part', 1500, 1500],
] as const)('a capture of %s is recognized by its token', async (_what, amount, reserved) => {
	const { id } = await fixture.stripe.paymentIntents.create({
		amount: 2000,
		currency: 'eur',
		capture_method: 'manual',
		payment_method: 'pm_card_visa',
		confirm: true,
		...NO_REDIRECTS,
	});
	const intent = { operation: 'paymentIntent.capture', object: id, amount: reserved };
	const token = expectToken(await reserveOrder(registry, 'c1', intent));
	const capture = () =>
		fixture.run(
			{
				resource: 'paymentIntent',
				operation: 'capture',
				paymentIntent: toLocator('id', id),
				amount,
				amountUnit: 'minor',
				keySource: 'token',
				token,
				options: { requireToken: true, maxRetries: 0 },
			},
			[{}],
		);
	fixture.simulator.inject({ kind: 'resetAfter', match: { method: 'POST' } });
	expect((await capture()).retry[0]?.error.outcome).toBe('unknown');
	expect((await capture()).success[0]).toMatchObject({ amount_received: reserved });
	expect((await capture()).success[0]?.idempotency.replayed).toBe(true);
});

it('for a model every refusal has outcome, reason and what to do next', async () => {
	const token = expectToken(await reserveOrder(registry, '1001'));
	const tool: INodeParameters = {
		...BY_TOKEN,
		token: "={{ $fromAI('token', 'Token of Reserve', 'string') }}",
		amount: "={{ $fromAI('amount', 'Amount in cents', 'number') }}",
		amountUnit: 'minor',
		currency: 'EUR',
		paymentMethod: 'pm_card_visa',
	};
	const { answers } = await fixture.asTool(tool, [
		{ token: 'token_please', amount: 1999 },
		{ token, amount: 2999 },
		{ token, amount: 1999 },
		{ token, amount: 1999 },
	]);
	expect(answers.map(({ items }) => items[0])).toMatchObject([
		{
			outcome: 'blocked',
			reason: 'invalid_token',
			nextStep: expect.stringMatching(/Call Reserve/) as string,
		},
		{
			outcome: 'blocked',
			reason: 'request_mismatch',
			nextStep: expect.stringMatching(/exactly what was reserved/) as string,
		},
		{ outcome: 'succeeded', nextStep: expect.stringMatching(/^Completed/) as string },
		{
			outcome: 'succeeded',
			nextStep: expect.stringMatching(/nothing was executed twice.*Tell the user/) as string,
		},
	]);
	expect(fixture.charges()).toBe(1);
});
