import type { INodeParameters } from 'n8n-workflow';

import type { ParamMap } from '../../../simulator/form';
import { OrdersFixture, toLocator, withCustomKey } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
});
afterAll(() => fixture.close());

let keys = 0;

/** One operation, once per a key of its own. */
async function run(name: string, parameters: INodeParameters) {
	const [resource, operation] = name.split('.') as [string, string];
	fixture.forgetRequests();
	const key = withCustomKey(`decision ${(keys += 1)}`);
	const result = await fixture.run({ resource, operation, ...key, ...parameters }, [{}]);
	expect(result.error).toBeUndefined();
	return result;
}

async function done(name: string, parameters: INodeParameters) {
	const { success, clientError } = await run(name, { simplify: false, ...parameters });
	expect(clientError).toEqual([]);
	return success[0]!;
}

/** What goes over the wire, without the entry's id. */
async function sentBy(name: string, parameters: INodeParameters): Promise<[string, ParamMap]> {
	await done(name, parameters);
	const { method, path, params } = fixture.simulator.requests.find(
		(one) => !one.path.endsWith('/account'),
	)!;
	const { n8n_entry: _entry, ...metadata } = (params.metadata ?? {}) as ParamMap;
	const { metadata: _metadata, ...rest } = params;
	return [`${method} ${path}`, Object.keys(metadata).length > 0 ? { ...rest, metadata } : rest];
}

async function refusalOf(name: string, parameters: INodeParameters): Promise<string> {
	const { clientError } = await run(name, parameters);
	expect(clientError).toMatchObject([{ error: { outcome: 'refused' } }]);
	expect(fixture.simulator.requests).toEqual([]);
	return `${clientError[0]!.error.message} ${clientError[0]!.error.nextStep}`;
}

/** Stripe itself refuses it. */
async function rejectionOf(name: string, parameters: INodeParameters): Promise<string> {
	const { clientError } = await run(name, parameters);
	expect(clientError).toMatchObject([{ error: { outcome: 'rejected' } }]);
	return clientError[0]!.error.message;
}

const id = (value: unknown) => toLocator('id', value as string);
const fields = (additionalFields: INodeParameters): INodeParameters => ({ additionalFields });
const metadata = { metadata: { entry: [{ key: 'plan', value: 'pro' }] } };
const EUR = { amount: '19.99', amountUnit: 'major', currency: 'EUR' };
const NEW = { productIs: 'new', productName: 'Pro' };

describe('what is sold: each operation sends what it says', () => {
	it('products, prices, coupons, promotion codes and tax rates', async () => {
		const product = (await fixture.stripe.products.create({ name: 'Pro' })).id;
		const price = (await fixture.stripe.prices.create({ product, currency: 'eur', unit_amount: 5 })).id;
		const coupon = (await fixture.stripe.coupons.create({ percent_off: 10 })).id;
		const code = (await fixture.stripe.promotionCodes.create({ promotion: { type: 'coupon', coupon } }))
			.id;
		const rate = (
			await fixture.stripe.taxRates.create({ display_name: 'VAT', inclusive: true, percentage: 19 })
		).id;
		const deletable = (await fixture.stripe.products.create({ name: 'Old' })).id;
		const rows: [string, INodeParameters, string, ParamMap][] = [
			[
				'product.create',
				{
					name: 'Pro',
					...fields({ id: 'pro', images: 'https://a.example/1, https://a.example/2', ...metadata }),
				},
				'POST /v1/products',
				{
					name: 'Pro',
					id: 'pro',
					images: ['https://a.example/1', 'https://a.example/2'],
					metadata: { plan: 'pro' },
				},
			],
			[
				'product.update',
				{ product: id(product), ...fields({ active: false }) },
				`POST /v1/products/${product}`,
				{ active: 'false' },
			],
			['product.get', { product: id(product) }, `GET /v1/products/${product}`, {}],
			[
				'product.getMany',
				{ filters: { active: false, createdAfter: '2026-01-01T00:00:00Z' } },
				'GET /v1/products',
				{ active: 'false', created: { gte: '1767225600' }, limit: '50' },
			],
			['product.delete', { product: id(deletable) }, `DELETE /v1/products/${deletable}`, {}],
			[
				'price.create',
				{
					product: id(product),
					...EUR,
					billingPeriod: 'month',
					...fields({ intervalCount: 3, lookupKey: 'pro', taxBehavior: 'inclusive' }),
				},
				'POST /v1/prices',
				{
					...{
						product,
						unit_amount: '1999',
						currency: 'eur',
						lookup_key: 'pro',
						tax_behavior: 'inclusive',
					},
					recurring: { interval: 'month', interval_count: '3' },
				},
			],
			[
				'price.create',
				{ ...NEW, currency: 'JPY', ...fields({ unitAmountDecimal: '0.000000000001' }) },
				'POST /v1/prices',
				{ product_data: { name: 'Pro' }, currency: 'jpy', unit_amount_decimal: '0.000000000001' },
			],
			[
				'price.update',
				{ price: id(price), ...fields({ nickname: 'Old', active: false }) },
				`POST /v1/prices/${price}`,
				{ nickname: 'Old', active: 'false' },
			],
			['price.get', { price: id(price) }, `GET /v1/prices/${price}`, {}],
			[
				'price.getMany',
				{ filters: { product: id(product), lookupKeys: 'a, b' } },
				'GET /v1/prices',
				{ product, lookup_keys: ['a', 'b'], limit: '50' },
			],
			[
				'coupon.create',
				{
					percentOff: 12.5,
					duration: 'repeating',
					durationInMonths: 3,
					...fields({ id: 'SUMMER', redeemBy: '2027-01-01', appliesToProducts: product }),
				},
				'POST /v1/coupons',
				{
					...{ id: 'SUMMER', percent_off: '12.5', duration: 'repeating', duration_in_months: '3' },
					...{ redeem_by: '1798761600', applies_to: { products: [product] } },
				},
			],
			[
				'coupon.create',
				{ discountBy: 'amount', ...EUR },
				'POST /v1/coupons',
				{ amount_off: '1999', currency: 'eur', duration: 'once' },
			],
			[
				'coupon.update',
				{ coupon: id(coupon), ...fields({ name: 'Sun' }) },
				`POST /v1/coupons/${coupon}`,
				{ name: 'Sun' },
			],
			['coupon.get', { coupon: id(coupon) }, `GET /v1/coupons/${coupon}`, {}],
			['coupon.getMany', {}, 'GET /v1/coupons', { limit: '50' }],
			[
				'promotionCode.create',
				{ coupon: id(coupon), code: 'SUN-25', ...fields({ maxRedemptions: 5, firstTimeOnly: true }) },
				'POST /v1/promotion_codes',
				{
					...{ promotion: { type: 'coupon', coupon }, code: 'SUN-25', max_redemptions: '5' },
					restrictions: { first_time_transaction: 'true' },
				},
			],
			['promotionCode.get', { promotionCode: id(code) }, `GET /v1/promotion_codes/${code}`, {}],
			[
				'promotionCode.getMany',
				{ filters: { code: 'SUN-25', coupon: id(coupon) } },
				'GET /v1/promotion_codes',
				{ code: 'SUN-25', coupon, limit: '50' },
			],
			[
				'promotionCode.deactivate',
				{ promotionCode: id(code) },
				`POST /v1/promotion_codes/${code}`,
				{ active: 'false' },
			],
			['coupon.delete', { coupon: id(coupon) }, `DELETE /v1/coupons/${coupon}`, {}],
			[
				'taxRate.create',
				{
					displayName: 'VAT',
					percentage: 7.5,
					tax: 'inclusive',
					...fields({ country: 'DE', taxType: 'vat' }),
				},
				'POST /v1/tax_rates',
				{ display_name: 'VAT', percentage: '7.5', inclusive: 'true', country: 'DE', tax_type: 'vat' },
			],
			[
				'taxRate.update',
				{ taxRate: id(rate), ...fields({ active: false }) },
				`POST /v1/tax_rates/${rate}`,
				{ active: 'false' },
			],
			['taxRate.get', { taxRate: id(rate) }, `GET /v1/tax_rates/${rate}`, {}],
			[
				'taxRate.getMany',
				{ filters: { inclusive: true } },
				'GET /v1/tax_rates',
				{ inclusive: 'true', limit: '50' },
			],
		];
		for (const [name, parameters, request, params] of rows)
			expect([name, ...(await sentBy(name, parameters))]).toEqual([name, request, params]);
	});
});

describe('what cannot be sent is refused by its label, before any call', () => {
	it.each<[string, INodeParameters, RegExp]>([
		['product.create', { name: '={{ " " }}' }, /Name is empty/],
		['price.create', { ...NEW, currency: 'EUR' }, /Amount is empty.*Unit Amount Decimal/],
		[
			'price.create',
			{ ...NEW, ...EUR, ...fields({ unitAmountDecimal: '1' }) },
			/Amount cannot be sent together with unit_amount_decimal/,
		],
		[
			'price.create',
			{ ...NEW, currency: 'EUR', ...fields({ unitAmountDecimal: '0.1234567890123' }) },
			/Unit Amount Decimal is not a number with up to 12/,
		],
		['price.create', { ...NEW, ...EUR, ...fields({ intervalCount: 2 }) }, /Billing Period is One Time/],
		[
			'price.create',
			{ ...NEW, ...EUR, billingPeriod: 'month', ...fields({ intervalCount: 1.5 }) },
			/Interval Count is "1.5".*whole number/,
		],
		[
			'price.create',
			{ ...NEW, ...EUR, ...fields({ transferLookupKey: true }) },
			/Transfer Lookup Key is on, but Lookup Key is empty/,
		],
		['price.create', { ...NEW, ...EUR, billingPeriod: 'decade' }, /Billing Period is "decade"/],
		[
			'price.update',
			{ price: id('price_1'), ...fields({ otherParameters: '{"unit_amount": 5}' }) },
			/unit_amount, which can never be changed.*new price.*Transfer Lookup Key/,
		],
		['coupon.create', { percentOff: 0 }, /Percent Off is 0/],
		['coupon.create', { percentOff: 101 }, /Percent Off is "101".*from 0 to 100/],
		[
			'coupon.create',
			{ discountBy: 'amount', currency: 'EUR', amount: '={{ "" }}', amountUnit: 'minor' },
			/Amount is an expression that returned no value/,
		],
		['coupon.create', { percentOff: 5, ...fields({ redeemBy: 'soon' }) }, /Redeem By is/],
		[
			'coupon.create',
			{ percentOff: 5, ...fields({ otherParameters: '{"amount_off": 5}' }) },
			/Discount By is said twice/,
		],
		[
			'coupon.update',
			{ coupon: id('c'), ...fields({ otherParameters: '{"percent_off": 5}' }) },
			/percent_off, which can never be changed/,
		],
		['promotionCode.create', { coupon: id('c'), code: 'SÜN 25' }, /Code is "SÜN 25"/],
		['taxRate.create', { displayName: 'VAT', percentage: '' }, /Percentage is empty/],
		[
			'taxRate.update',
			{ taxRate: id('txr_1'), ...fields({ otherParameters: '{"percentage": 5}' }) },
			/percentage, which can never be changed/,
		],
	])('%s %j', async (name, parameters, message) => {
		expect(await refusalOf(name, parameters)).toMatch(message);
	});
});

describe('traps', () => {
	it('an own ID of a product or a coupon is taken once', async () => {
		await done('product.create', { name: 'A', ...fields({ id: 'mine' }) });
		expect(await rejectionOf('product.create', { name: 'B', ...fields({ id: 'mine' }) })).toContain(
			'already exists',
		);
		await done('coupon.create', { percentOff: 5, ...fields({ id: 'FIVE' }) });
		expect(await rejectionOf('coupon.create', { percentOff: 6, ...fields({ id: 'FIVE' }) })).toContain(
			'already exists',
		);
	});

	it('a code is unique among the active ones, whatever its case', async () => {
		const coupon = id((await done('coupon.create', { percentOff: 5 })).id);
		const { id: first } = await done('promotionCode.create', { coupon, code: 'Twice' });
		expect(await rejectionOf('promotionCode.create', { coupon, code: 'TWICE' })).toContain(
			'already exists',
		);
		await done('promotionCode.deactivate', { promotionCode: id(first) });
		await done('promotionCode.create', { coupon, code: 'TWICE' });
	});

	it('a lookup key moves to the new price in one step', async () => {
		const key = { lookupKey: 'gold' };
		const { id: old } = await done('price.create', { ...NEW, ...EUR, ...fields(key) });
		expect(await rejectionOf('price.create', { ...NEW, ...EUR, ...fields(key) })).toContain(
			'already uses that lookup key',
		);
		await done('price.create', { ...NEW, ...EUR, ...fields({ ...key, transferLookupKey: true }) });
		expect(await fixture.stripe.prices.retrieve(old as string)).toMatchObject({ lookup_key: null });
	});

	it('a product with prices cannot be deleted', async () => {
		const { product } = await done('price.create', { ...NEW, ...EUR });
		expect(await rejectionOf('product.delete', { product: id(product) })).toContain(
			'one or more user-created prices',
		);
	});
});
