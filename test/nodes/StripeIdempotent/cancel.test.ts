import type { TimeSource } from '../../../ledger/clock';
import { systemTime } from '../../../ledger/clock';
import { StripeIdempotent } from '../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import type { SimulatorPoint } from '../../simulator/simulator';
import { CHARGE, withOptions, OrdersFixture, STRIPE_NODE } from '../fixtures/ordersFixture';

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
function waiting(): { time: TimeSource; begun: Promise<void> } {
	const { promise, resolve } = awaited();
	const sleep: TimeSource['sleep'] = (ms, signal) => {
		resolve();
		return systemTime.sleep(ms, signal);
	};
	return { time: { ...systemTime, sleep }, begun: promise };
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

const orders = (count: number) => Array.from({ length: count }, (_, n) => ({ order: `${n}` }));

it('Stop ends the wait for another run at once, and nothing is sent', async () => {
	const { reached, release } = hold('executing');
	const first = fixture.run(CHARGE, orders(1));
	await reached;

	const { time, begun } = waiting();
	const patient = { ...CHARGE, ...withOptions({ waitForBusySeconds: 600 }) };
	// It ends although the first run still sends: the wait would have lasted ten minutes.
	const second = await fixture.run(patient, orders(1), { cancelWhen: begun, ...nodeWith(time) });
	expect(second.status).toBe('canceled');
	expect(fixture.simulator.sends()).toHaveLength(1);

	release();
	expect((await first).success).toHaveLength(1);
	expect(fixture.charges()).toBe(1);
});

it('Stop leaves items that were not begun unsent; those under way are finished and settled', async () => {
	const { reached, release } = hold('executing');
	const parameters = { ...CHARGE, ...withOptions({ concurrency: 2 }) };
	const running = fixture.run(parameters, orders(20), { cancelWhen: reached });
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

it('Stop ends the pause before a repeat; the next run goes on under the same key', async () => {
	fixture.simulator.inject({ kind: 'resetAfter' });
	const { time, begun } = waiting();
	const longPauses: TimeSource = { ...time, random: () => 0.999 };
	const parameters = { ...CHARGE, ...withOptions({ maxRetries: 10 }) };
	const stopped = await fixture.run(parameters, orders(1), { cancelWhen: begun, ...nodeWith(longPauses) });
	expect(stopped.status).toBe('canceled');
	expect(fixture.simulator.sends()).toHaveLength(1);

	const again = await fixture.run(parameters, orders(1));
	expect(again.success).toMatchObject([{ idempotency: { replayed: true, source: 'stripe', attempt: 1 } }]);
	expect(fixture.charges()).toBe(1);
});

it('Stop asks for no further page', async () => {
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
