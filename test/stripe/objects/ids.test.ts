import { isStripeId } from '../../../stripe/objects/ids';

it.each(['pi_3MtwBwLkdIwHu7ix28a3tqPa', 'cus_9s6XKzkNRiz8i3', 'evt-1', 'a'.repeat(255)])(
	'"%s" can be an ID of Stripe',
	(text) => {
		expect(isStripeId(text)).toBe(true);
	},
);

it.each([
	...['', ' pi_1', 'pi_1 ', '../pi_1', 'pi_1/capture', 'pi_1?expand=x', 'pi.1', 'pi_1\n'],
	...['a'.repeat(256), 'pi_1_secret_abc', 'sk_test_abc'],
])('"%s" cannot', (text) => {
	expect(isStripeId(text)).toBe(false);
});
