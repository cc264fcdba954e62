import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdirSync, rmSync } from 'node:fs';

import type { INodeType } from 'n8n-workflow';

import type { TimeSource } from '../../../ledger/clock';
import { systemTime } from '../../../ledger/clock';
import type { TraceMessage, TracePoint } from '../../../ledger/tracing';
import { StripeIdempotent } from '../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import type { SimulatorPoint } from '../../simulator/simulator';
import { STOP_PATIENCE_MS } from '../../../nodes/shared/run/stop';
import { CHARGE, withOptions, OrdersFixture, STRIPE_NODE } from '../fixtures/ordersFixture';
import { overhear } from '../fixtures/overhear';
import { stripeAt } from '../../simulator/client';
import { BILL, LINES, TOTAL } from './bill/billFixture';

const CHANNEL = 'n8n-nodes-stripe-idempotent';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const nodeWith = (time: TimeSource) => ({ nodeTypes: { [STRIPE_NODE]: new StripeIdempotent(time) } });

/** A moment that somebody else brings about. */
function awaited(): { promise: Promise<void>; resolve: () => void } {
	let resolve = () => {};
	const promise = new Promise<void>((done) => {
		resolve = done;
	});
	return { promise, resolve };
}

/** Real time, and a word when somebody begins to wait. */
function waiting(): { time: TimeSource; hasStarted: Promise<void> } {
	const { promise, resolve } = awaited();
	const sleep: TimeSource['sleep'] = (ms, signal) => {
		resolve();
		return systemTime.sleep(ms, signal);
	};
	return { time: { ...systemTime, sleep }, hasStarted: promise };
}

/** Holds every such request at a point until it is released; `reached` is when the first one is there. */
function hold(
	point: SimulatorPoint['name'],
	method = 'POST',
): { reached: Promise<void>; release: () => void } {
	const reached = awaited();
	const released = awaited();
	fixture.simulator.onPoint(async ({ name, request }) => {
		if (name !== point || request.method !== method) return;
		reached.resolve();
		await released.promise;
	});
	return { reached: reached.promise, release: released.resolve };
}

/** Real time in which Stop is patient for as long as the test lasts. */
const patient: TimeSource = {
	...systemTime,
	sleep: (ms, signal) => (ms === STOP_PATIENCE_MS ? new Promise(() => {}) : systemTime.sleep(ms, signal)),
};

/** Resolves when the nodes have come to a point once more. */
function passed(point: TracePoint, times = 1): Promise<void> {
	let left = times;
	const { promise, resolve } = awaited();
	const hear = (message: unknown) => {
		if ((message as TraceMessage).point !== point || (left -= 1) > 0) return;
		unsubscribe(CHANNEL, hear);
		resolve();
	};
	subscribe(CHANNEL, hear);
	return promise;
}

const orders = (count: number) => Array.from({ length: count }, (_, n) => ({ order: `${n}` }));

it('Stop ends the wait for another run at once, and nothing is sent', async () => {
	const { reached, release } = hold('executing');
	const first = fixture.run(CHARGE, orders(1));
	await reached;

	const { time, hasStarted } = waiting();
	const patient = { ...CHARGE, ...withOptions({ waitForBusySeconds: 600 }) };
	// It ends although the first run still sends: the wait would have lasted ten minutes.
	const second = await fixture.run(patient, orders(1), { cancelWhen: hasStarted, ...nodeWith(time) });
	expect(second.status).toBe('canceled');
	expect(fixture.simulator.sends()).toHaveLength(1);

	release();
	expect((await first).success).toHaveLength(1);
	expect(fixture.charges()).toBe(1);
});

it('Stop leaves items that were not started unsent; those answered soon are finished and settled', async () => {
	const { reached, release } = hold('executing');
	const parameters = { ...CHARGE, ...withOptions({ concurrency: 2 }) };
	const running = fixture.run(parameters, orders(20), { cancelWhen: reached, ...nodeWith(patient) });
	await reached;
	// The cancellation is a microtask away, the release comes after it.
	await new Promise(setImmediate);
	release();
	expect((await running).status).toBe('canceled');
	const under = fixture.simulator.sends().length;
	expect(under).toBeGreaterThan(0);
	expect(under).toBeLessThanOrEqual(2);
	expect(fixture.charges()).toBe(under);

	const again = await fixture.run(parameters, orders(20));
	const known = again.success.filter(({ idempotency }) => idempotency.source === 'ledger');
	expect(known.map(({ idempotency }) => idempotency)).toMatchObject(
		known.map(() => ({ state: 'succeeded', sends: 1, replayed: true })),
	);
	expect(known).toHaveLength(under);
	expect(again.success).toHaveLength(20);
	expect(fixture.charges()).toBe(20);
});

it('Stop ends the run before Stripe has responded; the response is awaited all the same, and recorded in the ledger', async () => {
	const { reached, release } = hold('executing');
	const running = fixture.run(CHARGE, orders(1), { cancelWhen: reached });
	const stopped = await running;
	expect(stopped.status).toBe('canceled');
	expect(fixture.charges()).toBe(0);

	const settled = passed('settled');
	release();
	await settled;
	const [item] = (await fixture.run(CHARGE, orders(1))).success;
	expect(item?.idempotency).toMatchObject({ source: 'ledger', sends: 1, replayed: true });
	expect(fixture.charges()).toBe(1);
	expect(fixture.simulator.sends()).toHaveLength(1);
});

it('Stop lets a bill go no further than the step in flight; the next run completes it, once', async () => {
	const api = stripeAt(fixture.simulator, 'sk_test_operations');
	const card = 'pm_card_visa';
	const { id: customer } = await api.customers.create({
		payment_method: card,
		invoice_settings: { default_payment_method: card },
	});
	const bill = [{ order: 'b', customer, lines: LINES }];
	const before = fixture.simulator.sends().length;
	const { reached, release } = hold('executing');
	expect((await fixture.run(BILL, bill, { cancelWhen: reached })).status).toBe('canceled');
	const settled = passed('settled', 2);
	release();
	await settled;
	expect(fixture.simulator.sends()).toHaveLength(before + 1);

	const { success } = await fixture.run(BILL, bill);
	expect(success).toMatchObject([{ status: 'paid' }]);
	expect((await api.invoices.list({ customer })).data).toMatchObject([{ total: TOTAL, status: 'paid' }]);
});

it('Stop also ends a run that is still reading data from Stripe, and nothing is sent', async () => {
	const { reached, release } = hold('answering', 'GET');
	const pay = { resource: 'invoice', operation: 'pay', invoice: 'in_1' };
	const { status } = await fixture.run(pay, [{}], { cancelWhen: reached });
	expect(status).toBe('canceled');
	release();
	expect(fixture.simulator.sends()).toEqual([]);
});

it('an outcome that the ledger could not store after a stop is reported in n8n’s log', async () => {
	const captured = { log: [] as string[], messages: [] };
	const node = overhear(fixture.options().nodeTypes[STRIPE_NODE] as INodeType, captured);
	const { reached, release } = hold('executing');
	const { status } = await fixture.run(CHARGE, orders(1), {
		cancelWhen: reached,
		nodeTypes: { [STRIPE_NODE]: node },
	});
	expect(status).toBe('canceled');
	rmSync(fixture.ledgerFile);
	mkdirSync(fixture.ledgerFile);
	const reachedLeaving = passed('leaving');
	release();
	await reachedLeaving;
	await new Promise(setImmediate);
	expect(captured.log).toEqual([expect.stringContaining('ledger')]);
});

it('Stop ends the pause before a retry; the next run resends under the same key', async () => {
	fixture.simulator.inject({ kind: 'resetAfter' });
	const { time, hasStarted } = waiting();
	const longPauses: TimeSource = { ...time, random: () => 0.999 };
	const parameters = { ...CHARGE, ...withOptions({ maxRetries: 10 }) };
	const stopped = await fixture.run(parameters, orders(1), {
		cancelWhen: hasStarted,
		...nodeWith(longPauses),
	});
	expect(stopped.status).toBe('canceled');
	expect(fixture.simulator.sends()).toHaveLength(1);

	const again = await fixture.run(parameters, orders(1));
	expect(again.success).toMatchObject([{ idempotency: { replayed: true, source: 'stripe', attempt: 1 } }]);
	expect(fixture.charges()).toBe(1);
});

it('Stop requests no further page', async () => {
	for (let n = 0; n < 101; n++) await fixture.stripe.customers.create();
	fixture.forgetRequests();
	const { reached, release } = hold('answering', 'GET');
	const many = { resource: 'customer', operation: 'getMany', returnAll: true };
	const running = fixture.run(many, [{}], { cancelWhen: reached });
	await reached;
	await new Promise(setImmediate);
	release();
	expect((await running).status).toBe('canceled');
	expect(fixture.simulator.requests).toHaveLength(1);
});
