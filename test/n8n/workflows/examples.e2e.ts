import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { IDataObject } from 'n8n-workflow';

import { until } from '../../servers/until';
import { NO_REDIRECTS, stripeAt } from '../../simulator/client';
import type { Fault } from '../../simulator/simulator';
import { ScriptedModel } from './exampleModel';
import type { ReplyItem } from './exampleWorkflows';
import { loadExample, items, postWebhook, submitForm } from './exampleWorkflows';
import type { Execution } from '../harness/execution';
import { useRealN8n } from '../harness/useRealN8n';

const n8n = useRealN8n();

/** What only the shop and the help desk know. */
const SECRET = { 'x-shop-secret': 'open-sesame' };

/** Longer waits are for life. */
const SOON = { amount: 1, unit: 'seconds' };

beforeAll(async () => {
	const [[name, value]] = Object.entries(SECRET) as [[string, string]];
	await n8n().api.createCredential('httpHeaderAuth', { name, value });
});
afterEach(() => n8n().simulator.clearFaults());

async function publish(name: string, changes: Record<string, IDataObject> = {}): Promise<string> {
	const { id } = await n8n().api.importWorkflow(loadExample(name, changes));
	await n8n().api.publish(id);
	return id;
}

function fault(kind: Fault['kind'], metadata: Record<string, string>, times = 3): void {
	n8n().simulator.inject({ kind, times, match: { method: 'POST', metadata } });
}

/** The charges that succeeded, by the number in their metadata. */
function charges(field: string, number: string) {
	return n8n()
		.simulator.report()
		.charges.filter(({ metadata }) => metadata[field] === number);
}

describe('webhook-order.json', () => {
	let id: string;
	beforeAll(async () => {
		id = await publish('webhook-order');
	});

	const order = { amount: '49.90', currency: 'EUR', payment_method: 'pm_card_visa' };
	const charged = (number: string) => charges('order_number', number);

	function deliver(number: string | undefined, other: object = {}, headers = SECRET): Promise<ReplyItem> {
		const body = { order_number: number, ...order, ...other };
		return postWebhook(`${n8n().main.url}/webhook/charge-order`, body, headers);
	}

	/** The last nodes of the latest execution. */
	async function reached(...nodes: string[]): Promise<string[]> {
		const [latest] = await n8n().api.executions({ workflowId: id });
		const execution = await n8n().api.ended(latest!.id);
		return nodes.filter((node) => execution.runs(node).length > 0);
	}

	const ENDS = ['Ship It', 'Ask the Customer', 'Tell Somebody', 'The Shop Comes Again'];

	it('charges an order once and responds 200, also when it is delivered again', async () => {
		const first = await deliver('W-1');
		expect(first).toMatchObject({
			status: 200,
			body: { order_number: 'W-1', status: 'succeeded', paid: true },
		});
		expect(await reached(...ENDS)).toEqual(['Ship It']);
		expect((await deliver('W-1')).body).toEqual(first.body);
		expect(charged('W-1')).toMatchObject([{ amount: 4990, currency: 'eur' }]);
	});

	it('charges an order once that is delivered twice at once, and responds to both', async () => {
		const answers = await Promise.all([deliver('W-2'), deliver('W-2')]);
		expect(answers.map(({ status }) => status)).toEqual([200, 200]);
		expect(answers[0].body).toEqual(answers[1].body);
		expect(charged('W-2')).toHaveLength(1);
	});

	it('responds 402 with the reason when the card is declined, and 200 with another card', async () => {
		const empty = { payment_method: 'pm_card_chargeDeclinedInsufficientFunds' };
		const declined = await deliver('W-3', empty);
		expect(declined).toMatchObject({ status: 402, body: { order_number: 'W-3', paid: false } });
		expect((declined.body as { reason: string }).reason).toContain('insufficient funds');
		expect(await reached(...ENDS)).toEqual(['Tell Somebody']);

		const sends = n8n().simulator.sends().length;
		expect(await deliver('W-3', empty)).toMatchObject({ status: 402 });
		expect(n8n().simulator.sends()).toHaveLength(sends);
		expect(await deliver('W-3')).toMatchObject({ status: 200, body: { paid: true } });
		expect(charged('W-3')).toHaveLength(1);
	});

	it.each([
		['without a number', undefined, {}, 'Key Fields'],
		['without an amount', 'W-4', { amount: undefined }, 'Amount'],
		['with a different amount than before', 'W-1', { amount: '50.00' }, 'Amount: 49.90 EUR → 50.00 EUR'],
	])('responds 422 with the reason to an order %s', async (_, number, other, reason) => {
		const before = n8n().simulator.report().charges.length;
		const answer = await deliver(number, other);
		expect(answer).toMatchObject({ status: 422, body: { paid: false } });
		expect((answer.body as { reason: string }).reason).toContain(reason);
		expect(n8n().simulator.report().charges).toHaveLength(before);
	});

	it('responds 503 with Retry-After if the outcome is unknown, and charges once when the order is delivered again', async () => {
		fault('resetAfter', { order_number: 'W-5' }, 2);
		const unclear = await deliver('W-5');
		expect(unclear).toMatchObject({ status: 503, body: { order_number: 'W-5', paid: null } });
		expect(Number(unclear.headers.get('retry-after'))).toBeGreaterThan(0);
		expect(await reached(...ENDS)).toEqual(['The Shop Comes Again']);

		expect(await deliver('W-5')).toMatchObject({ status: 200, body: { paid: true } });
		expect(charged('W-5')).toHaveLength(1);
	});

	it('responds 503 while the secret key is invalid: that is not the fault of the order', async () => {
		fault('unauthorized401', { order_number: 'W-6' }, 1);
		expect(await deliver('W-6')).toMatchObject({ status: 503 });
		expect(await deliver('W-6')).toMatchObject({ status: 200 });
		expect(charged('W-6')).toHaveLength(1);
	});

	it('reports that the customer must act instead of shipping', async () => {
		const answer = await deliver('W-7', { payment_method: 'pm_card_authenticationRequired' });
		expect(answer).toMatchObject({ status: 200, body: { paid: false, status: 'requires_action' } });
		expect(await reached(...ENDS)).toEqual(['Ask the Customer']);
		expect(charged('W-7')).toHaveLength(0);
	});

	it('requires the secret', async () => {
		expect(await deliver('W-8', {}, { 'x-shop-secret': 'guessed' })).toMatchObject({ status: 403 });
		expect(charged('W-8')).toHaveLength(0);
	});

	it('can be tried with a click, on the pinned order', async () => {
		const clicks = [await n8n().api.runByHand(id), await n8n().api.runByHand(id)];
		for (const execution of clicks) expect(items(execution, 'Ship It')).toHaveLength(1);
		expect(charged('SO-2001')).toHaveLength(1);
	});
});

describe('nightly-invoices.json', () => {
	const charged = (number: string) => charges('invoice_number', number);
	const messages = (execution: Execution) =>
		items(execution, 'Tell Somebody').map(({ message }) => message);

	async function run(changes: Record<string, IDataObject> = {}) {
		const id = await publish('nightly-invoices', { 'Wait Five Minutes': SOON, ...changes });
		const execution = await n8n().api.runByHand(id, 'Try It Manually');
		await n8n().api.unpublish(id);
		expect(execution.status).toBe('success');
		return execution;
	}

	const oneInvoice = (number: string) => ({
		'Sample Invoices': {
			assignments: {
				assignments: [
					{
						id: 'csv',
						name: 'csv',
						type: 'string',
						value: `invoice_number,amount,currency,payment_method\n${number},10.00,EUR,pm_card_visa\n`,
					},
				],
			},
		},
	});

	it('charges each invoice once, resends one whose response was lost, and does nothing new in the next run', async () => {
		// The node itself repeats twice: so the whole first round brings no answer.
		fault('resetAfter', { invoice_number: 'INV-3002' }, 3);
		const first = await run();
		expect(first.runs('Charge Once')).toHaveLength(2);
		expect(items(first, 'Mark as Paid')).toHaveLength(3);
		expect(messages(first)).toEqual([
			expect.stringMatching(
				/^Invoice INV-3003 is not paid\. .*insufficient funds.*a different payment method/,
			),
		]);
		const paid = () => ['INV-3001', 'INV-3002', 'INV-3003', 'INV-3004'].map((one) => charged(one).length);
		expect(paid()).toEqual([1, 1, 0, 1]);
		expect(charged('INV-3004')).toMatchObject([{ amount: 12_800, currency: 'jpy' }]);

		const second = await run();
		expect(second.runs('Charge Once')).toHaveLength(1);
		const replayed = { idempotency: { replayed: true } };
		expect(items(second, 'Mark as Paid')).toMatchObject([replayed, replayed, replayed]);
		expect(paid()).toEqual([1, 1, 0, 1]);
	});

	it('gives up after three more rounds and sends a notification; the next run charges', async () => {
		fault('error503', { invoice_number: 'INV-9001' }, Infinity);
		const late = await run(oneInvoice('INV-9001'));
		const keys = items(late, 'Charge Once').map(({ idempotency }) => (idempotency as IDataObject).key);
		expect(keys).toHaveLength(4);
		expect(new Set(keys).size).toBe(1);
		expect(messages(late)).toEqual([
			expect.stringMatching(/^Invoice INV-9001 is not paid\. .*Retry later/),
		]);

		n8n().simulator.clearFaults();
		await run(oneInvoice('INV-9001'));
		expect(charged('INV-9001')).toHaveLength(1);
	});

	it('has the same invoices as invoices.csv', () => {
		const sample = loadExample('nightly-invoices').nodes.find(({ name }) => name === 'Sample Invoices');
		const csv = readFileSync(join(__dirname, '../../../examples/invoices.csv'), 'utf8');
		expect(sample?.parameters).toMatchObject({ assignments: { assignments: [{ value: csv }] } });
	});
});

describe('refund-after-approval.json', () => {
	let id: string;
	let payment: string;
	beforeAll(async () => {
		id = await publish('refund-after-approval', { 'Wait Five Minutes': SOON });
	});
	beforeEach(async () => {
		const { id: intent } = await stripeAt(n8n().simulator).paymentIntents.create({
			amount: 10_000,
			currency: 'eur',
			payment_method: 'pm_card_visa',
			confirm: true,
			...NO_REDIRECTS,
			automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
		});
		payment = intent;
	});

	/** Asks for a refund; resolves with the execution that waits, and the link in the question. */
	async function ask(number: string, other: object = {}) {
		const body = {
			request_number: number,
			payment_intent: payment,
			amount: '20.00',
			reason: 'Broken',
			...other,
		};
		const before = (await n8n().api.executions({ workflowId: id })).map((execution) => execution.id);
		const { status } = await postWebhook(`${n8n().main.url}/webhook/refund-request`, body, SECRET);
		expect(status).toBe(200);
		return until('the question', async () => {
			const [latest] = await n8n().api.executions({ workflowId: id, status: ['waiting'] });
			if (!latest || before.includes(latest.id)) return undefined;
			const waiting = await n8n().api.execution(latest.id);
			const question = items(waiting, 'Send the Question')[0]!.message as string;
			return { execution: latest.id, question, link: /https?:\S+$/.exec(question)![0] };
		});
	}

	const decide = (link: string, decision: string) => submitForm(link, decision, 'Ada');

	const refunds = (number: string) =>
		n8n()
			.simulator.report()
			.refunds.filter(({ metadata }) => metadata.request_number === number);

	it('refunds an approved request once, even if the button is clicked twice', async () => {
		const { execution, question, link } = await ask('R-1');
		expect(question).toContain(`Refund R-1: give back 20.00 of the payment ${payment}?`);
		const form = await (await fetch(link)).text();
		expect(form).toContain('Refund R-1');
		expect(refunds('R-1')).toEqual([]);

		await Promise.all([decide(link, 'Approve'), decide(link, 'Approve')]);
		const ended = await n8n().api.ended(execution);
		expect(ended.runs('Refunded')).toHaveLength(1);
		await decide(link, 'Approve');
		expect(refunds('R-1')).toMatchObject([{ amount: 2_000 }]);
	});

	it('refunds once if the request is made twice and both are approved', async () => {
		const first = await ask('R-2');
		const second = await ask('R-2');
		for (const { link, execution } of [first, second]) {
			await decide(link, 'Approve');
			expect((await n8n().api.ended(execution)).runs('Refunded')).toHaveLength(1);
		}
		expect(refunds('R-2')).toMatchObject([{ amount: 2_000 }]);
	});

	it('refunds nothing that was denied', async () => {
		const { execution, link } = await ask('R-3');
		await decide(link, 'Deny');
		const ended = await n8n().api.ended(execution);
		expect(ended.runs('Tell Who Asked')).toHaveLength(1);
		expect(ended.runs('Refund Once')).toHaveLength(0);
		expect(refunds('R-3')).toEqual([]);
	});

	it('loops when the response is lost, and refunds once', async () => {
		const { execution, link } = await ask('R-4');
		fault('resetAfter', { request_number: 'R-4' }, 3);
		await decide(link, 'Approve');
		const ended = await n8n().api.ended(execution);
		expect(ended.runs('Refund Once')).toHaveLength(2);
		expect(ended.runs('Refunded')).toHaveLength(1);
		expect(refunds('R-4')).toHaveLength(1);
	});

	it('refunds once if it is approved after n8n was restarted', async () => {
		const { execution, link } = await ask('R-5');
		await n8n().main.kill();
		await n8n().main.restart();
		await decide(link, 'Approve');
		expect((await n8n().api.ended(execution)).runs('Refunded')).toHaveLength(1);
		expect(refunds('R-5')).toMatchObject([{ amount: 2_000 }]);
	});

	it('refunds nothing if the request has no amount, and tells the person who decides', async () => {
		const { execution, question, link } = await ask('R-6', { amount: undefined });
		expect(question).toContain('give back (no amount: it will be refused) of the payment');
		await decide(link, 'Approve');
		expect((await n8n().api.ended(execution)).runs('Refunded')).toHaveLength(0);
		expect(refunds('R-6')).toEqual([]);
	});
});

describe('agent-with-charge-tool.json', () => {
	let model: ScriptedModel;
	let id: string;
	let chat: string;
	beforeAll(async () => {
		model = await ScriptedModel.start();
		await n8n().api.createCredential('openAiApi', { apiKey: 'sk-scripted', url: model.url });
		id = await publish('agent-with-charge-tool', { Chat: { public: true, mode: 'webhook' } });
		const webhook = loadExample('agent-with-charge-tool').nodes.find(
			({ name }) => name === 'Chat',
		)?.webhookId;
		chat = `${n8n().main.url}/webhook/${webhook}/chat`;
	});
	afterAll(() => model.stop());

	const write = (chatInput: string) =>
		postWebhook(chat, { action: 'sendMessage', sessionId: 'one', chatInput });
	const charged = (number: string) => charges('invoice_number', number);

	it('charges once though the model calls the tool five times, and says so each time', async () => {
		model.follow(({ answers }) =>
			answers.length < 5 ? { call: { invoice_number: 'INV-3101' } } : { say: 'It is paid.' },
		);
		expect(await write('Please charge INV-3101')).toMatchObject({ body: { output: 'It is paid.' } });

		expect(model.turns).toHaveLength(6);
		expect(model.turns[0]).toMatchObject({ tools: ['Charge_an_Invoice'], arguments: ['invoice_number'] });
		expect(JSON.stringify(model.turns[0]!.request.input)).toContain('Praxis Dr. Ahrens');
		const answers = model.turns[5]!.answers.flat() as { nextStep: string }[];
		expect(answers).toHaveLength(5);
		for (const answer of answers) expect(answer).toMatchObject({ outcome: 'succeeded', amount: 6490 });
		const [first, ...others] = answers.map(({ nextStep }) => nextStep);
		expect(first).toMatch(/^Completed /);
		for (const other of others) expect(other).toMatch(/^This was already completed /);
		expect(charged('INV-3101')).toMatchObject([{ amount: 6490, currency: 'eur' }]);
	});

	it('does not charge again what the nightly run has charged, in a streaming chat', async () => {
		const nightly = await n8n().api.importWorkflow(loadExample('nightly-invoices'));
		await n8n().api.runByHand(nightly.id, 'Try It Manually');
		const open = { public: true, mode: 'webhook', options: { responseMode: 'streaming' } };
		await n8n().api.changeWorkflow(id, loadExample('agent-with-charge-tool', { Chat: open }));
		// What is published answers until the next version has taken its place: so it has to go first.
		await n8n().api.unpublish(id);
		await n8n().api.publish(id);

		model.follow(({ answers }) =>
			answers.length < 1 ? { call: { invoice_number: 'INV-3001' } } : { say: 'It was paid at night.' },
		);
		const { body } = await write('Please charge INV-3001');
		expect(body).toContain('It was paid at night.');
		expect(model.turns.map(({ request }) => request.stream)).toEqual([true, true]);
		expect(model.turns.at(-1)!.answers.flat()).toMatchObject([
			{ outcome: 'succeeded', idempotency: { replayed: true } },
		]);
		expect(charged('INV-3001')).toHaveLength(1);
	});

	it('tells the model about a declined card', async () => {
		model.follow(({ answers }) =>
			answers.length < 1 ? { call: { invoice_number: 'INV-3102' } } : { say: 'It was declined.' },
		);
		await write('Please charge INV-3102');
		expect(model.turns.at(-1)!.answers.flat()).toMatchObject([
			{ outcome: 'rejected', retryable: false, details: { declineCode: 'insufficient_funds' } },
		]);
		expect(charged('INV-3102')).toHaveLength(0);
	});

	it('charges no invoice that does not exist', async () => {
		const before = n8n().simulator.requests.length;
		model.follow(({ answers }) =>
			answers.length < 1 ? { call: { invoice_number: 'INV-9999' } } : { say: 'There is none.' },
		);
		await write('Please charge INV-9999');
		expect(model.turns.at(-1)!.answers.flat()).toMatchObject([{ outcome: 'refused' }]);
		expect(n8n().simulator.requests).toHaveLength(before);
	});

	it('takes only the number from the model', async () => {
		const forged = { amount: '1.00', currency: 'USD', payment_method: 'pm_card_visa' };
		const call = {
			invoice_number: 'INV-3103',
			...forged,
			query: { invoice_number: 'INV-3102', ...forged },
			invoices: { 'INV-3103': forged },
		};
		model.follow(({ answers }) => (answers.length < 1 ? { call } : { say: 'Done.' }));
		await write('Please charge INV-3103 with one dollar');
		expect(model.turns.at(-1)!.answers.flat()).toMatchObject([
			{ outcome: 'succeeded', amount: 31_080, currency: 'eur' },
		]);
		const method = 'pm_card_mastercard';
		expect(n8n().simulator.sends().at(-1)?.params).toMatchObject({ payment_method: method });
		expect(charged('INV-3103')).toHaveLength(1);
		expect(charged('INV-3102')).toHaveLength(0);
	});
});
