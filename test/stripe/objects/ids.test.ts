import { isApiPath, isOwnId, isStripeId } from '../../../stripe/objects/ids';

it.each(['pi_3MtwBwLkdIwHu7ix28a3tqPa', 'cus_9s6XKzkNRiz8i3', 'evt-1', 'a'.repeat(255)])(
	'"%s" can be an ID of Stripe',
	(text) => {
		expect(isStripeId(text)).toBe(true);
	},
);

it.each([
	'',
	' pi_1',
	'pi_1 ',
	'../pi_1',
	'pi_1/capture',
	'pi_1?expand=x',
	'pi.1',
	'pi_1\n',
	'a'.repeat(256),
	'pi_1_secret_abc',
	'sk_test_abc',
])('"%s" cannot be an ID of Stripe', (text) => {
	expect(isStripeId(text)).toBe(false);
});

it.each(['SUMMER 25', '50% off', 'Größe-L', 'a.b', '...x', 'a'.repeat(255)])(
	'"%s" can be a custom ID',
	(text) => {
		expect(isOwnId(text)).toBe(true);
		expect(isApiPath(`/v1/coupons/${encodeURIComponent(text)}`)).toBe(true);
	},
);

it.each(['', '.', '..', '...', 'a/b', 'a\\b', 'a?b', 'a#b', 'a\n', '\ud83d', 'a'.repeat(256), 'sk_test_abc'])(
	'%j cannot be a custom ID',
	(text) => {
		expect(isOwnId(text)).toBe(false);
	},
);

it.each(['/v1/refunds', '/v2/core/accounts', '/v1/customers/cus_1', '/v1/coupons/a.', '/v1/coupons/a%20b'])(
	'%s is a path of the API',
	(path) => {
		expect(isApiPath(path)).toBe(true);
	},
);

it.each([
	'',
	'/',
	'/v1',
	'v1/refunds',
	'/v3/refunds',
	'/v1/',
	'/v1//refunds',
	'/v1/refunds/',
	'/v1/refunds?a=b',
	'/v1/../v1/refunds',
	'/v1/refunds/.',
	'/v1/coupons/%61',
	'/v1/coupons/a%2Fb',
	'/v1/coupons/%E0%A4',
	'/v1/coupons/a b',
	'/v1/payment_intents/pi_1_secret_abc',
])('%j is refused as a path of the API', (path) => {
	expect(isApiPath(path)).toBe(false);
});
