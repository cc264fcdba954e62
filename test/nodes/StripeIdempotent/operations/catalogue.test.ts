import type { INodeParameters } from 'n8n-workflow';

import type { ParamMap } from '../../../simulator/form';
import {
	OrdersFixture,
	SECRET_KEY,
	toLocator,
	toPickedRows,
	withCustomKey,
} from '../../fixtures/ordersFixture';

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
	const { success, fix } = await run(name, { simplify: false, ...parameters });
	expect(fix).toEqual([]);
	return success[0]!;
}

/** What goes over the wire, without the entry's id. */
async function sentBy(name: string, parameters: INodeParameters): Promise<[string, ParamMap]> {
	await done(name, parameters);
	const requests = fixture.simulator.requests.filter((one) => !one.path.endsWith('/account'));
	// What nothing can undo is looked at first.
	const { method, path, params } = requests.find((one) => one.method !== 'GET') ?? requests[0]!;
	const { n8n_entry: _entry, ...metadata } = (params.metadata ?? {}) as ParamMap;
	const { metadata: _metadata, ...rest } = params;
	return [`${method} ${path}`, Object.keys(metadata).length > 0 ? { ...rest, metadata } : rest];
}

async function refusalOf(name: string, parameters: INodeParameters): Promise<string> {
	const { fix } = await run(name, parameters);
	expect(fix).toMatchObject([{ error: { outcome: 'refused' } }]);
	expect(fixture.simulator.requests).toEqual([]);
	return `${fix[0]!.error.message} ${fix[0]!.error.nextStep}`;
}

/** Stripe itself refuses it. */
async function rejectionOf(name: string, parameters: INodeParameters): Promise<string> {
	const { fix } = await run(name, parameters);
	expect(fix).toMatchObject([{ error: { outcome: 'rejected' } }]);
	return fix[0]!.error.message;
}

const id = (value: unknown) => toLocator('id', value as string);
const fields = (additionalFields: INodeParameters): INodeParameters => ({ additionalFields });
const metadata = { metadata: { entry: [{ key: 'plan', value: 'pro' }] } };
const inCurrencies = (...rows: [currency: string, unitAmount: string | number][]) => ({
	additionalFields: {
		currencyOptions: { row: rows.map(([currency, unitAmount]) => ({ currency, unitAmount })) },
	},
});
const EUR = { amount: '19.99', amountUnit: 'major', currency: 'EUR' };
const NEW = { productIs: 'new', productName: 'Pro' };

describe('objects for sale: each operation sends its parameters', () => {
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
					product,
					unit_amount: '1999',
					currency: 'eur',
					lookup_key: 'pro',
					tax_behavior: 'inclusive',
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
				'price.create',
				{ ...NEW, ...EUR, amount: '0' },
				'POST /v1/prices',
				{ product_data: { name: 'Pro' }, currency: 'eur', unit_amount: '0' },
			],
			[
				'price.update',
				{ price: id(price), ...fields({ nickname: 'Old', active: false }) },
				`POST /v1/prices/${price}`,
				{ nickname: 'Old', active: 'false' },
			],
			[
				'price.update',
				{ price: id(price), ...inCurrencies(['USD', '21.99'], ['JPY', 3000], ['KWD', '6.500']) },
				`POST /v1/prices/${price}`,
				{
					currency_options: {
						usd: { unit_amount: '2199' },
						jpy: { unit_amount: '3000' },
						kwd: { unit_amount: '6500' },
					},
				},
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
					...fields({
						id: 'SUMMER',
						redeemBy: '2027-01-01',
						appliesToProducts: toPickedRows('product', product),
					}),
				},
				'POST /v1/coupons',
				{
					id: 'SUMMER',
					percent_off: '12.5',
					duration: 'repeating',
					duration_in_months: '3',
					redeem_by: '1798761600',
					applies_to: { products: [product] },
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
					promotion: { type: 'coupon', coupon },
					code: 'SUN-25',
					max_redemptions: '5',
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

describe('objects for payments: each operation sends its parameters', () => {
	it('links, sessions, payment methods, setup intents, the default of a customer', async () => {
		const { stripe } = fixture;
		const customer = (await stripe.customers.create({})).id;
		const product = (await stripe.products.create({ name: 'Pro' })).id;
		const price = (await stripe.prices.create({ product, currency: 'eur', unit_amount: 500 })).id;
		const monthly = (
			await stripe.prices.create({
				product,
				currency: 'eur',
				unit_amount: 5,
				recurring: { interval: 'month' },
			})
		).id;
		const lines = [{ price, quantity: 1 }];
		const link = (await stripe.paymentLinks.create({ line_items: lines })).id;
		const session = await stripe.checkout.sessions.create({
			line_items: lines,
			success_url: 'https://a.example',
		});
		const loose = (await stripe.paymentMethods.create({ type: 'card' })).id;
		const kept = (await stripe.paymentMethods.create({ type: 'card' })).id;
		await stripe.paymentMethods.attach(kept, { customer });
		const intent = (await stripe.setupIntents.create({ customer })).id;
		const other = (await stripe.setupIntents.create({ customer })).id;
		const lineItems = {
			row: [
				{ price: id(price), quantity: 2 },
				{ ...EUR, productName: 'Extra', adjustable: true },
			],
		};
		const sold: ParamMap[] = [
			{ price, quantity: '2' },
			{
				price_data: { currency: 'eur', unit_amount: '1999', product_data: { name: 'Extra' } },
				quantity: '1',
				adjustable_quantity: { enabled: 'true' },
			},
		];
		const rows: [string, INodeParameters, string, ParamMap][] = [
			[
				'paymentLink.create',
				{
					lineItems,
					afterPayment: 'redirect',
					redirectUrl: 'https://a.example',
					...fields({ trialDays: 7, billingAddress: 'required' }),
				},
				'POST /v1/payment_links',
				{
					line_items: sold,
					restrictions: { completed_sessions: { limit: '1' } },
					after_completion: { type: 'redirect', redirect: { url: 'https://a.example' } },
					subscription_data: { trial_period_days: '7' },
					billing_address_collection: 'required',
				},
			],
			[
				'paymentLink.create',
				{ lineItems: { row: [{ price: id(price) }] }, onePaymentOnly: false },
				'POST /v1/payment_links',
				{ line_items: [{ price, quantity: '1' }] },
			],
			[
				'paymentLink.create',
				{ lineItems: { row: [{ price: id(price) }] }, ...fields(metadata) },
				'POST /v1/payment_links',
				{
					line_items: [{ price, quantity: '1' }],
					restrictions: { completed_sessions: { limit: '1' } },
					payment_intent_data: { metadata: { plan: 'pro' } },
					metadata: { plan: 'pro' },
				},
			],
			[
				'paymentLink.create',
				{
					lineItems: { row: [{ price: id(price) }, { price: id(monthly) }] },
					...fields({
						...metadata,
						otherParameters: '{ "subscription_data": { "metadata": { "plan": "own" } } }',
					}),
				},
				'POST /v1/payment_links',
				{
					line_items: [
						{ price, quantity: '1' },
						{ price: monthly, quantity: '1' },
					],
					restrictions: { completed_sessions: { limit: '1' } },
					subscription_data: { metadata: { plan: 'own' } },
					metadata: { plan: 'pro' },
				},
			],
			[
				'paymentLink.create',
				{
					lineItems: { row: [{ ...EUR, productName: 'Pro', billingPeriod: 'month' }] },
					...fields(metadata),
				},
				'POST /v1/payment_links',
				{
					line_items: [
						{
							price_data: {
								currency: 'eur',
								unit_amount: '1999',
								product_data: { name: 'Pro' },
								recurring: { interval: 'month' },
							},
							quantity: '1',
						},
					],
					restrictions: { completed_sessions: { limit: '1' } },
					subscription_data: { metadata: { plan: 'pro' } },
					metadata: { plan: 'pro' },
				},
			],
			[
				'paymentLink.create',
				{ lineItems: { row: [{ price: id(monthly) }] }, copyMetadata: false, ...fields(metadata) },
				'POST /v1/payment_links',
				{
					line_items: [{ price: monthly, quantity: '1' }],
					restrictions: { completed_sessions: { limit: '1' } },
					metadata: { plan: 'pro' },
				},
			],
			[
				'paymentLink.update',
				{ paymentLink: id(link), ...fields({ active: true }) },
				`POST /v1/payment_links/${link}`,
				{ active: 'true' },
			],
			[
				'paymentLink.deactivate',
				{ paymentLink: id(link) },
				`POST /v1/payment_links/${link}`,
				{ active: 'false' },
			],
			['paymentLink.get', { paymentLink: id(link) }, `GET /v1/payment_links/${link}`, {}],
			[
				'paymentLink.getMany',
				{ filters: { active: true } },
				'GET /v1/payment_links',
				{ active: 'true', limit: '50' },
			],
			[
				'paymentLink.getLineItems',
				{ paymentLink: id(link) },
				`GET /v1/payment_links/${link}/line_items`,
				{ limit: '50' },
			],
			[
				'checkoutSession.create',
				{
					lineItems: { row: [{ price: id(price) }] },
					successUrl: 'https://a.example',
					customer: id(customer),
					...fields({ ...metadata, clientReferenceId: '1001' }),
				},
				'POST /v1/checkout/sessions',
				{
					mode: 'payment',
					line_items: [{ price, quantity: '1' }],
					success_url: 'https://a.example',
					customer,
					client_reference_id: '1001',
					metadata: { plan: 'pro' },
					payment_intent_data: { metadata: { plan: 'pro' } },
				},
			],
			[
				'checkoutSession.create',
				{
					mode: 'setup',
					successUrl: 'https://a.example',
					customerEmail: 'a@example.com',
					copyMetadata: false,
					...fields(metadata),
				},
				'POST /v1/checkout/sessions',
				{
					mode: 'setup',
					success_url: 'https://a.example',
					customer_email: 'a@example.com',
					metadata: { plan: 'pro' },
				},
			],
			[
				'checkoutSession.get',
				{ checkoutSession: id(session.id) },
				`GET /v1/checkout/sessions/${session.id}`,
				{},
			],
			[
				'checkoutSession.getMany',
				{ filters: { status: 'open', customer: id(customer) } },
				'GET /v1/checkout/sessions',
				{ status: 'open', customer, limit: '50' },
			],
			[
				'checkoutSession.getLineItems',
				{ checkoutSession: id(session.id) },
				`GET /v1/checkout/sessions/${session.id}/line_items`,
				{ limit: '50' },
			],
			[
				'checkoutSession.expire',
				{ checkoutSession: id(session.id) },
				`POST /v1/checkout/sessions/${session.id}/expire`,
				{},
			],
			[
				'portalSession.create',
				{ customer: id(customer), returnUrl: 'https://a.example', flow: 'payment_method_update' },
				'POST /v1/billing_portal/sessions',
				{ customer, return_url: 'https://a.example', flow_data: { type: 'payment_method_update' } },
			],
			...['subscription_cancel', 'subscription_pause', 'subscription_update'].map(
				(flow): [string, INodeParameters, string, ParamMap] => [
					'portalSession.create',
					{ customer: id(customer), flow, subscription: id('sub_1') },
					'POST /v1/billing_portal/sessions',
					{ customer, flow_data: { type: flow, [flow]: { subscription: 'sub_1' } } },
				],
			),
			[
				'paymentMethod.attach',
				{ paymentMethod: id(loose), customer: id(customer) },
				`POST /v1/payment_methods/${loose}/attach`,
				{ customer },
			],
			[
				'paymentMethod.update',
				{ paymentMethod: id(kept), ...fields(metadata) },
				`POST /v1/payment_methods/${kept}`,
				{ metadata: { plan: 'pro' } },
			],
			['paymentMethod.get', { paymentMethod: id(kept) }, `GET /v1/payment_methods/${kept}`, {}],
			[
				'paymentMethod.getMany',
				{ customer: id(customer), filters: { type: 'card' } },
				`GET /v1/customers/${customer}/payment_methods`,
				{ type: 'card', limit: '50' },
			],
			[
				'customer.setDefaultPaymentMethod',
				{ customer: id(customer), paymentMethod: id(kept) },
				`POST /v1/customers/${customer}`,
				{ invoice_settings: { default_payment_method: kept } },
			],
			[
				'paymentMethod.detach',
				{ paymentMethod: id(loose) },
				`POST /v1/payment_methods/${loose}/detach`,
				{},
			],
			[
				'setupIntent.create',
				{
					customer: id(customer),
					paymentMethod: 'pm_card_visa',
					confirmSetup: true,
					...fields({ usage: 'on_session' }),
				},
				'POST /v1/setup_intents',
				{
					customer,
					payment_method: 'pm_card_visa',
					confirm: 'true',
					usage: 'on_session',
					automatic_payment_methods: { enabled: 'true', allow_redirects: 'never' },
				},
			],
			[
				'setupIntent.confirm',
				{ setupIntent: id(intent), paymentMethod: 'pm_card_visa' },
				`POST /v1/setup_intents/${intent}/confirm`,
				{ payment_method: 'pm_card_visa' },
			],
			[
				'setupIntent.cancel',
				{ setupIntent: id(other), ...fields({ cancellationReason: 'abandoned' }) },
				`POST /v1/setup_intents/${other}/cancel`,
				{ cancellation_reason: 'abandoned' },
			],
			['setupIntent.get', { setupIntent: id(intent) }, `GET /v1/setup_intents/${intent}`, {}],
			[
				'setupIntent.getMany',
				{ filters: { customer: id(customer) } },
				'GET /v1/setup_intents',
				{ customer, limit: '50' },
			],
			[
				'customer.create',
				fields({
					address: {
						value: { city: 'Berlin', country: 'DE', postalCode: '10115', line1: 'Hauptstr. 1' },
					},
					shipping: { value: { name: 'Ada', shippingLine1: 'Nebenstr. 2' } },
					taxIdData: { row: [{ type: 'eu_vat', value: 'DE123456789' }] },
					preferredLocales: 'de,en',
					taxExempt: 'reverse',
					invoicePaymentMethod: 'pm_1',
				}),
				'POST /v1/customers',
				{
					address: { city: 'Berlin', country: 'DE', postal_code: '10115', line1: 'Hauptstr. 1' },
					shipping: { name: 'Ada', address: { line1: 'Nebenstr. 2' } },
					tax_id_data: [{ type: 'eu_vat', value: 'DE123456789' }],
					preferred_locales: ['de', 'en'],
					tax_exempt: 'reverse',
					invoice_settings: { default_payment_method: 'pm_1' },
				},
			],
			[
				'paymentIntent.create',
				{
					...EUR,
					paymentMethod: 'pm_card_visa',
					customer: id(customer),
					...fields({
						errorOnRequiresAction: false,
						offSessionType: 'recurring',
						transferGroup: 'ORDER_1',
						paymentMethodOptions: '{ "card": { "request_three_d_secure": "any" } }',
					}),
				},
				'POST /v1/payment_intents',
				{
					amount: '1999',
					currency: 'eur',
					confirm: 'true',
					customer,
					payment_method: 'pm_card_visa',
					error_on_requires_action: 'false',
					off_session: 'recurring',
					transfer_group: 'ORDER_1',
					payment_method_options: { card: { request_three_d_secure: 'any' } },
					automatic_payment_methods: { enabled: 'true', allow_redirects: 'never' },
				},
			],
		];
		for (const [name, parameters, request, params] of rows)
			expect([name, ...(await sentBy(name, parameters))]).toEqual([name, request, params]);
	});
});

describe('a value that cannot be sent is refused by its label, before any call', () => {
	it.each<[string, INodeParameters, RegExp]>([
		['product.create', { name: '={{ " " }}' }, /Name is empty/],
		['price.create', { ...NEW, currency: 'EUR' }, /Amount is empty.*Unit Amount Decimal/],
		[
			'price.create',
			{ ...NEW, ...EUR, ...fields({ unitAmountDecimal: '1' }) },
			/Unit Amount Decimal cannot be sent together with Amount/,
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
		[
			'price.update',
			{ price: id('price_1'), ...inCurrencies(['USD', 5], ['usd', 6]) },
			/Other Currencies, row 2: Currency is USD, as in a row before/,
		],
		[
			'price.update',
			{ price: id('price_1'), ...inCurrencies(['JPY', '21.99']) },
			/row 1: Unit Amount \(Major Unit\) is 21.99, but this currency has no decimals/,
		],
		[
			'price.update',
			{ price: id('price_1'), ...inCurrencies(['Dollar', 5]) },
			/row 1: Currency is "Dollar", which is not a currency code/,
		],
		[
			'price.create',
			{
				...NEW,
				...EUR,
				additionalFields: {
					...inCurrencies(['USD', 5]).additionalFields,
					otherParameters: '{ "currency_options": { "usd": { "unit_amount": 6 } } }',
				},
			},
			/Other Currencies/,
		],
		['paymentLink.create', { lineItems: {} }, /Line Items is empty/],
		['paymentLink.create', { lineItems: { row: [{}] } }, /Line Items, row 1: Price is empty/],
		[
			'paymentLink.create',
			{ lineItems: { row: [{ price: id('price_1'), ...EUR }] } },
			/row 1: Price is chosen, and an amount is entered too/,
		],
		[
			'paymentLink.create',
			{ lineItems: { row: [{ ...EUR, amount: '-1', productName: 'x' }] } },
			/row 1: Amount is -1, which is below zero/,
		],
		[
			'paymentLink.create',
			{ lineItems: { row: Array.from({ length: 21 }, () => ({ price: id('price_1') })) } },
			/has 21 rows.*up to 20/,
		],
		[
			'checkoutSession.create',
			{ mode: 'setup', successUrl: 'https://a', customer: id('cus_1'), customerEmail: 'a@b' },
			/Customer Email cannot be sent together with Customer/,
		],
		[
			'checkoutSession.create',
			{ mode: 'setup', successUrl: 'https://a', ...fields({ trialDays: 3 }) },
			/Trial Days cannot be sent while Mode is Setup/,
		],
		[
			'checkoutSession.create',
			{
				mode: 'setup',
				successUrl: 'https://a',
				...fields({ otherParameters: '{"payment_method_types": ["card"]}' }),
			},
			/"payment_method_types" in Other Parameters .JSON. is no longer accepted/,
		],
		['setupIntent.create', { confirmSetup: true }, /Payment Method is empty, but Confirm is on/],
		['customer.delete', { customer: id('cus_1') }, /Yes, Delete is off/],
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
			/"amount_off" in Other Parameters .JSON. cannot be sent together with Percent Off/,
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
	it('a custom ID of a product or a coupon can be used once', async () => {
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

	it('a detached payment method can never be attached again', async () => {
		const customer = id((await fixture.stripe.customers.create({})).id);
		const paymentMethod = id((await fixture.stripe.paymentMethods.create({ type: 'card' })).id);
		await done('paymentMethod.attach', { paymentMethod, customer });
		expect(await done('paymentMethod.detach', { paymentMethod })).toMatchObject({ customer: null });
		expect(await rejectionOf('paymentMethod.attach', { paymentMethod, customer })).toContain(
			'may not be used again',
		);
	});

	it('a link is named in every session that it creates, and a session lasts 24 hours', async () => {
		const { stripe, simulator } = fixture;
		const lineItems = { row: [{ ...EUR, productName: 'Order' }] };
		const link = await done('paymentLink.create', { lineItems, ...fields(metadata) });
		const opened = await fetch(`${simulator.url}/buy/${link.id as string}`, {
			headers: { authorization: `Bearer ${SECRET_KEY}` },
		});
		expect(await opened.json()).toMatchObject({
			payment_link: link.id,
			metadata: { plan: 'pro', n8n_entry: expect.any(String) as string },
		});
		const session = await done('checkoutSession.create', { lineItems, successUrl: 'https://a.example' });
		expect(session).toMatchObject({ status: 'open', idempotency: { paymentState: 'unpaid' } });
		expect(Number(session.expires_at) - Number(session.created)).toBe(86_400);
		const { data } = await stripe.events.list({ limit: 100 });
		expect(data.filter(({ type }) => type.startsWith('checkout.session.created'))).toEqual([]);
		expect(await done('checkoutSession.expire', { checkoutSession: id(session.id) })).toMatchObject({
			status: 'expired',
		});
	});

	it('a portal session is a login: it creates no entry, and each run gets a new one', async () => {
		const customer = id((await fixture.stripe.customers.create({})).id);
		const [first, second] = [
			await done('portalSession.create', { customer }),
			await done('portalSession.create', { customer }),
		];
		expect(first.url).toMatch(/^https:\/\/billing\.stripe\.com/);
		expect(second.url).not.toBe(first.url);
		expect(first).not.toHaveProperty('idempotency');
	});
});
