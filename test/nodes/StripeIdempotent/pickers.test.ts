import type { ILoadOptionsFunctions, INode } from 'n8n-workflow';
import type Stripe from 'stripe';

import { StripeIdempotent } from '../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { PAID } from '../../simulator/client';
import { ACCOUNT, OrdersFixture, SECRET_KEY } from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
let stripe: Stripe;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
	stripe = fixture.stripe;
});
afterAll(() => fixture.close());

const { listSearch } = new StripeIdempotent().methods;
type Method = keyof typeof listSearch;

/** What a person sees who opens the list, or types into it. @param chosen beside it, by the name of its parameter */
async function open(method: Method, chosen: Record<string, string> = {}, typed?: string) {
	fixture.forgetRequests();
	const data = { secretKey: SECRET_KEY, accountId: ACCOUNT, baseUrl: fixture.simulator.url };
	const context: Partial<ILoadOptionsFunctions> = {
		getCredentials: async <T extends object>() => data as T,
		getNode: () => ({ name: 'Node', type: 'stripeIdempotent' }) as INode,
		getCurrentNodeParameter: (name) => chosen[name],
	};
	const { results } = await listSearch[method].call(context as ILoadOptionsFunctions, typed);
	const [request] = fixture.simulator.requests;
	return { results, names: results.map(({ name }) => name), request };
}

/** What each of them asks Stripe for: only what its operation can act on, as far as Stripe narrows it. */
const REQUESTED: [Method, path: string, params?: object, chosen?: Record<string, string>][] = [
	['searchAccount', 'accounts'],
	['searchBalanceTransaction', 'balance_transactions'],
	['searchCharge', 'charges'],
	['searchCheckoutSession', 'checkout/sessions'],
	['searchConnectedAccount', 'accounts'],
	['searchCoupon', 'coupons'],
	['searchCreditGrant', 'billing/credit_grants', { expand: ['data.customer'] }],
	['searchCreditNote', 'credit_notes', { expand: ['data.customer'] }],
	['searchCustomer', 'customers'],
	['searchDispute', 'disputes'],
	['searchDraftInvoice', 'invoices', { status: 'draft', expand: ['data.customer'] }],
	['searchDraftQuote', 'quotes', { status: 'draft' }],
	['searchEvent', 'events'],
	['searchFinalizedInvoice', 'invoices', { expand: ['data.customer'] }],
	['searchInvoice', 'invoices', { expand: ['data.customer'] }],
	['searchInvoiceItem', 'invoiceitems', { expand: ['data.customer'] }],
	['searchIssuedCreditNote', 'credit_notes'],
	['searchMeter', 'billing/meters'],
	['searchMeterEventName', 'billing/meters', { status: 'active' }],
	['searchOneTimePrice', 'prices', { active: 'true', type: 'one_time' }],
	['searchOpenCheckoutSession', 'checkout/sessions', { status: 'open' }],
	['searchOpenDispute', 'disputes'],
	['searchOpenInvoice', 'invoices', { status: 'open' }],
	['searchOpenQuote', 'quotes', { status: 'open' }],
	['searchPaymentIntent', 'payment_intents'],
	['searchPaymentLink', 'payment_links'],
	['searchPaymentMethod', 'customers/cus_1/payment_methods', {}, { customer: 'cus_1' }],
	['searchPayout', 'payouts'],
	['searchPayoutDestination', `accounts/${ACCOUNT}/external_accounts`],
	['searchPendingPayout', 'payouts'],
	['searchPrice', 'prices', { active: 'true' }],
	['searchProduct', 'products', { active: 'true' }],
	['searchPromotionCode', 'promotion_codes', { active: 'true', expand: ['data.promotion.coupon'] }],
	['searchQuote', 'quotes'],
	['searchRecurringPrice', 'prices', { active: 'true', type: 'recurring' }],
	['searchRefund', 'refunds'],
	['searchRefundableCharge', 'charges'],
	['searchRefundablePaymentIntent', 'charges'],
	['searchReversibleTransfer', 'transfers'],
	['searchSentPayout', 'payouts'],
	['searchSetupIntent', 'setup_intents'],
	['searchSubscription', 'subscriptions', { expand: ['data.customer'] }],
	['searchSubscriptionItem', 'subscription_items', { subscription: 'sub_1' }, { subscription: 'sub_1' }],
	['searchSubscriptionSchedule', 'subscription_schedules'],
	['searchTaxRate', 'tax_rates', { active: 'true' }],
	['searchTopUp', 'topups'],
	['searchTransfer', 'transfers'],
];

it('each list of the editor is covered by a row', () => {
	expect(REQUESTED.map(([method]) => method)).toEqual(Object.keys(listSearch).sort());
});

it.each(REQUESTED)('%s reads the newest of /v1/%s', async (method, path, params = {}, chosen = {}) => {
	const asking = open(method, chosen);
	await asking.catch(() => undefined);
	expect(fixture.simulator.requests[0]).toMatchObject({
		path: `/v1/${path}`,
		params: { limit: '50', ...params },
	});
});

describe('a list shows the objects that its operation can act on', () => {
	let customer: string;
	let price: string;
	beforeAll(async () => {
		const card = 'pm_card_visa';
		const settings = { payment_method: card, invoice_settings: { default_payment_method: card } };
		customer = (await stripe.customers.create({ name: 'Ada', ...settings })).id;
		const plan = { product_data: { name: 'Pro' }, recurring: { interval: 'month' } } as const;
		price = (await stripe.prices.create({ currency: 'eur', unit_amount: 1999, ...plan })).id;
	});

	it('subscriptions by their customer, their prices, and their state', async () => {
		const { id } = await stripe.subscriptions.create({ customer, items: [{ price }] });
		expect((await open('searchSubscription')).names).toEqual([
			expect.stringMatching(new RegExp(`^Ada · Pro, 19.99 EUR / month · active · ${id}$`)) as string,
		]);
		expect((await open('searchSubscriptionItem', { subscription: id })).names).toEqual([
			expect.stringContaining('Pro') as string,
		]);
	});

	it('invoices by their state, number, customer and money', async () => {
		const draft = await stripe.invoices.create({ customer, currency: 'eur' });
		const other = await stripe.invoices.create({ customer, currency: 'eur' });
		await stripe.invoices.addLines(other.id, { lines: [{ amount: 5000, description: 'Work' }] });
		const { number } = await stripe.invoices.finalizeInvoice(other.id, { auto_advance: false });
		const idsOf = async (method: Method) => (await open(method)).results.map(({ value }) => value);
		expect(await idsOf('searchDraftInvoice')).toEqual([draft.id]);
		expect(await idsOf('searchOpenInvoice')).toEqual([other.id]);
		expect(await idsOf('searchFinalizedInvoice')).not.toContain(draft.id);
		const [name] = (await open('searchOpenInvoice')).names;
		for (const part of [number, 'Ada', '50.00 EUR', 'open']) expect(name).toContain(part);
	});

	it('payment methods of the selected customer only, and requires one if none is selected', async () => {
		const someone = (await stripe.customers.create()).id;
		const made: string[] = [];
		for (const owner of [customer, someone]) {
			const { id } = await stripe.paymentMethods.create({ type: 'card' });
			made.push((await stripe.paymentMethods.attach(id, { customer: owner })).id);
		}
		const { results, names } = await open('searchPaymentMethod', { customer });
		expect(names).toEqual([expect.stringMatching(/^Visa ···· 4242 · \d\d\/\d\d · pm_/)]);
		expect(results.map(({ value }) => value)).toEqual([made[0]]);
		await expect(open('searchPaymentMethod')).rejects.toThrow(/Customer/);
	});
});

const idsOf = async (method: Method, typed?: string) =>
	(await open(method, {}, typed)).results.map(({ value }) => value);

it('prices are those that the operation accepts, including what is found by typing', async () => {
	const newPrice = async (name: string, more: object) => {
		const price = { currency: 'eur', unit_amount: 500, product_data: { name }, lookup_key: name };
		return (await stripe.prices.create({ ...price, ...more })).id;
	};
	const monthly = await newPrice('spire-monthly', { recurring: { interval: 'month' } });
	const once = await newPrice('spire-once', {});
	const archived = await newPrice('spire-old', {});
	await stripe.prices.update(archived, { active: false });
	fixture.simulator.advance(120_000);
	expect(await idsOf('searchRecurringPrice', 'spire')).toEqual([monthly]);
	expect(await idsOf('searchOneTimePrice', 'spire')).toEqual([once]);
	expect((await idsOf('searchPrice', 'spire')).sort()).toEqual([monthly, once].sort());
	// By its lookup key, Search finds it.
	expect(await idsOf('searchPrice', 'spire-old')).toEqual([]);
	expect(await idsOf('searchOneTimePrice', 'spire-monthly')).toEqual([]);
});

it('operations that depend on a state offer objects in that state', async () => {
	const money = { amount: 1000, currency: 'usd' };
	const pay = async (card: string) =>
		await stripe.paymentIntents.create({
			...PAID,
			amount: 50_000,
			currency: 'usd',
			payment_method: card,
		});
	await pay('pm_card_visa');
	const destination = (await stripe.accounts.create({})).id;
	const transfer = async () => (await stripe.transfers.create({ ...money, destination })).id;
	const [kept, returned] = [await transfer(), await transfer()];
	await stripe.transfers.createReversal(returned);
	const sent = (await stripe.payouts.create(money)).id;
	fixture.simulator.advance(3 * 86_400_000);
	const pending = (await stripe.payouts.create(money)).id;
	for (const card of ['pm_card_createDispute', 'pm_card_createDispute']) await pay(card);
	const [open, lost] = (await stripe.disputes.list()).data.map(({ id }) => id);
	await stripe.disputes.close(lost!);
	const customer = (await stripe.customers.create()).id;
	const { id: invoice } = await stripe.invoices.create({ customer, currency: 'usd' });
	await stripe.invoices.addLines(invoice, { lines: [{ amount: 5000, description: 'Work' }] });
	await stripe.invoices.finalizeInvoice(invoice, { auto_advance: false });
	const note = async () => (await stripe.creditNotes.create({ invoice, amount: 100 })).id;
	const [issued, voided] = [await note(), await note()];
	await stripe.creditNotes.voidCreditNote(voided);
	expect(await idsOf('searchReversibleTransfer')).toEqual([kept]);
	expect(await idsOf('searchPendingPayout')).toEqual([pending]);
	expect(await idsOf('searchSentPayout')).toEqual([sent]);
	expect(await idsOf('searchOpenDispute')).toEqual([open]);
	expect(await idsOf('searchIssuedCreditNote')).toEqual([issued]);
});

it('bank accounts are those of the selected account', async () => {
	const { names } = await open('searchPayoutDestination');
	expect(names).toEqual(['SIMULATED BANK · ···· 6789 · USD · ba_simulator']);
	const connected = await open('searchPayoutDestination', { 'options.stripeAccount': 'acct_other' }).catch(
		() => undefined,
	);
	expect(connected?.request?.path ?? fixture.simulator.requests[0]?.path).toBe(
		'/v1/accounts/acct_other/external_accounts',
	);
});
