import type { IDataObject } from 'n8n-workflow';

import type { Execution } from '../harness/execution';
import { useRealN8n } from '../harness/useRealN8n';
import { CHARGE_NODE_NAME } from '../harness/webhookWorkflows';
import { until } from '../../servers/until';
import type { Fault } from '../../simulator/simulator';
import {
	chargeItems,
	executeByWebhook,
	getExecutionIds,
	waitForExecution,
	importAndPublish,
} from './executing';
import { countChargesOf, sendsOf } from './figures';
import {
	buildCallingFlow,
	ERROR,
	buildErrorWorkflow,
	buildFailingFlow,
	buildFlow,
	buildFlowWithWait,
	buildSubWorkflow,
} from './flows';
import { Hold } from './holding';
import type { ShopOrder } from './nodes';
import { buildNoOpNode, buildOrder } from './nodes';

const n8n = useRealN8n();

/** One send per run, so that a lost answer is known to n8n at once. */
const ONE_SEND = { maxRetries: 0, timeoutSeconds: 10 };
const THROW = { options: { ...ONE_SEND, serverErrors: 'throw' } };
const OUTPUT = { options: { ...ONE_SEND, serverErrors: 'output' } };

function fault(kind: Fault['kind'], { order_number }: ShopOrder, times = 1): void {
	n8n().simulator.inject({ kind, times, match: { method: 'POST', metadata: { order_number } } });
}

const sends = (one: ShopOrder) => sendsOf(n8n().simulator, one);
const charges = (one: ShopOrder) => countChargesOf(n8n().simulator, one);

/** So often was it sent, always with the same key. */
function expectSends(one: ShopOrder, count: number): void {
	expect(sends(one)).toHaveLength(count);
	expect(new Set(sends(one).map(({ key }) => key)).size).toBe(1);
}

// It takes more than a minute, during which the other tests run in the same n8n.
const waitingOrder = buildOrder('waits');
let waiting: Execution;
beforeAll(async () => {
	const { api } = n8n();
	const id = await importAndPublish(api, buildFlowWithWait('waits', 70, OUTPUT));
	fault('resetAfter', waitingOrder);
	const known = await getExecutionIds(api, id);
	await api.callWebhook('waits', waitingOrder);
	const execution = await waitForExecution(api, id, known);
	waiting = await until('the Wait', async () => {
		const saved = await api.execution(execution);
		return saved.status === 'waiting' && saved;
	});
});

describe('Retry in the executions list', () => {
	it.each(['original', 'current'] as const)(
		'of a run that this node stopped, with the %s workflow, charges once, with the same key',
		async (workflow) => {
			const { api } = n8n();
			const path = `stopped-${workflow}`;
			const one = buildOrder(path);
			const id = await importAndPublish(api, buildFlow(path, { parameters: THROW }));
			fault('resetAfter', one);
			const failed = await executeByWebhook(api, { id, path }, one);
			expect(failed).toMatchObject({ status: 'error', mode: 'webhook', lastNode: CHARGE_NODE_NAME });
			expect(charges(one)).toBe(1);

			await api.changeWorkflow(
				id,
				buildFlow(path, { parameters: THROW, after: [buildNoOpNode('Done'), buildNoOpNode('New')] }),
			);
			const retried = await api.retry(failed.id, workflow);
			expect(retried).toMatchObject({ status: 'success', mode: 'retry', retryOf: failed.id });
			expect(retried.id).not.toBe(failed.id);
			expect(retried.runs('New')).toHaveLength(workflow === 'current' ? 1 : 0);
			expect(chargeItems(retried)).toMatchObject([
				{ status: 'succeeded', idempotency: { attempt: 1, sends: 2, replayed: true } },
			]);
			expectSends(one, 2);
			expect(charges(one)).toBe(1);
		},
	);

	it('twice of the same run charges once', async () => {
		const { api } = n8n();
		const path = 'twice-retried';
		const one = buildOrder(path);
		const id = await importAndPublish(api, buildFlow(path, { parameters: THROW }));
		fault('error500NotStored', one);
		const failed = await executeByWebhook(api, { id, path }, one);
		expect(charges(one)).toBe(0);
		const retries = await Promise.all([api.retry(failed.id), api.retry(failed.id)]);
		for (const retried of retries) expect(retried.status).toBe('success');
		expectSends(one, 2);
		expect(charges(one)).toBe(1);
	});

	it('of a run that a later node stopped does not run this node again: nothing is sent', async () => {
		const { api } = n8n();
		const path = 'later';
		const one = buildOrder(path);
		const id = await importAndPublish(api, buildFlow(path, { after: [buildFailingFlow('Print')] }));
		const failed = await executeByWebhook(api, { id, path }, one);
		expect(failed).toMatchObject({ status: 'error', lastNode: 'Print' });
		expectSends(one, 1);

		const original = await api.retry(failed.id, 'original');
		expect(original).toMatchObject({ status: 'error', lastNode: 'Print' });
		await api.changeWorkflow(id, buildFlow(path, { after: [buildNoOpNode('Print')] }));
		const current = await api.retry(failed.id, 'current');
		expect(current.status).toBe('success');
		expect(chargeItems(current)).toEqual(chargeItems(failed));
		expectSends(one, 1);
		expect(charges(one)).toBe(1);
	});
});

describe('Retry On Fail', () => {
	const node = { retryOnFail: true, maxTries: 3, waitBetweenTries: 100 };

	it('runs the node again if Server Errors stops the workflow: with the same key, one charge', async () => {
		const { api } = n8n();
		const one = buildOrder('again');
		const id = await importAndPublish(api, buildFlow('again', { parameters: THROW, node }));
		fault('resetAfter', one, 2);
		const execution = await executeByWebhook(api, { id, path: 'again' }, one);
		expect(execution.status).toBe('success');
		expect(execution.outputs(CHARGE_NODE_NAME)[0]).toHaveLength(1);
		expectSends(one, 3);
		expect(charges(one)).toBe(1);
	});

	it('does not run the node again if Server Errors has an output: the item leaves through it', async () => {
		const { api } = n8n();
		const one = buildOrder('not-again');
		const id = await importAndPublish(api, buildFlow('not-again', { parameters: OUTPUT, node }));
		fault('resetAfter', one);
		const execution = await executeByWebhook(api, { id, path: 'not-again' }, one);
		expect(execution.status).toBe('success');
		const [success, fix, retry] = execution.outputs(CHARGE_NODE_NAME);
		expect([success, fix]).toEqual([[], []]);
		expect(retry).toMatchObject([{ json: { error: { outcome: 'unknown', retryable: true } } }]);
		expectSends(one, 1);
		expect(charges(one)).toBe(1);
	});
});

describe('an error workflow', () => {
	/** Lets an execution fail; resolves with it and with what the error workflow was told. */
	async function toldOf(path: string, what: Parameters<typeof buildFlow>[1]) {
		const { api } = n8n();
		const errors = await importAndPublish(api, buildErrorWorkflow(`Told of ${path}`));
		const id = await importAndPublish(
			api,
			buildFlow(path, { ...what, settings: { errorWorkflow: errors } }),
		);
		const failed = await executeByWebhook(api, { id, path }, buildOrder(path));
		const reported = await api.ended(await waitForExecution(api, errors, []));
		const json = reported.outputs(ERROR)[0]?.[0]?.json;
		expect(json).toMatchObject({ execution: { id: failed.id }, workflow: { id, name: path } });
		// In all that n8n has stored of both.
		for (const { data } of [failed, reported]) {
			expect(JSON.stringify(data)).not.toMatch(/sk_test|pi_\w+_secret_/);
		}
		return { failed, reported: json!.execution as IDataObject & { error: IDataObject } };
	}

	it('receives that this node stopped the workflow, and what to do, but no secret', async () => {
		fault('error503', buildOrder('told'));
		const { reported } = await toldOf('told', { parameters: THROW });
		expect(reported).toMatchObject({ lastNodeExecuted: CHARGE_NODE_NAME, mode: 'webhook' });
		expect(reported.error.message).toMatch(/^\[Item 0\] No clear response from Stripe/);
		expect(reported.error.description).toMatch(/nothing is charged twice/);
		expect(n8n().simulator.requests.at(-1)?.headers.authorization).toMatch(/sk_test/);
	});

	it('receives that a later node stopped it, and no secret of the payment either', async () => {
		const { failed, reported } = await toldOf('told-later', {
			// The whole object, in which Stripe sends a secret.
			parameters: { simplify: false },
			after: [buildFailingFlow('Print')],
		});
		expect(reported).toMatchObject({ lastNodeExecuted: 'Print' });
		expect(chargeItems(failed)).toMatchObject([{ status: 'succeeded', client_secret: '[hidden]' }]);
	});
});

it('a sub-workflow that is called twice charges once', async () => {
	const { api } = n8n();
	const child = await importAndPublish(api, buildSubWorkflow('Charges for others'));
	const one = buildOrder('sub');
	const id = await importAndPublish(api, buildCallingFlow('sub', child));
	const execution = await executeByWebhook(api, { id, path: 'sub' }, one);
	expect(execution.status).toBe('success');
	expect(execution.outputs('First Call')[0]).toMatchObject([
		{ json: { idempotency: { replayed: false } } },
	]);
	expect(execution.outputs('Second Call')[0]).toMatchObject([
		{ json: { idempotency: { replayed: true } } },
	]);
	expect(await getExecutionIds(api, child)).toHaveLength(2);
	expectSends(one, 1);
	expect(charges(one)).toBe(1);
});

it('an execution that a person stops during a send is run again: one charge', async () => {
	const { api, simulator } = n8n();
	const path = 'stopped-by-hand';
	const one = buildOrder(path);
	const id = await importAndPublish(
		api,
		buildFlow(path, { parameters: { options: { ...ONE_SEND, timeoutSeconds: 30 } } }),
	);
	const hold = new Hold(simulator, one);
	try {
		const answer = api.callWebhook(path, one);
		await hold.charged();
		const [stopped] = await getExecutionIds(api, id);
		await api.stopExecution(stopped!);
		expect(await api.ended(stopped!)).toMatchObject({ status: 'canceled' });
		hold.end();
		await answer;
	} finally {
		hold.end();
	}
	const again = await executeByWebhook(api, { id, path }, one);
	expect(again.outputs(CHARGE_NODE_NAME)[0]).toMatchObject([
		{ json: { status: 'succeeded', idempotency: { replayed: true } } },
	]);
	expect(charges(one)).toBe(1);
	expect(new Set(sends(one).map(({ key }) => key)).size).toBe(1);
});

it('an order that waits for 70 seconds in the database has the same entry and the same key afterwards: one charge', async () => {
	const { api } = n8n();
	expect(chargeItems(waiting)).toMatchObject([{ error: { outcome: 'unknown' } }]);
	const ended = await api.ended(waiting.id, 150_000);
	expect(ended.status).toBe('success');
	expect(ended.runs(CHARGE_NODE_NAME)).toHaveLength(2);
	const [before, after] = chargeItems(ended).map(({ idempotency }) => idempotency as IDataObject);
	expect(before).toMatchObject({ state: 'unknown', sends: 1 });
	expect(after).toMatchObject({ state: 'succeeded', sends: 2, replayed: true });
	expect([after!.entryId, after!.key]).toEqual([before!.entryId, before!.key]);
	expectSends(waitingOrder, 2);
	expect(charges(waitingOrder)).toBe(1);
});
