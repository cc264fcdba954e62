import type { INodeParameters } from 'n8n-workflow';
import type Stripe from 'stripe';

import { toPickedRows } from '../../fixtures/ordersFixture';
import type { Bill } from './billFixture';
import { BillFixture, LINES, TOTAL } from './billFixture';

/** Somebody changes the invoice of a bill in Stripe while the bill is not finished. */

let bills: BillFixture;
beforeAll(async () => {
	bills = await BillFixture.open();
});
afterAll(() => bills.close());

type Change = (invoices: Stripe.InvoiceResource, id: string) => Promise<unknown>;
const EXTRA = { lines: [{ amount: 700, description: 'Extra' }] };
const finalize: Change = (invoices, id) => invoices.finalizeInvoice(id);
const addLine: Change = (invoices, id) => invoices.addLines(id, EXTRA);
const remove: Change = (invoices, id) => invoices.del(id);
const pay: Change = (invoices, id) => invoices.pay(id, { payment_method: 'pm_card_visa' });
const voidOne: Change = (invoices, id) => invoices.voidInvoice(id);
const writeOff: Change = (invoices, id) => invoices.markUncollectible(id);
const payElsewhere: Change = (invoices, id) => invoices.pay(id, { paid_out_of_band: true });

const STORED = { options: { afterRejection: 'returnStored' } };

/** Stops a bill at a request of which the answer is lost, changes its invoice, and runs the bill again. */
async function changed(
	at: { path: RegExp; kind: 'resetBefore' | 'resetAfter' },
	changes: readonly Change[],
	parameters: INodeParameters = {},
	card?: string,
) {
	const bill = await bills.newBill({}, card);
	bills.fixture.stripe.inject({ kind: at.kind, match: { path: at.path, method: 'POST' } });
	await bills.run(bill, parameters);
	bills.fixture.stripe.clearFaults();
	const { id } = await bills.invoiceOf(bill);
	for (const change of changes) await change(bills.api.invoices, id);
	const run = () => bills.run(bill, parameters, STORED);
	return { bill, id, run, ...(await run()) };
}

const CREATED = { path: /\/invoices$/, kind: 'resetAfter' } as const;
const UNFILLED = { path: /add_lines$/, kind: 'resetBefore' } as const;
const FILLED = { path: /finalize$/, kind: 'resetBefore' } as const;
const OPEN = { path: /pay$/, kind: 'resetBefore' } as const;
const STOPS = Object.entries({ CREATED, UNFILLED, FILLED, OPEN });

/** Another sum than was paid, without a question to anybody. */
const withOther = (bill: Bill): Bill => ({ ...bill, lines: LINES.slice(0, 1) });

describe('an invoice that was paid with other contents than the bill requests', () => {
	it.each([
		['finalized while it was empty', UNFILLED, [finalize], /line 1 is missing/],
		[
			'finalized while it was empty, just after its draft was created',
			CREATED,
			[finalize],
			/line 1 is missing/,
		],
		[
			'finalized with a different line in place of all',
			CREATED,
			[addLine, finalize, pay],
			/Extra, 7\.00 EUR/,
		],
		[
			'finalized with a line more',
			FILLED,
			[addLine, finalize, pay],
			/this bill did not add: Extra, 7\.00 EUR/,
		],
		['paid outside Stripe with an additional line', FILLED, [addLine, finalize, payElsewhere], /Extra/],
	] as const)(
		'%s is not a success, and the differences are reported',
		async (_name, at, changes, words) => {
			const { bill, id, error, failed, run } = await changed(at, changes);
			expect(error).toMatchObject({ outcome: 'conflict', retryable: false });
			expect(error!.message).toMatch(words);
			expect(error!.message).toContain(`${id} (paid)`);
			expect(error!.nextStep).toContain('Resolve Manually');
			expect(failed!.idempotency).toMatchObject({ state: 'unknown' });
			expect((await run()).error!.message).toMatch(words);
			expect((await bills.run(withOther(bill), {}, STORED)).error).toMatchObject({
				outcome: 'conflict',
			});
			expect(await bills.paymentsOf(bill)).toBeLessThanOrEqual(1);
		},
	);

	it('finalized at that very moment with a line that takes everything off is reported', async () => {
		const bill = await bills.newBill();
		const off = { lines: [{ amount: -TOTAL, description: 'Off' }] };
		const stop = bills.fixture.stripe.onPoint(async ({ name, request }) => {
			if (name !== 'received' || !request.path.endsWith('/finalize')) return;
			stop();
			await bills.api.invoices.addLines((await bills.invoiceOf(bill)).id, off);
		});
		const { error } = await bills.run(bill);
		expect(error).toMatchObject({ outcome: 'conflict' });
		expect(error!.message).toContain('(paid): a line that this bill did not add: Off, -1100.50 EUR');
	});

	it('is a success if it was paid with exactly these lines', async () => {
		for (const changes of [
			[finalize, pay],
			[finalize, payElsewhere],
		]) {
			const { done, error } = await changed(FILLED, changes);
			expect(error).toBeUndefined();
			expect(done).toMatchObject({ status: 'paid', total: TOTAL });
		}
	});
});

describe('a draft whose total was changed by somebody else', () => {
	const discount: Change = async (invoices, id) => {
		const { id: coupon } = await bills.api.coupons.create({ percent_off: 10, duration: 'once' });
		return invoices.update(id, { discounts: [{ coupon }] });
	};
	const rate = async (percentage: number) =>
		(await bills.api.taxRates.create({ display_name: 'VAT', inclusive: false, percentage })).id;
	const tax: Change = async (invoices, id) => invoices.update(id, { default_tax_rates: [await rate(20)] });

	it.each(STOPS.filter(([, at]) => at !== OPEN))(
		'a discount, stopped at %s, is not accepted',
		async (_at, at) => {
			const { bill, error } = await changed(at, [discount]);
			expect(error).toMatchObject({ outcome: 'conflict', retryable: false });
			expect(error!.message).toContain('a discount that was not requested');
			expect(await bills.paymentsOf(bill)).toBe(0);
		},
	);

	it("the customer's own discount applies as usual", async () => {
		const bill = await bills.newBill();
		const { id } = await bills.api.coupons.create({ percent_off: 10, duration: 'forever' });
		const { done, error } = await bills.run(bill, {
			additionalFields: { discounts: { row: [{ coupon: { __rl: true, mode: 'id', value: id } }] } },
		});
		expect(error).toBeUndefined();
		expect(done).toMatchObject({ status: 'paid', total: TOTAL - TOTAL / 10 });
	});

	it('other tax rates in place of the requested ones are not accepted', async () => {
		const additionalFields = { defaultTaxRates: toPickedRows('taxRate', await rate(10)) };
		const { bill, error } = await changed(FILLED, [tax], { additionalFields });
		expect(error).toMatchObject({ outcome: 'conflict' });
		expect(error!.message).toContain('default_tax_rates');
		expect(await bills.paymentsOf(bill)).toBe(0);
	});
});

describe('an obstacle to a step', () => {
	it('a deleted draft is reported as withdrawn at once, and again', async () => {
		for (const [, at] of STOPS.slice(0, 3)) {
			const { id, error, failed, run } = await changed(at, [remove]);
			for (const reason of [error!, (await run()).error!]) {
				expect(reason).toMatchObject({ outcome: 'rejected' });
				expect(reason.message).toContain(
					`was withdrawn, so nothing more was sent: The draft ${id} was deleted`,
				);
				expect(reason.nextStep).toContain('this creates a new invoice');
			}
			expect(failed!.idempotency).toMatchObject({ state: 'rejected' });
		}
	});

	it('a voided invoice is reported as withdrawn at once, and again', async () => {
		const { id, error, run } = await changed(OPEN, [voidOne]);
		for (const reason of [error!, (await run()).error!])
			expect(reason.message).toContain(
				`was withdrawn, so nothing more was sent: The invoice ${id} was voided`,
			);
	});

	it('a draft deleted during a step is reported as withdrawn', async () => {
		const bill = await bills.newBill();
		const stop = bills.fixture.stripe.onPoint(async ({ name, request }) => {
			if (name !== 'received' || !request.path.endsWith('/add_lines')) return;
			stop();
			await remove(bills.api.invoices, (await bills.invoiceOf(bill)).id);
		});
		const { error } = await bills.run(bill);
		expect(error!.message).toContain('was withdrawn, so nothing more was sent');
	});

	it('an invoice that was written off names both remedies', async () => {
		const { error, bill, id, run } = await changed(OPEN, [writeOff]);
		expect(error).toMatchObject({ outcome: 'conflict' });
		await pay(bills.api.invoices, id);
		expect((await run()).done).toMatchObject({ id, status: 'paid' });
		expect(await bills.paymentsOf(bill)).toBe(1);
	});
});

it('different values for an unfinished bill name the remedies, and do not report it as completed', async () => {
	const { bill, id } = await changed(OPEN, [writeOff]);
	const { error } = await bills.run(withOther(bill), {}, STORED);
	expect(error).toMatchObject({ outcome: 'conflict' });
	expect(error!.message).toContain('Lines › Row 3 › Amount: -5.00 EUR → empty');
	expect(error!.nextStep).not.toContain('already completed');
	expect(error!.nextStep).toContain('with the earlier values');
	expect(error!.nextStep).toContain('Invoice → Void');
	await voidOne(bills.api.invoices, id);
	expect((await bills.run(withOther(bill), {}, STORED)).done).toMatchObject({
		status: 'paid',
		total: 108_000,
	});
});
