import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

import { StripeIdempotent } from '../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { DEFAULT_API_VERSION } from '../../stripe/api/connection';
import { runNode } from '../engine';
import { LedgerFolder } from '../nodes/fixtures/ledgerFolder';
import { CHARGE, STRIPE_NODE } from '../nodes/fixtures/ordersFixture';
import type { PlainAnswer, PlainOptions } from '../simulator/client';
import { PAYMENT, send } from '../simulator/client';

/** A Stripe with a test account: the real one, or the simulator that stands in for it everywhere else. */
export interface TestAccount {
	url: string;
	secretKey: string;
}

type Params = Record<string, string>;

const DECLINED: Params = { ...PAYMENT, payment_method: 'pm_card_visa_chargeDeclinedInsufficientFunds' };
const NEW: Params = { amount: '500', currency: 'usd' };
const CARD: Params = { payment_method: 'pm_card_visa' };
const PAGE: Params = { return_url: 'https://example.com/thanks' };
const INTENTS = '/v1/payment_intents';

/** How long events may take to be listed, and how often it is looked. */
const PATIENCE_MS = 20_000;
const LOOK_AGAIN_MS = 500;

interface Listed {
	data: { object: { id: string } };
	request: { idempotency_key: string | null };
}

/**
 * What this package relies on, as far as a test account shows it. The simulator and Stripe are asked the same, so that the
 * simulator teaches nothing that Stripe does not do.
 */
export function describeFacts(account: () => TestAccount): void {
	const key = () => `fact_${randomUUID()}`;
	const ask = (path: string, params: Params = {}, options: PlainOptions = {}): Promise<PlainAnswer> =>
		send(account(), path, params, {
			secretKey: account().secretKey,
			...options,
			headers: { 'Stripe-Version': DEFAULT_API_VERSION, ...options.headers },
		});
	const idOf = ({ body }: PlainAnswer) => body.id as string;
	const newIntent = async (params: Params = {}) => idOf(await ask(INTENTS, { ...NEW, ...params }));

	describe('what a key stores', () => {
		it('a success is replayed, marked, and names the request that first executed', async () => {
			const once = { key: key() };
			const first = await ask(INTENTS, PAYMENT, once);
			expect([first.status, first.body.status]).toEqual([200, 'succeeded']);
			expect(first.headers.get('idempotency-key')).toBe(once.key);
			expect(first.headers.get('original-request')).toBe(first.headers.get('request-id'));
			const again = await ask(INTENTS, PAYMENT, once);
			expect(idOf(again)).toBe(idOf(first));
			expect(again.headers.get('idempotent-replayed')).toBe('true');
			expect(again.headers.get('original-request')).toBe(first.headers.get('request-id'));
			expect(again.headers.get('request-id')).not.toBe(first.headers.get('request-id'));
		});

		it('Stripe-Should-Retry is false on an ordinary 200 of a keyed POST', async () => {
			const { headers } = await ask('/v1/customers', {}, { key: key() });
			expect(headers.get('stripe-should-retry')).toBe('false');
		});

		it('a decline is replayed, and a different key makes a new attempt', async () => {
			const once = { key: key() };
			const first = await ask(INTENTS, DECLINED, once);
			const again = await ask(INTENTS, DECLINED, once);
			const other = await ask(INTENTS, DECLINED, { key: key() });
			expect([first, again, other].map(({ status }) => status)).toEqual([402, 402, 402]);
			const [one, same, another] = [first, again, other].map(({ body }) => body.error?.charge);
			expect(same).toBe(one);
			expect(another).not.toBe(one);
		});

		it('an invalid parameter leaves the key free', async () => {
			const once = { key: key() };
			expect((await ask(INTENTS, { ...NEW, amount: 'much' }, once)).status).toBe(400);
			expect((await ask(INTENTS, NEW, once)).status).toBe(200);
		});

		it('the same key with other parameters, or elsewhere, is an idempotency error', async () => {
			const once = { key: key() };
			await ask('/v1/customers', {}, once);
			const otherwise = await ask('/v1/customers', { description: 'other' }, once);
			const elsewhere = await ask(INTENTS, NEW, once);
			for (const { status, body } of [otherwise, elsewhere]) {
				expect([status, body.error?.type]).toEqual([400, 'idempotency_error']);
			}
		});

		it('the same key while the first request executes is in use, or returns its replay', async () => {
			const once = { key: key() };
			const [one, other] = await Promise.all([
				ask(INTENTS, PAYMENT, once),
				ask(INTENTS, PAYMENT, once),
			]);
			const refused = [one, other].filter(({ status }) => status !== 200);
			for (const { status, body } of refused) {
				expect([status, body.error?.code]).toEqual([409, 'idempotency_key_in_use']);
			}
			expect(refused.length).toBeLessThan(2);
		});

		it('a DELETE ignores its key', async () => {
			const id = idOf(await ask('/v1/customers'));
			const once = { key: key(), method: 'DELETE' };
			expect((await ask(`/v1/customers/${id}`, {}, once)).status).toBe(200);
			expect((await ask(`/v1/customers/${id}`, {}, once)).status).toBe(404);
		});
	});

	describe('payment methods since 2026-09-30', () => {
		it('payment_method_types can no longer be written', async () => {
			const { status, body } = await ask(INTENTS, { ...NEW, 'payment_method_types[0]': 'card' });
			expect([status, body.error?.code]).toEqual([400, 'payment_method_types_no_longer_supported']);
		});

		it.each([
			['allowed_payment_method_types[0]', 'card', 'automatic_payment_methods[enabled]', 'true'],
			['allowed_payment_method_types[0]', 'card', 'excluded_payment_method_types[0]', 'klarna'],
			['confirmation_method', 'manual', 'automatic_payment_methods[enabled]', 'true'],
		])('%s=%s excludes %s', async (one, value, other, otherValue) => {
			expect((await ask(INTENTS, { ...NEW, [one]: value, [other]: otherValue })).status).toBe(400);
			expect((await ask(INTENTS, { ...NEW, [one]: value })).status).toBe(200);
		});

		it('a payment intent needs a return URL at its confirmation, even for a card', async () => {
			const id = await newIntent();
			const refused = await ask(`${INTENTS}/${id}/confirm`, CARD);
			expect([refused.status, refused.body.error?.message]).toEqual([
				400,
				expect.stringContaining('return_url'),
			]);
			const paid = await ask(`${INTENTS}/${id}/confirm`, { ...CARD, ...PAGE });
			expect(paid.body.status).toBe('succeeded');
		});

		it('needs none if it was created without redirects', async () => {
			const id = await newIntent({
				'automatic_payment_methods[enabled]': 'true',
				'automatic_payment_methods[allow_redirects]': 'never',
			});
			expect((await ask(`${INTENTS}/${id}/confirm`, CARD)).body.status).toBe('succeeded');
		});

		it('Confirm accepts no parameter about redirects', async () => {
			const id = await newIntent();
			const params = { ...CARD, 'automatic_payment_methods[enabled]': 'true' };
			const { body } = await ask(`${INTENTS}/${id}/confirm`, params);
			expect(body.error?.code).toBe('parameter_unknown');
		});

		it.each([
			['return_url', 'https://example.com/thanks'],
			['off_session', 'true'],
			['error_on_requires_action', 'true'],
		])('%s is accepted at creation only together with confirm', async (name, value) => {
			expect((await ask(INTENTS, { ...NEW, [name]: value })).status).toBe(400);
			expect((await ask(INTENTS, { ...PAYMENT, [name]: value })).status).toBe(200);
		});
	});

	describe('a declined card', () => {
		it('is returned with an advice and the intent, which can be paid later', async () => {
			const { body } = await ask(INTENTS, DECLINED);
			expect(body.error).toMatchObject({
				type: 'card_error',
				decline_code: 'insufficient_funds',
				advice_code: expect.stringMatching(
					/^(?:do_not_try_again|try_again_later|confirm_card_data)$/,
				) as string,
				payment_intent: { status: 'requires_payment_method' },
			});
			const { id } = body.error?.payment_intent as { id: string };
			expect((await ask(`${INTENTS}/${id}/confirm`, CARD)).body.status).toBe('succeeded');
		});

		it('that requires its customer fails if the payment must not wait for them', async () => {
			const params = { ...PAYMENT, payment_method: 'pm_card_authenticationRequired' };
			const { status, body } = await ask(INTENTS, { ...params, error_on_requires_action: 'true' });
			expect([status, body.error?.code]).toEqual([402, 'authentication_required']);
		});
	});

	describe('reconciliation', () => {
		it('a list shows what has just been created', async () => {
			const customer = idOf(await ask('/v1/customers'));
			const id = await newIntent({ customer });
			const { body } = await ask(INTENTS, { customer }, { method: 'GET' });
			expect((body.data as { id: string }[]).map((intent) => intent.id)).toEqual([id]);
		});

		it('an event names the key of the request that caused it', async () => {
			const once = { key: key() };
			const id = idOf(await ask('/v1/customers', {}, once));
			const until = Date.now() + PATIENCE_MS;
			let found: Listed | undefined;
			while (found === undefined && Date.now() < until) {
				const { body } = await ask('/v1/events', { type: 'customer.created' }, { method: 'GET' });
				found = (body.data as Listed[]).find(({ data }) => data.object.id === id);
				if (found === undefined) await setTimeout(LOOK_AGAIN_MS);
			}
			expect(found?.request.idempotency_key).toBe(once.key);
		});

		it('a payment can be cancelled until it has succeeded, and reports its state if it cannot', async () => {
			const open = await newIntent();
			expect((await ask(`${INTENTS}/${open}/cancel`)).body.status).toBe('canceled');
			const paid = idOf(await ask(INTENTS, PAYMENT));
			const { body } = await ask(`${INTENTS}/${paid}/cancel`);
			expect(body.error).toMatchObject({
				code: 'payment_intent_unexpected_state',
				payment_intent: { status: 'succeeded' },
			});
		});

		it('what was refunded in full is not refunded again', async () => {
			const payment_intent = idOf(await ask(INTENTS, PAYMENT));
			expect((await ask('/v1/refunds', { payment_intent })).status).toBe(200);
			const { body } = await ask('/v1/refunds', { payment_intent });
			expect(body.error?.code).toBe('charge_already_refunded');
		});
	});

	describe('money', () => {
		it.each([
			['jpy', '500', 200],
			['kwd', '1230', 200],
			['kwd', '1234', 400],
		])('%s %s returns %i', async (currency, amount, status) => {
			expect((await ask(INTENTS, { currency, amount })).status).toBe(status);
		});
	});

	it('a key that Stripe does not know is a 401', async () => {
		const { status } = await ask('/v1/account', {}, { method: 'GET', secretKey: 'sk_test_invalid' });
		expect(status).toBe(401);
	});

	it('the node charges an order once, and its repeat is answered by the ledger', async () => {
		const place = new LedgerFolder();
		const order = randomUUID();
		const run = async () => {
			const node = { type: STRIPE_NODE, parameters: { ...CHARGE, ledgerFile: place.file } };
			const { url: baseUrl, secretKey } = account();
			const { items } = await runNode(node, {
				nodeTypes: { [STRIPE_NODE]: new StripeIdempotent() },
				credentials: { stripeIdempotentApi: { secretKey, baseUrl } },
				items: [{ order }],
			});
			return items[0]?.[0]?.json;
		};
		try {
			const first = await run();
			expect(first).toMatchObject({ status: 'succeeded', idempotency: { replayed: false, sends: 1 } });
			expect(await run()).toMatchObject({
				id: first?.id,
				idempotency: { replayed: true, source: 'ledger', sends: 1 },
			});
		} finally {
			await place.remove();
		}
	});
}
