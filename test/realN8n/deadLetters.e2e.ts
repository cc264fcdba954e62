import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import type { Entry } from '../../ledger/entry';
import { isEntry } from '../../ledger/store';
import { SqliteStore } from '../../ledger/stores/sqlite';
import type { WorkflowJson } from '../engine/workflowJson';
import { connect } from '../engine/workflowJson';
import { freePort } from '../servers/ports';
import { until } from '../servers/until';
import type { FaultKind } from '../simulator/simulator';
import { Chat } from './chat';
import { example, items } from './exampleWorkflows';
import type { Execution } from './execution';
import { realN8n } from './forTests';

const n8n = realN8n();

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** From then on after the last send Stripe has surely ended what it began. */
const SETTLED = 3 * DAY + 20 * MINUTE;

let chat: Chat;
let letters: string;
let orders: string;
beforeAll(async () => {
	chat = await Chat.start();
	letters = (await n8n().api.importWorkflow(example('dead-letters', TO_CHAT()))).id;
	orders = (await n8n().api.importWorkflow(example('charge-orders-once', ONE_SEND))).id;
});
beforeEach(() => {
	chat.isDown = false;
});
afterEach(() => n8n().simulator.clearFaults());
afterAll(() => chat.stop());

/** The chat of the test, and no pause between two messages. */
const TO_CHAT = () => ({ 'Tell Somebody': { url: chat.url, options: { timeout: 10_000 } } });
const ONE_SEND = { 'Charge Once': { options: { maxRetries: 0 } } };

/** One round of the workflow; resolves when it is over. */
const round = () => n8n().api.runByHand(letters, 'Try It by Hand');

/** A round in which everything worked. */
async function goodRound(): Promise<Execution> {
	const execution = await round();
	expect([execution.status, execution.error?.message]).toEqual(['success', undefined]);
	return execution;
}

/** Stripe does this to the next sends for the order. */
function fault(kind: FaultKind, order: string, times = 1): void {
	const match = { method: 'POST', metadata: { order_number: order } };
	n8n().simulator.inject({ kind, times, match });
}

/** Somebody orders. @returns the id of the execution */
async function order(number: string, more: IDataObject = {}): Promise<string> {
	const json = { order_number: number, amount: '49.90', currency: 'EUR', payment_method: 'pm_card_visa' };
	const pinned = { Orders: [{ json: { ...json, ...more } }] };
	await n8n().api.changeWorkflow(orders, {
		...example('charge-orders-once', ONE_SEND),
		pinData: pinned,
	});
	return (await n8n().api.runByHand(orders)).id;
}

const charges = (number: string) =>
	n8n()
		.simulator.report()
		.charges.filter(({ metadata }) => metadata.order_number === number);
const sends = (number: string) =>
	n8n()
		.simulator.sends()
		.filter(({ params }) => (params.metadata as IDataObject | undefined)?.order_number === number);
const told = (number: string) => chat.about(`order_number ${number}`);

/** The ledger of this n8n, beside n8n. */
const ledger = () => SqliteStore.open(join(n8n().main.userFolder, '.n8n', 'idempotency.sqlite'));
afterAll(() => ledger().close());

/** The one that has this value in a field: an order number, or the entry that somebody is told of. */
async function entryOf(value: string): Promise<Entry> {
	for await (const rows of ledger().scan()) {
		const found = rows.filter(isEntry).find(({ fields }) => fields.some(([, text]) => text === value));
		if (found) return found;
	}
	throw new Error(`The ledger has nothing about ${value}`);
}

/** n8n's clock cannot be moved: instead all that happened to the entry has happened so much earlier. */
async function letPass(value: string, ms: number): Promise<void> {
	const entry = await entryOf(value);
	const times = ['createdAt', 'firstSentAt', 'lastSentAt', 'settledAt', 'leaseUntil'] as const;
	const earlier = Object.fromEntries(
		times.flatMap((name) => {
			const time = (entry as Partial<Record<typeof name, number>>)[name];
			return time === undefined ? [] : [[name, time - ms]];
		}),
	);
	const [isWritten] = await ledger().replaceIfVersion([
		{ ...entry, ...earlier, version: entry.version + 1 },
	]);
	expect(isWritten).toBe(true);
}

describe('what became of it', () => {
	it.each<[FaultKind, string]>([
		['resetAfter', 'the answer was lost'],
		['error500After', 'Stripe answered with a 500 and keeps to it'],
	])('%s: charged though %s: found in the next round, and nobody is bothered', async (kind) => {
		fault(kind, `F-${kind}`);
		await order(`F-${kind}`);
		expect(await entryOf(`F-${kind}`)).toMatchObject({ state: 'unknown' });
		const found = await goodRound();
		expect(items(found, 'Done After All')).toMatchObject([
			{
				fields: { order_number: `F-${kind}` },
				state: 'succeeded',
				objectId: expect.any(String) as string,
			},
		]);
		const next = await goodRound();
		expect(items(next, 'Done After All')).toEqual([]);
		expect(told(`F-${kind}`)).toEqual([]);
		expect([charges(`F-${kind}`).length, sends(`F-${kind}`).length]).toEqual([1, 1]);
	});

	it('what Stripe does not show is told once, with all that is needed to decide; after three days it is sent again by itself, once', async () => {
		fault('resetBefore', 'A-1');
		const execution = await order('A-1', { payment_method: 'pm_card_visa' });
		for (let rounds = 0; rounds < 3; rounds++) await goodRound();
		const [message, ...more] = told('A-1');
		expect(more).toEqual([]);
		const entry = await entryOf('A-1');
		expect(message).toContain('*A payment needs a person: order_number A-1*');
		expect(message).toContain(
			'*What:* paymentIntent.create, 49.90 EUR, no customer given, test mode\n*What happened:* It is not known',
		);
		expect(message).toMatch(/\*When:\* first sent \d+ \w{3} \d{4}, \d\d:\d\d UTC.*attempt 1, sent once/);
		expect(message).toMatch(/\*Looked at again by itself:\* \d+ \w{3} \d{4}, \d\d:\d\d UTC/);
		expect(message).toMatch(/\*Next step:\* \S+/);
		expect(message).toContain('*In Stripe:* https://dashboard.stripe.com/test/search?query=');
		expect(message).toContain(
			`*In n8n:* http://localhost:${n8n().main.port}/workflow/${orders}/executions/${execution}\n`,
		);
		expect(message).toContain(`*Entry:* ${entry.entryId}`);
		expect(message).not.toMatch(/undefined|null|\[object/);

		await letPass('A-1', SETTLED);
		const sent = await goodRound();
		expect(items(sent, 'Done After All')).toMatchObject([{ fields: { order_number: 'A-1' } }]);
		await goodRound();
		expect([charges('A-1').length, sends('A-1').length]).toEqual([1, 2]);
		expect(new Set(sends('A-1').map(({ key }) => key)).size).toBe(1);
		expect(told('A-1')).toHaveLength(1);
	});

	it('what turns out to be declined is told once', async () => {
		fault('resetAfter', 'A-4');
		await order('A-4', { payment_method: 'pm_card_chargeDeclinedInsufficientFunds' });
		await goodRound();
		await goodRound();
		expect(told('A-4')).toEqual([expect.stringContaining('declined, which was found out only now')]);
	});

	it('what turns out to wait for the customer is told once, and does not count as done', async () => {
		fault('resetAfter', 'A-5');
		await order('A-5', { payment_method: 'pm_card_authenticationRequired' });
		const found = await goodRound();
		expect(items(found, 'Done After All')).toEqual([]);
		await goodRound();
		expect(told('A-5')).toEqual([expect.stringContaining('the customer has to confirm it')]);
	});

	it('what Stripe does not answer about is told after an hour', async () => {
		fault('resetBefore', 'A-6');
		await order('A-6');
		n8n().simulator.inject({ kind: 'error503', times: Infinity, match: { method: 'GET' } });
		await goodRound();
		expect(told('A-6')).toEqual([]);
		await letPass('A-6', 2 * HOUR);
		await goodRound();
		await goodRound();
		expect(told('A-6')).toEqual([expect.stringContaining('Stripe did not answer')]);
	});

	it('what nobody will ever know is told again when it is sure that nobody will, and never sent', async () => {
		fault('resetBefore', 'A-2');
		await order('A-2');
		await goodRound();
		expect(told('A-2')).toHaveLength(1);
		await letPass('A-2', 31 * DAY);
		for (let rounds = 0; rounds < 3; rounds++) await goodRound();
		expect(told('A-2')).toHaveLength(2);
		expect(told('A-2')[1]).not.toContain('Looked at again');
		expect(sends('A-2')).toHaveLength(1);
	});

	it('what turns out not to be there when nobody waits for it any more is told, and not sent', async () => {
		fault('resetBefore', 'A-3');
		await order('A-3');
		await letPass('A-3', 5 * DAY);
		for (let rounds = 0; rounds < 2; rounds++) await goodRound();
		expect(told('A-3')).toEqual([expect.stringContaining('too old to be sent again by itself')]);
		expect(sends('A-3')).toHaveLength(1);
	});
});

describe('what was given up', () => {
	it('is sent again when Stripe takes it, once, and nobody is told', async () => {
		fault('rateLimit429', 'R-1');
		await order('R-1');
		expect(await entryOf('R-1')).toMatchObject({ state: 'released' });
		const sent = await goodRound();
		expect(items(sent, 'Done After All')).toMatchObject([{ fields: { order_number: 'R-1' } }]);
		await goodRound();
		expect(charges('R-1')).toHaveLength(1);
		expect(told('R-1')).toEqual([]);
	});

	it('because Stripe was not reachable, is sent again', async () => {
		const stripe = { secretKey: 'sk_test_real_n8n', accountId: 'acct_simulator' };
		const nowhere = `http://127.0.0.1:${await freePort()}`;
		await n8n().api.createCredential('stripeIdempotentApi', { ...stripe, baseUrl: nowhere });
		await order('R-2');
		await n8n().api.createCredential('stripeIdempotentApi', {
			...stripe,
			baseUrl: n8n().simulator.url,
		});
		expect(await entryOf('R-2')).toMatchObject({ state: 'released', outcome: { kind: 'unreachable' } });
		await goodRound();
		expect(charges('R-2')).toHaveLength(1);
		expect(told('R-2')).toEqual([]);
	});

	it('and still is after an hour, is told once, and sent again all the same', async () => {
		fault('rateLimit429', 'R-3', Infinity);
		await order('R-3');
		await goodRound();
		expect(told('R-3')).toEqual([]);
		await letPass('R-3', 2 * HOUR);
		await goodRound();
		await goodRound();
		expect(told('R-3')).toEqual([expect.stringMatching(/sent again by itself in each round, until \d/)]);
		n8n().simulator.clearFaults();
		await goodRound();
		expect(charges('R-3')).toHaveLength(1);
		expect(told('R-3')).toHaveLength(1);
	});

	it('and is a day old, is told once and not sent', async () => {
		fault('rateLimit429', 'R-4');
		await order('R-4');
		await letPass('R-4', 25 * HOUR);
		await goodRound();
		await goodRound();
		expect(told('R-4')).toEqual([expect.stringContaining('too old to be sent again by itself')]);
		expect(sends('R-4')).toHaveLength(1);
	});

	it('and is declined when it is sent again, is told once and not tried again', async () => {
		fault('rateLimit429', 'R-5');
		await order('R-5', { payment_method: 'pm_card_chargeDeclinedInsufficientFunds' });
		await goodRound();
		await goodRound();
		expect(told('R-5')).toEqual([expect.stringContaining('insufficient funds')]);
		expect(sends('R-5')).toHaveLength(2);
	});

	it('for a secret key that is not valid, waits for a person, who sends it again by hand', async () => {
		fault('unauthorized401', 'U-1');
		await order('U-1');
		await goodRound();
		await goodRound();
		expect(told('U-1')).toEqual([expect.stringMatching(/did not accept the secret key.*credential/s)]);
		expect(sends('U-1')).toHaveLength(1);

		const { entryId } = await entryOf('U-1');
		const { id } = await n8n().api.importWorkflow(retryByHand(entryId));
		expect(items(await n8n().api.runByHand(id), 'Retry')).toMatchObject([{ state: 'succeeded' }]);
		await goodRound();
		expect(charges('U-1')).toHaveLength(1);
		expect(told('U-1')).toHaveLength(1);
	});
});

describe('telling', () => {
	it('what nobody could be told of is told in the next round, and the run shows that it was not', async () => {
		fault('unauthorized401', 'T-1');
		await order('T-1');
		chat.isDown = true;
		const failed = await round();
		expect(failed.status).toBe('error');
		expect(failed.error?.message).toMatch(/nobody could be told/);
		chat.isDown = false;
		await goodRound();
		await goodRound();
		expect(told('T-1')).toHaveLength(1);
	});

	it('while one round is sending, another one sends nothing and tells nobody of it', async () => {
		fault('rateLimit429', 'T-2');
		await order('T-2');
		const { promise: arrived, resolve: arrives } = Promise.withResolvers<null>();
		const { promise: answering, resolve: answer } = Promise.withResolvers<null>();
		const stopListening = n8n().simulator.onPoint(async ({ name, request }) => {
			if (name !== 'received' || request.method !== 'POST') return;
			arrives(null);
			await answering;
		});
		const first = await n8n().api.startByHand(letters, 'Try It by Hand');
		await arrived;
		const second = await goodRound();
		expect(second.runs('Send It Again')).toEqual([]);
		answer(null);
		expect((await n8n().api.ended(first)).status).toBe('success');
		stopListening();
		expect([charges('T-2').length, sends('T-2').length]).toEqual([1, 2]);
		expect(told('T-2')).toEqual([]);
	});

	it('while one round is telling, another one does not', async () => {
		fault('unauthorized401', 'T-3');
		await order('T-3');
		const answer = chat.keepWaiting();
		const first = await n8n().api.startByHand(letters, 'Try It by Hand');
		await until('the message', () => told('T-3').length > 0);
		const second = await goodRound();
		const busy = items(second, 'Told Already').map(
			({ error }) => (error as IDataObject | undefined)?.outcome,
		);
		expect(busy).toContain('busy');
		answer();
		expect((await n8n().api.ended(first)).status).toBe('success');
		await goodRound();
		expect(told('T-3')).toHaveLength(1);
	});

	it('what a round was telling when it was cut off is told again, and nobody is told of the telling', async () => {
		fault('unauthorized401', 'T-4');
		await order('T-4');
		const { entryId } = await entryOf('T-4');
		const answer = chat.keepWaiting();
		const cut = await n8n().api.startByHand(letters, 'Try It by Hand');
		await until('the message', () => told('T-4').length > 0);
		await n8n().api.stopExecution(cut);
		await n8n().api.ended(cut);
		answer();
		await goodRound();
		expect(told('T-4')).toHaveLength(1);
		await letPass(entryId, 11 * MINUTE);
		await goodRound();
		await goodRound();
		expect(told('T-4')).toHaveLength(2);
		expect(chat.about('alert')).toEqual([]);
	});

	it('two rounds that begin together tell once and pay once', async () => {
		fault('rateLimit429', 'T-5');
		fault('unauthorized401', 'T-6');
		await order('T-5');
		await order('T-6');
		const both = await Promise.all([1, 2].map(() => n8n().api.startByHand(letters, 'Try It by Hand')));
		for (const id of both) expect((await n8n().api.ended(id)).status).toBe('success');
		expect([told('T-5').length, told('T-6').length]).toEqual([0, 1]);
		expect(charges('T-5')).toHaveLength(1);
	});
});

/** What a person does who has mended it. */
function retryByHand(entryId: string): WorkflowJson {
	const found = example('dead-letters').nodes.find(({ name }) => name === 'Send It Again');
	if (!found) throw new Error('The example sends nothing again');
	const retry = { ...found, name: 'Retry', parameters: { ...found.parameters, entry: entryId } };
	return {
		name: 'Retry by hand',
		nodes: [{ name: 'By Hand', type: 'n8n-nodes-base.manualTrigger' }, retry] as WorkflowJson['nodes'],
		connections: connect({ from: 'By Hand', to: 'Retry' }),
	};
}
