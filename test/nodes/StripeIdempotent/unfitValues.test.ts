import type { IDataObject, INodeParameters, NodeParameterValueType } from 'n8n-workflow';
import type Stripe from 'stripe';

import { OrdersFixture, toLocator, toPickedRows, withCustomKey } from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
});
beforeEach(() => fixture.forgetRequests());
afterAll(() => fixture.close());

const id = (value: string) => toLocator('id', value);
const rows = (...row: INodeParameters[]) => ({ row });
const fields = (additionalFields: INodeParameters) => ({ additionalFields });
const other = (params: object) => fields({ otherParameters: JSON.stringify(params) });

async function refuse(name: string, parameters: INodeParameters): Promise<string> {
	const [resource = '', operation = ''] = name.split('.');
	const { fix } = await fixture.run({ resource, operation, ...withCustomKey('1'), ...parameters }, [{}]);
	expect(fix[0]?.error).toMatchObject({ outcome: 'refused' });
	expect(fixture.simulator.requests).toEqual([]);
	const { message, nextStep } = fix[0]!.error as { message: string; nextStep: string };
	return `${message} ${nextStep}`;
}

const CUSTOMER = 'cus_9s6XKzkNRiz8i3';
const SUBSCRIBE = {
	customer: id('cus_1'),
	collectionMethod: 'charge_automatically',
	ifAlreadySubscribed: 'allow',
	items: rows({ price: id('price_1'), quantity: 1 }),
};
const SESSION = { mode: 'setup', successUrl: 'https://example.com' };
const AMOUNT = { amount: '5', amountUnit: 'minor', currency: 'EUR' };
const COUPON = { discountBy: 'percent', percentOff: 5, duration: 'once' };

describe('an invalid value of a parameter is refused by its label, before any call', () => {
	it.each<[name: string, parameters: INodeParameters, words: string]>([
		[
			'subscription.create',
			{ ...SUBSCRIBE, items: rows({ price: id(CUSTOMER), quantity: 1 }) },
			`Items, row 1: Price is "${CUSTOMER}", which is the ID of a different object (customer)`,
		],
		[
			'subscription.changePlan',
			{ subscription: id('sub_1'), price: id('price_1'), quantity: '1,50', changeWhen: 'none' },
			'Quantity is "1,50". Give a whole number, not below 0.',
		],
		[
			'subscription.changePlan',
			{ subscription: id('sub_1'), price: id('price_1'), changeWhen: '={{ "later" }}' },
			'Its expression must return always_invoice, create_prorations, none or periodEnd.',
		],
		[
			'creditNote.create',
			{ invoice: id('in_1'), ...AMOUNT, paysBackAs: 'nothing', reason: '={{ "undefined" }}' },
			'Its expression must return duplicate, fraudulent, order_change or product_unsatisfactory.',
		],
		['invoice.get', { invoice: id('={{ ["in_1"] }}') }, 'Invoice is a list. Enter one value'],
		[
			'dispute.update',
			{ dispute: id('dp_1'), evidence: { duplicateChargeId: 'see below' } },
			'Evidence: Duplicate Charge ID is "see below", which is not a valid Stripe ID',
		],
		[
			'price.create',
			{ productIs: 'new', productName: 'Pro', currency: 'EUR', ...fields({ unitAmountDecimal: '-1' }) },
			'Unit Amount Decimal is below zero',
		],
		[
			'invoice.get',
			{ invoice: id('cus_1') },
			'Invoice is "cus_1", which is the ID of a different object',
		],
		['charge.getMany', { filters: { customer: id('pi_3MtwBwLkdIwHu7ix28a3tqPa') } }, '(payment intent)'],
		[
			'paymentIntent.confirm',
			{ paymentIntent: id('pi_1'), paymentMethod: 'https://example.com/pm_1' },
			'Payment Method is "https://example.com/pm_1", which is not a valid Stripe ID',
		],
		[
			'subscription.create',
			{ ...SUBSCRIBE, ...fields({ defaultTaxRates: toPickedRows('taxRate', 'txr_1', 'price_1') }) },
			'Default Tax Rates, row 2: Tax Rate is "price_1", which is the ID of a different object (price)',
		],
		[
			'paymentIntent.update',
			{ paymentIntent: id('pi_1'), amount: '', ...other({ customer: { id: 'cus_1' } }) },
			'"customer" in Other Parameters (JSON) is an object. Write its ID.',
		],
		[
			'portalSession.create',
			{ customer: id('cus_1'), flow: 'all', returnUrl: 'example.com' },
			'Return URL is "example.com", which is not an address',
		],
		['checkoutSession.create', { ...SESSION, successUrl: 'www.example.com' }, 'Success URL is "www.'],
		[
			'paymentLink.create',
			{
				lineItems: rows({ price: id('price_1'), quantity: 1 }),
				onePaymentOnly: true,
				afterPayment: 'redirect',
				redirectUrl: 'ftp://example.com',
			},
			'Redirect URL is "ftp://example.com", which is not an address',
		],
		['checkoutSession.create', { ...SESSION, customerEmail: 'ada' }, 'Customer Email is "ada", which is'],
		[
			'customer.create',
			fields({ email: 'ada at example.com' }),
			'Email is "ada at example.com", which is not',
		],
		[
			'taxRate.create',
			{ displayName: 'VAT', percentage: 19, tax: 'exclusive', ...fields({ country: 'Germany' }) },
			'Country is "Germany", which is not a country code',
		],
		[
			'checkoutSession.create',
			{ ...SESSION, ...fields({ locale: 'German' }) },
			'Locale is "German", which is not a language code',
		],
		[
			'subscription.create',
			{ ...SUBSCRIBE, ...other({ application_fee_percent: 120 }) },
			'"application_fee_percent" in Other Parameters (JSON) is "120". Give a percentage from 0 to 100.',
		],
		[
			'subscription.update',
			{ subscription: id('sub_1'), ...other({ items: [{ id: 'si_1', quantity: 1.5 }] }) },
			'"items[0].quantity" in Other Parameters (JSON) is "1.5". Give a whole number',
		],
		[
			'coupon.create',
			{ ...COUPON, ...other({ max_redemptions: 'many' }) },
			'"max_redemptions" in Other Parameters (JSON) is "many"',
		],
		[
			'paymentIntent.update',
			{ paymentIntent: id('pi_1'), amount: '', ...other({ application_fee_amount: '19.99' }) },
			'is "19.99". Write a whole number of minor units',
		],
	])('%s %j', async (name, parameters, words) => {
		expect(await refuse(name, parameters)).toContain(words);
	});
});

describe('parameters that exclude each other are refused by both labels, before any call', () => {
	it.each<[name: string, parameters: INodeParameters, words: string]>([
		[
			'subscription.create',
			{
				...SUBSCRIBE,
				...fields({ automaticTax: true, defaultTaxRates: toPickedRows('taxRate', 'txr_1') }),
			},
			'Default Tax Rates cannot be sent while Automatic Tax is on. Leave it out, or change Automatic Tax.',
		],
		[
			'subscription.create',
			{
				...SUBSCRIBE,
				...fields({ discounts: rows({ coupon: id('a'), promotionCode: id('promo_1') }) }),
			},
			'Discounts, row 1: Coupon cannot be sent together with Discounts, row 1: Promotion Code.',
		],
		[
			'invoice.update',
			{
				invoice: id('in_1'),
				...fields({ collectionMethod: 'charge_automatically', daysUntilDue: 14 }),
			},
			'Days Until Due cannot be sent while Collection Method is Charge Automatically.',
		],
		[
			'subscriptionSchedule.create',
			{
				scheduleFor: 'subscription',
				subscription: id('sub_1'),
				...fields({ endBehavior: 'cancel' }),
			},
			'End Behavior cannot be sent together with Subscription.',
		],
		[
			'creditNote.preview',
			{
				invoice: id('in_1'),
				amount: '5',
				amountUnit: 'minor',
				...other({ lines: [{ type: 'invoice_line_item', amount: 5 }] }),
			},
			'"lines" in Other Parameters (JSON) cannot be sent together with Amount.',
		],
		[
			'customApiCall.request',
			{ method: 'POST', path: '/v1/coupons', body: '{"percent_off": 5, "amount_off": 5}' },
			'"amount_off" in Body (JSON) cannot be sent together with "percent_off" in Body (JSON).',
		],
	])('%s %j', async (name, parameters, words) => {
		expect(await refuse(name, parameters)).toContain(words);
	});
});

describe('a parameter that Stripe accepts only beside a different one is refused by both labels, before any call', () => {
	it.each<[name: string, parameters: INodeParameters, words: string]>([
		[
			'paymentIntent.create',
			{ ...AMOUNT, confirm: false, ...fields({ mandate: 'mandate_1' }) },
			'Mandate cannot be sent while Confirm is off. Turn Confirm on',
		],
		[
			'paymentIntent.create',
			{
				...AMOUNT,
				confirm: false,
				...fields({ paymentMethodOptions: '{ "card": { "moto": true } }' }),
			},
			'Payment Method Options (JSON) cannot be sent while Confirm is off.',
		],
		[
			'coupon.create',
			{ ...COUPON, ...other({ currency_options: { usd: { amount_off: 5 } } }) },
			'"currency_options" in Other Parameters (JSON) cannot be sent together with Percent Off.',
		],
		[
			'customApiCall.request',
			{ method: 'POST', path: '/v1/coupons', body: '{"amount_off": 5, "duration": "once"}' },
			'"amount_off" in Body (JSON) cannot be sent without "currency" in Body (JSON). Add "currency"',
		],
		[
			'customApiCall.request',
			{ method: 'POST', path: '/v1/coupons', body: '{"percent_off": 5, "duration": "repeating"}' },
			'"duration" in Body (JSON) is "repeating", but "duration_in_months" in Body (JSON) is missing.',
		],
		[
			'customApiCall.request',
			{
				method: 'POST',
				path: '/v1/prices',
				body: '{"currency": "eur", "product": "prod_1", "tiers": [{"up_to": "inf", "unit_amount": 5}]}',
			},
			'"tiers" in Body (JSON) can only be sent while "billing_scheme" in Body (JSON) is "tiered".',
		],
		[
			'checkoutSession.create',
			{ ...SESSION, ...other({ customer_update: { address: 'auto' } }) },
			'"customer_update" in Other Parameters (JSON) cannot be sent without Customer. Add Customer',
		],
		[
			'invoice.preview',
			{
				customer: id('cus_1'),
				subscription: id(''),
				items: rows({ price: id('price_1'), quantity: 1 }),
				...fields({ prorationDateOfPreview: '2027-01-01' }),
			},
			'Proration Date cannot be sent without Subscription.',
		],
	])('%s %j', async (name, parameters, words) => {
		expect(await refuse(name, parameters)).toContain(words);
	});
});

it('an empty text or choice on which nothing depends is omitted', async () => {
	const { id: intent } = await fixture.stripe.paymentIntents.create({ amount: 500, currency: 'eur' });
	const run = async (resource: string, operation: string, parameters: INodeParameters) => {
		fixture.forgetRequests();
		const key = withCustomKey(`${resource} without words`);
		const { success, fix } = await fixture.run({ resource, operation, ...key, ...parameters }, [{}]);
		expect([success.length, fix]).toEqual([1, []]);
		return fixture.simulator.sends()[0]!.params;
	};
	const reason = { paymentIntent: id(intent), ...fields({ cancellationReason: '={{ " " }}' }) };
	expect(await run('paymentIntent', 'cancel', reason)).toEqual({});
	const description = fields({ description: '={{ Number("x") }}' });
	expect(await run('customer', 'create', description)).not.toHaveProperty('description');
});

it('metadata are removed where a person has left the value empty, not where an expression returns none', async () => {
	const kept = { order: '1001', shop: 'north', 7: 'x' };
	let changes = 0;
	const { id: customer } = await fixture.stripe.customers.create({ metadata: kept });
	const update = async (entry: INodeParameters[], item: IDataObject) => {
		const key = withCustomKey(`metadata ${(changes += 1)}`);
		const change = { customer: id(customer), ...fields({ metadata: { entry } }) };
		const { fix } = await fixture.run({ resource: 'customer', operation: 'update', ...key, ...change }, [
			item,
		]);
		expect(fix).toEqual([]);
		const { n8n_entry: _entry, ...metadata } = (
			(await fixture.stripe.customers.retrieve(customer)) as Stripe.Customer
		).metadata;
		return metadata;
	};
	const value = '={{ $json.found }}';
	const rowsOf = [
		{ key: 'order', value },
		{ key: '7', value },
		{ key: 'plan', value: 'pro' },
	];
	for (const found of [null, '', ' '])
		expect(await update(rowsOf, { found })).toEqual({ ...kept, plan: 'pro' });
	expect(await update([{ key: 'shop', value: '' }], {})).toEqual({ order: '1001', 7: 'x', plan: 'pro' });
	expect(await update([{ key: '={{ $json.name }}', value: '' }], { name: 'plan' })).toEqual({
		order: '1001',
		7: 'x',
	});
});

const FOUND = '{{ $json.found }}';
it.each<[string, NodeParameterValueType, removed: string[]]>([
	['typed empty', '{ "metadata": { "order": "" }, "description": null }', ['description', 'order']],
	['returned within a text', `={ "metadata": { "order": "${FOUND}", "shop": "" } }`, ['shop']],
	['returned as a value', '={ "description": {{ JSON.stringify($json.found) }} }', []],
	['returned by code that makes it all', '={{ { metadata: { order: $json.found, plan: "pro" } } }}', []],
	['returned in a field', { metadata: { order: `=${FOUND}`, shop: '' } }, ['shop']],
	['typed empty, of a name that code returns', '={ "metadata": { "{{ $json.name }}": "" } }', ['order']],
	['returned, as its name is', `={ "metadata": { "{{ $json.name }}": "${FOUND}" } }`, []],
	['returned in place of the metadata', `={ "metadata": "${FOUND}", "description": "${FOUND}" }`, []],
])(
	'Other Parameters remove what is typed empty, not what an expression returns empty: %s',
	async (_what, json, removed) => {
		const kept = { metadata: { order: '1001', shop: 'x' }, description: 'A customer' };
		for (const found of [null, '', ' ']) {
			const { id: customer } = await fixture.stripe.customers.create(kept);
			const change = { customer: id(customer), additionalFields: { otherParameters: json } };
			const node = { resource: 'customer', operation: 'update', ...withCustomKey(customer), ...change };
			expect((await fixture.run(node as INodeParameters, [{ found, name: 'order' }])).fix).toEqual([]);
			const left = (await fixture.stripe.customers.retrieve(customer)) as Stripe.Customer;
			const values: Record<string, unknown> = { ...left.metadata, description: left.description };
			expect(['description', 'order', 'shop'].filter((name) => !values[name])).toEqual(removed);
		}
	},
);

it('a customer is created without what an expression returns empty in Other Parameters', async () => {
	const json = `={ "metadata": { "order": "${FOUND}", "shop": "x" }, "description": "${FOUND}" }`;
	const create = { resource: 'customer', operation: 'create', ...fields({ otherParameters: json }) };
	await fixture.run({ ...create, ...withCustomKey('without') }, [{ found: null }]);
	const n8n_entry = expect.any(String) as string;
	const [sent] = fixture.simulator.sends({ path: '/v1/customers' });
	expect(sent?.params).toEqual({ metadata: { shop: 'x', n8n_entry } });
});

it('more lookup keys than Stripe looks for at once are refused', async () => {
	const lookupKeys = Array.from({ length: 11 }, (_, n) => `key_${n}`).join(',');
	const list = { returnAll: false, limit: 5, filters: { lookupKeys } };
	expect(await refuse('price.getMany', list)).toContain('Lookup Keys has 11 keys. Give at most 10');
});

it("a time that Stripe refuses is refused as soon as Stripe's time is known", async () => {
	const { id: customer, created } = await fixture.stripe.customers.create();
	const run = (expiresAt: string, key: string) =>
		fixture.run(
			{
				resource: 'checkoutSession',
				operation: 'create',
				...SESSION,
				...withCustomKey(key),
				mode: 'payment',
				customer: id(customer),
				...fields({ expiresAt }),
				lineItems: rows({
					amount: '5',
					amountUnit: 'major',
					currency: 'EUR',
					productName: 'A',
				}),
			},
			[{}],
		);
	const at = (hours: number) => new Date((created + hours * 3600) * 1000).toISOString();
	expect((await run(at(2), 'in time')).success).toHaveLength(1);
	fixture.forgetRequests();
	const { fix } = await run(at(48), 'late');
	expect(fix[0]?.error).toMatchObject({
		outcome: 'refused',
		message: expect.stringContaining('Expires At is ') as string,
		nextStep: 'Give a time between 30 minutes and 24 hours from now.',
	});
	expect(fixture.simulator.requests).toEqual([]);
});
