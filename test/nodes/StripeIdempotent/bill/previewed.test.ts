import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { sampleRows } from '../../../crash/soak';
import { toLocator, toPickedRows } from '../../fixtures/ordersFixture';
import type { Bill } from './billFixture';
import { BILL, BillFixture } from './billFixture';

/** What a bill comes to with tax, pending items and discounts is previewed, limited, approved, and billed just so. */

const WORK = [
	{ description: 'Support', amount: '900.00' },
	{ description: 'Travel', amount: '100.00' },
];
const WITH_TAX: INodeParameters = { additionalFields: { automaticTax: true } };
const APPROVED = { options: { approvedCheck: '={{ $json.check }}' } };

let bills: BillFixture;
let percent: string;
let inclusive: string;
let coupon: string;
beforeAll(async () => {
	bills = await BillFixture.open();
	const rate = (percentage: number, isInclusive: boolean) =>
		bills.api.taxRates.create({ display_name: 'VAT', inclusive: isInclusive, percentage });
	[percent, inclusive, coupon] = (
		await Promise.all([
			rate(10, false),
			rate(25, true),
			bills.api.coupons.create({ percent_off: 50, duration: 'once' }),
		])
	).map(({ id }) => id) as [string, string, string];
});
beforeEach(() => {
	bills.fixture.stripe.clearFaults();
	bills.fixture.stripe.requests.length = 0;
});
afterAll(() => bills.close());

const newBill = (lines: object[] = WORK) => bills.newBill({ lines }, 'pm_card_visa', 'DE');
const addPending = ({ customer }: Bill, amount = 500, currency = 'eur') =>
	bills.api.invoiceItems.create({ customer, amount, currency, description: 'Waiting' });

async function checkOf(bill: Bill, parameters: INodeParameters, options: INodeParameters = {}) {
	const { success } = await bills.run(bill, parameters, { options: { checkOnly: true, ...options } });
	const { checked, check } = success[0]!.json;
	return { checked: checked as IDataObject, check: check as string | null };
}

interface Case {
	parameters: () => INodeParameters;
	lines?: object[];
	before?: (bill: Bill) => Promise<unknown>;
	expectedTotal: string;
	amountText?: string;
}

const MANY = Array.from({ length: 250 }, (_, index) => ({ description: `Hour ${index}`, amount: '1.00' }));

const CASES: Record<string, Case> = {
	'automatic tax': {
		parameters: () => WITH_TAX,
		expectedTotal: '1190.00 EUR',
		amountText: '1190.00 EUR, with tax (190.00 EUR)',
	},
	'automatic tax on 250 lines': {
		parameters: () => WITH_TAX,
		lines: MANY,
		expectedTotal: '297.50 EUR',
	},
	'credit of the customer': {
		parameters: () => ({}),
		before: ({ customer }) =>
			bills.api.customers.createBalanceTransaction(customer, { amount: -2000, currency: 'eur' }),
		expectedTotal: '1000.00 EUR',
		amountText: "1000.00 EUR, of which 20.00 EUR comes from the customer's credit balance",
	},
	'pending items': {
		parameters: () => ({ pendingItems: 'include' }),
		before: async (bill) => [
			await addPending(bill),
			await addPending(bill, 200),
			await addPending(bill, 9_900, 'usd'),
		],
		expectedTotal: '1007.00 EUR',
		amountText: '1007.00 EUR, with pending items (7.00 EUR)',
	},
	'automatic tax and pending items': {
		parameters: () => ({ ...WITH_TAX, pendingItems: 'include' }),
		before: addPending,
		expectedTotal: '1195.95 EUR',
		amountText: '1195.95 EUR, with tax (190.95 EUR) and pending items (5.00 EUR)',
	},
	'250 lines and 120 pending items': {
		parameters: () => ({ pendingItems: 'include' }),
		lines: MANY,
		expectedTotal: '256.00 EUR',
		before: (bill) => Promise.all(Array.from({ length: 120 }, () => addPending(bill, 5))),
	},
	'pending items that stay where they are': {
		parameters: () => ({ ...WITH_TAX, pendingItems: 'exclude' }),
		before: addPending,
		expectedTotal: '1190.00 EUR',
		amountText: '1190.00 EUR, with tax (190.00 EUR)',
	},
	'a discount': {
		parameters: () => ({
			additionalFields: { discounts: { row: [{ coupon: toLocator('id', coupon) }] } },
		}),
		expectedTotal: '500.00 EUR',
		amountText: '500.00 EUR, after discounts (500.00 EUR)',
	},
	'default tax rates': {
		parameters: () => ({ additionalFields: { defaultTaxRates: toPickedRows('taxRate', percent) } }),
		expectedTotal: '1100.00 EUR',
		amountText: '1100.00 EUR, with tax (100.00 EUR)',
	},
	'a tax rate of one line that its price contains': {
		parameters: () => ({ additionalFields: { defaultTaxRates: toPickedRows('taxRate', percent) } }),
		lines: [{ description: 'Book', amount: '100.00', taxRates: 'inclusive' }, WORK[0]!],
		expectedTotal: '1090.00 EUR',
		amountText: '1090.00 EUR, with tax (110.00 EUR)',
	},
};

function linesOf({ lines = WORK }: Case): object[] {
	return lines.map((line) => ('taxRates' in line ? { ...line, taxRates: [inclusive] } : line));
}

async function begin(of: Case) {
	const bill = await newBill(linesOf(of));
	await of.before?.(bill);
	bills.fixture.stripe.requests.length = 0;
	return { bill, parameters: of.parameters() };
}

describe.each(sampleRows(3, Object.entries(CASES)))('a bill with %s', (_name, of) => {
	it('reports its cost in Check Only, and costs exactly that once it is approved', async () => {
		const { bill, parameters } = await begin(of);
		const { checked, check } = await checkOf(bill, parameters);
		const inWords = of.amountText ?? (expect.stringContaining(of.expectedTotal) as string);
		expect(checked).toMatchObject({ answer: 'new', inWords });
		expect([bills.previews(), bills.sent()]).toEqual([1, []]);
		const { done, error } = await bills.run({ ...bill, check }, parameters, APPROVED);
		expect(error).toBeUndefined();
		const { total, status } = await bills.invoiceOf(bill);
		expect({ billed: `${(total / 100).toFixed(2)} EUR`, status }).toEqual({
			billed: of.expectedTotal,
			status: 'paid',
		});
		if (of.amountText) expect(done?.idempotency).toMatchObject({ inWords: of.amountText });
	});

	it('is sent up to a limit, to the cent, and refused above it with both amounts', async () => {
		const { bill, parameters } = await begin(of);
		const amount = Number.parseFloat(of.expectedTotal);
		const limit = (most: number) => ({ options: { chargeAtMostPerItem: `${most.toFixed(2)} EUR` } });
		const above = await bills.run(bill, parameters, limit(amount - 0.01));
		expect(above.error).toMatchObject({ outcome: 'blocked' });
		expect(above.error!.message).toContain(
			`would come to ${of.expectedTotal}, but Charge at Most per Item is`,
		);
		expect(await bills.invoicesOf(bill)).toEqual([]);
		expect((await bills.run(bill, parameters, limit(amount))).done).toMatchObject({ status: 'paid' });
	});
});

describe('an amount that cannot be determined', () => {
	it('tax without an address of the customer is refused with a limit, and reported in Check Only', async () => {
		const bill = await bills.newBill({ lines: WORK });
		const { error } = await bills.run(bill, WITH_TAX, { options: { chargeAtMostPerItem: '9000 EUR' } });
		expect(error).toMatchObject({ outcome: 'refused' });
		expect(error!.message).toContain('Stripe cannot calculate the tax of this bill');
		expect(error!.nextStep).toContain("Complete the customer's address");
		const { checked, check } = await checkOf(bill, WITH_TAX);
		expect(checked).toMatchObject({ answer: 'new', inWords: null });
		expect(checked.nextStep).toContain('Stripe cannot calculate the tax');
		expect(check).toBeNull();
		expect(await bills.invoicesOf(bill)).toEqual([]);
	});

	it('default tax rates on pending items are refused with a limit', async () => {
		const bill = await newBill();
		await addPending(bill);
		const parameters = {
			pendingItems: 'include',
			additionalFields: { defaultTaxRates: toPickedRows('taxRate', percent) },
		};
		const { error } = await bills.run(bill, parameters, { options: { chargeAtMostPerItem: '9000 EUR' } });
		expect(error).toMatchObject({ outcome: 'refused' });
		expect(error!.message).toContain('Default Tax Rates');
		expect(await bills.invoicesOf(bill)).toEqual([]);
	});

	it('nothing is sent if Stripe returns no preview, and later it is', async () => {
		const bill = await newBill();
		const options = { chargeAtMostPerItem: '1190 EUR' };
		bills.fixture.stripe.inject({ kind: 'error503', times: 9, match: { path: /create_preview/ } });
		expect((await bills.run(bill, WITH_TAX, { options })).retry).toHaveLength(1);
		bills.fixture.stripe.clearFaults();
		expect(await bills.invoicesOf(bill)).toEqual([]);
		expect((await bills.run(bill, WITH_TAX, { options })).done).toMatchObject({ status: 'paid' });
	});
});

describe('a bill that costs more or less than previewed', () => {
	const options = { chargeAtMostPerItem: '2000 EUR' };
	const include = { ...WITH_TAX, pendingItems: 'include' };

	/** Something changes as a request reaches Stripe. */
	function changeAt(path: RegExp, change: () => Promise<unknown>): void {
		const stop = bills.fixture.stripe.onPoint(async ({ name, request }) => {
			if (name !== 'received' || request.method !== 'POST' || !path.test(request.path)) return;
			stop();
			await change();
		});
	}

	it.each([
		['a limit', async () => ({ options })],
		['an approval', async (bill: Bill) => ({ ...APPROVED, check: (await checkOf(bill, include)).check })],
	])(
		'under %s stays a draft, is reported, and is billed anew once it is withdrawn',
		async (_name, prepare) => {
			const bill = await newBill();
			const { check, ...how } = { check: null as string | null, ...(await prepare(bill)) };
			changeAt(/\/v1\/invoices$/, () => addPending(bill));
			const { error, failed } = await bills.run({ ...bill, check }, include, how);
			expect(error).toMatchObject({ outcome: 'conflict', retryable: false });
			expect(error!.message).toContain('it comes to 1195.95 EUR, but 1190.00 EUR was previewed');
			expect(error!.nextStep).toContain('Invoice → Delete Draft');
			expect(failed!.idempotency).toMatchObject({ state: 'unknown' });
			const { id, status } = await bills.invoiceOf(bill);
			expect(status).toBe('draft');

			const again = await bills.run({ ...bill, check }, include, how);
			expect(again.error).toMatchObject({ outcome: 'conflict' });
			await bills.api.invoices.del(id);
			expect((await bills.run(bill, include)).error).toMatchObject({ outcome: 'rejected' });
			const manual = { options: { afterRejection: 'newAttempt', chargeAtMostPerItem: '1195.95 EUR' } };
			expect((await bills.run(bill, include, manual)).done).toMatchObject({
				status: 'paid',
				total: 119_595,
			});
		},
	);

	it('only once it is finalized is not paid', async () => {
		const bill = await newBill();
		changeAt(/finalize$/, () =>
			bills.api.customers.update(bill.customer, { address: { country: 'FR' } }),
		);
		const { error } = await bills.run(bill, WITH_TAX, { options });
		expect(error).toMatchObject({ outcome: 'conflict', retryable: false });
		expect(error!.message).toContain('it comes to 1200.00 EUR, but 1190.00 EUR was previewed');
		expect((await bills.invoiceOf(bill)).status).toBe('open');
		expect((await bills.run(bill, WITH_TAX, { options })).error).toMatchObject({ outcome: 'conflict' });
		expect(await bills.paymentsOf(bill)).toBe(0);
	});

	it('without a limit or an approval is billed as it is', async () => {
		const bill = await newBill();
		changeAt(/\/v1\/invoices$/, () => addPending(bill));
		expect((await bills.run(bill, include)).done).toMatchObject({ status: 'paid', total: 119_595 });
		expect(bills.previews()).toBe(0);
	});

	it('before it was started is calculated again by the next run', async () => {
		const bill = await newBill();
		const { check } = await checkOf(bill, include);
		await addPending(bill);
		const { error } = await bills.run({ ...bill, check }, include, APPROVED);
		expect(error).toMatchObject({ outcome: 'blocked' });
		const checkedAgain = await checkOf(bill, include);
		expect(checkedAgain.checked).toMatchObject({
			inWords: '1195.95 EUR, with tax (190.95 EUR) and pending items (5.00 EUR)',
		});
		const { done } = await bills.run({ ...bill, check: checkedAgain.check }, include, APPROVED);
		expect(done).toMatchObject({ total: 119_595 });
	});
});

it('a limit of the run counts a bill with its tax, once', async () => {
	const options = { chargeAtMostPerRun: '2000 EUR' };
	const [first, second] = [await newBill(), await newBill()];
	const { success, fix } = await bills.fixture.run([first, second], {
		options,
		parameters: { ...BILL, ...WITH_TAX },
	});
	expect([success.length, fix.length]).toEqual([1, 1]);
	expect(fix[0]?.json.error?.message).toContain('would come to 2380.00 EUR');
});
