import { simplify } from '../../../../nodes/StripeIdempotent/output/simplify';

describe('a simplified object', () => {
	it('keeps what a person asks for first, and nothing else', () => {
		expect(simplify({ id: 'cus_1', object: 'customer', email: 'a@example.com', sources: {} })).toEqual({
			id: 'cus_1',
			object: 'customer',
			email: 'a@example.com',
		});
	});

	it('of a kind that is not known stays whole', () => {
		const object = { id: 'x_1', object: 'new_kind', anything: 1 };
		expect(simplify(object)).toBe(object);
	});

	it.each([
		['paid', true],
		['open', false],
	])('of an invoice that is %s says so, and names its subscription', (status, paid) => {
		const parent = { type: 'subscription_details', subscription_details: { subscription: 'sub_1' } };
		expect(simplify({ id: 'in_1', object: 'invoice', status, parent, lines: {} })).toEqual({
			id: 'in_1',
			object: 'invoice',
			status,
			paid,
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
