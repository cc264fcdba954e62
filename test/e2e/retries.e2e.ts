import type { IDataObject } from 'n8n-workflow';

import type { Execution } from '../realN8n/execution';
import { realN8n } from '../realN8n/forTests';
import { CHARGE } from '../realN8n/workflows';
import { until } from '../servers/until';
import type { Fault } from '../simulator/simulator';
import { chargeItems, execute, idsOf, nextOf, publish } from './executing';
import { chargesOf, sendsOf } from './figures';
import { callingFlow, ERROR, errorWorkflow, failing, flow, flowWithWait, subWorkflow } from './flows';
import { Hold } from './holding';
import type { Order } from './nodes';
import { noOp, order } from './nodes';

const n8n = realN8n();

/** One send per run, so that a lost answer is known to n8n at once. */
const ONE_SEND = { maxRetries: 0, timeoutSeconds: 10 };
const THROW = { options: { ...ONE_SEND, serverErrors: 'throw' } };
const OUTPUT = { options: { ...ONE_SEND, serverErrors: 'output' } };

function fault(kind: Fault['kind'], { order_number }: Order, times = 1): void {
	n8n().simulator.inject({ kind, times, match: { method: 'POST', metadata: { order_number } } });
}

const sends = (one: Order) => sendsOf(n8n().simulator, one);
const charges = (one: Order) => chargesOf(n8n().simulator, one);

/** So often was it sent, always with the same key. */
function expectSends(one: Order, count: number): void {
	expect(sends(one)).toHaveLength(count);
	expect(new Set(sends(one).map(({ key }) => key)).size).toBe(1);
}

// It takes more than a minute, during which the other tests run in the same n8n.
const waitingOrder = order('waits');
let waiting: Execution;
beforeAll(async () => {
	const { api } = n8n();
	const id = await publish(api, flowWithWait('waits', 70, OUTPUT));
	fault('resetAfter', waitingOrder);
	const known = await idsOf(api, id);
	await api.callWebhook('waits', waitingOrder);
	const execution = await nextOf(api, id, known);
	waiting = await until('the Wait', async () => {
		const saved = await api.execution(execution);
		return saved.status === 'waiting' && saved;
	});
});

describe('Retry in the list of executions', () => {
	it.each(['original', 'current'] as const)(
		'of a run that this node stopped, with the %s workflow, charges once, with the same key',
		async (workflow) => {
			const { api } = n8n();
			const path = `stopped-${workflow}`;
			const one = order(path);
			const id = await publish(api, flow(path, { parameters: THROW }));
			fault('resetAfter', one);
			const failed = await execute(api, { id, path }, one);
			expect(failed).toMatchObject({ status: 'error', mode: 'webhook', lastNode: CHARGE });
			expect(charges(one)).toBe(1);

			await api.changeWorkflow(
				id,
				flow(path, { parameters: THROW, after: [noOp('Done'), noOp('New')] }),
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
		const one = order(path);
		const id = await publish(api, flow(path, { parameters: THROW }));
		fault('error500NotStored', one);
		const failed = await execute(api, { id, path }, one);
		expect(charges(one)).toBe(0);
		const retries = await Promise.all([api.retry(failed.id), api.retry(failed.id)]);
		for (const retried of retries) expect(retried.status).toBe('success');
		expectSends(one, 2);
		expect(charges(one)).toBe(1);
	});

	it('of a run that a later node stopped does not run this node again: nothing is sent', async () => {
		const { api } = n8n();
		const path = 'later';
		const one = order(path);
		const id = await publish(api, flow(path, { after: [failing('Print')] }));
		const failed = await execute(api, { id, path }, one);
		expect(failed).toMatchObject({ status: 'error', lastNode: 'Print' });
		expectSends(one, 1);

		const original = await api.retry(failed.id, 'original');
		expect(original).toMatchObject({ status: 'error', lastNode: 'Print' });
		await api.changeWorkflow(id, flow(path, { after: [noOp('Print')] }));
		const current = await api.retry(failed.id, 'current');
		expect(current.status).toBe('success');
		expect(chargeItems(current)).toEqual(chargeItems(failed));
		expectSends(one, 1);
		expect(charges(one)).toBe(1);
	});
});

describe('Retry On Fail', () => {
	const node = { retryOnFail: true, maxTries: 3, waitBetweenTries: 100 };

	it('runs the node again where Server Errors stop the workflow: with the same key, one charge', async () => {
		const { api } = n8n();
		const one = order('again');
		const id = await publish(api, flow('again', { parameters: THROW, node }));
		fault('resetAfter', one, 2);
		const execution = await execute(api, { id, path: 'again' }, one);
		expect(execution.status).toBe('success');
		expect(execution.outputs(CHARGE)[0]).toHaveLength(1);
		expectSends(one, 3);
		expect(charges(one)).toBe(1);
	});

	it('does not run the node again where Server Errors have an output: the item leaves through it', async () => {
		const { api } = n8n();
		const one = order('not-again');
		const id = await publish(api, flow('not-again', { parameters: OUTPUT, node }));
		fault('resetAfter', one);
		const execution = await execute(api, { id, path: 'not-again' }, one);
		expect(execution.status).toBe('success');
		const [success, clientError, serverError] = execution.outputs(CHARGE);
		expect([success, clientError]).toEqual([[], []]);
		expect(serverError).toMatchObject([{ json: { error: { outcome: 'unknown', retryable: true } } }]);
		expectSends(one, 1);
		expect(charges(one)).toBe(1);
	});
});

describe('an error workflow', () => {
	/** Lets an execution fail; resolves with it and with what the error workflow was told. */
	async function toldOf(path: string, what: Parameters<typeof flow>[1]) {
		const { api } = n8n();
		const errors = await publish(api, errorWorkflow(`Told of ${path}`));
		const id = await publish(api, flow(path, { ...what, settings: { errorWorkflow: errors } }));
		const failed = await execute(api, { id, path }, order(path));
		const told = await api.ended(await nextOf(api, errors, []));
		const json = told.outputs(ERROR)[0]?.[0]?.json;
		expect(json).toMatchObject({ execution: { id: failed.id }, workflow: { id, name: path } });
		// In all that n8n has stored of both.
		for (const { data } of [failed, told]) {
			expect(JSON.stringify(data)).not.toMatch(/sk_test|pi_\w+_secret_/);
		}
		return { failed, told: json!.execution as IDataObject & { error: IDataObject } };
	}

	it('is told that this node stopped the workflow, and what to do; it hears no secret', async () => {
		fault('error503', order('told'));
		const { told } = await toldOf('told', { parameters: THROW });
		expect(told).toMatchObject({ lastNodeExecuted: CHARGE, mode: 'webhook' });
		expect(told.error.message).toMatch(/^\[Item 0\] No clear answer from Stripe/);
		expect(told.error.description).toMatch(/nothing is paid twice/);
		expect(n8n().simulator.requests.at(-1)?.headers.authorization).toMatch(/sk_test/);
	});

	it('is told that a later node stopped it, and hears no secret of the payment either', async () => {
		const { failed, told } = await toldOf('told-later', { after: [failing('Print')] });
		expect(told).toMatchObject({ lastNodeExecuted: 'Print' });
		expect(chargeItems(failed)).toMatchObject([{ status: 'succeeded', client_secret: '[hidden]' }]);
	});
});

it('a sub-workflow that is called twice charges once', async () => {
	const { api } = n8n();
	const child = await publish(api, subWorkflow('Charges for others'));
	const one = order('sub');
	const id = await publish(api, callingFlow('sub', child));
	const execution = await execute(api, { id, path: 'sub' }, one);
	expect(execution.status).toBe('success');
	expect(execution.outputs('First Call')[0]).toMatchObject([
		{ json: { idempotency: { replayed: false } } },
	]);
	expect(execution.outputs('Second Call')[0]).toMatchObject([
		{ json: { idempotency: { replayed: true } } },
	]);
	expect(await idsOf(api, child)).toHaveLength(2);
	expectSends(one, 1);
	expect(charges(one)).toBe(1);
});

it('an execution that a person stops in the middle of a send is run again: one charge', async () => {
	const { api, simulator } = n8n();
	const path = 'stopped-by-hand';
	const one = order(path);
	const id = await publish(
		api,
		flow(path, { parameters: { options: { ...ONE_SEND, timeoutSeconds: 30 } } }),
	);
	const hold = new Hold(simulator, one);
	try {
		const answer = api.callWebhook(path, one);
		await hold.charged();
		const [stopped] = await idsOf(api, id);
		await api.stopExecution(stopped!);
		expect(await api.ended(stopped!)).toMatchObject({ status: 'canceled' });
		hold.end();
		await answer;
	} finally {
		hold.end();
	}
	const again = await execute(api, { id, path }, one);
	expect(again.outputs(CHARGE)[0]).toMatchObject([
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
	expect(ended.runs(CHARGE)).toHaveLength(2);
	const [before, after] = chargeItems(ended).map(({ idempotency }) => idempotency as IDataObject);
	expect(before).toMatchObject({ state: 'unknown', sends: 1 });
	expect(after).toMatchObject({ state: 'succeeded', sends: 2, replayed: true });
	expect([after!.entryId, after!.key]).toEqual([before!.entryId, before!.key]);
	expectSends(waitingOrder, 2);
	expect(charges(waitingOrder)).toBe(1);
});
