import type { INodeParameters } from 'n8n-workflow';

import { expectToken, openTokenRegistry, reserveOrder } from '../../fixtures/reservations';
import { withCustomKey, toLocator, withOptions, OrdersFixture } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
let customer: string;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
	customer = (await fixture.stripe.customers.create({ name: 'Ada' })).id;
});
afterAll(() => fixture.close());
beforeEach(() => fixture.forgetRequests());

/** An invoice of 100 USD. */
async function invoice(isPaid: boolean): Promise<string> {
	const { invoices, invoiceItems } = fixture.stripe;
	const { id } = await invoices.create({ customer, currency: 'usd' });
	await invoiceItems.create({ customer, invoice: id, amount: 10_000, currency: 'usd' });
	await invoices.finalizeInvoice(id);
	if (isPaid) await invoices.pay(id, { payment_method: 'pm_card_visa' });
	fixture.forgetRequests();
	return id;
}

let lastKey = 0;

function run(operation: string, parameters: INodeParameters) {
	const key = withCustomKey(`decision ${(lastKey += 1)}`);
	const amount = { amount: '30', amountUnit: 'major' };
	return fixture.run(
		{ resource: 'creditNote', operation, simplify: false, ...amount, ...key, ...parameters },
		[{}],
	);
}

const create = (of: string, more: INodeParameters) =>
	run('create', { invoice: toLocator('id', of), ...more });
const sent = () => fixture.simulator.sends().map(({ params }) => params)[0];

describe('a credit note of a paid invoice', () => {
	it.each([
		['refund', { refund_amount: '3000' }, { post_payment_amount: 3000 }, [3000]],
		['creditBalance', { credit_amount: '3000' }, { post_payment_amount: 3000 }, []],
		['outsideStripe', { out_of_band_amount: '3000' }, { out_of_band_amount: 3000 }, []],
	])('pays back as %s, once, and sends no e-mail by default', async (paysBackAs, part, item, refunded) => {
		const of = await invoice(true);
		const refunds = () => fixture.simulator.report().refunds.map(({ amount }) => amount);
		const { length: before } = refunds();
		const { success } = await create(of, { paysBackAs, reason: 'duplicate' });
		expect(success).toMatchObject([{ object: 'credit_note', amount: 3000, invoice: of, ...item }]);
		expect(sent()).toMatchObject({ invoice: of, amount: '3000', ...part, email_type: 'none' });
		expect(refunds().slice(before)).toEqual(refunded);
	});

	it('includes an existing refund, so that no second one is made', async () => {
		const of = await invoice(true);
		const [payment] = (await fixture.stripe.invoicePayments.list({ invoice: of })).data;
		const intent = payment!.payment.payment_intent as string;
		const refund = await fixture.stripe.refunds.create({ payment_intent: intent, amount: 3000 });
		fixture.forgetRequests();
		const { success } = await create(of, {
			paysBackAs: 'existingRefund',
			refund: toLocator('id', refund.id),
		});
		expect(success).toMatchObject([{ refunds: [{ refund: refund.id, amount_refunded: 3000 }] }]);
		// What was refunded cannot be credited again.
		const over = await create(of, { paysBackAs: 'refund', amount: '70.01' });
		expect(over.fix[0]?.error).toMatchObject({ code: 'amount_too_large' });
	});

	it('is refused if its parts are missing, and cannot be voided', async () => {
		const of = await invoice(true);
		const nothing = await create(of, { paysBackAs: 'nothing' });
		expect(nothing.fix[0]?.error.message).toContain('must equal the post payment amount');
		const { success } = await create(of, { paysBackAs: 'refund' });
		const voided = await run('void', { creditNote: toLocator('id', success[0]!.id as string) });
		expect(voided.fix[0]?.error).toMatchObject({ code: 'invoice_not_open' });
	});
});

describe('a credit note of an open invoice', () => {
	it('reduces the amount due, and is voided once', async () => {
		const of = await invoice(false);
		const { success } = await create(of, { paysBackAs: 'nothing', sendEmail: true });
		expect(success).toMatchObject([{ pre_payment_amount: 3000, post_payment_amount: 0 }]);
		expect(sent()).toMatchObject({ email_type: 'credit_note' });
		expect(await fixture.stripe.invoices.retrieve(of)).toMatchObject({ amount_remaining: 7000 });
		const creditNote = toLocator('id', success[0]!.id as string);
		expect((await run('void', { creditNote })).success).toMatchObject([{ status: 'void' }]);
		expect(await fixture.stripe.invoices.retrieve(of)).toMatchObject({ amount_remaining: 10_000 });
		const read = await run('get', { creditNote });
		expect(read.success).toMatchObject([{ status: 'void' }]);
	});

	it('has nothing to refund', async () => {
		const { fix } = await create(await invoice(false), { paysBackAs: 'refund' });
		expect(fix[0]?.error.message).toContain('Pays Back As pays something back, but nothing');
		expect(fixture.simulator.sends()).toEqual([]);
	});
});

it('a credit note of lines credits their amounts', async () => {
	const of = await invoice(false);
	const [line] = (await fixture.stripe.invoices.listLineItems(of)).data;
	fixture.forgetRequests();
	const lines = {
		row: [
			{ type: 'invoice_line_item', invoiceLineItem: line!.id, amount: '20' },
			{ type: 'custom_line_item', description: 'Goodwill', quantity: '2', unitAmount: '2.50' },
		],
	};
	const all = { amount: '', currency: 'USD', lines };
	const { success, fix } = await create(of, { ...all, paysBackAs: 'nothing' });
	expect(fix).toEqual([]);
	expect(sent()!.lines).toEqual([
		{ type: 'invoice_line_item', invoice_line_item: line!.id, amount: '2000' },
		{ type: 'custom_line_item', description: 'Goodwill', quantity: '2', unit_amount: '250' },
	]);
	expect(success).toMatchObject([{ amount: 2500, pre_payment_amount: 2500 }]);
	const preview = await run('preview', { invoice: toLocator('id', of), ...all });
	expect(preview.success).toMatchObject([{ amount: 2500 }]);
});

const LINE = { type: 'custom_line_item', quantity: '1', unitAmount: '5' };

it.each<[string, INodeParameters, string]>([
	[
		'lines beside an amount',
		{ lines: { row: [LINE] }, currency: 'USD' },
		'Lines cannot be sent together with Amount',
	],
	[
		'an amount on a custom line',
		{ amount: '', currency: 'USD', lines: { row: [{ ...LINE, amount: '5' }] } },
		'Lines, row 1: Amount cannot be sent while Lines, row 1: Type is Line of Its Own',
	],
	[
		'a line of something else',
		{
			amount: '',
			lines: { row: [{ type: 'invoice_line_item', invoiceLineItem: 'ii_1', quantity: '1' }] },
		},
		'Lines, row 1: Invoice Line is "ii_1", which is the ID of a different object (invoice item)',
	],
	['lines without a selected unit', { amount: '', amountUnit: '', lines: { row: [LINE] } }, 'Amount Unit'],
])('refuses %s before it is sent', async (_what, more, message) => {
	const { fix } = await create('in_1', { paysBackAs: 'nothing', ...more });
	expect(fix[0]?.error.message).toContain(message);
	expect(fixture.simulator.sends()).toEqual([]);
});

it.each<[string, INodeParameters, string]>([
	['no amount', { paysBackAs: 'refund', amount: '' }, 'Amount is empty'],
	['neither amount nor lines', { paysBackAs: 'nothing', amount: '' }, 'Amount is empty'],
	[
		'an amount beside lines',
		{ paysBackAs: 'nothing', additionalFields: { otherParameters: '{ "lines": [{ "type": "x" }] }' } },
		'"lines" in Other Parameters (JSON) cannot be sent together with Amount',
	],
	['an unknown way to pay back', { paysBackAs: "={{ 'gift' }}" }, 'Pays Back As is "gift"'],
])('refuses %s before it is sent', async (_what, more, message) => {
	const { fix } = await create('in_1', more);
	expect(fix[0]?.error.message).toContain(message);
	expect(fixture.simulator.sends()).toEqual([]);
});

it('Charge at Most counts the whole of it', async () => {
	const of = await invoice(true);
	const limit = withOptions({ chargeAtMostPerItem: '29.99 USD' });
	const { fix } = await create(of, { paysBackAs: 'refund', ...limit });
	expect(JSON.stringify(fix)).toMatch(/would come to 30\.00 USD/);
});

it('a token covers what was reserved for one invoice, not a different one and not more', async () => {
	const [of, other] = [await invoice(true), await invoice(true)];
	const operation = 'creditNote.create';
	const policy = {
		currencies: [{ currency: 'usd', maxPerPayment: 10_000 }],
		operations: [operation],
		customers: [],
	};
	const reserved = { operation, object: of, amount: 3000, currency: 'usd' };
	const reservation = reserveOrder(openTokenRegistry(fixture), 'returned goods', reserved, { policy });
	const byToken = { keySource: 'token', token: expectToken(await reservation), currency: 'usd' };
	const credit = { paysBackAs: 'refund', ...byToken };
	const refused = [await create(other, credit), await create(of, { ...credit, amount: '30.01' })];
	const blocked = [{ error: { outcome: 'blocked' } }];
	expect(refused.map(({ fix }) => fix)).toMatchObject([blocked, blocked]);
	expect(sent()).toBeUndefined();
	expect((await create(of, credit)).success).toMatchObject([{ invoice: of, amount: 3000 }]);
});

it('a preview creates nothing', async () => {
	const of = await invoice(false);
	const { success } = await run('preview', { invoice: toLocator('id', of), currency: 'usd' });
	expect(success).toMatchObject([{ object: 'credit_note', amount: 3000, pre_payment_amount: 3000 }]);
	expect(fixture.simulator.sends()).toEqual([]);
	const { success: none } = await run('getMany', { filters: { invoice: toLocator('id', of) } });
	expect(none).toEqual([]);
});
