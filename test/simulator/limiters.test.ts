import { PAYMENT, send } from './client';
import type { Limits } from './limiters';
import { StripeSimulator } from './simulator';

const INTENTS = '/v1/payment_intents';

let now = Date.UTC(2026, 10, 24, 12);
let simulator: StripeSimulator | undefined;
afterEach(() => simulator?.stop());

/** @param refusals number of refusals until which executing requests stay in progress */
async function start(limits: Limits, refusals = 0): Promise<StripeSimulator> {
	simulator = await StripeSimulator.start({ clock: { now: () => now }, limits });
	let left = refusals;
	let release = () => {};
	const released = refusals === 0 ? Promise.resolve() : new Promise<void>((resolve) => (release = resolve));
	simulator.onPoint(async ({ name, request }) => {
		if (name === 'executing' && request.method === 'POST' && request.path !== '/v1/customers')
			await released;
		if (name === 'answered' && request.status === 429 && --left === 0) release();
	});
	return simulator;
}

/** Sends concurrent requests, and returns the reason of each 429, or its code, or else the status. */
async function tellAll(on: StripeSimulator, paths: string[], params: Record<string, string> = PAYMENT) {
	const answers = await Promise.all(
		paths.map((path, n) => send(on, path, params, { key: `${now} ${path} ${n}` })),
	);
	return answers.map(
		({ status, body, headers }) =>
			headers.get('stripe-rate-limited-reason') ?? (status === 429 ? body.error?.code : status),
	);
}

const count = (responses: unknown[], what: unknown) => responses.filter((one) => one === what).length;

it.each([
	[{ globalPerSecond: 3 }, 'global-rate'],
	[{ endpointPerSecond: 3 }, 'endpoint-rate'],
])(
	'%j refuses the fourth within a second with its reason, and accepts more later',
	async (limits, reason) => {
		const on = await start(limits);
		const responses = await tellAll(on, Array<string>(5).fill(INTENTS));
		expect([count(responses, 200), count(responses, reason)]).toEqual([3, 2]);
		now += 334;
		expect(count(await tellAll(on, [INTENTS, INTENTS]), 200)).toBe(1);
		expect(on.report().charges).toHaveLength(4);
	},
);

it('an endpoint’s limit is none of another endpoint', async () => {
	const on = await start({ endpointPerSecond: 1 });
	expect(await tellAll(on, [INTENTS], {})).not.toContain('endpoint-rate');
	expect(await tellAll(on, ['/v1/customers'], {})).toEqual([200]);
});

it.each([
	[{ globalConcurrency: 2 }, 'global-concurrency'],
	[{ endpointConcurrency: 2 }, 'endpoint-concurrency'],
])('%j refuses the third at once with its reason', async (limits, reason) => {
	const on = await start(limits, 2);
	const responses = await tellAll(on, Array<string>(4).fill(INTENTS));
	expect([count(responses, 200), count(responses, reason)]).toEqual([2, 2]);
	expect(await tellAll(on, [INTENTS])).toEqual([200]);
});

it('an object that is being changed is locked: no reason, the code reports it', async () => {
	const on = await start({ locksObjects: true }, 1);
	const { body } = await send(on, '/v1/customers', {}, { key: 'c' });
	const responses = await tellAll(on, Array<string>(2).fill(`/v1/customers/${String(body.id)}`), {
		description: 'changed',
	});
	expect(responses.toSorted()).toEqual([200, 'lock_timeout']);
});

it('without limits nothing is refused', async () => {
	const on = await start({});
	expect(count(await tellAll(on, Array<string>(40).fill(INTENTS)), 200)).toBe(40);
});
