import { randomUUID } from 'node:crypto';

import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { ReservedEntry } from '../../../ledger/model/entry';
import { parseToken } from '../../../ledger/rules/token';
import { inLedger } from '../browser/ledgerPage';
import { until } from '../../servers/until';
import { NO_REDIRECTS, stripeAt } from '../../simulator/client';
import type { Move, Turn } from './exampleModel';
import { ScriptedModel } from './exampleModel';
import { loadExample, items, postWebhook } from './exampleWorkflows';
import { useRealN8n } from '../harness/useRealN8n';
import { BY_HAND, byHand } from '../harness/webhookWorkflows';

const n8n = useRealN8n();

const EXAMPLE = 'agent-refund-with-approval';
const RESERVE_NODE = 'Reserve a Refund';
/** As models call the tool. */
const RESERVE = 'Reserve_a_Refund';
const REFUND = 'Refund';

interface Answered {
	outcome: string;
	reason?: string;
	token?: string;
	nextStep: string;
}

let model: ScriptedModel;
let workflowId: string;
let chat: string;
let payments: string[];

beforeAll(async () => {
	model = await ScriptedModel.start();
	await n8n().api.createCredential('openAiApi', { apiKey: 'sk-scripted', url: model.url });
	payments = await Promise.all(
		['SO-1', 'SO-2', 'SO-3'].map(async () => {
			const { id } = await stripeAt(n8n().simulator).paymentIntents.create({
				amount: 60_000,
				currency: 'eur',
				payment_method: 'pm_card_visa',
				confirm: true,
				...NO_REDIRECTS,
				automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
			});
			return id;
		}),
	);
	const orders = Object.fromEntries(
		payments.map((id, n) => [`SO-${n + 1}`, { payment_intent: id, paid: '600.00' }]),
	);
	const imported = await n8n().api.importWorkflow(
		loadExample(EXAMPLE, {
			Chat: { public: true, mode: 'webhook' },
			Orders: { jsonOutput: JSON.stringify({ orders }) },
			'Every Minute': { rule: { interval: [{ field: 'seconds', secondsInterval: 2 }] } },
		}),
	);
	workflowId = imported.id;
	await n8n().api.publish(workflowId);
	const webhook = loadExample(EXAMPLE).nodes.find(({ name }) => name === 'Chat')?.webhookId;
	chat = `${n8n().main.url}/webhook/${webhook}/chat`;
});
afterAll(() => model.stop());

const refunds = () => n8n().simulator.report().refunds;
const answersOf = (turn: Turn) => turn.answers.flat() as Answered[];

type Planned = (answers: Answered[]) => Move;

/** The model does these, one after the other; each may use what the tools have answered so far. */
const converse = (...moves: Planned[]) => converseAt(chat, moves);

async function converseAt(address: string, moves: Planned[]): Promise<Answered[]> {
	model.follow((turn) => {
		const answers = answersOf(turn);
		return moves[answers.length]?.(answers) ?? { say: 'That is all.' };
	});
	const answer = await postWebhook(address, {
		action: 'sendMessage',
		sessionId: 'one',
		chatInput: 'Please refund',
	});
	expect(answer).toMatchObject({ body: { output: 'That is all.' } });
	const last = model.turns.at(-1);
	return last ? answersOf(last) : [];
}

const reserve =
	(order_number: string, amount: string, reason = 'broken') =>
	(): Move => ({
		tool: RESERVE,
		call: { order_number, amount, reason },
	});
const refund =
	(order_number: string, amount: string, token?: string) =>
	(answers: Answered[]): Move => ({
		tool: REFUND,
		call: { order_number, amount, token: token ?? answers.find((answer) => answer.token)?.token },
	});

it('up to 50 € the agent refunds by itself, once, however often it asks', async () => {
	const answers = await converse(
		reserve('SO-1', '20.00'),
		refund('SO-1', '20.00'),
		reserve('SO-1', '20.00', 'in other words'),
		refund('SO-1', '20.00'),
		reserve('SO-1', '30.00'),
	);
	expect(answers.map(({ outcome }) => outcome)).toEqual([
		'reserved',
		'succeeded',
		'already_done',
		'succeeded',
		'conflict',
	]);
	expect(answers[2]?.nextStep).toMatch(/^Tell the user .* do not refund again\.$/);
	expect(refunds()).toMatchObject([{ amount: 2000, metadata: { order_number: 'SO-1' } }]);
});

it('whatever the agent tries, nothing is moved without a reservation', async () => {
	const before = refunds().length;
	const answers = await converse(
		refund('SO-2', '20.00', 'token_please'),
		refund('SO-2', '20.00', ''),
		reserve('SO-2', '25.00'),
		refund('SO-2', '26.00'),
		refund('SO-3', '25.00'),
		reserve('SO-3', '500.01'),
		reserve('SO-9', '10.00'),
	);
	const refusedBy = answers.map(({ reason, outcome }) => reason ?? outcome);
	expect(refusedBy.slice(0, 5)).toEqual([
		'invalid_token',
		'token_required',
		'reserved',
		'request_mismatch',
		'request_mismatch',
	]);
	for (const { outcome, nextStep } of answers.slice(5)) {
		expect(['blocked', 'refused', 'not_allowed']).toContain(outcome);
		expect(nextStep).not.toBe('');
	}
	expect(refunds()).toHaveLength(before);
});

it('above 50 € a person is asked once, approves, and the agent continues with the same token', async () => {
	const [waiting, early] = await converse(reserve('SO-3', '80.00'), refund('SO-3', '80.00'));
	expect([waiting?.outcome, early?.reason]).toEqual(['waiting_for_approval', 'waiting_for_approval']);
	const approvalRequest = await until('the question', async () => {
		const [latest] = await n8n().api.executions({ workflowId, status: ['waiting'] });
		return latest && (await n8n().api.execution(latest.id));
	});
	const question = items(approvalRequest, 'Send the Question')[0]!.message as string;
	expect(question).toContain('May the agent refund 80.00 EUR');
	const form = new FormData();
	form.set('field-0', 'Approve');
	form.set('field-1', 'Ada');
	await fetch(/https?:\S+$/.exec(question)![0], { method: 'POST', body: form });
	const before = refunds().length;
	await until('the approval', async () => {
		const [state] = await converse(reserve('SO-3', '80.00'));
		return state?.outcome === 'reserved' ? true : undefined;
	});
	const [done] = await converse(refund('SO-3', '80.00', waiting?.token));
	expect(done).toMatchObject({ outcome: 'succeeded' });
	expect(refunds()).toHaveLength(before + 1);
	expect(await n8n().api.executions({ workflowId, status: ['waiting'] })).toHaveLength(0);
});

describe('an agent that names customer, amount and currency itself', () => {
	let address: string;
	let owner: string;
	let other: string;
	beforeAll(async () => {
		const stripe = stripeAt(n8n().simulator);
		const customers = [await stripe.customers.create(), await stripe.customers.create()];
		[owner, other] = customers.map(({ id }) => id) as [string, string];
		const byModel = (name: string) => `={{ $fromAI('${name}', 'The ${name}', 'string') }}`;
		const own = { amount: byModel('amount'), currency: byModel('currency') };
		const workflow = loadExample(EXAMPLE, {
			Chat: { public: true, mode: 'webhook' },
			[RESERVE_NODE]: {
				...own,
				customer: byModel('customer'),
				object: '',
				intentOperation: 'paymentIntent.create',
				allowedOperations: ['paymentIntent.create'],
			},
			[REFUND]: {
				...own,
				resource: 'paymentIntent',
				operation: 'create',
				confirm: true,
				paymentMethod: 'pm_card_visa',
				customer: byId(byModel('customer')),
			},
		});
		const webhookId = randomUUID();
		const nodes = workflow.nodes.map((node) => (node.name === 'Chat' ? { ...node, webhookId } : node));
		const { id } = await n8n().api.importWorkflow({ ...workflow, nodes });
		await n8n().api.publish(id);
		address = `${n8n().main.url}/webhook/${webhookId}/chat`;
	});

	const charges = () =>
		n8n()
			.simulator.report()
			.charges.filter(({ customer }) => customer !== null);
	const call = (tool: string, args: object) => (answers: Answered[]) => {
		const { token } = answers.findLast((answer) => answer.token) ?? {};
		const usual = { amount: '20.00', currency: 'EUR', customer: owner, reason: 'wanted' };
		return { tool, call: { ...usual, ...(tool === REFUND ? { token } : {}), ...args } };
	};

	it('pays what was reserved, once, and nothing else', async () => {
		const order_number = 'P-1';
		const answers = await converseAt(address, [
			call(RESERVE, { order_number }),
			call(REFUND, { order_number, amount: '20.01' }),
			call(REFUND, { order_number, currency: 'USD' }),
			call(REFUND, { order_number, customer: other }),
			call(REFUND, { order_number }),
			call(REFUND, { order_number }),
			call(RESERVE, { order_number, customer: other }),
		]);
		expect(answers.map(({ outcome, reason }) => reason ?? outcome)).toEqual([
			'reserved',
			'request_mismatch',
			'request_mismatch',
			'request_mismatch',
			'succeeded',
			'succeeded',
			'conflict',
		]);
		expect(charges()).toMatchObject([{ amount: 2_000, currency: 'eur', customer: owner }]);
	});

	it('pays nothing after its token has expired', async () => {
		const order_number = 'P-2';
		const before = charges().length;
		const [reserved] = await converseAt(address, [call(RESERVE, { order_number })]);
		const { entryId } = parseToken(reserved?.token ?? '')!;
		await inLedger(n8n(), async (store) => {
			const [entry] = (await store.find([entryId])) as [ReservedEntry];
			const reservation = { ...entry.reservation!, validUntil: Date.now() - 1_000 };
			await store.replaceIfVersion([{ ...entry, version: entry.version + 1, reservation }]);
		});
		const { token } = reserved!;
		const [late] = await converseAt(address, [call(REFUND, { order_number, token })]);
		expect(late).toMatchObject({ outcome: 'blocked', reason: 'expired' });
		expect(charges()).toHaveLength(before);
	});
});

const byId = (value: string) => ({ __rl: true, mode: 'id', value });

const REGISTRY = 'n8n-nodes-stripe-idempotent.idempotencyRegistry';

/** A workflow that a person runs: the registry once for each of the items. */
async function registryWorkflow(list: IDataObject[], parameters: IDataObject): Promise<string> {
	const { credentials } = loadExample(EXAMPLE).nodes.find(({ name }) => name === 'Refund') ?? {};
	const registry = { name: 'Registry', type: REGISTRY, ...(credentials ? { credentials } : {}) };
	const own = { ledger: 'localFile', ...parameters } as INodeParameters;
	const { id } = await n8n().api.importWorkflow(byHand(list, { ...registry, parameters: own }));
	return id;
}

const run = (id: string) => n8n().api.runByHand(id, BY_HAND);

const decideByHand = async (parameters: IDataObject) => run(await registryWorkflow([{}], parameters));

it('after a person has activated the kill switch, nothing is reserved and no token is valid until payments are resumed', async () => {
	const [{ token } = { token: '' }] = await converse(reserve('SO-2', '25.00'));
	const before = refunds().length;
	const decision = { resource: 'token', by: 'Ada', reason: 'The agent went astray' };
	await decideByHand({ ...decision, operation: 'stop' });
	const answers = await converse(refund('SO-2', '25.00', token), reserve('SO-1', '20.00'));
	expect(answers.map(({ reason }) => reason)).toEqual(['payments_stopped', 'payments_stopped']);
	expect(refunds()).toHaveLength(before);
	await decideByHand({ ...decision, operation: 'resume' });
	const [done] = await converse(refund('SO-2', '25.00', token));
	expect(done).toMatchObject({ outcome: 'succeeded' });
	expect(refunds()).toHaveLength(before + 1);
});

it('a hundred reservations in two concurrent executions get no more than the daily limit', async () => {
	const parameters = {
		resource: 'token',
		operation: 'reserve',
		intentOperation: 'paymentIntent.create',
		amount: '10.00',
		amountUnit: 'major',
		currency: 'EUR',
		purpose: 'many',
		agent: 'many',
		keyFields: { field: [{ path: 'invoice', treatAs: 'text' }] },
		limits: { limit: [{ currency: 'EUR', maxPerPayment: '10', maxPerDay: '100', approvalAbove: '' }] },
		allowedOperations: ['paymentIntent.create'],
	};
	const list = (half: string) => Array.from({ length: 50 }, (_, n) => ({ invoice: `${half}-${n}` }));
	const runs = await Promise.all(
		['a', 'b'].map(async (half) => run(await registryWorkflow(list(half), parameters))),
	);
	const itemCounts = runs.map((one) =>
		one.runs('Registry')[0]?.data?.main?.map((output) => output?.length ?? 0),
	);
	const total = (output: number) => itemCounts.reduce((sum, outputs) => sum + (outputs?.[output] ?? 0), 0);
	expect([total(0), total(1), total(2)]).toEqual([10, 0, 90]);
});
