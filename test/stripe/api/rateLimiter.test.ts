import type { TimeSource } from '../../../ledger/clock';
import type { Outcome } from '../../../ledger/model/entry';
import type { TurnRequest } from '../../../stripe/api/rateLimiter';
import { RateLimiter, RunPace } from '../../../stripe/api/rateLimiter';
import { FakeClock, START_TIME } from '../../ledger/fakeClock';
import { Limiters } from '../../simulator/limiters';

const CHARGE = { method: 'POST', path: '/v1/payment_intents' };
const CREATE = `${CHARGE.method} ${CHARGE.path}`;
const REFUND = 'POST /v1/refunds';
const SECOND_MS = 1_000;

const limited = (rateLimitedReason?: string): Outcome => ({ kind: 'rate_limited', rateLimitedReason });

/** A limiter in virtual time, and what was sent through it. */
function start(mode: 'test' | 'live' = 'test', moves: 'jumps' | 'stands' = 'jumps') {
	const time = new FakeClock(START_TIME, moves);
	const limiter = new RateLimiter(mode, time);
	const since = () => time.now() - START_TIME;
	const ask = (more: Partial<TurnRequest> = {}) =>
		limiter.acquire({ endpoint: CREATE, run: RunPace.automatic(), isUrgent: false, ...more });
	/** Takes a turn, and ends it at once. @returns when it came, in ms */
	const take = async (more: Partial<TurnRequest> = {}, outcome?: Outcome) => {
		const turn = await ask(more);
		const at = since();
		turn?.end(outcome);
		return at;
	};
	/** So many, `wide` of them at once. @returns when each came */
	const takeMany = async (count: number, more: Partial<TurnRequest> = {}, wide = 50) => {
		const run = RunPace.automatic();
		const came: number[] = [];
		const rest = Array(count).keys();
		const worker = async () => {
			while (!rest.next().done) came.push(await take({ run, ...more }));
		};
		await Promise.all(Array.from({ length: wide }, worker));
		return came;
	};
	return { time, limiter, since, ask, take, takeMany };
}

const fromClock = (time: FakeClock): TimeSource => ({
	now: () => time.now(),
	monotonic: () => time.monotonic(),
	sleep: (ms, signal) => time.sleep(ms, signal),
	random: () => time.random(),
});

/** The most that came within any second. */
function mostPerSecond(came: readonly number[]): number {
	return Math.max(...came.map((from) => came.filter((at) => at >= from && at < from + SECOND_MS).length));
}

describe('the rate limit', () => {
	it("starts at Stripe's published limit of an endpoint, with a small burst", async () => {
		const came = await start().takeMany(125);
		expect(Math.max(...came)).toBeGreaterThan(4_800);
		expect(Math.max(...came)).toBeLessThan(5_000);
		expect(mostPerSecond(came)).toBeLessThanOrEqual(28);
	});

	it('is shared by all endpoints: 25 a second in a sandbox, 100 in live mode', async () => {
		for (const [mode, perSecond] of [
			['test', 25],
			['live', 100],
		] as const) {
			const { takeMany } = start(mode);
			const endpoints = Array.from({ length: 8 }, (_, n) => `POST /v1/things_${'abcdefgh'[n]}`);
			const came = await Promise.all(endpoints.map((endpoint) => takeMany(25, { endpoint }, 5)));
			expect(Math.max(...came.flat()) / SECOND_MS).toBeCloseTo(200 / perSecond, 0);
		}
	});

	it('knows the endpoints with limits of their own', async () => {
		const { takeMany } = start('live');
		expect(Math.max(...(await takeMany(60, { endpoint: 'POST /v1/payouts' })))).toBeGreaterThan(3_800);
	});

	it.each([
		['endpoint-rate', 80, 40],
		['global-rate', 80, 80],
		['resource-specific', 40, 40],
		[undefined, 80, 40],
		['something-new', 80, 40],
	])('is halved when Stripe limits it: %s', async (reason, here, elsewhere) => {
		for (const [endpoint, interval] of [
			[CREATE, here],
			[REFUND, elsewhere],
		] as const) {
			const { take, time } = start();
			await take({}, limited(reason));
			time.advance(200);
			const came = [];
			for (let n = 0; n < 8; n++) came.push(await take({ endpoint }));
			expect(Math.abs((came[7] ?? 0) - (came[6] ?? 0) - interval)).toBeLessThan(5);
		}
	});

	it('is halved once for all requests in flight, and the run continues however often Stripe refuses', async () => {
		const { ask, take, time } = start();
		const turns = [await ask(), await ask(), await ask()];
		for (const turn of turns) turn?.end(limited('endpoint-rate'));
		const [first, second] = [await take(), await take()];
		expect(Math.round((second - first) / 10)).toBe(8);
		for (let n = 0; n < 20; n++) {
			await take({}, limited('endpoint-rate'));
			time.advance(900);
		}
		const [third, fourth] = [await take(), await take()];
		expect(fourth - third).toBeGreaterThan(150);
		expect(fourth - third).toBeLessThanOrEqual(1_000);
	});

	it('recovers within ten seconds, not at once', async () => {
		const { take, takeMany, time } = start();
		await take({}, limited('endpoint-rate'));
		const slow = await takeMany(40, {}, 5);
		expect((slow.at(-1) ?? 0) - (slow[0] ?? 0)).toBeGreaterThan(2_500);
		time.advance(10_000);
		const quick = await takeMany(40, {}, 5);
		expect((quick.at(-1) ?? 0) - (quick[0] ?? 0)).toBeLessThan(1_600);
	});
});

describe('1,000 charges of a second each, 50 concurrently', () => {
	/** @param holds whether something else holds up the process: for 300 ms in every two seconds nobody is woken */
	const chargeAll = async (holds: boolean) => {
		const time = new FakeClock();
		const wake = (ms: number) => {
			const intoHold = (time.now() - START_TIME + ms) % 2_000;
			return holds && intoHold < 300 ? ms + 300 - intoHold : ms;
		};
		const held = { ...fromClock(time), sleep: (ms: number) => time.sleep(wake(ms)) };
		const limiter = new RateLimiter('test', held);
		const run = RunPace.automatic();
		const stripe = new Limiters({ endpointPerSecond: 25 }, time);
		const sentAt: number[] = [];
		const rest = Array(1_000).keys();
		const worker = async () => {
			while (!rest.next().done) {
				const turn = await limiter.acquire({ endpoint: CREATE, run, isUrgent: false });
				// Throws where Stripe would refuse it.
				stripe.enter({ ...CHARGE, mode: 'test', params: {} }, 'acct_1');
				sentAt.push(time.now() - START_TIME);
				await held.sleep(SECOND_MS);
				turn?.end({ kind: 'succeeded' });
			}
		};
		await Promise.all(Array.from({ length: 50 }, worker));
		return { tookMs: time.now() - START_TIME, mostPerSecond: mostPerSecond(sentAt) };
	};

	it('take the 40 seconds that 25 a second allow, plus the last one’s second: Stripe refuses none', async () => {
		const { tookMs, mostPerSecond } = await chargeAll(false);
		expect(tookMs).toBeLessThanOrEqual(41_000);
		expect(mostPerSecond).toBeLessThanOrEqual(28);
	});

	it('take little longer if the process is blocked repeatedly, and Stripe refuses none', async () => {
		const { tookMs, mostPerSecond } = await chargeAll(true);
		expect(tookMs).toBeLessThanOrEqual(42_000);
		expect(mostPerSecond).toBeLessThanOrEqual(31);
	});
});

describe('concurrency', () => {
	it('is 50, and less if Stripe refuses that', async () => {
		const { ask, time } = start('live');
		const run = RunPace.fixed();
		const turns = await Promise.all(Array.from({ length: 50 }, () => ask({ run })));
		let next: number | undefined;
		void ask({ run }).then((turn) => {
			next = time.now();
			turn?.end();
		});
		await new Promise(setImmediate);
		expect(next).toBeUndefined();
		turns[0]?.end(limited('global-concurrency'));
		for (const turn of turns.slice(1, 25)) turn?.end();
		await new Promise(setImmediate);
		expect(next).toBeUndefined();
		for (const turn of turns.slice(25)) turn?.end();
		await new Promise(setImmediate);
		expect(next).toBeDefined();
	});
});

describe('the order of turns', () => {
	it('one order beside a run of 10,000 waits for one turn, not for the run', async () => {
		const { ask, time, since } = start('test', 'stands');
		const large = RunPace.automatic();
		const held: number[] = [];
		const next = async () => {
			for (;;) {
				const turn = await ask({ run: large });
				held.push(since());
				turn?.end();
			}
		};
		for (let n = 0; n < 50; n++) void next();
		const tick = async () => {
			time.advance(10);
			await new Promise(setImmediate);
		};
		for (let n = 0; n < 100; n++) await tick();
		const began = since();
		let came: number | undefined;
		void ask().then((turn) => {
			came = since();
			turn?.end();
		});
		for (let n = 0; n < 10; n++) await tick();
		expect((came ?? Infinity) - began).toBeLessThanOrEqual(50);
		expect(held.length).toBeGreaterThan(20);
	});

	it('runs of any size take turns', async () => {
		const { ask } = start();
		const order: string[] = [];
		const runs = { a: RunPace.automatic(), b: RunPace.automatic() };
		const take = (name: 'a' | 'b') =>
			ask({ run: runs[name] }).then((turn) => {
				order.push(name);
				turn?.end();
			});
		const takenBy = [...Array<'a'>(10).fill('a'), ...Array<'b'>(3).fill('b')];
		await Promise.all(takenBy.map(take));
		expect(order.join('')).toMatch(/^a+bababa+$/);
	});

	it('claimed and retried requests go before new ones', async () => {
		const { ask } = start();
		const order: string[] = [];
		const take = (name: string, isUrgent: boolean) =>
			ask({ isUrgent }).then((turn) => {
				order.push(name);
				turn?.end();
			});
		const first = [1, 2, 3, 4, 5].map((n) => take(`first ${n}`, false));
		await Promise.all([...first, take('repeat', true)]);
		expect(order.indexOf('repeat')).toBe(3);
	});

	it('a slow endpoint does not block another', async () => {
		const { take, since } = start('live');
		await take({}, limited('endpoint-rate'));
		const waiting = [take(), take()];
		expect(await take({ endpoint: REFUND })).toBe(since());
		expect(await take({ endpoint: REFUND })).toBeLessThan(80);
		await Promise.all(waiting);
	});
});

describe('a turn', () => {
	it('of a stopped run is not granted', async () => {
		const { ask, time } = start('test', 'stands');
		expect(await ask({ signal: AbortSignal.abort() })).toBeUndefined();
		for (let n = 0; n < 3; n++) (await ask())?.end();
		const stop = new AbortController();
		const waiting = ask({ signal: stop.signal });
		stop.abort();
		expect(await waiting).toBeUndefined();
		expect(time.now()).toBe(START_TIME);
	});

	it('that would come too late is not awaited', async () => {
		const { ask, time, since } = start('test', 'stands');
		for (let n = 0; n < 3; n++) (await ask())?.end();
		const waiting = Array.from({ length: 10 }, () => ask({ isUrgent: true }));
		// Ten before it need 400 ms, whatever comes.
		expect(await ask({ isUrgent: true, patienceMs: 390 })).toBeUndefined();
		expect(since()).toBe(0);
		const patient = ask({ patienceMs: 410 });
		for (let n = 0; n < 5; n++) {
			// More urgent ones came, so that it is later than was to be seen.
			waiting.push(ask({ isUrgent: true }), ask({ isUrgent: true }));
			time.advance(100);
			await new Promise(setImmediate);
		}
		expect(await patient).toBeUndefined();
	});

	it('that was not used goes to the next request', async () => {
		const { ask, take } = start();
		for (let n = 0; n < 100; n++) (await ask())?.releaseUnused();
		expect(await take()).toBe(0);
	});
});

describe('a limit set by the user', () => {
	it("on concurrency overrides Stripe's published limit, until Stripe refuses", async () => {
		const { takeMany, take, since } = start();
		const run = RunPace.fixed();
		expect(Math.max(...(await takeMany(200, { run }, 10)))).toBe(0);
		await take({ run }, limited('endpoint-rate'));
		await takeMany(10, { run }, 10);
		expect(since()).toBeGreaterThan(600);
	});

	it('on requests per second applies to that run, and no other', async () => {
		const { takeMany } = start();
		const [slow, quick] = [RunPace.fixed(4), RunPace.automatic()];
		const [came, others] = await Promise.all([
			takeMany(9, { run: slow }, 3),
			takeMany(40, { run: quick }, 3),
		]);
		expect(came.at(-1)).toBeGreaterThanOrEqual(1_900);
		expect(others.at(-1)).toBeLessThan(1_700);
	});
});
