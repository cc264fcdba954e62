import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { IdempotencyRegistry } from '../../../nodes/IdempotencyRegistry/IdempotencyRegistry.node.ts';
import { toolTwin } from '../../engine/toolTwin';
import type { AgentStyle } from '../../engine';
import { CLAIM_ORDER, decide, RegistryFixture, PAY, RESERVE } from '../fixtures/registryFixture';
import { STRIPE_NODE } from '../fixtures/ordersFixture';

let registry: RegistryFixture;
beforeEach(async () => {
	registry = await RegistryFixture.open();
});
afterEach(() => registry.close());

/** What the model fills in; the policy, the agent and the session are the workflow's. */
const TOOL: INodeParameters = {
	...RESERVE,
	amount: "={{ $fromAI('amount', 'Amount in cents', 'number') }}",
	purpose: "={{ $fromAI('purpose', 'What it is for') }}",
	currency: 'EUR',
	agent: 'shop',
	session: '',
	keySource: 'custom',
	customKey: "={{ $fromAI('invoice', 'Number of the invoice') }}",
	limits: { limit: [{ currency: 'EUR', maxPerPayment: '5000', maxPerDay: '6000', approvalAbove: '3000' }] },
};

const INVOICE = { invoice: 'INV-1', amount: 1999, purpose: 'Two chairs' };

describe.each<AgentStyle>(['engine', 'invoke'])('called by an agent (%s)', (agent) => {
	const call = (parameters: INodeParameters, ...args: IDataObject[]) =>
		registry.asTool(parameters, args, { agent });

	it('Reserve returns flat fields, with a token and what to do with it', async () => {
		const [answer] = await call(TOOL, INVOICE);
		expect(Object.keys(answer!).sort()).toEqual(
			['idempotency', 'nextStep', 'outcome', 'reservation', 'token'].sort(),
		);
		expect(answer).toMatchObject({
			outcome: 'reserved',
			nextStep: expect.stringMatching(/^Now call the payment once with this token/) as string,
		});
	});

	it('five calls in a loop give one token, and one payment', async () => {
		const first = await call(TOOL, ...Array.from({ length: 5 }, () => INVOICE));
		expect(new Set(first.map(({ token }) => token)).size).toBe(1);
		for (const { token } of first) await registry.one(PAY, { token }, { type: STRIPE_NODE });
		const [again] = await call(TOOL, { ...INVOICE, purpose: 'Please, now' });
		expect(again).toMatchObject({ outcome: 'already_done', token: first[0]!.token });
		expect(again!.nextStep).toMatch(
			/^Tell the user that this was already paid by payment pi_\w+, and do not charge again\.$/,
		);
		expect(registry.fixture.charges()).toBe(1);
	});

	it.each<[string, IDataObject, IDataObject]>([
		['a different amount', { amount: 2500 }, { outcome: 'conflict', reason: 'conflict' }],
		['too much', { invoice: '2', amount: 5001 }, { outcome: 'not_allowed', most: 5000 }],
		['no amount', { invoice: '2', amount: 0 }, { outcome: 'refused' }],
		['no invoice', { invoice: '' }, { outcome: 'missing_key' }],
		['more than is left', { invoice: '2', amount: 5000 }, { outcome: 'over_limit', left: 4001 }],
	])('%s returns why and what to do', async (_what, change, expected) => {
		const [, answer] = await call(TOOL, INVOICE, { ...INVOICE, ...change });
		expect(answer).toMatchObject(expected);
		expect(answer!.reason).toMatch(/^[a-z_]+$/);
		expect(answer!.message).toMatch(/^\[Item 0\] /);
		expect(answer!.nextStep).toMatch(/\.$/);
		expect(answer).not.toHaveProperty('input');
	});

	it('a reservation that waits for a person waits, and no model approves it', async () => {
		const [waiting] = await call(TOOL, { ...INVOICE, amount: 4000 });
		expect(waiting).toMatchObject({ outcome: 'waiting_for_approval' });
		const approve = { ...decide('approve'), reservation: "={{ $fromAI('token', 'The token') }}" };
		const [answer] = await call(approve, { token: waiting!.token });
		expect(answer).toMatchObject({ outcome: 'refused', reason: 'not_for_models' });
		const [still] = await call(TOOL, { ...INVOICE, amount: 4000 });
		expect(still).toMatchObject({ outcome: 'waiting_for_approval' });
	});

	it('a model can stop everything, and cannot resume it', async () => {
		const stop = {
			resource: 'token',
			operation: 'stop',
			by: 'watcher',
			reason: "={{ $fromAI('why', '') }}",
		};
		expect((await call(stop, { why: 'A loop' }))[0]).toMatchObject({
			outcome: 'stopped',
			reason: 'A loop',
		});
		const resume = { resource: 'token', operation: 'resume' };
		expect((await call(resume, {}))[0]).toMatchObject({ reason: 'not_for_models' });
		expect((await call(TOOL, INVOICE))[0]).toMatchObject({
			outcome: 'blocked',
			reason: 'payments_stopped',
		});
	});

	it.each<[string, INodeParameters]>([
		['limits', { limits: { limit: [{ currency: 'EUR', maxPerPayment: "={{ $fromAI('most') }}" }] } }],
		['its name', { agent: "={{ $fromAI('agent') }}" }],
		['its session', { session: "={{ $fromAI('session') }}" }],
		['its customers', { allowedCustomers: "={{ $fromAI('customers') }}" }],
		['its operations', { allowedOperations: "={{ $fromAI('operations') }}" }],
		['the ledger', { ledgerFile: "={{ $fromAI('file') }}" }],
	])('a model does not choose %s', async (_what, parameters) => {
		const most = { most: '999999', agent: 'x', session: 'x', customers: 'x', operations: 'x', file: 'x' };
		const [answer] = await call({ ...TOOL, ...parameters }, { ...INVOICE, ...most });
		expect(answer).toMatchObject({ outcome: 'refused' });
		expect(answer!.message).toMatch(/is filled in by the model/);
	});

	it('a claim returns whether to continue', async () => {
		const claim = { ...CLAIM_ORDER, keySource: 'custom', customKey: "={{ $fromAI('order', 'Order') }}" };
		const [first, second] = await call(claim, { order: '1' }, { order: '1' });
		expect(first).toMatchObject({
			outcome: 'proceed',
			idempotency: { claim: expect.any(String) as string },
		});
		expect(second).toMatchObject({ outcome: 'busy', retryable: true });
	});

	it('a ledger that is down is reported in the response', async () => {
		const [answer] = await call({ ...TOOL, ledgerFile: '/dev/null/ledger.sqlite' }, INVOICE);
		expect(answer).toMatchObject({ outcome: 'ledger_unavailable', retryable: true });
	});
});

it('the tool version can describe itself to the model', () => {
	const { description } = toolTwin(new IdempotencyRegistry());
	const names = description.properties.map(({ name }) => name);
	expect(names).toEqual(expect.arrayContaining(['descriptionType', 'toolDescription', 'operation']));
});
