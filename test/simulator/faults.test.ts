import { setTimeout as pause } from 'node:timers/promises';

import { PAID, PAYMENT, send, stripeAt, type PlainAnswer } from './client';
import { StripeSimulator, type Fault, type FaultKind, type SimulatorPoint } from './simulator';

const INTENTS = '/v1/payment_intents';
const NOW = Date.UTC(2026, 10, 24, 12);
/** ms to wait for an answer that must not arrive. */
const A_WHILE = 80;
const HOUR_MS = 3_600_000;

let simulator: StripeSimulator;
beforeEach(async () => {
	// Time does not pass unless a test moves it.
	simulator = await StripeSimulator.start({ clock: { now: () => NOW } });
});
afterEach(() => simulator.stop());

/** Returns what a client sees: a status, or that it got no complete answer. */
async function attempt(key = 'k', signal?: AbortSignal): Promise<PlainAnswer | 'lost'> {
	try {
		return await send(simulator, INTENTS, PAYMENT, { key, signal });
	} catch {
		return 'lost';
	}
}

async function answered(key = 'k'): Promise<PlainAnswer> {
	const answer = await attempt(key);
	if (answer === 'lost') throw new Error('no answer came');
	return answer;
}

const charges = () => simulator.report().charges.length;

/** Resolves when the next request reaches this point. */
function reached(point: SimulatorPoint['name']): Promise<void> {
	return new Promise((resolve) => {
		simulator.onPoint(({ name }) => {
			if (name === point) resolve();
		});
	});
}

/** Resolves when the request has reached this point and no answer has arrived for a while. */
async function heldAt(point: SimulatorPoint['name']): Promise<void> {
	const [leaving, there] = [new AbortController(), reached(point)];
	const held = attempt('k', leaving.signal);
	await there;
	expect(await Promise.race([held, pause(A_WHILE, 'held')])).toBe('held');
	leaving.abort();
	expect(await held).toBe('lost');
}

describe('refusals before anything is executed, which the key does not remember', () => {
	it.each<[FaultKind, number, string | undefined, 'true' | 'false' | null]>([
		['error500NotStored', 500, undefined, 'true'],
		['error503', 503, undefined, 'true'],
		['error424', 424, undefined, null],
		['conflict409', 409, 'idempotency_key_in_use', 'true'],
		['rateLimit429', 429, 'rate_limit', null],
		['lockTimeout429', 429, 'lock_timeout', 'true'],
		['unauthorized401', 401, undefined, 'false'],
		['forbidden403', 403, undefined, 'false'],
		['missing404', 404, 'resource_missing', 'false'],
	])('%s', async (kind, status, code, shouldRetry) => {
		simulator.inject({ kind });
		const first = await answered();
		expect([first.status, first.body.error?.code]).toEqual([status, code]);
		expect(first.headers.get('stripe-should-retry')).toBe(shouldRetry);
		expect(charges()).toBe(0);

		const again = await answered();
		expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, null]);
		expect(charges()).toBe(1);
	});

	it('rateLimit429 names the limit that was reached', async () => {
		simulator.inject({ kind: 'rateLimit429' });
		expect((await answered()).headers.get('stripe-rate-limited-reason')).toBe('global-rate');
	});
});

describe('a 500 from inside the endpoint, which the key remembers', () => {
	it.each<[FaultKind, number]>([
		['error500Before', 0],
		['error500After', 1],
	])('%s leaves %d charges, and every repeat returns the same 500', async (kind, expected) => {
		simulator.inject({ kind });
		const first = await answered();
		const again = await answered();
		expect([first.status, again.status]).toEqual([500, 500]);
		expect(first.headers.get('stripe-should-retry')).toBe('false');
		expect(again.headers.get('stripe-should-retry')).toBe('false');
		expect(again.headers.get('idempotent-replayed')).toBe('true');
		expect(charges()).toBe(expected);
	});

	it('rollForward executes later, with an event, while the stored 500 is kept', async () => {
		simulator.inject({ kind: 'rollForward', delayMs: 5000 });
		expect((await answered()).status).toBe(500);
		expect(charges()).toBe(0);

		simulator.advance(5000);
		expect(charges()).toBe(1);
		expect((await answered()).status).toBe(500);
		const [event] = (await stripeAt(simulator).events.list({ type: 'payment_intent.succeeded' })).data;
		expect(event?.request?.idempotency_key).toBe('k');
	});

	it("rollForward as Stripe's own doing: its events name no key", async () => {
		simulator.inject({ kind: 'rollForward', delayMs: 5000, byStripe: true });
		await answered();
		simulator.advance(5000);
		const { data } = await stripeAt(simulator).events.list();
		expect(data.length).toBeGreaterThan(0);
		expect(data.map(({ request }) => request)).toEqual(
			data.map(() => ({ id: null, idempotency_key: null })),
		);
	});

	it('a repeat does not consume a fault that waits inside the endpoint', async () => {
		await answered('k');
		simulator.inject({ kind: 'error500After' });
		expect((await answered('k')).status).toBe(200);
		expect((await answered('other')).status).toBe(500);
	});
});

describe('lost responses', () => {
	it.each<FaultKind>(['resetBefore'])('%s: nothing was executed', async (kind) => {
		simulator.inject({ kind });
		expect(await attempt()).toBe('lost');
		expect(charges()).toBe(0);
		expect((await answered()).headers.get('idempotent-replayed')).toBeNull();
	});

	it.each<FaultKind>(['resetAfter', 'cutBody', 'html'])(
		'%s: charged, and a repeat returns it',
		async (kind) => {
			simulator.inject({ kind });
			expect(await attempt()).toBe('lost');
			expect(charges()).toBe(1);
			expect((await answered()).headers.get('idempotent-replayed')).toBe('true');
			expect(charges()).toBe(1);
		},
	);

	it('timeoutBefore holds the client and executes nothing', async () => {
		simulator.inject({ kind: 'timeoutBefore' });
		await heldAt('received');
		expect(charges()).toBe(0);
		expect((await answered()).headers.get('idempotent-replayed')).toBeNull();
	});

	it('timeoutAfter holds the client, but has charged', async () => {
		simulator.inject({ kind: 'timeoutAfter' });
		await heldAt('executed');
		expect(charges()).toBe(1);
		expect((await answered()).headers.get('idempotent-replayed')).toBe('true');
	});

	it("a response has the time of the simulator's clock, even one made by a fault", async () => {
		simulator.advance(HOUR_MS);
		simulator.inject({ kind: 'error503' });
		const dates = [await answered(), await answered()].map(({ headers }) => headers.get('date'));
		expect(dates).toEqual(Array(2).fill(new Date(NOW + HOUR_MS).toUTCString()));
	});

	it('html502 is a page of a proxy; Stripe never saw the request', async () => {
		simulator.inject({ kind: 'html502' });
		expect(await attempt()).toBe('lost');
		expect(simulator.requests[0]).toMatchObject({ status: 502, fault: 'html502' });
		expect(charges()).toBe(0);
	});

	it('stop() ends a connection that a fault holds', async () => {
		simulator.inject({ kind: 'timeoutBefore' });
		const received = reached('received');
		const held = attempt();
		await received;
		await simulator.stop();
		expect(await held).toBe('lost');
	});

	it.each<[FaultKind, string]>([
		['cutBody', 'StripeConnectionError'],
		['html', 'StripeAPIError'],
		['timeoutAfter', 'StripeConnectionError'],
	])('the SDK reports %s as a %s', async (kind, type) => {
		simulator.inject({ kind });
		const stripe = stripeAt(simulator, 'sk_test_shop', kind === 'timeoutAfter' ? { timeout: 300 } : {});
		await expect(stripe.customers.create({}, { idempotencyKey: 'k' })).rejects.toMatchObject({ type });
	});

	it('the SDK repeats a reset by itself, with the same key', async () => {
		simulator.inject({ kind: 'resetAfter' });
		const stripe = stripeAt(simulator);
		await stripe.paymentIntents.create(PAID, { idempotencyKey: 'k' });
		expect(simulator.sends({ key: 'k' }).map(({ replayed }) => replayed)).toEqual([false, true]);
		expect(charges()).toBe(1);
	});
});

describe('delay and decline', () => {
	it('delay: the response comes late', async () => {
		simulator.inject({ kind: 'delay', delayMs: 100 });
		const start = performance.now();
		expect((await answered()).status).toBe(200);
		expect(performance.now() - start).toBeGreaterThanOrEqual(95);
	});

	it('delay: the key is in use in the meantime', async () => {
		simulator.inject({ kind: 'delay', delayMs: 600_000 });
		const received = reached('received');
		const slow = attempt();
		await received;
		expect((await answered()).status).toBe(409);
		await simulator.stop();
		expect(await slow).toBe('lost');
	});

	it('decline: the bank refuses, the key remembers, a new key is paid', async () => {
		simulator.inject({ kind: 'decline' });
		const first = await answered();
		expect(first.status).toBe(402);
		expect(first.body.error).toMatchObject({
			code: 'card_declined',
			decline_code: 'insufficient_funds',
			payment_intent: { status: 'requires_payment_method' },
		});
		expect((await answered()).status).toBe(402);
		expect((await answered('k_2')).status).toBe(200);
	});

	it('decline of a request without money executes nothing', async () => {
		simulator.inject({ kind: 'decline' });
		const declined = await send(simulator, '/v1/customers', {}, { key: 'k' });
		expect(declined.status).toBe(402);
		expect((await stripeAt(simulator).customers.list()).data).toEqual([]);
	});
});

describe('which request a fault meets', () => {
	it.each<[string, Fault['match'], Array<[string, string]>]>([
		['the nth that matches', { nth: 3 }, [['c', '3']]],
		['the path as a pattern', { path: /intents$/ }, [['a', '1']]],
		['metadata', { metadata: { order: '2' } }, [['b', '2']]],
		['the key', { key: 'c' }, [['c', '3']]],
		['no request at a different path', { path: '/v1/refunds' }, []],
	])('%s', async (_name, match, met) => {
		simulator.inject({ kind: 'error503', match });
		for (const [key, order] of Object.entries({ a: '1', b: '2', c: '3' })) {
			await send(simulator, INTENTS, { ...PAYMENT, 'metadata[order]': order }, { key });
		}
		const failed = simulator.requests.filter(({ status }) => status === 503);
		expect(failed.map(({ key, params }) => [key, (params.metadata as { order: string }).order])).toEqual(
			met,
		);
	});

	it('a customer', async () => {
		const { body } = await send(simulator, '/v1/customers');
		const customer = String(body.id);
		simulator.inject({ kind: 'error503', match: { customer } });
		expect((await answered()).status).toBe(200);
		expect((await send(simulator, INTENTS, { amount: '1', currency: 'usd', customer })).status).toBe(503);
	});

	it('not a read in between, unless the fault includes reads', async () => {
		simulator.inject({ kind: 'error503' });
		simulator.inject({ kind: 'error424', match: { method: 'GET' } });
		expect((await send(simulator, '/v1/account', {}, { method: 'GET' })).status).toBe(424);
		expect((await answered()).status).toBe(503);
	});

	it('as often as its times, in the order of the queue', async () => {
		simulator.inject({ kind: 'error503', times: 2 });
		simulator.inject({ kind: 'rateLimit429' });
		const statuses: number[] = [];
		for (let count = 0; count < 4; count += 1) statuses.push((await answered()).status);
		expect(statuses).toEqual([503, 503, 429, 200]);
	});

	it('always, with times Infinity, until the faults are cleared', async () => {
		simulator.inject({ kind: 'error503', times: Infinity });
		for (let count = 0; count < 5; count += 1) expect((await answered()).status).toBe(503);
		simulator.clearFaults();
		expect((await answered()).status).toBe(200);
	});

	it('shouldRetry forces the header', async () => {
		simulator.inject({ kind: 'error503', shouldRetry: false });
		simulator.inject({ kind: 'delay', shouldRetry: true });
		expect((await answered()).headers.get('stripe-should-retry')).toBe('false');
		expect((await answered()).headers.get('stripe-should-retry')).toBe('true');
	});

	it('refuses an unknown kind', () => {
		expect(() => simulator.inject({ kind: 'gremlin' as FaultKind })).toThrow(RangeError);
	});
});
