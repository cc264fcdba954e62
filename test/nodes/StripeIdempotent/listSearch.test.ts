import type { IDataObject, ILoadOptionsFunctions, INode } from 'n8n-workflow';

import { NO_REDIRECTS } from '../../simulator/client';
import { StripeIdempotent } from '../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { PAID } from '../../simulator/client';
import { ACCOUNT, SECRET_KEY, OrdersFixture } from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

const { listSearch } = new StripeIdempotent().methods;

/** What the editor shows when a person opens From List, or types into it. */
function list(
	method: keyof typeof listSearch,
	{ filter, after, credential, stripeAccount }: Record<string, string> & { credential?: IDataObject } = {},
) {
	const data = { secretKey: SECRET_KEY, accountId: ACCOUNT, baseUrl: fixture.simulator.url };
	const context: Partial<ILoadOptionsFunctions> = {
		getCredentials: async <T extends object>() => ({ ...data, ...(credential as object) }) as T,
		getNode: () => ({ name: 'Node', type: 'stripeIdempotent' }) as INode,
		getCurrentNodeParameter: (name) => (name === 'options.stripeAccount' ? stripeAccount : undefined),
	};
	return listSearch[method].call(context as ILoadOptionsFunctions, filter, after);
}

const customers = async (...people: { name?: string; email?: string }[]) => {
	const made: string[] = [];
	for (const person of people) made.push((await fixture.stripe.customers.create(person)).id);
	fixture.forgetRequests();
	return made;
};

describe('From List', () => {
	it('shows the newest objects first, with familiar labels', async () => {
		const [ada, grace] = await customers(
			{ name: 'Ada', email: 'ada@example.com' },
			{ email: 'grace@example.com' },
		);
		expect(await list('searchCustomer')).toEqual({
			results: [
				{ name: `grace@example.com · ${grace}`, value: grace },
				{ name: `Ada · ada@example.com · ${ada}`, value: ada },
			],
			paginationToken: undefined,
		});
		expect(fixture.simulator.requests[0]).toMatchObject({
			path: '/v1/customers',
			params: { limit: '50' },
		});
	});

	it('shows formatted amounts', async () => {
		const { stripe } = fixture;
		const card = { payment_method: 'pm_card_visa', confirm: true, ...NO_REDIRECTS };
		const eur = await stripe.paymentIntents.create({
			amount: 1999,
			currency: 'eur',
			description: 'Order 1',
			...card,
		});
		const jpy = await stripe.paymentIntents.create({ amount: 500, currency: 'jpy' });
		const refund = await stripe.refunds.create({ payment_intent: eur.id, amount: 5 });
		const { results } = await list('searchPaymentIntent');
		expect(results.map(({ name }) => name)).toEqual([
			`500 JPY · requires_payment_method · ${jpy.id}`,
			`19.99 EUR · Order 1 · succeeded · ${eur.id}`,
		]);
		expect((await list('searchRefund')).results).toMatchObject([{ value: refund.id }]);
		expect((await list('searchRefund')).results[0]!.name).toMatch(/^0\.05 EUR · succeeded · re_/);
		expect((await list('searchCharge')).results).toMatchObject([{ value: eur.latest_charge }]);
	});

	it('of refundable payments shows what is left, when it was paid and by whom, and nothing else', async () => {
		const { stripe } = fixture;
		const [ada] = await customers({ name: 'Ada' });
		const pay = (amount: number, more: object = {}) =>
			stripe.paymentIntents.create({
				...PAID,
				amount,
				currency: 'eur',
				customer: ada,
				...more,
			});
		const whole = await pay(1999, { description: 'Order 1' });
		const part = await pay(5000);
		await stripe.refunds.create({ payment_intent: part.id, amount: 1250 });
		const gone = await pay(700);
		await stripe.refunds.create({ payment_intent: gone.id });
		await pay(900, { capture_method: 'manual' });
		const paid = new Date(whole.created * 1000).toISOString().slice(0, 10);
		expect((await list('searchRefundablePaymentIntent')).results).toEqual([
			{ name: `37.50 EUR left of 50.00 EUR · ${paid} · ${ada} · ${part.id}`, value: part.id },
			{ name: `19.99 EUR · ${paid} · ${ada} · Order 1 · ${whole.id}`, value: whole.id },
		]);
		expect((await list('searchRefundableCharge')).results.map(({ value }) => value)).toEqual([
			part.latest_charge,
			whole.latest_charge,
		]);
	});

	it('filters by typed text: a name, an address, an ID', async () => {
		const [ada, grace] = await customers({ name: 'Ada', email: 'ada@example.com' }, { name: 'Grace' });
		const found = async (filter: string) =>
			(await list('searchCustomer', { filter })).results.map(({ value }) => value);
		expect(await found('ADA')).toEqual([ada]);
		expect(await found('@example.com')).toEqual([ada]);
		expect(await found(grace!)).toEqual([grace]);
		expect(await found('nobody')).toEqual([]);
	});

	it('finds objects older than the page by typed text, also by the name of their customer', async () => {
		const [ada] = await customers({ name: 'Ada "the first"' });
		const paid = await fixture.stripe.paymentIntents.create({ ...PAID, customer: ada });
		await customers(...Array.from({ length: 50 }, () => ({})));
		for (let count = 0; count < 50; count += 1)
			await fixture.stripe.paymentIntents.create({ amount: 500, currency: 'eur' });
		fixture.simulator.advance(60_000);
		const found = async (method: keyof typeof listSearch, filter: string) =>
			(await list(method, { filter })).results.map(({ value }) => value);
		expect(await found('searchCustomer', 'ada "the')).toEqual([ada]);
		expect(await found('searchPaymentIntent', 'Ada')).toEqual([paid.id]);
		expect(await found('searchRefundablePaymentIntent', 'Ada')).toEqual([paid.id]);
		fixture.forgetRequests();
		// Stripe does not look for less than three letters.
		expect(await found('searchCustomer', 'Ad')).toEqual([]);
		expect(fixture.simulator.requests).toHaveLength(1);
	});

	it('works without Search if that is refused', async () => {
		const [ada] = await customers({ name: 'Ada' });
		fixture.simulator.advance(60_000);
		fixture.simulator.inject({ kind: 'forbidden403', match: { path: '/v1/customers/search' } });
		expect((await list('searchCustomer', { filter: 'Ada' })).results).toMatchObject([{ value: ada }]);
	});

	it('continues after a page', async () => {
		const made = await customers(...Array.from({ length: 60 }, () => ({})));
		const first = await list('searchCustomer');
		expect(first.results).toHaveLength(50);
		expect(first.paginationToken).toBe(made[10]);
		const second = await list('searchCustomer', { after: first.paginationToken! });
		expect(second.results.map(({ value }) => value)).toEqual(made.slice(0, 10).reverse());
		expect(second.paginationToken).toBeUndefined();
	});

	it('shows the objects of the selected connected account', async () => {
		await customers({ name: 'Platform' });
		await fixture.stripe.customers.create({ name: 'Branch' }, { stripeAccount: 'acct_branch' });
		const { results } = await list('searchCustomer', { stripeAccount: 'acct_branch' });
		expect(results.map(({ name }) => name)).toEqual([expect.stringMatching(/^Branch/)]);
	});

	it('shows the connected accounts of the platform, whichever is selected', async () => {
		const profile = { business_profile: { name: 'Branch' } };
		const { id } = await fixture.stripe.accounts.create(profile);
		for (const stripeAccount of ['', id])
			expect((await list('searchConnectedAccount', { stripeAccount })).results).toEqual([
				{ name: `Branch · ${id}`, value: id },
			]);
	});
});

describe('prices and products have familiar labels', () => {
	it('prices show their product, every currency, and their interval', async () => {
		const { stripe } = fixture;
		const product = (await stripe.products.create({ name: 'Pro' })).id;
		const recurring = { interval: 'month', interval_count: 1 } as const;
		const price = { product, nickname: 'Early bird', lookup_key: 'pro_monthly' };
		const eur = await stripe.prices.create({ ...price, currency: 'eur', unit_amount: 1999, recurring });
		const jpy = await stripe.prices.create({ product, currency: 'jpy', unit_amount: 500 });
		await stripe.prices.create({ product, currency: 'eur', unit_amount: 1, active: false });
		const coupon = await stripe.coupons.create({ percent_off: 20, name: 'Summer' });
		const off = await stripe.coupons.create({ amount_off: 500, currency: 'eur' });
		const code = await stripe.promotionCodes.create({
			promotion: { type: 'coupon', coupon: coupon.id },
			code: 'SUN',
		});
		const rate = await stripe.taxRates.create({ display_name: 'VAT', percentage: 19, inclusive: true });
		const names = async (method: keyof typeof listSearch) =>
			(await list(method)).results.map(({ name }) => name);
		expect(await names('searchPrice')).toEqual([
			`Pro · 500 JPY · ${jpy.id}`,
			`Pro · 19.99 EUR / month · Early bird · pro_monthly · ${eur.id}`,
		]);
		expect(await names('searchProduct')).toEqual([`Pro · ${product}`]);
		expect(await names('searchCoupon')).toEqual([
			`5.00 EUR off · once · ${off.id}`,
			`Summer · 20 % off · once · ${coupon.id}`,
		]);
		expect(await names('searchPromotionCode')).toEqual([`SUN · Summer · 20 % off · once · ${code.id}`]);
		expect(await names('searchTaxRate')).toEqual([`VAT · 19 % · ${rate.id}`]);
	});
});

describe('a list that cannot be read states why, and what to do', () => {
	it.each<[IDataObject, RegExp, RegExp]>([
		[
			{ secretKey: 'sk_test_invalid' },
			/^Stripe does not accept the API key: /,
			/^Enter a valid secret key/,
		],
		[
			{ secretKey: 'pk_test_1' },
			/^Secret Key in the credential is not a valid Stripe secret key/,
			/^Use the key that begins/,
		],
		[{ baseUrl: 'http://api.stripe.com' }, /^Base URL in the credential is not safe/, /^Use https/],
	])('%p', async (credential, message, description) => {
		const refused = list('searchCustomer', { credential } as never);
		await expect(refused).rejects.toMatchObject({
			name: 'NodeOperationError',
			message: expect.stringMatching(message) as string,
			description: expect.stringMatching(description) as string,
		});
	});
});
