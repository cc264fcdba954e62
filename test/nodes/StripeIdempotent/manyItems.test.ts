import type { IExecuteFunctions } from 'n8n-workflow';

import { StripeIdempotent } from '../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { FakeClock } from '../../ledger/fakeClock';
import { CHARGE, OrdersFixture, STRIPE_NODE } from '../fixtures/ordersFixture';
import { overhear } from '../fixtures/overhear';

const time = new FakeClock();
let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open({ time });
});
afterEach(() => fixture.close());

const orders = (count: number) => Array.from({ length: count }, (_, n) => ({ order: `${n}` }));

it('a run of many charges reports its progress, in n8n’s log and in the browser', async () => {
	const captured = { log: [], messages: [] };
	const nodeTypes = { [STRIPE_NODE]: overhear(new StripeIdempotent(time), captured) };
	await fixture.run(CHARGE, orders(60), { nodeTypes });
	expect(captured.log).toEqual([
		'Node: 25 of 60 completed: Success 25',
		'Node: 50 of 60 completed: Success 50',
	]);
	expect(captured.messages).toEqual(captured.log);
});

it('Stop while the items of a large run are read ends it: nothing is claimed or sent, and the rest is not read', async () => {
	let last = 0;
	let stop = () => {};
	const stopped = new Promise<void>((resolve) => (stop = resolve));
	const node = new StripeIdempotent(time);
	const { execute } = node;
	node.execute = function () {
		const getNodeParameter = (name: string, index: number, ...more: unknown[]) => {
			last = Math.max(last, index);
			if (last === 20) stop();
			return this.getNodeParameter(name, index, ...(more as []));
		};
		const captured = { getNodeParameter: { value: getNodeParameter } };
		return execute.call(Object.create(this, captured) as IExecuteFunctions);
	};
	const nodeTypes = { [STRIPE_NODE]: node };
	// Only n8n can read it, in each item.
	const charge = { ...CHARGE, amount: '={{ $json.amount * 1 }}' };
	const { status } = await fixture.run(charge, orders(2_000), { cancelWhen: stopped, nodeTypes });
	expect(status).toBe('canceled');
	expect(fixture.simulator.requests).toEqual([]);
	expect(last).toBeGreaterThanOrEqual(20);
	expect(last).toBeLessThan(1_000);
});
