import { simplify } from '../../../../nodes/StripeIdempotent/output/simplify';

describe('a simplified object', () => {
	it('keeps the most important fields, and nothing else', () => {
		expect(simplify({ id: 'cus_1', object: 'customer', email: 'a@example.com', sources: {} })).toEqual({
			id: 'cus_1',
			object: 'customer',
			email: 'a@example.com',
		});
	});

	it('also formats amounts', () => {
		const refund = { id: 're_1', object: 'refund', amount: 1999, currency: 'eur' };
		expect(Object.entries(simplify(refund))).toEqual([
			['id', 're_1'],
			['object', 'refund'],
			['amount', 1999],
			['amount_major', '19.99'],
			['currency', 'eur'],
		]);
		const fee = { object: 'balance_transaction', amount: -500, fee: 0, net: -500, currency: 'jpy' };
		expect(simplify(fee)).toMatchObject({ amount_major: '-500', fee_major: '0', net_major: '-500' });
		expect(simplify({ object: 'price', unit_amount: 12_340, currency: 'kwd' })).toMatchObject({
			unit_amount_major: '12.340',
		});
	});

	it.each([
		['a price with tiers', { object: 'price', unit_amount: null, currency: 'eur' }],
		['a coupon of a percentage', { object: 'coupon', amount_off: null, currency: null }],
		['a credit grant', { object: 'billing.credit_grant', amount: { monetary: {} } }],
	])('formats no amount for %s', (_name, object) => {
		expect(simplify(object)).toEqual(object);
	});

	it('of a quote leaves out rarely used fields', () => {
		const quote = {
			id: 'qt_1',
			object: 'quote',
			status: 'open',
			amount_total: 5,
			currency: 'eur',
			computed: {},
		};
		expect(simplify(quote)).toEqual({
			id: 'qt_1',
			object: 'quote',
			status: 'open',
			currency: 'eur',
			amount_total: 5,
			amount_total_major: '0.05',
		});
	});

	it('of an unknown kind stays whole', () => {
		const object = { id: 'x_1', object: 'new_kind', anything: 1 };
		expect(simplify(object)).toBe(object);
	});

	it.each([
		['paid', true],
		['open', false],
	])('of an invoice that is %s reports it, and names its subscription', (status, paid) => {
		const parent = { type: 'subscription_details', subscription_details: { subscription: 'sub_1' } };
		expect(simplify({ id: 'in_1', object: 'invoice', status, parent, lines: {} })).toEqual({
			id: 'in_1',
			object: 'invoice',
			status,
			paid,
			subscription: 'sub_1',
		});
	});

	it('of an invoice item names its subscription', () => {
		const parent = { type: 'subscription_details', subscription_details: { subscription: 'sub_1' } };
		expect(simplify({ id: 'ii_1', object: 'invoiceitem', parent })).toEqual({
			id: 'ii_1',
			object: 'invoiceitem',
			subscription: 'sub_1',
		});
	});

	it.each([
		['an invoice', { object: 'invoice', status: 'draft', parent: null }, { paid: false }],
		['an invoice item', { object: 'invoiceitem', parent: null }, {}],
	])('of %s without a subscription names none', (_name, object, more) => {
		expect(simplify(object)).toEqual({
			...Object.fromEntries(Object.entries(object).filter(([name]) => name !== 'parent')),
			...more,
		});
	});

	const item = (price: unknown, end: number) => ({ price, quantity: 3, current_period_end: end });

	it.each([
		['an id', 'price_1'],
		['an object', { id: 'price_1' }],
	])(
		'of a subscription with one item names its price, given as %s, and the end of its period',
		(_name, price) => {
			const subscription = {
				id: 'sub_1',
				object: 'subscription',
				items: { data: [item(price, 1_800)] },
			};
			expect(simplify(subscription)).toEqual({
				id: 'sub_1',
				object: 'subscription',
				price: 'price_1',
				quantity: 3,
				current_period_end: 1_800,
			});
		},
	);

	it('of a subscription with several items names no price for all of them', () => {
		const items = { data: [item('price_1', 1_800), item('price_2', 1_800)] };
		expect(simplify({ id: 'sub_1', object: 'subscription', items })).toEqual({
			id: 'sub_1',
			object: 'subscription',
		});
	});
});
