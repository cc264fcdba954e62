import type { INodeParameters } from 'n8n-workflow';

import { loseLedger } from '../../fixtures/lostLedger';
import { ONE_HOUR_MS } from '../../fixtures/nodeFixture';
import type { Bill } from './billFixture';
import { BillFixture, LINES } from './billFixture';
import { runKilledAt } from '../../fixtures/stepCrashes';

const DAY = 24 * ONE_HOUR_MS;

/** With what the lost ledger has sent a step; the step's number; and what is told of the bill when it is known. */
const STEPS: [step: string, lost: Partial<Bill>, parameters: INodeParameters, nth: number, told: string][] = [
	['draft', {}, { collectionMethod: 'send_invoice' }, 1, 'bill_differs'],
	[
		'lines',
		{ lines: [...LINES, { description: 'Parking', amount: '9.00' }] },
		{},
		2,
		'bill_paid_otherwise',
	],
];

let bills: BillFixture;
let bill: Bill;
beforeEach(async () => {
	bills = await BillFixture.open();
	bill = await bills.newBill();
});
afterEach(() => bills.close());

const codeOf = async () => (await bills.run(bill)).error?.code;

describe.each(STEPS)(
	'a bill whose %s a lost ledger has sent with different values',
	(_step, lost, parameters, nth, told) => {
		beforeEach(async () => {
			expect((await bills.run({ ...bill, ...lost }, parameters)).done).toBeDefined();
			await loseLedger(bills.fixture);
			bills.fixture.time.advance(20 * ONE_HOUR_MS);
		});

		it('is a conflict, and no second invoice is created when Stripe has forgotten the keys', async () => {
			expect((await bills.run(bill)).error).toMatchObject({
				outcome: 'conflict',
				type: 'idempotency_error',
				retryable: false,
			});
			const sent = bills.sent().length;
			for (const ms of [0, 4 * DAY, 30 * DAY]) {
				bills.fixture.time.advance(ms);
				expect(await codeOf()).toBe(told);
			}
			expect(bills.sent()).toHaveLength(sent);
			expect(await bills.invoicesOf(bill)).toHaveLength(1);
		});

		it('is a conflict even if the process that received it was killed, and Search is unavailable', async () => {
			const killed = { point: 'answered', where: 'worker', nth } as const;
			expect(await runKilledAt(bills.fixture.stripe, killed, () => bills.run(bill))).toBe(true);
			const sent = bills.sent().length;
			const path = '/v1/invoices/search';
			bills.fixture.stripe.inject({ kind: 'forbidden403', times: Infinity, match: { path } });
			for (const ms of [4 * DAY, 4 * DAY]) {
				bills.fixture.time.advance(ms);
				expect(await codeOf()).toBe(told);
			}
			expect(bills.sent()).toHaveLength(sent);
			expect(await bills.invoicesOf(bill)).toHaveLength(1);
		});
	},
);
