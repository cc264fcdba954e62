import type { OutcomeKind } from '../../../ledger/model/entry';
import type { FaultKind } from '../../simulator/simulator';
import { StripeSimulator } from '../../simulator/simulator';
import { useStoppables } from './stopAfterEach';
import { GIVEN_UP_AFTER_MS, sendPayment } from './sending';

const { keep } = useStoppables();
let simulator: StripeSimulator;
beforeEach(async () => {
	simulator = keep(await StripeSimulator.start());
});

type Expected = [kind: OutcomeKind, statusCode: number | undefined, sendAgain: boolean, charges: number];

/** What a first send meets, what it must be taken for, and what Stripe has charged by then. */
const FAULTS: Record<FaultKind, Expected> = {
	delay: ['succeeded', 200, false, 1],
	decline: ['rejected', 402, false, 0],
	error500Before: ['unknown', 500, false, 0],
	error500After: ['unknown', 500, false, 1],
	rollForward: ['unknown', 500, false, 0],
	error500NotStored: ['unknown', 500, true, 0],
	error503: ['unknown', 503, true, 0],
	error424: ['unknown', 424, true, 0],
	timeoutBefore: ['unknown', undefined, true, 0],
	timeoutAfter: ['unknown', undefined, true, 1],
	resetBefore: ['unknown', undefined, true, 0],
	resetAfter: ['unknown', undefined, true, 1],
	cutBody: ['unknown', 200, true, 1],
	html: ['unknown', 200, true, 1],
	html502: ['unknown', 502, true, 0],
	conflict409: ['busy', 409, true, 0],
	rateLimit429: ['rate_limited', 429, true, 0],
	lockTimeout429: ['busy', 429, true, 0],
	unauthorized401: ['unauthorized', 401, false, 0],
	forbidden403: ['unauthorized', 403, false, 0],
	missing404: ['rejected', 404, false, 0],
};

/** Stripe rolls the work of a 500 forward when a minute has passed. */
const LATER: Partial<Record<FaultKind, { delayMs: number }>> = { rollForward: { delayMs: 60_000 } };

const patience = (fault: FaultKind) => (fault.startsWith('timeout') ? { timeoutMs: GIVEN_UP_AFTER_MS } : {});
const charges = () => simulator.report().charges;
const rows = (Object.keys(FAULTS) as FaultKind[]).map((fault) => [fault, ...FAULTS[fault]] as const);

it.each(rows)('%s is %s (%s)', async (fault, kind, statusCode, sendAgain, charged) => {
	simulator.inject({ kind: fault, ...LATER[fault] });
	const verdict = await sendPayment(simulator.url, patience(fault));
	expect(verdict).toMatchObject({ sendAgain, outcome: { kind } });
	expect(verdict.outcome.statusCode).toBe(statusCode);
	expect(charges()).toHaveLength(charged);
	expect(simulator.sends()).toHaveLength(1);
});

it.each(rows.filter(([, kind]) => kind !== 'succeeded'))(
	'%s, then the same key again, charges at most once, and once where it says succeeded',
	async (fault) => {
		simulator.inject({ kind: fault, ...LATER[fault] });
		await sendPayment(simulator.url, patience(fault));
		const again = await sendPayment(simulator.url);
		simulator.advance(60_000);
		const charged = charges().length;
		expect(charged).toBeLessThanOrEqual(1);
		if (again.outcome.kind === 'succeeded') expect(charged).toBe(1);
		if (again.outcome.kind === 'rejected') expect(charged).toBe(0);
	},
);

it('a response that Stripe replayed names the request that first executed', async () => {
	const first = await sendPayment(simulator.url);
	const again = await sendPayment(simulator.url);
	expect(first.outcome.originalRequestId).toBe(first.outcome.requestId);
	expect(again.outcome.originalRequestId).toBe(first.outcome.requestId);
	expect(again.outcome.requestId).not.toBe(first.outcome.requestId);
});

it('the same key with a different amount is a conflict, and charges nothing more', async () => {
	await sendPayment(simulator.url);
	const other = await sendPayment(simulator.url, { params: { amount: '501', currency: 'usd' } });
	expect(other).toMatchObject({ sendAgain: false, outcome: { kind: 'conflict', statusCode: 400 } });
	expect(charges()).toHaveLength(1);
});

it('the same key while the first send is still executing is busy, neither lost nor charged twice', async () => {
	let letGo = () => {};
	const held = new Promise<void>((resolve) => (letGo = resolve));
	const started = new Promise<void>((resolve) => {
		simulator.onPoint(async ({ name, request }) => {
			if (name !== 'executing' || request !== simulator.requests[0]) return;
			resolve();
			await held;
		});
	});
	const first = sendPayment(simulator.url);
	await started;
	expect(await sendPayment(simulator.url)).toMatchObject({ sendAgain: true, outcome: { kind: 'busy' } });
	letGo();
	expect((await first).outcome.kind).toBe('succeeded');
	expect((await sendPayment(simulator.url)).outcome.kind).toBe('succeeded');
	expect(charges()).toHaveLength(1);
});
