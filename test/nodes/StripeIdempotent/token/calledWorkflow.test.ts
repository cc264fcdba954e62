import type { INodeType } from 'n8n-workflow';

import { runWorkflow } from '../../../engine';
import { nodeUnderTest } from '../../../engine/runNode';
import { connectNodes } from '../../../engine/workflowJson';
import { describeNode, START } from '../../../engine/builtins';
import { CHARGE, EMPTY_CARD, OrdersFixture, toLocator, withOptions } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const LANGCHAIN = '@n8n/n8n-nodes-langchain';
const MCP = { triggerType: `${LANGCHAIN}.mcpTrigger` };
const CHAT = { triggerType: `${LANGCHAIN}.chatTrigger` };
const CALLBACKS = { hasCallbacks: true };
const SCHEDULE = { triggerType: 'n8n-nodes-base.scheduleTrigger' };
const ONLY_WITH_TOKEN = expect.stringContaining('only payments with a token') as string;
const ORDER = [{ order: '1001', amount: 1999 }];
const refundDispute = { resource: 'dispute', operation: 'accept', dispute: toLocator('id', 'dp_1') };

const callBy = (calledBy: object, parameters: object = CHARGE, items: object[] = ORDER) =>
	fixture.run(parameters as never, items as never, { mode: 'integrated', calledBy });

describe.each([
	["LangChain's loop", CALLBACKS],
	['an MCP server', MCP],
	['a chat', CHAT],
])('in a workflow that %s called as a tool', (_who, calledBy) => {
	it.each([
		['nothing is written', CHARGE],
		['an expression turns it off', withOptions({ requireToken: '={{ false }}' })],
		['the item turns it off', withOptions({ requireToken: '={{ $json.off }}' })],
	])('no payment is sent without a token if %s', async (_what, parameters) => {
		const { fix } = await callBy(calledBy, { ...CHARGE, ...parameters }, [{ ...ORDER[0], off: false }]);
		expect(fix).toMatchObject([{ error: { outcome: 'blocked', message: ONLY_WITH_TOKEN } }]);
		expect(fixture.simulator.sends()).toEqual([]);
	});

	it('a payment is sent if a person has turned Require Token off', async () => {
		const { success } = await callBy(calledBy, { ...CHARGE, ...withOptions({ requireToken: false }) });
		expect(success).toHaveLength(1);
	});

	it('a dispute is not accepted, and a rejection is not tried again', async () => {
		const off = withOptions({ requireToken: false });
		const { fix } = await callBy(calledBy, { ...refundDispute, ...off });
		expect(fix).toMatchObject([{ error: { outcome: 'blocked' } }]);
		const declined = { ...CHARGE, ...off, paymentMethod: EMPTY_CARD };
		for (const mode of ['integrated', 'retry'] as const)
			await fixture.run(declined, ORDER, { mode, calledBy });
		expect(fixture.simulator.sends()).toHaveLength(1);
	});
});

it('a workflow that a scheduled workflow starts pays without a token', async () => {
	expect((await callBy(SCHEDULE)).success).toHaveLength(1);
});

describe('with a credential that requires a token', () => {
	beforeEach(async () => {
		await fixture.close();
		fixture = await OrdersFixture.open({ credential: { requireReservation: true } });
	});

	it.each([
		['in a workflow started by another', { mode: 'integrated' as const, calledBy: SCHEDULE }],
		['in a manual run', { mode: 'manual' as const }],
	])('nothing is sent without one, even if the node turns it off, %s', async (_where, more) => {
		const parameters = { ...CHARGE, ...withOptions({ requireToken: false }) };
		const { fix } = await fixture.run(parameters, ORDER, more);
		expect(fix).toMatchObject([{ error: { outcome: 'blocked', message: ONLY_WITH_TOKEN } }]);
		expect(fixture.simulator.sends()).toEqual([]);
	});

	it('reads need none', async () => {
		const customer = await fixture.stripe.customers.create();
		const get = { resource: 'customer', operation: 'get', customer: toLocator('id', customer.id) };
		expect((await fixture.run(get, [{}])).success).toHaveLength(1);
	});
});

describe('a hint asks a person to decide', () => {
	const hintsOf = async (parameters: object, more: object) => {
		const result = await fixture.run({ ...CHARGE, ...parameters }, ORDER, more);
		return result.hints('Node').filter(({ message }) => message.includes('Require Token'));
	};

	it('in a workflow that another one started, until Require Token is set', async () => {
		const started = { mode: 'integrated', calledBy: SCHEDULE };
		expect(await hintsOf({}, started)).toMatchObject([
			{ type: 'warning', message: expect.stringMatching(/Another workflow started/) as string },
		]);
		expect(await hintsOf(withOptions({ requireToken: false }), started)).toEqual([]);
		expect(await hintsOf({}, { mode: 'trigger' })).toEqual([]);
	});

	it('if an agent comes before the node in the workflow', async () => {
		const AGENT = `${LANGCHAIN}.agent`;
		const agent: INodeType = {
			description: describeNode(AGENT, { inputs: ['main'], properties: [] }),
			async execute() {
				return [this.getInputData()];
			},
		};
		const options = fixture.options({ items: ORDER });
		const nodeTypes = { ...options.nodeTypes, [AGENT]: agent };
		const node = nodeUnderTest(fixture.node(CHARGE), options);
		const result = await runWorkflow(
			{
				nodes: [{ name: 'Start', type: START }, { name: 'Billing Agent', type: AGENT }, node],
				connections: connectNodes(
					{ from: 'Start', to: 'Billing Agent' },
					{ from: 'Billing Agent', to: node.name },
				),
			},
			{ ...options, nodeTypes },
		);
		expect(result.outputs(node.name)[0]).toHaveLength(1);
		expect(
			result
				.hints(node.name)
				.map(({ message }) => message)
				.join(),
		).toMatch(/model of "Billing Agent"/);
	});
});
