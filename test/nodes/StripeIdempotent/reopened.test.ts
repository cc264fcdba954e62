import type { IDataObject } from 'n8n-workflow';

import { sendOnce } from '../../../stripe/api/client';
import { CrashPlan } from '../../scenarios/crashPlan';
import { connectTo } from '../../stripe/api/sending';
import type { NodeRun } from '../fixtures/nodeFixture';
import { NodeFixture } from '../fixtures/nodeFixture';

/** What was decided before is asked for once more: a second attempt begins, and the process dies in it. */

const HOUR_MS = 3_600_000;
const POINTS = ['claimed', 'sending', 'answered', 'settling', 'settled', 'leaving'] as const;

let fixture: NodeFixture;
let crashPlan: CrashPlan;
beforeEach(async () => {
	fixture = await NodeFixture.start();
	crashPlan = new CrashPlan();
});
afterEach(async () => {
	crashPlan.stop();
	await fixture.stop();
});

async function post(path: string, params: Record<string, string> = {}): Promise<string> {
	const request = { method: 'POST', path, params, idempotencyKey: `test ${path}` } as const;
	const answer = await sendOnce(connectTo(fixture.stripe.url), { ...request, timeoutMs: 10_000 });
	if (answer.kind !== 'object') throw new Error(JSON.stringify(answer));
	return String(answer.body.id);
}

async function runKilledAt(point: (typeof POINTS)[number], run: () => Promise<NodeRun>): Promise<void> {
	const [entry] = await fixture.entries();
	crashPlan.schedule(entry!.entryId, point);
	// What is dead sends nothing.
	if (point === 'claimed') fixture.stripe.inject({ kind: 'resetBefore', times: Infinity, match: {} });
	await run();
	crashPlan.finish(entry!.entryId);
	fixture.stripe.clearFaults();
	fixture.time.advance(HOUR_MS);
}

const done = (path: RegExp) =>
	fixture.stripe
		.sends()
		.filter((one) => path.test(one.path) && one.key?.startsWith('n8n_') && !one.replayed)
		.filter(({ status }) => status === 200);

describe('a request rejected before that can be executed now', () => {
	it.each(POINTS)('is executed once if the second run is killed: %s', async (point) => {
		const intent = await post('/v1/payment_intents', {
			amount: '1999',
			currency: 'eur',
			capture_method: 'manual',
			payment_method: 'pm_card_visa',
		});
		const parameters = {
			resource: 'paymentIntent',
			operation: 'capture',
			keySource: 'object',
			amount: '',
		};
		const run = () =>
			fixture.run([{ id: intent }], { parameters: { ...parameters, paymentIntent: intent } });
		expect((await run()).fix).toHaveLength(1);
		await post(`/v1/payment_intents/${intent}/confirm`, { return_url: 'https://example.com' });

		await runKilledAt(point, run);
		const { success } = await run();
		expect(success[0]?.json).toMatchObject({ status: 'succeeded', amount_received: 1999 });
		expect(done(/capture$/)).toHaveLength(1);
		expect(await fixture.entries()).toMatchObject([{ state: 'succeeded' }]);
	});
});

const SESSION: IDataObject = {
	resource: 'checkoutSession',
	operation: 'create',
	mode: 'setup',
	currency: 'eur',
	successUrl: 'https://shop.example/thanks',
	amount: '',
	paymentMethod: '',
};

function runSession(afterExpiry?: string, more: IDataObject = {}): Promise<NodeRun> {
	const options = { ...(afterExpiry === undefined ? {} : { afterExpiry }), ...more };
	return fixture.run([{ order: 'SO-1' }], { parameters: SESSION, options });
}

const sessions = () => done(/^\/v1\/checkout\/sessions$/);

describe('a link', () => {
	let first: string;
	beforeEach(async () => {
		const { success, fix } = await runSession();
		expect(fix).toEqual([]);
		first = success[0]!.json.id as string;
	});

	it('is the same again while it is valid, and afterwards reported as expired', async () => {
		expect((await runSession()).success[0]?.json).toMatchObject({ id: first, expired: false });
		fixture.time.advance(25 * HOUR_MS);
		expect((await runSession()).success[0]?.json).toMatchObject({ id: first, expired: true });
		expect(sessions()).toHaveLength(1);
	});

	it('is created anew on request, once it has expired, and then once', async () => {
		expect((await runSession('newAttempt')).success[0]?.json.id).toBe(first);
		fixture.time.advance(25 * HOUR_MS);
		const second = (await runSession('newAttempt')).success[0]?.json;
		expect(second?.id).not.toBe(first);
		expect((await runSession('newAttempt')).success[0]?.json.id).toBe(second?.id);
		expect(sessions()).toHaveLength(2);
	});

	it('is created anew with Verify New too, which does not return the expired one instead', async () => {
		fixture.time.advance(25 * HOUR_MS);
		const [createdAgain] = (await runSession('newAttempt', { verifyNew: true })).success;
		expect(createdAgain?.json.id).not.toBe(first);
	});

	it.each(POINTS)('is created anew once if the run that creates it is killed: %s', async (point) => {
		fixture.time.advance(25 * HOUR_MS);
		await runKilledAt(point, () => runSession('newAttempt'));
		const { success } = await runSession('newAttempt');
		expect(success[0]?.json.id).not.toBe(first);
		expect(sessions()).toHaveLength(2);
	});
});
