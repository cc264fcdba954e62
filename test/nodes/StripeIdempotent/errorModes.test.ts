import type { INodeParameters, OnError } from 'n8n-workflow';

import { systemTime } from '../../../ledger/clock';
import { StripeIdempotent } from '../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { retryExecution } from '../../engine';
import type { FaultKind } from '../../simulator/simulator';
import type { OrdersRun } from '../fixtures/ordersFixture';
import { CHARGE, EMPTY_CARD, withOptions, OrdersFixture, STRIPE_NODE } from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const ITEMS = [
	{ order: 'good' },
	{ order: 'declined', card: EMPTY_CARD },
	{ order: 'lost', fate: 'lost' },
	{ order: '' },
	{ order: 'last' },
];

/** The item `lost` meets the fault at each of its sends, as often as said. */
function lose(kind: FaultKind, times = Infinity): void {
	fixture.simulator.inject({ kind, times, match: { metadata: { fate: 'lost' } } });
}

const charging = (serverErrors: 'output' | 'throw', maxRetries = 0): INodeParameters => ({
	...CHARGE,
	additionalFields: { metadata: { entry: [{ key: 'fate', value: '={{ $json.fate ?? "none" }}' }] } },
	...withOptions({ serverErrors, maxRetries }),
});

const left = ({ items }: OrdersRun) =>
	items.map((output) => output.map(({ pairedItem }) => (pairedItem as { item: number }).item));

const sendsOf = (fate: string) =>
	fixture.simulator
		.sends()
		.filter(({ params }) => (params.metadata as { fate?: string } | undefined)?.fate === fate);

const MODES: (OnError | undefined)[] = [
	undefined,
	'stopWorkflow',
	'continueRegularOutput',
	'continueErrorOutput',
];

describe('Server Errors: Own Output', () => {
	it.each(MODES)(
		'with On Error %s no item is lost, and none leaves through a wrong output',
		async (onError) => {
			lose('error503');
			const result = await fixture.run(charging('output'), ITEMS, { node: { onError } });
			expect(result.status).toBe('success');
			const n8nsOwn = onError === 'continueErrorOutput' ? [[]] : [];
			expect(left(result)).toEqual([[0, 4], [1, 3], [2], ...n8nsOwn]);
			expect(fixture.charges()).toBe(2);
		},
	);

	it.each(MODES)('with On Error %s Retry On Fail has no reason to run', async (onError) => {
		lose('error503');
		const node = { onError, retryOnFail: true, maxTries: 3 };
		const result = await fixture.run(charging('output'), ITEMS, { node });
		expect(left(result).slice(0, 3)).toEqual([[0, 4], [1, 3], [2]]);
		expect(sendsOf('lost')).toHaveLength(1);
	});

	it('Retry On Fail does not fire when the only item is on output 1 or 2', async () => {
		lose('error503');
		const node = { retryOnFail: true, maxTries: 3 };
		await fixture.run(charging('output'), [ITEMS[1]!], { node });
		await fixture.run(charging('output'), [ITEMS[2]!], { node });
		expect(fixture.simulator.sends()).toHaveLength(2);
	});
});

describe('Server Errors: Stop the Workflow', () => {
	it.each<OnError | undefined>([undefined, 'stopWorkflow'])(
		'with On Error %s it stops, and names the item and what to do',
		async (onError) => {
			lose('error503');
			const result = await fixture.run(charging('throw'), ITEMS, { node: { onError } });
			expect(result.status).toBe('error');
			expect(result.error).toMatchObject({
				name: 'NodeOperationError',
				message:
					'[Item 2] No clear response from Stripe, so it may or may not have been executed: Stripe is temporarily unavailable.',
				description:
					'Retry later with the same item. The same idempotency key is used, so nothing is charged twice. Do not start a new payment for it. The results of the other items are stored in the ledger and returned in the next run.',
			});
			// The others were sent all the same, and the ledger knows.
			expect(fixture.charges()).toBe(2);
		},
	);

	it.each<OnError>(['continueRegularOutput', 'continueErrorOutput'])(
		'with On Error %s it continues: n8n’s setting takes precedence',
		async (onError) => {
			lose('error503');
			const result = await fixture.run(charging('throw'), ITEMS, { node: { onError } });
			expect(result.status).toBe('success');
			expect(left(result).slice(0, 3)).toEqual([[0, 4], [1, 3], [2]]);
		},
	);

	it('does not stop for a decline or a refused item', async () => {
		const result = await fixture.run(charging('throw'), [ITEMS[1]!, ITEMS[3]!, ITEMS[0]!]);
		expect(result.status).toBe('success');
		expect(left(result)).toEqual([[2], [0, 1], []]);
	});

	it.each([
		[2, '. 1 more item is affected.'],
		[3, '. 2 more items are affected.'],
	])('with %p such items names the first and counts the others', async (count, text) => {
		fixture.simulator.inject({ kind: 'error503', times: Infinity });
		const items = Array.from({ length: count }, (_, n) => ({ order: `${n}` }));
		const { error } = await fixture.run(charging('throw'), items);
		expect(error!.message.startsWith('[Item 0] ')).toBe(true);
		expect(error!.message.endsWith(text)).toBe(true);
	});

	it('keeps its own message where n8n would replace it by one about a refused connection', async () => {
		await fixture.close();
		const nodeTypes = { [STRIPE_NODE]: new StripeIdempotent({ ...systemTime }) };
		const { error } = await fixture.run(charging('throw'), [ITEMS[0]!], { nodeTypes });
		expect(error!.message).toMatch(
			/^\[Item 0\] The time could not be read from Stripe, .*nothing was sent: .*ECONNREFUSED/,
		);
		fixture = await OrdersFixture.open();
	});

	it('with Retry On Fail all items run again, under the same keys, and each is charged once', async () => {
		lose('error503', 1);
		const node = { retryOnFail: true, maxTries: 2 };
		const result = await fixture.run(charging('throw'), ITEMS, { node });
		expect(result.status).toBe('success');
		expect(left(result)).toEqual([[0, 2, 4], [1, 3], []]);
		expect(fixture.charges()).toBe(3);
		const keys = sendsOf('lost').map(({ key }) => key);
		expect(keys).toHaveLength(2);
		expect(new Set(keys).size).toBe(1);
		expect(sendsOf('none')).toHaveLength(3);
	});

	it('with Retry On Fail exhausted it stops, and Retry in the executions list completes it', async () => {
		lose('error503', 2);
		const node = { retryOnFail: true, maxTries: 2 };
		const first = await fixture.run(charging('throw'), ITEMS, { node });
		expect(first.status).toBe('error');
		const workflow = fixture.workflow(charging('throw'), node);
		const retried = await retryExecution(first, workflow, fixture.options());
		expect(retried.status).toBe('success');
		// The person who pressed Retry decided anew on the declined one too.
		expect(retried.outputs('Node').map((items) => items.length)).toEqual([3, 2, 0]);
		expect(fixture.charges()).toBe(3);
		expect(sendsOf('lost')).toHaveLength(3);
	});

	it('a response that was lost on the way is not charged again by Retry On Fail', async () => {
		lose('resetAfter', 1);
		const node = { retryOnFail: true, maxTries: 2 };
		const result = await fixture.run(charging('throw'), ITEMS, { node });
		expect(result.status).toBe('success');
		expect(fixture.charges()).toBe(3);
		expect(result.success[1]!.idempotency).toMatchObject({ replayed: true, source: 'stripe' });
	});
});

describe('nothing passes as succeeded that did not succeed', () => {
	it.each<OnError>(['continueRegularOutput', 'continueErrorOutput'])(
		'with On Error %s, when there is no credential',
		async (onError) => {
			const node = { onError, credentials: {} };
			const result = await fixture.run(charging('output'), ITEMS, { node });
			expect(result.success).toEqual([]);
			expect(result.items.flat().map(({ pairedItem }) => pairedItem)).toHaveLength(ITEMS.length);
		},
	);

	it.each<OnError>(['continueRegularOutput', 'continueErrorOutput'])(
		'with On Error %s, when an expression cannot be evaluated',
		async (onError) => {
			const parameters = { ...charging('output'), currency: "={{ $('Nowhere').item.json.currency }}" };
			const result = await fixture.run(parameters, ITEMS, { node: { onError } });
			expect(left(result).slice(0, 3)).toEqual([[], [0, 1, 2, 3, 4], []]);
		},
	);
});
