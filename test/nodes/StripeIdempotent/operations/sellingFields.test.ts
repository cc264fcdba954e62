import type { INodeParameters } from 'n8n-workflow';

import type { ParamMap } from '../../../simulator/form';
import { OrdersFixture, toLocator, withCustomKey } from '../../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
});
afterAll(() => fixture.close());

let keys = 0;

async function run(name: string, parameters: INodeParameters) {
	const [resource = '', operation = ''] = name.split('.');
	fixture.forgetRequests();
	return fixture.run({ resource, operation, ...withCustomKey(`sold ${(keys += 1)}`), ...parameters }, [{}]);
}

/** What goes over the wire, and what Stripe makes of it. */
async function send(name: string, parameters: INodeParameters): Promise<[sent: ParamMap, made: ParamMap]> {
	const { success, fix, error } = await run(name, { simplify: false, ...parameters });
	expect([error, fix]).toEqual([undefined, []]);
	const sent = fixture.simulator.requests.find(({ method }) => method === 'POST')!.params;
	return [sent, success[0]! as unknown as ParamMap];
}

async function refusalOf(name: string, parameters: INodeParameters): Promise<string> {
	const { fix } = await run(name, parameters);
	expect([fix[0]?.error.outcome, fixture.simulator.requests]).toEqual(['refused', []]);
	return fix[0]!.error.message;
}

const NOTHING = '={{ $json.nothing }}';
const id = (value: string) => toLocator('id', value);
const fields = (additionalFields: INodeParameters): INodeParameters => ({ additionalFields });
const EUR = { amount: '19.99', amountUnit: 'major', currency: 'EUR' };

it('a product is created with its default price, including one of 0', async () => {
	const [sent, { default_price: price }] = await send('product.create', {
		name: 'Pro',
		...EUR,
		billingPeriod: 'month',
	});
	expect(sent.default_price_data).toEqual({
		currency: 'eur',
		unit_amount: '1999',
		recurring: { interval: 'month' },
	});
	expect(await fixture.stripe.prices.retrieve(price as string)).toMatchObject({ unit_amount: 1999 });
	const [free] = await send('product.create', { name: 'Free', ...EUR, amount: '0' });
	expect(free.default_price_data).toEqual({ currency: 'eur', unit_amount: '0' });
	const [without] = await send('product.create', { name: 'Later' });
	expect(without).not.toHaveProperty('default_price_data');
	expect(await refusalOf('product.create', { name: 'Pro', ...EUR, currency: NOTHING })).toContain(
		'Currency',
	);
	expect(await refusalOf('product.create', { name: 'Pro', ...EUR, amount: '-1' })).toContain('Amount');
});

it('a promotion code has a minimum amount, in a currency', async () => {
	const coupon = (await fixture.stripe.coupons.create({ percent_off: 10 })).id;
	const [sent, made] = await send('promotionCode.create', {
		coupon: id(coupon),
		...EUR,
		...fields({ firstTimeOnly: true }),
	});
	const restrictions = { minimum_amount: '1999', minimum_amount_currency: 'eur' };
	expect(sent.restrictions).toEqual({ ...restrictions, first_time_transaction: 'true' });
	expect(made.restrictions).toMatchObject({ minimum_amount: 1999 });
	const message = await refusalOf('promotionCode.create', { coupon: id(coupon), ...EUR, amount: '0' });
	expect(message).toContain('Minimum Amount');
});

describe('a price that is not a single amount', () => {
	const NEW = { productIs: 'new', productName: 'Pro', currency: 'EUR', amountUnit: 'major', amount: '' };
	const tiers = (...row: INodeParameters[]) => ({ tiersMode: 'graduated', tiers: { row } });

	it('has tiers, the last without an end', async () => {
		const [sent, made] = await send('price.create', {
			...NEW,
			billingPeriod: 'month',
			...tiers({ upTo: '100', unitAmount: '0.10' }, { upTo: '', unitAmount: '0.05', flatAmount: '5' }),
		});
		expect(sent).toMatchObject({ billing_scheme: 'tiered', tiers_mode: 'graduated' });
		expect(sent.tiers).toEqual([
			{ up_to: '100', unit_amount: '10' },
			{ up_to: 'inf', unit_amount: '5', flat_amount: '500' },
		]);
		expect(made).toMatchObject({ billing_scheme: 'tiered', unit_amount: null });
	});

	it('is chosen by the customer, within limits', async () => {
		const customUnitAmount = { value: { minimum: '5', maximum: '', preset: '25' } };
		const [sent, made] = await send('price.create', { ...NEW, ...fields({ customUnitAmount }) });
		expect(sent.custom_unit_amount).toEqual({ enabled: 'true', minimum: '500', preset: '2500' });
		expect(sent).not.toHaveProperty('unit_amount');
		expect(made.custom_unit_amount).toMatchObject({ minimum: 500 });
	});

	it.each<[INodeParameters, string]>([
		[{ tiersMode: 'volume' }, 'Tiers is empty'],
		[
			{ ...tiers({ upTo: '', unitAmount: '1' }), billingPeriod: 'once' },
			'Billing Period is One Time, which has no tiers',
		],
		[tiers({ upTo: '', unitAmount: '1' }, { upTo: '', unitAmount: '1' }), 'Up To is empty'],
		[tiers({ upTo: '100', unitAmount: '1' }), 'Up To is 100'],
		[tiers({ upTo: '' }), 'Unit Amount is empty'],
		[tiers({ upTo: NOTHING, unitAmount: '1' }), 'Up To'],
		[tiers({ upTo: '', unitAmount: NOTHING }), 'Unit Amount'],
		[tiers({ upTo: '', unitAmount: '1', flatAmount: NOTHING }), 'Flat Amount'],
		[tiers({ upTo: 'many', unitAmount: '1' }, { upTo: '', unitAmount: '1' }), 'Up To'],
		[tiers({ upTo: '', unitAmount: '-1' }), 'Unit Amount'],
		[{ ...tiers({ upTo: '', unitAmount: '1' }), amountUnit: '' }, 'Amount Unit is not chosen'],
		[{ ...tiers({ upTo: '', unitAmount: '1' }), amount: '5' }, 'cannot be sent together with'],
		[fields({ customUnitAmount: { value: { minimum: NOTHING } } }), 'Minimum'],
		[fields({ customUnitAmount: { value: { minimum: 'five' } } }), 'Minimum'],
	])('is refused if it is incomplete: %j', async (parameters, words) => {
		expect(await refusalOf('price.create', { ...NEW, ...parameters })).toContain(words);
	});
});

it('a customer starts with a credit, or with a debt', async () => {
	const [sent, made] = await send('customer.create', fields({ balance: -500 }));
	expect([sent.balance, made.balance]).toEqual(['-500', -500]);
	expect(await refusalOf('customer.create', fields({ balance: 1.5 }))).toContain('Balance (Minor Unit)');
});

it('prices are filtered by what they bill, and how', async () => {
	const { success } = await run('price.getMany', {
		returnAll: true,
		filters: { interval: 'month', usageType: 'metered', meter: id('mtr_1') },
	});
	expect(success).toEqual([]);
	expect(fixture.simulator.requests[0]!.params.recurring).toEqual({
		interval: 'month',
		usage_type: 'metered',
		meter: 'mtr_1',
	});
});

describe('custom fields of a payment link', () => {
	const lineItems = {
		row: [{ amount: '5', amountUnit: 'major', currency: 'EUR', productName: 'Shirt', quantity: 1 }],
	};
	const asking = (...row: INodeParameters[]) => ({ lineItems, ...fields({ customFields: { row } }) });
	const size = { key: 'size', fieldLabel: 'T-shirt size' };

	it('are sent as in the rows', async () => {
		const [sent] = await send(
			'paymentLink.create',
			asking(
				{ ...size, type: 'dropdown', dropdownOptions: 'S, M' },
				{ key: 'note', fieldLabel: 'Note', type: 'text', optional: true },
			),
		);
		const [first, second] = ['S', 'M'].map((option) => ({ label: option, value: option }));
		expect(sent.custom_fields).toEqual([
			{
				key: 'size',
				type: 'dropdown',
				optional: 'false',
				label: { type: 'custom', custom: 'T-shirt size' },
				dropdown: { options: [first, second] },
			},
			{ key: 'note', type: 'text', optional: 'true', label: { type: 'custom', custom: 'Note' } },
		]);
	});

	it.each<[string, INodeParameters[]]>([
		['no Choices for "size"', [{ ...size, type: 'dropdown' }]],
		['which is not a dropdown', [{ ...size, type: 'text', dropdownOptions: 'S' }]],
		['other characters', [{ ...size, type: 'dropdown', dropdownOptions: 'very small' }]],
		['Key is empty', [{ fieldLabel: 'Size', type: 'text' }]],
		['no Label for "size"', [{ key: 'size', type: 'text' }]],
		['4 rows', ['a', 'b', 'c', 'd'].map((key) => ({ key, fieldLabel: key, type: 'text' }))],
	])('are refused if Stripe would refuse them: %s', async (message, rows) => {
		expect(await refusalOf('paymentLink.create', asking(...rows))).toContain(message);
	});
});

describe('a discount of a checkout session', () => {
	const session = {
		mode: 'payment',
		successUrl: 'https://example.com',
		customerEmail: '',
		lineItems: {
			row: [{ amount: '5', amountUnit: 'major', currency: 'EUR', productName: 'Shirt', quantity: 1 }],
		},
	};
	const off = (...row: INodeParameters[]) => ({ discounts: { row } });

	it('is a coupon or a promotion code', async () => {
		const coupon = (await fixture.stripe.coupons.create({ percent_off: 10 })).id;
		const [sent] = await send('checkoutSession.create', {
			...session,
			...fields(off({ coupon: id(coupon) })),
		});
		expect(sent.discounts).toEqual([{ coupon }]);
	});

	it.each<[string, INodeParameters]>([
		['more than one discount', fields(off({ coupon: id('a') }, { coupon: id('b') }))],
		[
			'row 1: Coupon cannot be sent together with Discounts, row 1: Promotion Code',
			fields(off({ coupon: id('a'), promotionCode: id('promo_1') })),
		],
		['Allow Promotion Codes', fields({ ...off({ coupon: id('a') }), allowPromotionCodes: true })],
		['nothing is paid', { mode: 'setup', ...fields(off({ coupon: id('a') })) }],
		['Customer', { customer: id('cus_1'), customerEmail: 'ann@example.com' }],
	])('and parameters that cannot be combined with it are refused: %s', async (message, parameters) => {
		expect(await refusalOf('checkoutSession.create', { ...session, ...parameters })).toContain(message);
	});
});

it('a line of an invoice has its own metadata', async () => {
	const customer = (await fixture.stripe.customers.create()).id;
	const invoice = (await fixture.stripe.invoices.create({ customer, currency: 'usd' })).id;
	const [sent] = await send('invoice.addLines', {
		invoice: id(invoice),
		amountUnit: 'minor',
		lines: { row: [{ amount: '5', metadata: { entry: [{ key: 'ticket', value: '7' }] } }] },
	});
	const [line] = sent.lines as ParamMap[];
	expect(line!.metadata).toMatchObject({ ticket: '7' });
});
