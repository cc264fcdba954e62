import type { INodeParameters } from 'n8n-workflow';

import { FakeClock, START_TIME } from '../../ledger/fakeClock';
import { CHARGE, OrdersFixture } from '../fixtures/ordersFixture';

const ORDER = [{ order: '1' }];

let fixture: OrdersFixture;
let time: FakeClock;
beforeEach(async () => {
	time = new FakeClock(START_TIME, 'stands');
	fixture = await OrdersFixture.open({ time });
});
afterEach(() => fixture.close());

let executions = 0;

/** By short numbers, as n8n counts: a long one could look like a card's, and be masked. */
const run = (parameters: INodeParameters = {}) =>
	fixture.run({ ...CHARGE, ...parameters }, ORDER, { executionId: String((executions += 1)) });

/** A run of the same workflow that begins while this one is under way at Stripe. */
async function runTwice(parameters: INodeParameters = {}) {
	let second: ReturnType<typeof run> | undefined;
	fixture.simulator.onPoint(async ({ name, request }) => {
		if (name !== 'executing' || request.method !== 'POST' || second) return;
		const isWaiting = time.nextSleep();
		second = run(parameters);
		// What does not wait is over before the first one is answered.
		await (parameters.options ? second : isWaiting);
		time.advance(1);
	});
	const first = await run();
	time.advance(60_000);
	return { first, second: await second! };
}

it.each<[string, INodeParameters, 'success' | 'retry', (id: string) => string]>([
	[
		'waits for the first',
		{},
		'success',
		(id) => `The same workflow is running twice at once: execution ${id} works on the same items.`,
	],
	// The first one may as well have been killed, and a workflow that is started again is no mistake.
	[
		'does not wait',
		{ options: { waitForBusySeconds: 0 } },
		'retry',
		(id) =>
			`Execution ${id} of the same workflow is still working on the same items, or was interrupted.`,
	],
])(
	'a second concurrent execution that %s reports it, in its item and to the person',
	async (_how, parameters, output, warn) => {
		const { first, second } = await runTwice(parameters);
		const warning = warn(first.executionId);
		expect(second[output][0]!.idempotency.warning).toContain(warning);
		expect(
			second
				.hints('Node')
				.map(({ message }) => message)
				.join(' '),
		).toContain(warning);
		expect(first.success[0]!.idempotency.warning).toBeUndefined();
		expect(fixture.charges()).toBe(1);
	},
);

it('two consecutive executions are not concurrent', async () => {
	await run();
	const { success } = await run();
	expect(success[0]!.idempotency).toMatchObject({ replayed: true });
	expect(success[0]!.idempotency.warning).toBeUndefined();
});
