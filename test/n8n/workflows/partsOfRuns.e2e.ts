import type { IDataObject, IRunData } from 'n8n-workflow';

import type { NodeJson, WorkflowJson } from '../../engine/workflowJson';
import { connectNodes } from '../../engine/workflowJson';
import { until } from '../../servers/until';
import type { Execution } from '../harness/execution';
import { useRealN8n } from '../harness/useRealN8n';
import { byHand, BY_HAND, CHARGE_NODE_NAME } from '../harness/webhookWorkflows';
import {
	chargeItems,
	executeByWebhook,
	getExecutionIds,
	importAndPublish,
	waitForExecution,
} from './executing';
import { countCharges, sendsOf } from './figures';
import { buildSubWorkflow } from './flows';
import type { ShopOrder } from './nodes';
import { buildChargeNode, buildNoOpNode, buildOrder, buildWebhookNode, ORDER } from './nodes';

const n8n = useRealN8n();

/** Of a node whose items are the orders themselves. */
const BY_ITEM = {
	amount: '={{ $json.amount }}',
	currency: '={{ $json.currency }}',
	paymentMethod: '={{ $json.payment_method }}',
	additionalFields: { metadata: { entry: [{ key: 'order_number', value: '={{ $json.order_number }}' }] } },
	keyFields: { field: [{ path: 'order_number', treatAs: 'text' }] },
};
const DONE = 'Done';

const numbered = (prefix: string, count: number) =>
	Array.from({ length: count }, (_, index) => buildOrder(`${prefix}-${index}`));
const charges = (orders: readonly ShopOrder[]) => countCharges(n8n().simulator, orders).charges;
const once = (orders: readonly ShopOrder[]) => orders.map(() => 1);
const replayed = (execution: Execution) =>
	chargeItems(execution).map(({ idempotency }) => (idempotency as IDataObject).replayed);

/** By Hand → the orders → Charge Once → Done. */
function chargeByHand(orders: readonly ShopOrder[]): WorkflowJson {
	const workflow: WorkflowJson = { ...byHand(orders as never, buildChargeNode(BY_ITEM)), pinData: {} };
	workflow.nodes.push(buildNoOpNode(DONE));
	Object.assign(workflow.connections, connectNodes({ from: CHARGE_NODE_NAME, to: DONE }));
	return workflow;
}

/** Orders by a webhook → one item each → what comes after that. */
function ordersByWebhook(path: string, after: NodeJson, settings = {}): WorkflowJson {
	const split: NodeJson = {
		name: 'Items',
		type: 'n8n-nodes-base.splitOut',
		parameters: { fieldToSplitOut: 'body.orders', options: {} },
	};
	return {
		name: path,
		nodes: [buildWebhookNode(path, 'onReceived'), split, after],
		connections: connectNodes({ from: ORDER, to: split.name }, { from: split.name, to: after.name }),
		settings,
	};
}

/** Delivers orders, and resolves with the execution when it has ended. */
async function deliver(id: string, path: string, orders: readonly ShopOrder[]): Promise<Execution> {
	return executeByWebhook(n8n().api, { id, path }, { orders } as never);
}

it('a sub-workflow that is called for each item, fails, and is called again for all of them charges each once', async () => {
	const { api, simulator } = n8n();
	const parameters = { ...BY_ITEM, options: { maxRetries: 0, serverErrors: 'throw' } };
	const node = { retryOnFail: true, maxTries: 2, waitBetweenTries: 100 };
	const child = await importAndPublish(api, buildSubWorkflow('Charges each', { parameters, node }));
	const call: NodeJson = {
		name: 'Call',
		type: 'n8n-nodes-base.executeWorkflow',
		typeVersion: 1.2,
		retryOnFail: true,
		maxTries: 2,
		waitBetweenTries: 100,
		parameters: {
			workflowId: { __rl: true, mode: 'id', value: child },
			mode: 'each',
			options: { waitForSubWorkflow: true },
		},
	};
	const orders = numbered('each', 3);
	const id = await importAndPublish(api, ordersByWebhook('each', call));
	// Both tries of the child fail, and then the caller begins again with the first item.
	simulator.inject({
		kind: 'resetAfter',
		times: 2,
		match: { method: 'POST', metadata: { order_number: orders[1]!.order_number } },
	});
	const execution = await deliver(id, 'each', orders);
	expect(execution.status).toBe('success');
	expect(execution.outputs('Call')[0]).toMatchObject(orders.map(() => ({ json: { status: 'succeeded' } })));
	expect(orders.map((order) => sendsOf(simulator, order).length)).toEqual([1, 3, 1]);
	expect(await getExecutionIds(api, child)).toHaveLength(5);
	expect(charges(orders)).toEqual(once(orders));
});

describe('pinned data', () => {
	it('of this node moves no money, and the next node receives it', async () => {
		const { api } = n8n();
		const orders = numbered('pinned', 2);
		const pinned = { id: 'pi_pinned', status: 'succeeded' };
		const workflow = chargeByHand(orders);
		const { id } = await api.importWorkflow({
			...workflow,
			pinData: { [CHARGE_NODE_NAME]: [{ json: pinned }] },
		});
		const execution = await api.runByHand(id);
		expect(execution.outputs(DONE)[0]).toMatchObject([{ json: pinned }]);
		expect(charges(orders)).toEqual([0, 0]);
	});

	it('before this node is charged once, however often it is run', async () => {
		const { api } = n8n();
		const orders = numbered('pinned-before', 2);
		const { id } = await api.importWorkflow({
			...chargeByHand([]),
			pinData: { Items: orders.map((json) => ({ json: { ...json } })) },
		});
		expect(replayed(await api.runByHand(id))).toEqual([false, false]);
		expect(replayed(await api.runByHand(id))).toEqual([true, true]);
		expect(charges(orders)).toEqual(once(orders));
	});
});

describe('a partial execution', () => {
	const orders = numbered('part', 2);
	let id: string;
	let runData: IRunData;
	beforeAll(async () => {
		const { api } = n8n();
		id = (await api.importWorkflow(chargeByHand(orders))).id;
		({ runData } = (await api.runByHand(id)).data.resultData);
	});
	const upTo = (node: string, known: IRunData, changed: string[] = []) =>
		n8n().api.runUpTo(id, node, known, changed);
	const sends = () => orders.flatMap((order) => sendsOf(n8n().simulator, order)).length;

	it('up to a node behind this one does not run this one again', async () => {
		const execution = await upTo(DONE, runData);
		expect(execution.outputs(DONE)[0]).toMatchObject(
			orders.map(() => ({ json: { status: 'succeeded' } })),
		);
		expect(replayed(execution)).toEqual([false, false]);
		expect(sends()).toBe(2);
	});

	it('of this node alone sends nothing', async () => {
		const { [CHARGE_NODE_NAME]: _own, [DONE]: _next, ...before } = runData;
		const execution = await upTo(CHARGE_NODE_NAME, before);
		expect(execution.runs(BY_HAND)).toEqual(runData[BY_HAND]);
		expect(replayed(execution)).toEqual([true, true]);
		expect(sends()).toBe(2);
	});

	it('that starts with this node, because its parameters were changed, sends nothing', async () => {
		const execution = await upTo(DONE, runData, [CHARGE_NODE_NAME]);
		expect(replayed(execution)).toEqual([true, true]);
		expect(sends()).toBe(2);
		expect(charges(orders)).toEqual(once(orders));
	});
});

describe('a run of many items that ends before all of them are sent', () => {
	const COUNT = 24;
	/** After so many payments the answer to the next one is held back. */
	const HELD_AFTER = 8;

	it.each([
		['its time is over', { executionTimeout: 3 }],
		['a person stops it', {}],
	])(
		'because %s loses nothing: the next run completes it, and each is charged once',
		async (what, settings) => {
			const { api, simulator } = n8n();
			const path = `many-${Object.keys(settings).length}`;
			const orders = numbered(path, COUNT);
			const node = buildChargeNode({ ...BY_ITEM, options: { timeoutSeconds: 30, concurrency: 4 } });
			const id = await importAndPublish(api, ordersByWebhook(path, node, settings));
			let answered = 0;
			let letGo = () => {};
			const held = new Promise<void>((resolve) => (letGo = resolve));
			const stop = simulator.onPoint(({ name, request }) =>
				name === 'executed' && request.method === 'POST' && ++answered > HELD_AFTER
					? held
					: undefined,
			);
			const known = await getExecutionIds(api, id);
			await api.callWebhook(path, { orders });
			const cut = await waitForExecution(api, id, known);
			await until('the charges', () => answered > HELD_AFTER);
			if (what === 'a person stops it') await api.stopExecution(cut);
			expect((await api.ended(cut)).status).toBe('canceled');
			stop();
			letGo();
			const charged = orders.filter((order) => charges([order])[0] === 1).length;
			expect(charged).toBeGreaterThan(HELD_AFTER);
			expect(charged).toBeLessThan(COUNT);

			const next = await deliver(id, path, orders);
			expect(next.outputs(CHARGE_NODE_NAME)[0]).toHaveLength(COUNT);
			expect(charges(orders)).toEqual(once(orders));
			for (const order of orders)
				expect(new Set(sendsOf(simulator, order).map(({ key }) => key)).size).toBe(1);
		},
	);
});
