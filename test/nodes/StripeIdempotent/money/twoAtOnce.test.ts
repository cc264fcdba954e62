import { subscribe, unsubscribe } from 'node:diagnostics_channel';

import type { TraceMessage } from '../../../../ledger/tracing';
import { CrashPlan } from '../../../scenarios/crashPlan';
import type { CrashPoint } from '../../../scenarios/scenario';
import { NodeFixture, ONE_HOUR_MS } from '../../fixtures/nodeFixture';

/** One order is settled while the next is claimed, and the process is killed in the middle of both. */

const JOURNEY = 'n8n-nodes-stripe-idempotent';
const ORDERS = [
	{ order: 'first', amount: 1000 },
	{ order: 'second', amount: 2000 },
];

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

/**
 * From its point on, nothing of each order reaches the ledger; from that of the second on, nothing reaches Stripe.
 *
 * @returns the last point of each
 */
async function runKilledAt(points: readonly [CrashPoint, CrashPoint]): Promise<string[]> {
	const plan = new CrashPlan();
	const last = new Map<string, string>();
	const onTrace = (message: unknown) => {
		const { entryId, point } = message as TraceMessage;
		const end = points[last.has(entryId) ? [...last.keys()].indexOf(entryId) : last.size]!;
		if (!last.has(entryId)) plan.schedule(entryId, end);
		if (last.get(entryId) !== end) last.set(entryId, point);
		plan.reach(point, entryId);
		if (last.size === points.length && plan.hasCrashed(entryId))
			fixture.stripe.inject({ kind: 'resetBefore', times: Infinity, match: { path: /./ } });
	};
	subscribe(JOURNEY, onTrace);
	try {
		await fixture.run(ORDERS, { options: { concurrency: 1 } });
	} finally {
		unsubscribe(JOURNEY, onTrace);
		plan.stop();
		fixture.stripe.clearFaults();
	}
	return [...last.values()];
}

it.each<[CrashPoint, CrashPoint]>([
	['settling', 'claiming'],
	['settling', 'claimed'],
	['settled', 'claimed'],
	['settling', 'sending'],
])('a worker killed at %s of one order and %s of the next: each is charged once', async (first, second) => {
	expect(await runKilledAt([first, second])).toEqual([first, second]);
	expect(fixture.charges()).toBe(1);
	const soon = await fixture.run(ORDERS, { options: { waitForBusySeconds: 0 } });
	expect([...soon.success, ...soon.retry]).toHaveLength(ORDERS.length);
	fixture.time.advance(ONE_HOUR_MS);
	const { success } = await fixture.run(ORDERS);
	expect(success.map(({ json }) => json.amount)).toEqual([1000, 2000]);
	expect(
		fixture.stripe
			.report()
			.charges.map(({ amount }) => amount)
			.sort(),
	).toEqual([1000, 2000]);
	expect(await fixture.entries()).toMatchObject(ORDERS.map(() => ({ state: 'succeeded', attempt: 1 })));
});
