import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { Ledger } from '../../../../ledger/ledger';
import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import type { Bill } from './billFixture';
import { BillFixture, LINES, TOTAL } from './billFixture';

let bills: BillFixture;
beforeAll(async () => {
	bills = await BillFixture.open();
});
beforeEach(() => {
	bills.fixture.stripe.clearFaults();
	bills.fixture.stripe.requests.length = 0;
});
afterAll(() => bills.close());

describe('Bill a Customer', () => {
	it('creates one invoice with exactly these lines, and charges it', async () => {
		const bill = await bills.newBill();
		bills.fixture.stripe.requests.length = 0;
		const { done, error } = await bills.run(bill);
		expect(error).toBeUndefined();
		expect(done).toMatchObject({
			status: 'paid',
			idempotency: { paymentState: 'paid', state: 'succeeded' },
		});
		expect(bills.sent()).toEqual([
			'POST /v1/invoices',
			'POST /v1/invoices/:id/add_lines',
			'POST /v1/invoices/:id/finalize',
			'POST /v1/invoices/:id/pay',
		]);
		const invoice = await bills.invoiceOf(bill);
		expect(invoice).toMatchObject({
			status: 'paid',
			total: TOTAL,
			amount_paid: TOTAL,
			auto_advance: false,
		});
		expect(invoice.metadata).toMatchObject({ n8n_bill: done!.idempotency!.entryId });
		const { data } = await bills.api.invoices.listLineItems(invoice.id);
		expect(
			data.map(({ amount, description, metadata }) => [amount, description, metadata.n8n_line]),
		).toEqual(
			[
				[108_000, 'Support', '1'],
				[2550, 'Travel', '2'],
				[-500, 'Goodwill', '3'],
			].reverse(),
		);
	});

	it('tells Stripe at each step not to advance automatically', async () => {
		await bills.run(await bills.newBill());
		const sent = bills.fixture.stripe.requests.filter(({ path }) => /invoices$|finalize$/.test(path));
		expect(sent.map(({ params }) => params.auto_advance)).toEqual(['false', 'false']);
	});

	it('a repeat is replayed, without a request to Stripe', async () => {
		const bill = await bills.newBill();
		const first = await bills.run(bill);
		bills.fixture.stripe.requests.length = 0;
		const again = await bills.run(bill);
		expect(again.done).toMatchObject({ id: first.done!.id, idempotency: { replayed: true } });
		expect(bills.fixture.stripe.requests).toHaveLength(0);
	});

	it('sends it if that is the collection method', async () => {
		const bill = await bills.newBill();
		const { done } = await bills.run(bill, { collectionMethod: 'send_invoice', daysUntilDue: 14 });
		expect(done).toMatchObject({
			status: 'open',
			idempotency: { paymentState: 'unpaid', state: 'succeeded' },
		});
		expect(bills.sent().at(-1)).toBe('POST /v1/invoices/:id/send');
	});

	it('two concurrent runs create one invoice', async () => {
		const bill = await bills.newBill();
		const runs = await Promise.all([bills.run(bill), bills.run(bill), bills.run(bill)]);
		// By the clock of the test the others may have waited in vain.
		expect(runs.map(({ error }) => error?.outcome ?? 'busy')).toEqual(['busy', 'busy', 'busy']);
		expect((await bills.invoiceOf(bill)).total).toBe(TOTAL);
		expect(await bills.paymentsOf(bill)).toBe(1);
	});

	it('a declined invoice stays open, and a later attempt pays the same invoice', async () => {
		const bill = await bills.newBill({}, 'pm_card_chargeDeclined');
		const first = await bills.run(bill);
		expect(first.error).toMatchObject({ outcome: 'rejected', statusCode: 402 });
		const { id } = await bills.invoiceOf(bill);
		expect(first.error!.nextStep).toContain(`The bill is not finished: its invoice is ${id}`);
		expect(first.failed!.idempotency).toMatchObject({ state: 'unknown', attempt: 1 });
		const stored = await bills.run(bill, {}, { options: { afterRejection: 'returnStored' } });
		expect(stored.error).toMatchObject({ outcome: 'rejected', statusCode: 402 });
		await bills.api.customers.update(bill.customer, {
			invoice_settings: { default_payment_method: 'pm_card_visa' },
		});
		const paid = await bills.run(bill, {}, { options: { afterRejection: 'newAttempt' } });
		expect(paid.done).toMatchObject({ id, status: 'paid' });
		expect(await bills.paymentsOf(bill)).toBe(1);
	});

	it('an invoice that the customer pays at that very moment is paid once, whatever Stripe answers the second payment', async () => {
		const bill = await bills.newBill({}, 'pm_card_chargeDeclined');
		let isPaid = false;
		const stop = bills.fixture.stripe.onPoint(async ({ name, request }) => {
			if (isPaid || name !== 'received' || !request.path.endsWith('/pay')) return;
			isPaid = true;
			const id = request.path.split('/')[3]!;
			await bills.api.invoices.pay(id, { payment_method: 'pm_card_visa' });
		});
		const { done, error } = await bills.run(bill);
		stop();
		expect(error).toBeUndefined();
		expect(done).toMatchObject({ status: 'paid' });
		expect(await bills.paymentsOf(bill)).toBe(1);
	});

	it('a run whose claim expires before its next step sends no more, and the next run continues', async () => {
		const bill = await bills.newBill();
		const stop = bills.fixture.stripe.onPoint(({ name, request }) => {
			if (name === 'answered' && request.method === 'POST') bills.fixture.time.advance(2 * 3_600_000);
		});
		const { error } = await bills.run(bill);
		stop();
		expect(error).toMatchObject({ outcome: 'busy' });
		expect(bills.sent().at(-1)).toBe('POST /v1/invoices');
		expect((await bills.run(bill)).done).toMatchObject({ status: 'paid' });
		expect(await bills.paymentsOf(bill)).toBe(1);
		await bills.invoiceOf(bill);
	});

	it('an invoice that the customer has paid in the meantime is paid', async () => {
		const bill = await bills.newBill({}, 'pm_card_chargeDeclined');
		await bills.run(bill);
		const { id } = await bills.invoiceOf(bill);
		await bills.api.invoices.pay(id, { payment_method: 'pm_card_visa' });
		const { done } = await bills.run(bill, {}, { options: { afterRejection: 'returnStored' } });
		expect(done).toMatchObject({ id, status: 'paid' });
	});
});

describe('a conflict about the whole bill', () => {
	const other = [{ description: 'Support', amount: '1' }];

	it('names the differences, for a finished bill and for an unfinished one', async () => {
		const bill = await bills.newBill();
		await bills.run(bill);
		const { error } = await bills.run({
			...bill,
			lines: [{ ...LINES[0], quantity: 13 }, ...LINES.slice(1)],
		});
		expect(error).toMatchObject({ outcome: 'conflict' });
		expect(error!.message).toContain('Lines › Row 1 › Amount: 1080.00 EUR → 1170.00 EUR');
		const open = await bills.newBill({}, 'pm_card_chargeDeclined');
		await bills.run(open);
		const changed = await bills.run({ ...open, lines: other });
		expect(changed.error).toMatchObject({ outcome: 'conflict' });
		expect(changed.error!.message).toMatch(/Amount: \d+\.\d\d EUR → 1\.00 EUR/);
		const way = await bills.run(open, { collectionMethod: 'send_invoice' });
		expect(way.error!.message).toContain('Collection Method');
		expect((await bills.invoicesOf(open)).map(({ status }) => status)).toEqual(['open']);
	});

	it('ends when its invoice is voided: different values create a new one', async () => {
		const bill = await bills.newBill({}, 'pm_card_chargeDeclined');
		await bills.run(bill);
		const { id } = await bills.invoiceOf(bill);
		await bills.api.invoices.voidInvoice(id);
		await bills.api.customers.update(bill.customer, {
			invoice_settings: { default_payment_method: 'pm_card_visa' },
		});
		const { done } = await bills.run({ ...bill, lines: other });
		expect(done).toMatchObject({ status: 'paid', idempotency: { attempt: 2 } });
		expect(done!.id).not.toBe(id);
	});

	it('and the same values create one only if a person, or the option, requests it', async () => {
		const bill = await bills.newBill();
		bills.fixture.stripe.inject({ kind: 'error503', times: 5, match: { path: /add_lines/ } });
		await bills.run(bill);
		bills.fixture.stripe.clearFaults();
		const { id } = await bills.invoiceOf(bill);
		await bills.api.invoices.del(id);
		const stored = { options: { afterRejection: 'returnStored' } };
		for (const how of [stored, stored]) {
			const { error } = await bills.run(bill, {}, how);
			expect(error).toMatchObject({ outcome: 'rejected' });
			expect(error!.message).toContain(`The draft ${id} was deleted`);
		}
		const { done } = await bills.run(bill, {}, { options: { afterRejection: 'newAttempt' } });
		expect(done).toMatchObject({ status: 'paid', idempotency: { attempt: 2 } });
	});
});

describe('before it is finalized', () => {
	/** Stops after the lines were added, changes the draft, and goes on. */
	async function changed(change: (invoice: string) => Promise<unknown>) {
		const bill = await bills.newBill();
		bills.fixture.stripe.inject({ kind: 'error503', times: Infinity, match: { path: /finalize/ } });
		await bills.run(bill);
		bills.fixture.stripe.clearFaults();
		const { id } = await bills.invoiceOf(bill);
		await change(id);
		const { error } = await bills.run(bill);
		return { bill, error, status: (await bills.invoiceOf(bill)).status };
	}

	it.each([
		[
			'a line added by somebody else',
			(id: string) =>
				bills.api.invoices.addLines(id, { lines: [{ amount: 700, description: 'Extra' }] }),
			'a line that this bill did not add: Extra, 7.00 EUR',
		],
		[
			'a different collection method',
			(id: string) =>
				bills.api.invoices.update(id, { collection_method: 'send_invoice', days_until_due: 30 }),
			'collection_method is send_invoice, not charge_automatically',
		],
		[
			'automatic collection',
			(id: string) => bills.api.invoices.update(id, { auto_advance: true }),
			'auto_advance is on',
		],
	])('%s blocks it, and is named', async (_name, change, words) => {
		const { error, status } = await changed(change);
		expect(error).toMatchObject({ outcome: 'conflict', retryable: false });
		expect(error!.message).toContain(words);
		expect(error!.nextStep).toContain('Invoice → Delete Draft');
		expect(status).toBe('draft');
	});

	it('an invoice that somebody else has finalized with more on it is not paid', async () => {
		const { bill, error, status } = await changed(async (id) => {
			await bills.api.invoices.addLines(id, { lines: [{ amount: 700, description: 'Extra' }] });
			await bills.api.invoices.finalizeInvoice(id);
		});
		expect(error).toMatchObject({ outcome: 'conflict' });
		expect(error!.message).toContain('(open): a line that this bill did not add: Extra, 7.00 EUR');
		expect(status).toBe('open');
		expect(await bills.paymentsOf(bill)).toBe(0);
	});

	it('an addition at that very moment is finalized, and not paid', async () => {
		const bill = await bills.newBill();
		const stop = bills.fixture.stripe.onPoint(async ({ name, request }) => {
			if (name !== 'received' || !request.path.endsWith('/finalize')) return;
			stop();
			const { id } = await bills.invoiceOf(bill);
			await bills.api.invoices.addLines(id, { lines: [{ amount: 700, description: 'Extra' }] });
		});
		const { error } = await bills.run(bill);
		expect(error).toMatchObject({ outcome: 'conflict', retryable: false });
		expect(error!.message).toContain('(open): a line that this bill did not add: Extra, 7.00 EUR');
		expect(await bills.paymentsOf(bill)).toBe(0);
	});

	it('a corrected draft continues', async () => {
		const { bill } = await changed((id) => bills.api.invoices.update(id, { auto_advance: true }));
		const { id } = await bills.invoiceOf(bill);
		await bills.api.invoices.update(id, { auto_advance: false });
		const { done } = await bills.run(bill);
		expect(done).toMatchObject({ id, status: 'paid' });
	});
});

describe('where Stripe behaves unexpectedly', () => {
	it('pending items stay pending, unless they are selected', async () => {
		const bill = await bills.newBill();
		const pending = { customer: bill.customer, amount: 700, currency: 'eur', description: 'Waiting' };
		await bills.api.invoiceItems.create(pending);
		await bills.run(bill);
		expect((await bills.invoiceOf(bill)).total).toBe(TOTAL);
		const next = { ...bill, order: `${bill.order} b` };
		const { done } = await bills.run(next, { pendingItems: 'include' });
		expect(done).toMatchObject({ status: 'paid', total: TOTAL + 700 });
	});

	it('a bill of 0 is paid at once, and nothing is charged', async () => {
		const bill = await bills.newBill({ lines: [{ description: 'Trial', amount: '0' }] });
		const { done } = await bills.run(bill);
		expect(done).toMatchObject({ status: 'paid', total: 0 });
		expect(bills.sent().filter((path) => path.endsWith('/pay'))).toEqual([]);
	});

	it('the currency is that of the bill, whatever is pending for the customer', async () => {
		const bill = await bills.newBill();
		await bills.api.invoiceItems.create({ customer: bill.customer, amount: 700, currency: 'usd' });
		const { done } = await bills.run(bill);
		expect(done).toMatchObject({ currency: 'eur', total: TOTAL });
	});

	it('a price keeps its quantity, and a price of a different currency leaves an unpaid draft', async () => {
		const price = { unit_amount: 500, product_data: { name: 'Hour' } };
		const [eur, usd] = await Promise.all(
			['eur', 'usd'].map((currency) => bills.api.prices.create({ ...price, currency })),
		);
		const { done } = await bills.run(await bills.newBill({ lines: [{ price: eur!.id, quantity: 7 }] }));
		expect(done).toMatchObject({ total: 3500 });
		const bill = await bills.newBill({ lines: [{ price: usd!.id }] });
		const { error } = await bills.run(bill);
		expect(error).toMatchObject({ outcome: 'rejected', statusCode: 400 });
		expect((await bills.invoiceOf(bill)).status).toBe('draft');
	});

	it('a discount reduces the total by its amount', async () => {
		const coupon = await bills.api.coupons.create({ percent_off: 10, duration: 'once' });
		const additionalFields = {
			discounts: { row: [{ coupon: { __rl: true, mode: 'id', value: coupon.id } }] },
		};
		const { done, error } = await bills.run(await bills.newBill(), { additionalFields });
		expect(error).toBeUndefined();
		expect(done).toMatchObject({ status: 'paid', total: TOTAL - TOTAL / 10 });
	});
});

describe('a line without a clear amount is refused', () => {
	const tooMany = Array.from({ length: 251 }, () => ({ amount: '1' }));
	it.each([
		['nothing', [], 'Lines (JSON) has no line'],
		['no list', { amount: '1' }, 'Lines (JSON) is not a list of objects'],
		['too many', tooMany, 'Lines (JSON) has 251 lines'],
		['no amount', [{ description: 'Support' }], 'Lines (JSON), row 1: Amount is empty'],
		['two', [{ amount: '1', unitAmount: '1', quantity: 1 }], 'is not the only one'],
		['a quantity beside an amount', [{ amount: '1', quantity: 2 }], 'row 1: Quantity is filled in'],
		['no quantity', [{ amount: '1' }, { unitAmount: '1' }], 'row 2: Quantity is empty'],
		['a quantity of 0', [{ unitAmount: '90', quantity: 0 }], 'row 1: Quantity is 0, which is not above'],
		['a quantity below zero', [{ unitAmount: '90', quantity: -1 }], 'Quantity is -1, which is not above'],
		['0 of a price', [{ price: 'price_1', quantity: 0 }], 'row 1: Quantity is 0, which is not above'],
		['half of a price', [{ price: 'price_1', quantity: 0.5 }], 'a price is billed in whole numbers'],
		[
			'words for a quantity',
			[{ unitAmount: '90', quantity: 'two' }],
			'"two", which is not a plain number',
		],
		[
			'no whole cents',
			[{ unitAmount: '0.33', quantity: '0.5' }],
			'row 1: Unit Amount (Major Unit) is 0.1650',
		],
		[
			'thousands or decimals',
			[{ unitAmount: '1.000', quantity: 1 }],
			'Unit Amount (Major Unit) is "1.000"',
		],
		['a comma', [{ amount: '12,50' }], 'row 1: Amount is "12,50"'],
		['null', [{ amount: null }], 'amount'],
		['something unknown', [{ amount: '1', discount: '1' }], 'discount is not a field of a line'],
		['below zero', [{ amount: '-1' }], 'come to -1.00 EUR'],
		['half a period', [{ amount: '1', periodStart: '2026-11-01' }], 'Period End'],
	])('%s', async (_name, lines, words) => {
		const bill = { ...(await bills.newBill()), lines: lines as object[] };
		bills.fixture.stripe.requests.length = 0;
		const { error } = await bills.run(bill);
		expect(error).toMatchObject({ outcome: 'refused' });
		expect(error!.message).toContain(words);
		expect(bills.sent()).toEqual([]);
	});

	it.each([
		[{ unitAmount: '90', quantity: 0 }, 'Leave out a line of which there is none'],
		[{ price: 'price_1', quantity: 0 }, 'Leave out a line of which there is none'],
		[{ unitAmount: '90' }, 'Enter a number'],
		[{ unitAmount: '90', quantity: 'two' }, 'Use digits'],
	])('and the advice for %p addresses its problem', async (line, advice) => {
		const { error } = await bills.run(await bills.newBill({ lines: [line] }));
		expect(error!.nextStep).toContain(advice);
	});

	it('an exact product may have any number of decimals', async () => {
		const lines = [{ description: 'Support', unitAmount: '90.50', quantity: '12.5' }];
		expect((await bills.run(await bills.newBill({ lines }))).done).toMatchObject({ total: 113_125 });
	});

	it('lines entered one by one are equivalent', async () => {
		const row = [
			{ description: 'Support', amount: '', unitAmount: '90', quantity: '2', price: '', taxRates: '' },
		];
		const { done, error } = await bills.run(await bills.newBill(), {
			linesFrom: 'fields',
			lines: { row },
		});
		expect(error).toBeUndefined();
		expect(done).toMatchObject({ total: 18_000 });
	});
});

describe('Check Only', () => {
	const checkOf = async (bill: Bill, parameters: INodeParameters = {}) => {
		const { success } = await bills.run(bill, parameters, { options: { checkOnly: true } });
		const { checked, check } = success[0]!.json;
		return { checked: checked as IDataObject, check };
	};

	it('reports the cost, and sends nothing', async () => {
		const bill = await bills.newBill();
		bills.fixture.stripe.requests.length = 0;
		const { checked } = await checkOf(bill);
		expect(checked).toMatchObject({ answer: 'new', inWords: '1100.50 EUR' });
		expect(bills.sent()).toEqual([]);
	});

	it('reports that a run continues an unfinished bill', async () => {
		const bill = await bills.newBill({}, 'pm_card_chargeDeclined');
		await bills.run(bill);
		const { checked } = await checkOf(bill);
		expect(checked).toMatchObject({ answer: 'unknown', inWords: '1100.50 EUR' });
		expect(checked.nextStep).toContain('continues where it stopped');
	});

	it('an approved bill is sent, and nothing else', async () => {
		const bill = await bills.newBill();
		const { check } = await checkOf(bill);
		const how = { options: { approvedCheck: '={{ $json.check }}' } };
		const more = { ...bill, check, lines: [...bill.lines, { description: 'More', amount: '1' }] };
		expect((await bills.run(more, {}, how)).error).toMatchObject({ outcome: 'blocked' });
		const approved = { ...bill, check };
		expect((await bills.run(approved, {}, how)).done).toMatchObject({ status: 'paid', total: TOTAL });
		expect((await bills.run(approved, {}, how)).done).toMatchObject({ idempotency: { replayed: true } });
	});

	it('an approved bill continues where it stopped', async () => {
		const bill = await bills.newBill();
		const { check } = await checkOf(bill);
		const how = { options: { approvedCheck: '={{ $json.check }}' } };
		bills.fixture.stripe.inject({ kind: 'resetAfter', match: { path: /add_lines/ } });
		expect((await bills.run({ ...bill, check }, {}, how)).error).toBeDefined();
		expect((await bills.run({ ...bill, check }, {}, how)).done).toMatchObject({ total: TOTAL });
	});
});

describe('a limit', () => {
	it.each([
		['1100.50 EUR', undefined],
		['1100.49 EUR', 'blocked'],
	])('of %s counts the sum of the lines', async (chargeAtMostPerItem, outcome) => {
		const { error } = await bills.run(await bills.newBill(), {}, { options: { chargeAtMostPerItem } });
		expect(error?.outcome).toBe(outcome);
	});
});

it('an unfinished bill finds its invoice again when the ledger has lost its steps', async () => {
	const bill = await bills.newBill({}, 'pm_card_chargeDeclined');
	await bills.run(bill);
	const { id } = await bills.invoiceOf(bill);
	bills.fixture.time.advance(500 * 24 * 3_600_000);
	const ledger = new Ledger(SqliteStore.open(bills.fixture.ledgerFile), bills.fixture.time);
	for (const entry of await ledger.list({ limit: 1_000 })) {
		if (entry.operation !== 'invoice.billCustomer') await ledger.forget(entry);
	}
	await bills.api.customers.update(bill.customer, {
		invoice_settings: { default_payment_method: 'pm_card_visa' },
	});
	expect((await bills.run(bill)).done).toMatchObject({ id, status: 'paid' });
	expect(await bills.paymentsOf(bill)).toBe(1);
});
