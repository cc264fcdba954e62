import type { IDataObject } from 'n8n-workflow';

import { freePort } from '../../servers/ports';
import { until } from '../../servers/until';
import type { FaultKind } from '../../simulator/simulator';
import { loadExample, items } from './exampleWorkflows';
import { deadLetters, lostPayments, retryByHand } from './lostPayments';

const at = lostPayments();

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** From then on after the last send Stripe has surely ended what it began. */
const SETTLED = 3 * DAY + 20 * MINUTE;

describe('outcomes', () => {
	it.each<[FaultKind, string]>([
		['resetAfter', 'the answer was lost'],
		['error500After', 'Stripe answered with a 500 and keeps to it'],
	])('%s: charged though %s: found in the next round, without a notification', async (kind) => {
		at().fault(kind, `F-${kind}`);
		await at().order(`F-${kind}`);
		expect(await at().entryOf(`F-${kind}`)).toMatchObject({ state: 'unknown' });
		const found = await at().goodRounds();
		expect(items(found, 'Succeeded After All')).toMatchObject([
			{
				fields: { order_number: `F-${kind}` },
				state: 'succeeded',
				objectId: expect.any(String) as string,
			},
		]);
		const next = await at().goodRounds();
		expect(items(next, 'Succeeded After All')).toEqual([]);
		expect(at().alertsAbout(`F-${kind}`)).toEqual([]);
		expect([at().charges(`F-${kind}`).length, at().sends(`F-${kind}`).length]).toEqual([1, 1]);
	});

	it('a payment that Stripe does not show is reported once, with everything needed to decide; after three days it is resent automatically, once', async () => {
		at().fault('resetBefore', 'A-1');
		const execution = await at().order('A-1');
		await at().goodRounds(3);
		const [message, ...more] = at().alertsAbout('A-1');
		expect(more).toEqual([]);
		const entry = await at().entryOf('A-1');
		expect(message).toContain('*A payment needs a person: order_number A-1*');
		expect(message).toContain(
			'*What:* paymentIntent.create, 49.90 EUR, no customer given, test mode\n*What happened:* It is not known',
		);
		expect(message).toMatch(/\*When:\* first sent \d+ \w{3} \d{4}, \d\d:\d\d UTC.*attempt 1\n/);
		expect(message).toMatch(/\*Checked again automatically:\* \d+ \w{3} \d{4}, \d\d:\d\d UTC/);
		expect(message).toMatch(/\*Next step:\* \S+/);
		expect(message).toContain('*In Stripe:* https://dashboard.stripe.com/test/search?query=');
		expect(message).toContain(
			`*In n8n:* http://localhost:${at().n8n.main.port}/workflow/${at().orders}/executions/${execution}\n`,
		);
		expect(message).toContain(`*Entry:* ${entry.entryId}`);
		expect(message).not.toMatch(/undefined|null|\[object/);

		await at().letPass('A-1', SETTLED);
		const sent = await at().goodRounds();
		expect(items(sent, 'Succeeded After All')).toMatchObject([{ fields: { order_number: 'A-1' } }]);
		await at().goodRounds();
		expect([at().charges('A-1').length, at().sends('A-1').length]).toEqual([1, 2]);
		const [first, second] = at().sends('A-1');
		expect(second?.key).toBe(first?.key);
		expect(at().alertsAbout('A-1')).toHaveLength(1);
	});

	it('a payment that turns out declined is reported once', async () => {
		at().fault('resetAfter', 'A-4');
		await at().order('A-4', 'pm_card_chargeDeclinedInsufficientFunds');
		await at().goodRounds(2);
		expect(at().alertsAbout('A-4')).toEqual([
			expect.stringContaining('declined, which was found out only now'),
		]);
		expect(at().alertsAbout('A-4')[0]).toMatch(
			/\*In Stripe:\* https:\/\/dashboard\.stripe\.com\/test\/payments\/pi_\w+\n/,
		);
	});

	it('a payment that turns out to wait for the customer is reported once, and does not count as completed', async () => {
		at().fault('resetAfter', 'A-5');
		await at().order('A-5', 'pm_card_authenticationRequired');
		const found = await at().goodRounds();
		expect(items(found, 'Succeeded After All')).toEqual([]);
		await at().goodRounds();
		expect(at().alertsAbout('A-5')).toEqual([expect.stringContaining('the customer has to confirm it')]);
	});

	it('a payment about which Stripe does not respond is reported after an hour', async () => {
		at().fault('resetBefore', 'A-6');
		await at().order('A-6');
		at().n8n.simulator.inject({ kind: 'error503', times: Infinity, match: { method: 'GET' } });
		await at().goodRounds();
		expect(at().alertsAbout('A-6')).toEqual([]);
		await at().letPass('A-6', 2 * HOUR);
		await at().goodRounds(2);
		expect(at().alertsAbout('A-6')).toEqual([expect.stringContaining('Stripe did not respond')]);
	});

	it('a claim for another API that was never completed is reported once: only a person can check it', async () => {
		const { id } = await at().n8n.api.importWorkflow(
			loadExample('any-api-once', {
				'Ask the Carrier': { url: `http://127.0.0.1:${await freePort()}` },
				Orders: { jsonOutput: JSON.stringify({ order_number: 'A-7', weight_g: 1 }) },
			}),
		);
		expect((await at().n8n.api.runByHand(id)).runs('Not Known Yet')).toHaveLength(1);
		await at().goodRounds();
		expect(at().alertsAbout('A-7')).toEqual([]);
		await at().letPass('A-7', 11 * MINUTE);
		await at().goodRounds(2);
		expect(at().alertsAbout('A-7')).toEqual([
			expect.stringMatching(/Something needs a person.*shipment\.create.*Check with that API/s),
		]);
	});

	it('a payment that will stay unknown is reported again once that is certain, and never sent', async () => {
		at().fault('resetBefore', 'A-2');
		await at().order('A-2');
		await at().goodRounds();
		expect(at().alertsAbout('A-2')).toHaveLength(1);
		await at().letPass('A-2', 31 * DAY);
		await at().goodRounds(3);
		expect(at().alertsAbout('A-2')).toHaveLength(2);
		expect(at().alertsAbout('A-2')[1]).not.toContain('Checked again');
		expect(at().sends('A-2')).toHaveLength(1);
	});

	it('a payment that turns out not executed when it is too old is reported, and not sent', async () => {
		at().fault('resetBefore', 'A-3');
		await at().order('A-3');
		await at().letPass('A-3', 5 * DAY);
		await at().goodRounds(2);
		expect(at().alertsAbout('A-3')).toEqual([
			expect.stringContaining('too old to be resent automatically'),
		]);
		expect(at().sends('A-3')).toHaveLength(1);
	});
});

describe('a payment that was given up', () => {
	it('is resent once Stripe accepts it, without a notification', async () => {
		at().fault('rateLimit429', 'R-1');
		await at().order('R-1');
		expect(await at().entryOf('R-1')).toMatchObject({ state: 'released' });
		const sent = await at().goodRounds();
		expect(items(sent, 'Succeeded After All')).toMatchObject([{ fields: { order_number: 'R-1' } }]);
		await at().goodRounds();
		expect(at().charges('R-1')).toHaveLength(1);
		expect(at().alertsAbout('R-1')).toEqual([]);
	});

	it('before Stripe was ever reached is in no ledger: it left through Retry, and is charged once when it is run again', async () => {
		const stripe = { secretKey: 'sk_test_real_n8n', accountId: 'acct_simulator' };
		const nowhere = `http://127.0.0.1:${await freePort()}`;
		await at().n8n.api.createCredential('stripeIdempotentApi', { ...stripe, baseUrl: nowhere });
		await at().order('R-2');
		await at().n8n.api.createCredential('stripeIdempotentApi', {
			...stripe,
			baseUrl: at().n8n.simulator.url,
		});
		await expect(at().entryOf('R-2')).rejects.toThrow('The ledger has nothing about R-2');
		await at().goodRounds();
		expect(at().charges('R-2')).toEqual([]);
		await at().order('R-2');
		expect(at().charges('R-2')).toHaveLength(1);
		expect(at().alertsAbout('R-2')).toEqual([]);
	});

	it('and still is after an hour is reported once, and resent all the same', async () => {
		at().fault('rateLimit429', 'R-3', Infinity);
		await at().order('R-3');
		await at().goodRounds();
		expect(at().alertsAbout('R-3')).toEqual([]);
		await at().letPass('R-3', 2 * HOUR);
		await at().goodRounds(2);
		expect(at().alertsAbout('R-3')).toEqual([
			expect.stringMatching(/resent automatically in each round, until \d/),
		]);
		at().n8n.simulator.clearFaults();
		await at().goodRounds();
		expect(at().charges('R-3')).toHaveLength(1);
		expect(at().alertsAbout('R-3')).toHaveLength(1);
	});

	it('and is a day old is reported once and not sent', async () => {
		at().fault('rateLimit429', 'R-4');
		await at().order('R-4');
		await at().letPass('R-4', 25 * HOUR);
		await at().goodRounds(2);
		expect(at().alertsAbout('R-4')).toEqual([
			expect.stringContaining('too old to be resent automatically'),
		]);
		expect(at().sends('R-4')).toHaveLength(1);
	});

	it('and is declined when it is resent is reported once and not tried again', async () => {
		at().fault('rateLimit429', 'R-5');
		await at().order('R-5', 'pm_card_chargeDeclinedInsufficientFunds');
		await at().goodRounds(2);
		expect(at().alertsAbout('R-5')).toEqual([
			expect.stringMatching(/insufficient funds.*last sent.*attempt 1\n.*req_/s),
		]);
		expect(at().sends('R-5')).toHaveLength(2);
	});

	it('because of an invalid secret key waits for a person, who resends it manually', async () => {
		at().fault('unauthorized401', 'U-1');
		await at().order('U-1');
		await at().goodRounds(2);
		expect(at().alertsAbout('U-1')).toEqual([
			expect.stringMatching(/did not accept the secret key.*credential/s),
		]);
		expect(at().sends('U-1')).toHaveLength(1);

		const { entryId } = await at().entryOf('U-1');
		const { id } = await at().n8n.api.importWorkflow(retryByHand(entryId));
		expect(items(await at().n8n.api.runByHand(id), 'Retry')).toMatchObject([{ state: 'succeeded' }]);
		await at().goodRounds();
		expect(at().charges('U-1')).toHaveLength(1);
		expect(at().alertsAbout('U-1')).toHaveLength(1);
	});
});

describe('notifications', () => {
	it('a notification that failed is sent in the next round, and the run shows that it failed', async () => {
		at().fault('unauthorized401', 'T-1');
		await at().order('T-1');
		at().chat.isDown = true;
		const failed = await at().round();
		expect(failed.status).toBe('error');
		expect(failed.error?.message).toMatch(/nobody could be told/);
		at().chat.isDown = false;
		await at().goodRounds(2);
		expect(at().alertsAbout('T-1')).toHaveLength(1);
	});

	it('while one round is sending, another one sends nothing and reports none of it', async () => {
		at().fault('rateLimit429', 'T-2');
		await at().order('T-2');
		const { promise: arrived, resolve: arrives } = Promise.withResolvers<null>();
		const { promise: answering, resolve: answer } = Promise.withResolvers<null>();
		const stopListening = at().n8n.simulator.onPoint(async ({ name, request }) => {
			if (name !== 'received' || request.method !== 'POST') return;
			arrives(null);
			await answering;
		});
		const first = await at().startRound();
		await arrived;
		const second = await at().goodRounds();
		expect(second.runs('Send It Again')).toEqual([]);
		answer(null);
		expect((await at().n8n.api.ended(first)).status).toBe('success');
		stopListening();
		expect([at().charges('T-2').length, at().sends('T-2').length]).toEqual([1, 2]);
		expect(at().alertsAbout('T-2')).toEqual([]);
	});

	it('while one round is notifying, another one does not', async () => {
		at().fault('unauthorized401', 'T-3');
		await at().order('T-3');
		const answer = at().chat.keepWaiting();
		const first = await at().startRound();
		await until('the message', () => at().alertsAbout('T-3').length > 0);
		const second = await at().goodRounds();
		const busy = items(second, 'Told Already').map(
			({ error }) => (error as IDataObject | undefined)?.outcome,
		);
		expect(busy).toContain('busy');
		answer();
		expect((await at().n8n.api.ended(first)).status).toBe('success');
		await at().goodRounds();
		expect(at().alertsAbout('T-3')).toHaveLength(1);
	});

	it('a notification that was interrupted is sent again, without reporting the interruption', async () => {
		at().fault('unauthorized401', 'T-4');
		await at().order('T-4');
		const { entryId } = await at().entryOf('T-4');
		const answer = at().chat.keepWaiting();
		const cut = await at().startRound();
		await until('the message', () => at().alertsAbout('T-4').length > 0);
		await at().n8n.api.stopExecution(cut);
		await at().n8n.api.ended(cut);
		answer();
		await at().goodRounds();
		expect(at().alertsAbout('T-4')).toHaveLength(1);
		await at().letPass(entryId, 31 * MINUTE);
		await at().goodRounds(2);
		expect(at().alertsAbout('T-4')).toHaveLength(2);
		expect(at().chat.about('alert')).toEqual([]);
	});

	it("a field's text mentions nobody in the chat", async () => {
		at().fault('unauthorized401', '<!channel> & 1');
		await at().order('<!channel> & 1');
		await at().goodRounds();
		expect(at().alertsAbout('<!channel> & 1')).toEqual([]);
		expect(at().alertsAbout('&lt;!channel&gt; &amp; 1')).toHaveLength(1);
	});

	it('running automatically, round after round, notifies once', async () => {
		at().fault('unauthorized401', 'T-7');
		await at().order('T-7');
		const often = { rule: { interval: [{ field: 'seconds', secondsInterval: 1 }] } };
		const { id } = await at().n8n.api.importWorkflow(
			deadLetters(at().chat, { 'Every Five Minutes': often }),
		);
		await at().n8n.api.publish(id);
		await until('three rounds', async () => {
			const rounds = await at().n8n.api.executions({ workflowId: id, status: ['success'] });
			return rounds.length >= 3;
		});
		await at().n8n.api.unpublish(id);
		expect(at().alertsAbout('T-7')).toHaveLength(1);
	});

	it('two rounds that start together notify once and pay once', async () => {
		at().fault('rateLimit429', 'T-5');
		at().fault('unauthorized401', 'T-6');
		await at().order('T-5');
		await at().order('T-6');
		const both = await Promise.all([1, 2].map(() => at().startRound()));
		for (const id of both) expect((await at().n8n.api.ended(id)).status).toBe('success');
		expect([at().alertsAbout('T-5').length, at().alertsAbout('T-6').length]).toEqual([0, 1]);
		expect(at().charges('T-5')).toHaveLength(1);
	});
});
