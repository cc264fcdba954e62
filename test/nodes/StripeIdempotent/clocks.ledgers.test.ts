import type { INodeParameters } from 'n8n-workflow';

import { IdempotencyRegistry } from '../../../nodes/IdempotencyRegistry/IdempotencyRegistry.node.ts';
import { StripeIdempotent } from '../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { HostTime } from '../../ledger/fakeClock';
import { describeEveryLedger } from '../fixtures/everyLedger';
import { CHARGE, EMPTY_CARD, STRIPE_NODE } from '../fixtures/ordersFixture';
import { REGISTRY_NODE } from '../fixtures/registryFixture';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;
/** By how much a host's clock may be wrong. */
const OFFSETS = [4 * HOUR_MS, -4 * HOUR_MS, YEAR_MS, -YEAR_MS];
const CREATE = { method: 'POST', path: '/v1/payment_intents' };

let made = 0;
let order: string;
beforeEach(() => {
	order = `clock ${++made}`;
});

describeEveryLedger((registry) => {
	/** A process that has heard nothing of Stripe, on a host whose clock is wrong. */
	const host = (offMs = 0) => new HostTime(registry().time, offMs);
	const pay = (time: HostTime, more: INodeParameters = {}, item = {}) =>
		registry().one(
			{ ...CHARGE, ...more, options: { maxRetries: 0, ...(more.options as object) } },
			{ order, ...item },
			{ type: STRIPE_NODE, nodeTypes: { [STRIPE_NODE]: new StripeIdempotent(time) } },
		);
	const stripe = () => registry().fixture.stripe;
	const charges = () => stripe().report().charges.length;
	const keysSent = () =>
		stripe()
			.sends(CREATE)
			.map(({ key }) => key);
	const unreachable = (times: number) =>
		stripe().inject({ kind: 'resetBefore', times, match: { method: 'GET' } });
	/** How far from now a time lies that an item tells. */
	const ageOf = (logged: unknown) => Math.abs(registry().time.now() - Date.parse(String(logged)));

	it.each(OFFSETS)(
		'a charge whose response was lost on a host that is off by %d ms is made once when a host with the right time runs it 26 h later',
		async (offMs) => {
			stripe().inject({ kind: 'resetAfter', match: CREATE });
			await pay(host(offMs));
			registry().time.advance(26 * HOUR_MS);
			// Looked up: Stripe has forgotten the key by now.
			expect((await pay(host())).json).toMatchObject({
				status: 'succeeded',
				idempotency: { state: 'succeeded', sends: 1 },
			});
			expect(keysSent()).toHaveLength(1);
			expect(charges()).toBe(1);
		},
	);

	it.each(OFFSETS)(
		'a partial refund whose response was lost on a host that is off by %d ms is made once when a host with the right time runs it 80 h later',
		async (offMs) => {
			const { json } = await pay(host());
			const refund = {
				resource: 'refund',
				operation: 'create',
				paymentIntent: json.id,
				amount: 500,
				confirm: undefined,
				paymentMethod: undefined,
			} as unknown as INodeParameters;
			stripe().inject({ kind: 'resetAfter', match: { method: 'POST', path: '/v1/refunds' } });
			await pay(host(offMs), refund);
			registry().time.advance(80 * HOUR_MS);
			await pay(host(), refund);
			expect(stripe().report().refunds).toHaveLength(1);
		},
	);

	it.each(OFFSETS)('timestamps are right on a host that is off by %d ms', async (offMs) => {
		const { json } = await pay(host(offMs));
		expect(ageOf(json.idempotency.firstSentAt)).toBeLessThan(HOUR_MS / 6);
		expect(ageOf(json.idempotency.settledAt)).toBeLessThan(HOUR_MS / 6);
	});

	it("one claim of a host a year ahead deletes nothing: last month's payments are not repeated", async () => {
		await pay(host());
		registry().time.advance(60 * DAY_MS);
		for (const offMs of [YEAR_MS, -YEAR_MS, YEAR_MS])
			await pay(host(offMs), {}, { order: `${order} of ${offMs}` });
		const before = charges();
		expect((await pay(host())).json.idempotency).toMatchObject({ replayed: true });
		expect(charges()).toBe(before);
	});

	it("a process that cannot read Stripe's time writes nothing and sends nothing; later it pays once", async () => {
		unreachable(2);
		const { json, through } = await pay(host());
		expect([through, json.error]).toEqual([
			2,
			expect.objectContaining({ outcome: 'unreachable', retryable: true }),
		]);
		expect(json.error.message).toMatch(/time could not be read from Stripe/);
		expect(json.idempotency.state).toBeNull();
		expect(keysSent()).toEqual([]);
		expect((await pay(host())).json.idempotency).toMatchObject({ attempt: 1, sends: 1 });
		expect(charges()).toBe(1);
	});

	it("a request in doubt stays in doubt if Stripe's time cannot be read: nothing is released", async () => {
		stripe().inject({ kind: 'resetAfter', match: CREATE });
		const { json: unknown } = await pay(host());
		unreachable(2);
		expect((await pay(host())).json.error.outcome).toBe('unreachable');
		const { json } = await pay(host());
		expect(json.idempotency).toMatchObject({ key: unknown.idempotency.key, attempt: 1 });
		expect(new Set(keysSent()).size).toBe(1);
		expect(charges()).toBe(1);
	});

	it('existing outcomes are returned without a request, even if Stripe cannot be reached', async () => {
		await pay(host());
		await pay(host(), {}, { order: `${order} declined`, card: EMPTY_CARD });
		const requestCount = stripe().requests.length;
		const replayed = await pay(host());
		const declined = await pay(host(), {}, { order: `${order} declined`, card: EMPTY_CARD });
		const conflict = await pay(host(), {}, { amount: 2999 });
		expect(replayed.json.idempotency).toMatchObject({ replayed: true });
		expect([declined.json.error.outcome, conflict.json.error.outcome]).toEqual(['rejected', 'conflict']);
		expect(stripe().requests).toHaveLength(requestCount);
	});

	describe('if the clock is set in the pause of a send loop', () => {
		const options = { maxRetries: 1 };

		it.each([10_000, -10_000, YEAR_MS, -YEAR_MS])(
			"by %d ms, Stripe's time is read before the same key is sent again",
			async (ms) => {
				const time = host();
				time.atNextPause = () => time.set(ms);
				stripe().inject({ kind: 'resetAfter', match: CREATE });
				expect((await pay(time, { options })).json.idempotency).toMatchObject({ sends: 2 });
				expect(
					stripe()
						.requests.slice(-2)
						.map(({ method }) => method),
				).toEqual(['GET', 'POST']);
				expect(charges()).toBe(1);
			},
		);

		it("and Stripe's time cannot be read, nothing more is sent: the last send decides", async () => {
			const time = host();
			time.atNextPause = () => {
				time.set(YEAR_MS);
				unreachable(2);
			};
			stripe().inject({ kind: 'resetAfter', match: CREATE });
			const { json } = await pay(time, { options });
			expect(json.error.outcome).toBe('unknown');
			expect(json.idempotency).toMatchObject({ state: 'unknown', sends: 1 });
			expect(ageOf(json.idempotency.settledAt)).toBeLessThan(HOUR_MS / 6);
			registry().time.advance(26 * HOUR_MS);
			await pay(host());
			expect(charges()).toBe(1);
		});
	});

	describe('if the machine was suspended for 26 h, with its clocks, while a response was pending', () => {
		const paused = (time: HostTime) =>
			stripe().onPoint(({ name, request }) => {
				if (name !== 'executed' || request.method !== 'POST') return;
				time.pause(26 * HOUR_MS);
				registry().time.advance(26 * HOUR_MS);
			});

		it.each([0, 1, 2])('nothing is resent in the same run (%i repeats)', async (maxRetries) => {
			const time = host();
			const stop = paused(time);
			stripe().inject({ kind: 'resetAfter', match: CREATE });
			const { json } = await pay(time, { options: { maxRetries } });
			stop();
			expect(json.idempotency).toMatchObject({ state: 'unknown', sends: 1 });
			expect((await pay(time)).json.idempotency).toMatchObject({ state: 'succeeded' });
			expect(keysSent()).toHaveLength(1);
			expect(charges()).toBe(1);
		});
	});

	describe('if the machine was suspended for 26 h after a different response, with its clocks', () => {
		async function pauseInDoubt() {
			const time = host();
			stripe().inject({ kind: 'resetAfter', match: CREATE });
			const { json } = await pay(time);
			await pay(time, {}, { order: `${order} of another` });
			time.pause(26 * HOUR_MS);
			registry().time.advance(26 * HOUR_MS);
			return { time, entry: json.idempotency.entryId };
		}

		it('a request whose outcome is unknown is reconciled by the next run', async () => {
			const { time } = await pauseInDoubt();
			expect((await pay(time)).json.idempotency).toMatchObject({ state: 'succeeded', sends: 1 });
			expect(charges()).toBe(2);
		});

		it('a request whose outcome is unknown is not resent by Retry of the registry', async () => {
			const { time, entry } = await pauseInDoubt();
			await registry().one(
				{ resource: 'entry', operation: 'retry', findBy: 'entryId', entry },
				{},
				{ type: REGISTRY_NODE, nodeTypes: { [REGISTRY_NODE]: new IdempotencyRegistry(time) } },
			);
			expect(charges()).toBe(2);
		});
	});

	it('a repeat is left to the next run if the time cannot be read once', async () => {
		stripe().inject({ kind: 'resetAfter', match: CREATE });
		const time = host();
		time.atNextPause = () => unreachable(2);
		const { json } = await pay(time, { options: { maxRetries: 2 } });
		expect(json.idempotency).toMatchObject({ state: 'succeeded', sends: 2 });
		expect(charges()).toBe(1);
	});

	it.each(OFFSETS)(
		'a worker whose clock jumps by %d ms between claim and settle records the outcome with the right time',
		async (ms) => {
			const time = host();
			const stop = stripe().onPoint(({ name, request }) => {
				if (name === 'executed' && request.method === 'POST') time.set(ms);
			});
			stripe().inject({ kind: 'resetAfter', match: CREATE });
			const { json } = await pay(time);
			stop();
			expect(json.idempotency).toMatchObject({ state: 'unknown', sends: 1 });
			expect(ageOf(json.idempotency.settledAt)).toBeLessThan(HOUR_MS / 6);
			registry().time.advance(26 * HOUR_MS);
			await pay(host());
			expect(charges()).toBe(1);
		},
	);

	describe("if Stripe's time is earlier than the latest time in the ledger", () => {
		beforeEach(async () => {
			await pay(host(), {}, { order: `${order} before` });
			registry().time.advance(-2 * HOUR_MS);
		});

		it('two matching responses are believed, and a warning is reported', async () => {
			const result = await registry().run({ ...CHARGE }, [{ order }], {
				type: STRIPE_NODE,
				nodeTypes: { [STRIPE_NODE]: new StripeIdempotent(host()) },
			});
			expect(result.hints('Node').map(({ message }) => message)).toContainEqual(
				expect.stringMatching(/has recorded .*, but Stripe says twice/),
			);
			expect(charges()).toBe(2);
		});

		it('one response is not enough', async () => {
			stripe().inject({ kind: 'resetBefore', match: { method: 'GET', nth: 2 } });
			expect((await pay(host())).json.error.outcome).toBe('unreachable');
			expect(charges()).toBe(1);
		});
	});
});
