import type { IDataObject } from 'n8n-workflow';

import type { WorkflowJson } from '../../engine/workflowJson';
import { connectNodes } from '../../engine/workflowJson';
import { ScriptedModel } from './exampleModel';
import { useRealN8n } from '../harness/useRealN8n';
import type { Fault } from '../../simulator/simulator';
import { importAndPublish } from './executing';
import { countChargesOf, sendsOf } from './figures';
import { buildChargeNode, ORDER, buildOrder, buildWebhookNode } from './nodes';
import type { Answered } from './redTeamAgent';
import { payAsReserved, redTeamWorkflow, WORST } from './redTeamAgent';

const AGENT = 'AI Agent';
const MODEL = 'OpenAI Chat Model';
/** The model knows it by this name, which the scripted one calls. */
const TOOL = 'Charge an Invoice';

/** What a person writes goes to an agent, which has the node as its tool. The model gives the number, and nothing else. */
function agentWorkflow(path: string): WorkflowJson {
	const number = "$fromAI('invoice_number', 'Number of the invoice', 'string')";
	const parameters = {
		amount: 4200,
		currency: 'eur',
		paymentMethod: "={{ $('Order').first().json.body.card }}",
		additionalFields: { metadata: { entry: [{ key: 'order_number', value: `={{ ${number} }}` }] } },
		keyFields: { field: [{ path: 'invoice_number', treatAs: 'text' }] },
		descriptionType: 'manual',
		toolDescription: 'Charges an invoice',
		// One send per call, so that a lost answer is known to the model at once.
		options: { maxRetries: 0, timeoutSeconds: 10, requireToken: false },
	};
	return {
		name: path,
		nodes: [
			buildWebhookNode(path),
			{
				name: AGENT,
				type: '@n8n/n8n-nodes-langchain.agent',
				typeVersion: 3,
				parameters: { promptType: 'define', text: `={{ $json.body.chat }}`, options: {} },
			},
			{
				name: MODEL,
				type: '@n8n/n8n-nodes-langchain.lmChatOpenAi',
				typeVersion: 1.3,
				parameters: { model: { __rl: true, mode: 'list', value: 'scripted' }, options: {} },
				credentials: { openAiApi: { id: '', name: '' } },
			},
			buildChargeNode(parameters, {
				name: TOOL,
				type: 'n8n-nodes-stripe-idempotent.stripeIdempotentTool',
			}),
		],
		connections: connectNodes(
			{ from: ORDER, to: AGENT },
			{ from: MODEL, to: AGENT, type: 'ai_languageModel' },
			{ from: TOOL, to: AGENT, type: 'ai_tool' },
		),
	};
}

const n8n = useRealN8n();
let model: ScriptedModel;
beforeAll(async () => {
	model = await ScriptedModel.start();
	await n8n().api.createCredential('openAiApi', { apiKey: 'sk-scripted', url: model.url });
	await importAndPublish(n8n().api, agentWorkflow('agent'));
	await importAndPublish(n8n().api, redTeamWorkflow('red-team'));
});
afterAll(() => model.stop());

/** Lets a model call the tool so often; resolves with what each call told it. */
async function conversation(number: string, calls: number, card = 'pm_card_visa'): Promise<IDataObject[]> {
	model.follow(({ answers }) =>
		answers.length < calls ? { call: { invoice_number: number } } : { say: `I called ${calls} times.` },
	);
	const { status, body } = await n8n().api.callWebhook('agent', { chat: `Charge ${number}`, card });
	expect({ status, body }).toMatchObject({ status: 200, body: { output: `I called ${calls} times.` } });
	// After each call the model is asked for its next move, with the answers so far.
	expect(model.turns.map(({ answers }) => answers.length)).toEqual(
		Array.from({ length: calls + 1 }, (_, requestCount) => requestCount),
	);
	return model.turns.at(-1)!.answers.flat() as IDataObject[];
}

const charges = (number: string) => countChargesOf(n8n().simulator, buildOrder(number));
const keys = (number: string) => sendsOf(n8n().simulator, buildOrder(number)).map(({ key }) => key);

function fault(kind: Fault['kind'], number: string): void {
	n8n().simulator.inject({ kind, match: { method: 'POST', metadata: { order_number: number } } });
}

it('an agent charges, and its model reads that the payment is completed', async () => {
	expect(await conversation('INV-1', 1)).toMatchObject([
		{
			outcome: 'succeeded',
			nextStep: expect.stringMatching(
				/^Completed \(pi_\w+\). Tell the user, and do not do it again/,
			) as string,
			idempotency: { replayed: false },
		},
	]);
	expect(charges('INV-1')).toBe(1);
	expect(model.turns[0]).toMatchObject({ tools: ['Charge_an_Invoice'], arguments: ['invoice_number'] });
});

it('a model reads that a card was declined, and what to do; another call changes nothing', async () => {
	const declined = {
		outcome: 'rejected',
		retryable: false,
		nextStep: expect.stringContaining('a different payment method') as string,
	};
	expect(await conversation('INV-2', 2, 'pm_card_chargeDeclined')).toMatchObject([declined, declined]);
	expect(charges('INV-2')).toBe(0);
	expect(keys('INV-2')).toHaveLength(1);
});

it.each([
	['resetAfter', 'unknown'],
	['error503', 'unknown'],
	['rateLimit429', 'rate_limited'],
] as const)(
	'a model that meets %s reads %s and to call again; it does, and charges once',
	async (kind, outcome) => {
		const number = `INV-${kind}`;
		fault(kind, number);
		const [first, second] = await conversation(number, 2);
		expect(first).toMatchObject({
			outcome,
			retryable: true,
			nextStep: expect.stringContaining('nothing is charged twice') as string,
		});
		expect(second).toMatchObject({
			outcome: 'succeeded',
			nextStep: expect.stringMatching(/completed/i) as string,
		});
		expect(charges(number)).toBe(1);
		expect(keys(number)).toHaveLength(2);
		expect(new Set(keys(number)).size).toBe(1);
	},
);

it('a model that calls five times for one invoice charges it once, and reads so each time', async () => {
	const [first, ...others] = await conversation('INV-5', 5);
	expect(first).toMatchObject({
		outcome: 'succeeded',
		nextStep: expect.stringMatching(/^Completed/) as string,
	});
	expect(others).toHaveLength(4);
	for (const other of others) {
		expect(other).toMatchObject({
			outcome: 'succeeded',
			nextStep: expect.stringMatching(/already completed .*nothing was executed twice/) as string,
			idempotency: { replayed: true, source: 'ledger' },
		});
	}
	expect(charges('INV-5')).toBe(1);
	expect(keys('INV-5')).toHaveLength(1);
});

it('two conversations about one invoice charge it once', async () => {
	expect(await conversation('INV-6', 1)).toMatchObject([{ idempotency: { replayed: false } }]);
	expect(await conversation('INV-6', 1)).toMatchObject([{ idempotency: { replayed: true } }]);
	expect(charges('INV-6')).toBe(1);
	expect(keys('INV-6')).toHaveLength(1);
});

it('a model that misuses its tools pays nothing, reads the reason each time, and can still do what is allowed', async () => {
	const steps = [...WORST.map(([, step]) => step), payAsReserved, payAsReserved];
	const paid = () => n8n().simulator.report().charges;
	const before = paid().length;
	const seen: number[] = [];
	model.follow(({ answers }) => {
		seen.push(paid().length - before);
		const step = steps[answers.length];
		return step ? step(answers.flat() as Answered[]) : { say: 'I have tried it all.' };
	});
	const { status, body } = await n8n().api.callWebhook('red-team', { chat: 'Pay' });
	expect({ status, body }).toMatchObject({ status: 200, body: { output: 'I have tried it all.' } });
	const answers = model.turns.at(-1)!.answers.flat() as Answered[];
	expect(answers.slice(0, WORST.length).map(({ outcome }, n) => [WORST[n]![0], outcome])).toEqual(
		WORST.map(([what, , outcome]) => [what, outcome]),
	);
	for (const { nextStep } of answers) expect(nextStep).toMatch(/\S/);
	// Nothing was paid until it did as it may, and then once.
	expect(seen.slice(0, WORST.length + 1)).toEqual(Array.from({ length: WORST.length + 1 }, () => 0));
	expect(answers.slice(WORST.length).map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded']);
	expect(paid().slice(before)).toMatchObject([{ amount: 1000, currency: 'eur' }]);
});
