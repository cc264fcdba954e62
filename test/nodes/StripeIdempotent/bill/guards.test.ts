import type { INodeParameters } from 'n8n-workflow';

import { SqliteStore } from '../../../../ledger/stores/sqlite/sqliteStore';
import { TokenRegistry } from '../../../../ledger/tokenRegistry';
import type { Intent } from '../../../../ledger/model/entry';
import { OrdersFixture, toLocator, toPickedRows, withOptions } from '../../fixtures/ordersFixture';
import { expectToken, openTokenRegistry, reserveOrder } from '../../fixtures/reservations';
import { BILL, BillFixture, LINES, TOTAL } from './billFixture';

/** What keeps a bill from being sent: its token, and the kill switch. */

describe('a token', () => {
	let fixture: OrdersFixture;
	let customer: string;
	beforeEach(async () => {
		fixture = await OrdersFixture.open();
		const settings = { invoice_settings: { default_payment_method: 'pm_card_visa' } };
		customer = (await fixture.stripe.customers.create(settings)).id;
		fixture.forgetRequests();
	});
	afterEach(() => fixture.close());

	let last = 0;
	const reserve = async (intent: Partial<Intent> = {}) => {
		const policy = {
			currencies: [{ currency: 'eur', maxPerPayment: 1_000_000 }],
			operations: ['invoice.billCustomer'],
			customers: [],
		};
		const frozen = { operation: 'invoice.billCustomer', customer, amount: TOTAL, ...intent };
		const registry = openTokenRegistry(fixture);
		return expectToken(await reserveOrder(registry, `order ${(last += 1)}`, frozen, { policy }));
	};
	const use = (token: string, more: INodeParameters = {}) =>
		fixture.run(
			{
				...withOptions({ maxRetries: 0 }),
				...BILL,
				customer: toLocator('id', customer),
				keySource: 'token',
				token,
				...more,
			},
			[{ lines: LINES }],
		);

	it('is valid for the sum of the lines, once', async () => {
		const token = await reserve();
		expect((await use(token)).success).toMatchObject([{ status: 'paid', total: TOTAL }]);
		expect((await use(token)).success).toMatchObject([{ idempotency: { replayed: true } }]);
		expect(fixture.charges()).toBe(1);
	});

	it('reads what a price costs', async () => {
		const price = { currency: 'eur', unit_amount: 500, product_data: { name: 'Hour' } };
		const { id } = await fixture.stripe.prices.create(price);
		const linesJson = `={{ [{ price: "${id}", quantity: 3 }] }}`;
		expect((await use(await reserve({ amount: 1500 }), { linesJson })).success).toMatchObject([
			{ total: 1500 },
		]);
	});

	const rate = async () =>
		(
			await fixture.stripe.taxRates.create({
				display_name: 'VAT',
				inclusive: false,
				percentage: 20,
			})
		).id;
	const wait = () => fixture.stripe.invoiceItems.create({ customer, amount: 700, currency: 'eur' });

	it.each<[string, Partial<Intent>, () => Promise<INodeParameters>]>([
		['a different sum', { amount: TOTAL - 1 }, async () => ({})],
		['a different customer', { customer: 'cus_other' }, async () => ({})],
		[
			'tax on top',
			{},
			async () => ({ additionalFields: { defaultTaxRates: toPickedRows('taxRate', await rate()) } }),
		],
		['pending items on top', {}, async () => (await wait(), { pendingItems: 'include' })],
	])('is not valid for %s', async (_name, intent, prepare) => {
		const more = await prepare();
		const token = await reserve(intent);
		const { fix } = await use(token, more);
		expect(fix[0]?.error).toMatchObject({ outcome: 'blocked' });
		expect((await fixture.stripe.invoices.list({ customer })).data).toEqual([]);
	});

	it('is valid for the sum of lines, tax and pending items', async () => {
		const additionalFields = { defaultTaxRates: toPickedRows('taxRate', await rate()) };
		const token = await reserve({ amount: (TOTAL * 12) / 10 });
		expect((await use(token, { additionalFields })).success).toMatchObject([{ status: 'paid' }]);
		await wait();
		const next = await reserve({ amount: TOTAL + 700 });
		expect((await use(next, { pendingItems: 'include' })).success).toMatchObject([{ status: 'paid' }]);
	});
});

describe('the kill switch', () => {
	it.each([1, 2, 3, 4])(
		'activated before step %i keeps it and all later ones from being sent',
		async (step) => {
			const bills = await BillFixture.open();
			const bill = await bills.newBill();
			bills.fixture.stripe.requests.length = 0;
			const { ledgerFile, time, stripe } = bills.fixture;
			const registry = new TokenRegistry(SqliteStore.open(ledgerFile), time);
			const pull = () => registry.stop('everything', 'A person', 'A drill');
			let answered = 0;
			const done = stripe.onPoint(async ({ name, request }) => {
				if (name === 'executed' && request.method === 'POST' && ++answered === step - 1) await pull();
			});
			if (step === 1) await pull();
			const { error } = await bills.run(bill);
			done();
			expect(error).toMatchObject({ outcome: 'blocked' });
			expect(bills.sent()).toHaveLength(step - 1);
			await registry.resume('everything');
			expect((await bills.run(bill)).done).toMatchObject({ status: 'paid' });
			expect(await bills.paymentsOf(bill)).toBe(1);
			await bills.close();
		},
	);
});
