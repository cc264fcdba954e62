import type { INodeParameters } from 'n8n-workflow';

import { ONE_HOUR_MS } from '../../fixtures/nodeFixture';
import { repeat } from '../../../crash/soak';
import { listStepCrashes, runKilledAt } from '../../fixtures/stepCrashes';
import type { Bill } from './billFixture';
import { BillFixture, TOTAL } from './billFixture';

const isWhole = repeat(0, 1) === 1;
const CRASHES = listStepCrashes(4, isWhole);

let bills: BillFixture;
beforeAll(async () => {
	bills = await BillFixture.open();
});
afterAll(() => bills.close());

async function expectBilledOnce(bill: Bill) {
	const invoice = await bills.invoiceOf(bill);
	const { data } = await bills.api.invoices.listLineItems(invoice.id);
	expect(data).toHaveLength(3);
	expect({ total: invoice.total, status: invoice.status }).toEqual({ total: TOTAL, status: 'paid' });
	expect(await bills.paymentsOf(bill)).toBe(1);
}

/** Killed there, and run again at once and an hour later. */
async function expectOneBill(at: (typeof CRASHES)[number], options: INodeParameters) {
	const bill = await bills.newBill();
	const known = new Set((await bills.fixture.entries()).map(({ entryId }) => entryId));
	const soon = { options: { waitForBusySeconds: 0, ...options } };
	expect(await runKilledAt(bills.fixture.stripe, at, () => bills.run(bill, {}, soon))).toBe(true);

	// At once the claims of the dead process still stand.
	await bills.run(bill, {}, soon);
	expect((await bills.invoicesOf(bill)).length).toBeLessThanOrEqual(1);

	bills.fixture.time.advance(ONE_HOUR_MS);
	const { done, error } = await bills.run(bill, {}, soon);
	expect(error).toBeUndefined();
	expect(done).toMatchObject({ status: 'paid' });
	await expectBilledOnce(bill);
	const entries = (await bills.fixture.entries()).filter(({ entryId }) => !known.has(entryId));
	expect(entries.map(({ state, attempt }) => [state, attempt])).toEqual(
		Array.from({ length: 5 }, () => ['succeeded', 1]),
	);
	return entries;
}

describe('a bill whose process is killed', () => {
	it.each(CRASHES)('at $point in the $where, time $nth, is created once', async (at) => {
		await expectOneBill(at, {});
	});

	const WRITTEN = CRASHES.filter(({ point }) => ['claimed', 'sending', 'settled'].includes(point));
	it.each(WRITTEN)(
		'at $point, time $nth, under a limit costs what was previewed first, once',
		async (at) => {
			const entries = await expectOneBill(at, { chargeAtMostPerItem: '1100.50 EUR' });
			const expected = entries.flatMap(({ expectation }) => expectation?.spend.amount ?? []);
			expect(expected).toEqual([TOTAL]);
		},
	);
});

describe('a bill of which a response is lost', () => {
	const STEPS = [/\/v1\/invoices$/, /add_lines$/, /finalize$/, /pay$/];
	const FATES = [
		...(['resetBefore', 'resetAfter', 'cutBody', 'html502', 'error500After'] as const),
		...(['error500NotStored', 'error503', 'conflict409', 'rateLimit429', 'lockTimeout429'] as const),
		...(['unauthorized401', 'forbidden403'] as const),
	];
	const LATER = [0, 30, 24 * 5];
	/** In the short form each fate of one step, and at each step what Stripe has done: after one of the times. */
	const isTried = (kind: string, step: number, fault: number, later: number) =>
		isWhole ||
		((step + fault + later) % LATER.length === 0 &&
			(kind === 'resetAfter' || (step + fault) % STEPS.length === 0));
	const losses = STEPS.flatMap((path, step) =>
		FATES.flatMap((kind, fault) =>
			LATER.flatMap((hours, later) =>
				isTried(kind, step, fault, later) ? [{ path, kind, hours }] : [],
			),
		),
	);

	it.each(losses)(
		'$kind of $path, and run again after $hours hours, is created once',
		async ({ path, kind, hours }) => {
			const bill = await bills.newBill();
			bills.fixture.stripe.inject({ kind, match: { path, method: 'POST' } });
			const first = await bills.run(bill);
			expect(first.error).toBeDefined();
			bills.fixture.time.advance(hours * ONE_HOUR_MS);
			let last = await bills.run(bill);
			// A 500 that Stripe has stored says nothing for days.
			for (let days = 0; last.error && days < 8; days++) {
				expect(last.retry).toHaveLength(1);
				bills.fixture.time.advance(24 * ONE_HOUR_MS);
				last = await bills.run(bill);
			}
			expect(last.error).toBeUndefined();
			await expectBilledOnce(bill);
		},
	);
});
