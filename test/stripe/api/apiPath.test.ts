import { changedObjectsOf, endpointOf } from '../../../stripe/api/apiPath';

it('paths that differ only in the object have the same endpoint', () => {
	for (const [path, endpoint] of [
		['/v1/payment_intents', '/v1/payment_intents'],
		['/v1/payment_intents/pi_1Abc/confirm', '/v1/payment_intents/:id/confirm'],
		['/v1/payment_intents/search?query=x', '/v1/payment_intents/search'],
		['/v1/checkout/sessions/cs_1/expire', '/v1/checkout/sessions/:id/expire'],
		['/v1/coupons/summer', '/v1/coupons/:id'],
		['/v1/customers/cus_1/sources/card_1', '/v1/customers/:id/sources/:id'],
		['/v2/core/accounts/acct_1/close', '/v2/core/accounts/:id/close'],
		['/v1/invoices/create_preview', '/v1/invoices/create_preview'],
		['/v1/account', '/v1/account'],
	] as const)
		expect(endpointOf({ method: 'POST', path })).toBe(`POST ${endpoint}`);
});

it('a request changes the object in its path, and the object that a new object belongs to', () => {
	const changed = (path: string, params: Record<string, unknown> = {}) =>
		changedObjectsOf({ path, params });
	expect(changed('/v1/payment_intents', { customer: 'cus_1', amount: '1' })).toEqual([]);
	expect(changed('/v1/payment_intents/pi_1/capture')).toEqual(['pi_1']);
	expect(changed('/v1/coupons/summer')).toEqual(['summer']);
	expect(changed('/v1/refunds', { payment_intent: 'pi_1' })).toEqual(['pi_1']);
	expect(changed('/v1/invoiceitems', { invoice: 'in_1', subscription: 'sub_1' })).toEqual([
		'in_1',
		'sub_1',
	]);
	expect(changed('/v1/subscriptions/sub_1', { items: { subscription: 'x' } })).toEqual(['sub_1']);
});
