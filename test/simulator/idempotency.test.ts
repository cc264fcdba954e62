import { PAYMENT, send, stripeAt } from './client';
import { StripeSimulator, type SimulatorPoint } from './simulator';

const INTENTS = '/v1/payment_intents';
const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 24, 12);

let simulator: StripeSimulator;
beforeEach(async () => {
	// Time does not pass unless a test moves it.
	simulator = await StripeSimulator.start({ clock: { now: () => NOW } });
});
afterEach(() => simulator.stop());

describe('a key with a response', () => {
	it('returns the first response again, and marks it in the headers', async () => {
		const first = await send(simulator, INTENTS, PAYMENT, { key: 'order-1' });
		const again = await send(simulator, INTENTS, PAYMENT, { key: 'order-1' });

		expect(again.status).toBe(200);
		expect(again.body).toEqual(first.body);
		expect(again.headers.get('idempotent-replayed')).toBe('true');
		expect(again.headers.get('idempotency-key')).toBe('order-1');
		expect(again.headers.get('original-request')).toBe(first.headers.get('request-id'));
		expect(again.headers.get('request-id')).not.toBe(first.headers.get('request-id'));
		expect(first.headers.get('original-request')).toBe(first.headers.get('request-id'));
		expect(first.headers.get('idempotent-replayed')).toBeNull();
		expect(simulator.report().moved).toEqual({ usd: 500 });
		expect(simulator.requests.map((request) => request.replayed)).toEqual([false, true]);
	});

	it('ignores the order of parameters', async () => {
		await send(simulator, INTENTS, { ...PAYMENT, 'metadata[a]': '1', 'metadata[b]': '2' }, { key: 'k' });
		const again = await send(
			simulator,
			INTENTS,
			{ 'metadata[b]': '2', 'metadata[a]': '1', ...PAYMENT },
			{ key: 'k' },
		);
		expect(again.headers.get('idempotent-replayed')).toBe('true');
	});

	it.each([
		['a different amount', INTENTS, { ...PAYMENT, amount: '501' }, 'same parameters'],
		['other metadata', INTENTS, { ...PAYMENT, 'metadata[at]': 'noon' }, 'same parameters'],
		['an expand', INTENTS, { ...PAYMENT, 'expand[]': 'customer' }, 'same parameters'],
		['a different endpoint', '/v1/customers', {}, 'same endpoint'],
	])('refuses %s', async (_name, path, params, message) => {
		await send(simulator, INTENTS, PAYMENT, { key: 'order-1' });
		const other = await send(simulator, path, params, { key: 'order-1' });
		expect(other.status).toBe(400);
		expect(other.body.error).toMatchObject({ type: 'idempotency_error' });
		expect(other.body.error?.message).toContain(message);
	});

	it('makes the SDK throw its idempotency error', async () => {
		const stripe = stripeAt(simulator);
		await stripe.customers.create({ name: 'A' }, { idempotencyKey: 'k' });
		await expect(stripe.customers.create({ name: 'B' }, { idempotencyKey: 'k' })).rejects.toMatchObject({
			type: 'StripeIdempotencyError',
		});
	});

	it('is forgotten after 24 hours: then the same key charges again', async () => {
		await send(simulator, INTENTS, PAYMENT, { key: 'order-1' });
		simulator.advance(24 * HOUR - 1000);
		const before = await send(simulator, INTENTS, PAYMENT, { key: 'order-1' });
		expect(before.headers.get('idempotent-replayed')).toBe('true');

		simulator.advance(1000);
		const after = await send(simulator, INTENTS, PAYMENT, { key: 'order-1' });
		expect(after.headers.get('idempotent-replayed')).toBeNull();
		expect(simulator.report().charges).toHaveLength(2);
	});
});

describe('what a key stores', () => {
	it('stores a decline', async () => {
		const broke = { ...PAYMENT, payment_method: 'pm_card_chargeDeclinedInsufficientFunds' };
		const first = await send(simulator, INTENTS, broke, { key: 'k' });
		const again = await send(simulator, INTENTS, broke, { key: 'k' });
		expect(first.status).toBe(402);
		expect(again.body).toEqual(first.body);
		expect(again.headers.get('idempotent-replayed')).toBe('true');
	});

	it('stores a refusal caused by the state of an object', async () => {
		const { body: intent } = await send(simulator, INTENTS, { amount: '500', currency: 'usd' });
		const path = `${INTENTS}/${String(intent.id)}/capture`;
		const first = await send(simulator, path, {}, { key: 'k' });
		const again = await send(simulator, path, {}, { key: 'k' });
		expect(first.body.error).toMatchObject({ code: 'payment_intent_unexpected_state' });
		expect(again.headers.get('idempotent-replayed')).toBe('true');
	});

	it.each([
		['a missing parameter', INTENTS, { amount: '500' }, 400, 'parameter_missing'],
		['an unknown parameter', INTENTS, { ...PAYMENT, colour: 'red' }, 400, 'parameter_unknown'],
		[
			'an amount that is not an integer',
			INTENTS,
			{ ...PAYMENT, amount: '19.99' },
			400,
			'parameter_invalid_integer',
		],
		['an amount of nothing', INTENTS, { ...PAYMENT, amount: '0' }, 400, 'parameter_invalid_integer'],
		['an amount that is empty', INTENTS, { ...PAYMENT, amount: '' }, 400, 'parameter_invalid_empty'],
		['an amount too large', INTENTS, { ...PAYMENT, amount: '100000000' }, 400, 'amount_too_large'],
		['a currency there is not', INTENTS, { ...PAYMENT, currency: 'xyz' }, 400, undefined],
		['an object there is not', `${INTENTS}/pi_nowhere/confirm`, {}, 404, 'resource_missing'],
	])('does not store %s', async (_name, path, params, status, code) => {
		const first = await send(simulator, path, params, { key: 'k' });
		const again = await send(simulator, path, params, { key: 'k' });
		expect([first.status, first.body.error?.code]).toEqual([status, code]);
		expect(again.headers.get('idempotent-replayed')).toBeNull();
		const corrected = await send(simulator, INTENTS, PAYMENT, { key: 'k' });
		expect(corrected.status).toBe(200);
	});

	it('does not store a refused secret key', async () => {
		const refused = await send(simulator, INTENTS, PAYMENT, { key: 'k', secretKey: 'sk_test_invalid' });
		const repaired = await send(simulator, INTENTS, PAYMENT, { key: 'k' });
		expect([refused.status, repaired.status]).toEqual([401, 200]);
	});

	it('refuses a key of more than 255 characters', async () => {
		const long = await send(simulator, INTENTS, PAYMENT, { key: 'k'.repeat(256) });
		const fits = await send(simulator, INTENTS, PAYMENT, { key: 'k'.repeat(255) });
		expect([long.status, fits.status]).toEqual([400, 200]);
	});

	it('ignores the key of a GET and of a DELETE', async () => {
		const { body: customer } = await send(simulator, '/v1/customers');
		const path = `/v1/customers/${String(customer.id)}`;
		await send(simulator, path, {}, { key: 'k', method: 'GET' });
		const gone = await send(simulator, path, {}, { key: 'k', method: 'DELETE' });
		const again = await send(simulator, path, {}, { key: 'k', method: 'DELETE' });
		expect([gone.body.deleted, again.status]).toEqual([true, 404]);
	});
});

describe('a key in use', () => {
	it('answers 409 while the first request is still running, then replays it', async () => {
		const { held, open } = hold(simulator, 'executing');
		const first = send(simulator, INTENTS, PAYMENT, { key: 'k' });
		await held;

		const second = await send(simulator, INTENTS, PAYMENT, { key: 'k' });
		expect(second.status).toBe(409);
		expect(second.body.error).toMatchObject({ code: 'idempotency_key_in_use' });
		expect(second.headers.get('stripe-should-retry')).toBe('true');

		open();
		expect((await first).status).toBe(200);
		const third = await send(simulator, INTENTS, PAYMENT, { key: 'k' });
		expect(third.headers.get('idempotent-replayed')).toBe('true');
		expect(simulator.report().charges).toHaveLength(1);
	});

	it('completes the request of a client that disconnected', async () => {
		const { held, open } = hold(simulator, 'executing');
		const leaving = new AbortController();
		const lost = send(simulator, INTENTS, PAYMENT, { key: 'k', signal: leaving.signal });
		await held;
		leaving.abort();
		await expect(lost).rejects.toThrow();
		open();
		const again = await untilSettled(() => send(simulator, INTENTS, PAYMENT, { key: 'k' }));
		expect(again.headers.get('idempotent-replayed')).toBe('true');
	});
});

describe('modes and accounts', () => {
	it('keeps test and live apart', async () => {
		await send(simulator, INTENTS, PAYMENT, { key: 'k', secretKey: 'sk_test_a' });
		const live = await send(simulator, INTENTS, PAYMENT, { key: 'k', secretKey: 'sk_live_a' });
		expect(live.headers.get('idempotent-replayed')).toBeNull();
		expect(live.body.livemode).toBe(true);
		expect(simulator.ledgerOf('acct_simulator', 'live').charges).toHaveLength(1);
		expect(simulator.ledgerOf().charges).toHaveLength(1);
	});

	it('accepts a rolled secret key for the same account', async () => {
		await send(simulator, INTENTS, PAYMENT, { key: 'k', secretKey: 'sk_test_old' });
		const rolled = await send(simulator, INTENTS, PAYMENT, { key: 'k', secretKey: 'rk_test_new' });
		expect(rolled.headers.get('idempotent-replayed')).toBe('true');
	});

	it('keeps a connected account apart from its platform', async () => {
		const connected = { key: 'k', headers: { 'Stripe-Account': 'acct_connected' } };
		await send(simulator, INTENTS, PAYMENT, { key: 'k' });
		const { body, headers } = await send(simulator, INTENTS, PAYMENT, connected);
		expect(headers.get('idempotent-replayed')).toBeNull();
		const own = { method: 'GET' };
		const unseen = await send(simulator, `${INTENTS}/${String(body.id)}`, {}, own);
		expect(unseen.body.error).toMatchObject({ code: 'resource_missing' });
		expect(simulator.ledgerOf('acct_connected').moved).toEqual({ usd: 500 });
		expect(simulator.requests[1]).toMatchObject({
			account: 'acct_simulator',
			stripeAccount: 'acct_connected',
		});
	});

	it('keeps two accounts apart, and accepts only their keys', async () => {
		const two = await StripeSimulator.start({ accounts: { sk_test_a: 'acct_a', sk_test_b: 'acct_b' } });
		try {
			for (const secretKey of ['sk_test_a', 'sk_test_b']) {
				await send(two, INTENTS, PAYMENT, { key: 'k', secretKey });
			}
			const other = await send(two, INTENTS, PAYMENT, { key: 'k', secretKey: 'sk_test_c' });
			const account = await send(two, '/v1/account', {}, { secretKey: 'sk_test_b', method: 'GET' });
			expect(two.ledgerOf('acct_a').charges).toHaveLength(1);
			expect(two.ledgerOf('acct_b').charges).toHaveLength(1);
			expect(other.status).toBe(401);
			expect(account.body.id).toBe('acct_b');
		} finally {
			await two.stop();
		}
	});
});

/** Stops the first request that reaches the point until `open` is called. */
function hold(at: StripeSimulator, name: SimulatorPoint['name']): { held: Promise<void>; open: () => void } {
	let open = (): void => undefined;
	const gate = new Promise<void>((resolve) => (open = resolve));
	const held = new Promise<void>((resolve) => {
		const release = at.onPoint(async (point) => {
			if (point.name !== name) return;
			release();
			resolve();
			await gate;
		});
	});
	return { held, open };
}

async function untilSettled<T extends { status: number }>(ask: () => Promise<T>): Promise<T> {
	for (;;) {
		const answer = await ask();
		if (answer.status !== 409) return answer;
	}
}
