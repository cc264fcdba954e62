import {
	describePermission,
	findPermission,
	PERMISSIONS,
	readNamedPermissions,
} from '../../../stripe/api/permissions';
import { COLLECTIONS } from '../../../stripe/objects/collectionTable';

/** What no permission of ours is known to open. */
const WITHOUT = ['/v1/billing/credit_grants'];

it.each(Object.keys(COLLECTIONS))('a request to %s needs a permission', (collection) => {
	const path = collection.replace(':id', 'x_1');
	expect(findPermission({ method: 'GET', path }) === undefined).toBe(WITHOUT.includes(collection));
});

it.each([
	['GET', '/v1/refunds?limit=1', 'Charges and refunds: Read'],
	['POST', '/v1/refunds', 'Charges and refunds: Write'],
	['POST', '/v1/payment_intents/pi_1/cancel', 'Payment intents: Write'],
	['DELETE', '/v1/subscriptions/sub_1?prorate=true', 'Subscriptions: Write'],
	['POST', '/v1/subscription_schedules', 'Subscriptions: Write'],
	['GET', '/v1/customers/cus_1/payment_methods', 'Payment methods: Read'],
	['GET', '/v1/customers/cus_1/balance_transactions', 'Customers: Read'],
	['GET', '/v1/account', 'Connected accounts: Read'],
	['GET', '/v1/prices/search', 'Prices: Read'],
	['POST', '/v1/billing/meter_events', 'Meter events: Write'],
] as const)('%s %s needs %s', (method, path, label) => {
	expect(describePermission(findPermission({ method, path })!)).toBe(label);
});

it('a path that only shares a prefix needs another permission', () => {
	expect(findPermission({ method: 'GET', path: '/v1/balance_transactions/txn_1' })?.name).toBe(
		'balance_transaction_source',
	);
	expect(findPermission({ method: 'GET', path: '/v1/anything' })).toBeUndefined();
});

it('no path belongs to two permissions', () => {
	const paths = Object.values(PERMISSIONS).flatMap((of) => [...of.paths]);
	expect(new Set(paths).size).toBe(paths.length);
});

describe('a permission error from Stripe', () => {
	it('names the permission, or several that suffice', () => {
		expect(
			readNamedPermissions(
				"The provided key 'rk_test_***1234' does not have the required permissions for this endpoint on account 'acct_1'. Having the 'rak_charge_write' permission would allow this request to continue.",
			),
		).toEqual(['Charges and refunds: Write']);
		expect(
			readNamedPermissions(
				"Having the 'rak_confirmation_token_client_read', 'rak_setup_intent_read' permissions would allow this request to continue.",
			),
		).toEqual(['confirmation_token_client: Read', 'Setup intents: Read']);
	});

	it.each([undefined, '', "The provided key 'rk_live_x' is not enough"])(
		'may name no permission: %p',
		(message) => {
			expect(readNamedPermissions(message)).toEqual([]);
		},
	);
});
