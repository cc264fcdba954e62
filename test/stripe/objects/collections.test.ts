import { parseTarget } from '../../../stripe/objects/collections';

it.each([
	['/v1/checkout/sessions', 'checkout.session', undefined, undefined],
	['/v1/checkout/sessions/cs_1', 'checkout.session', 'cs_1', undefined],
	['/v1/checkout/sessions/cs_1/expire', 'checkout.session', 'cs_1', 'expire'],
	['/v1/customers/cus_1', 'customer', 'cus_1', undefined],
	['/v1/customers/cus_1/balance_transactions', 'customer_balance_transaction', undefined, undefined],
	[
		'/v1/customers/cus_1/balance_transactions/cbtxn_1',
		'customer_balance_transaction',
		'cbtxn_1',
		undefined,
	],
	['/v1/transfers/tr_1/reversals', 'transfer_reversal', undefined, undefined],
	['/v1/invoices/in_1/add_lines', 'invoice', 'in_1', 'add_lines'],
	['/v1/coupons/SUMMER%2025', 'coupon', 'SUMMER 25', undefined],
])('%s is one of %s', (path, kind, id, action) => {
	expect(parseTarget(path)).toMatchObject({ collection: { kind }, ...(id ? { id } : {}) });
	expect([parseTarget(path)?.id, parseTarget(path)?.action]).toEqual([id, action]);
});

it('the action is absent if the path has none', () => {
	expect(parseTarget('/v1/customers/cus_1')).not.toHaveProperty('action');
	expect(parseTarget('/v1/customers')).not.toHaveProperty('id');
});

it.each([
	'/v1/checkout',
	'/v1/customers/cus_1/balance_transactions/cbtxn_1/x',
	'/v1/customers//balance_transactions',
	'/v1/invoices/in_1/unknown',
	'/v1/coupons/%E0%A4%A',
])('%s is not a known collection', (path) => {
	expect(parseTarget(path)).toBeUndefined();
});
