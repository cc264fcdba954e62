import { forbidden, unauthorized } from './errors';
import type { Mode } from './request';

/** The account of every key, unless the simulator is configured otherwise. */
export const DEFAULT_ACCOUNT = 'acct_simulator';

const KEY_SHAPE = /^[sr]k_(test|live)_./;

export interface Caller {
	account: string;
	mode: Mode;
}

/** Returns the account and mode of a secret key. Throws Stripe's 401. */
export function authenticate(
	authorization: string | undefined,
	accounts: Readonly<Record<string, string>> | undefined,
): Caller {
	const key = secretKey(authorization);
	if (key === undefined) {
		throw unauthorized(
			"You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
		);
	}
	if (key.includes('expired'))
		throw unauthorized(`Expired API Key provided: ${masked(key)}`, 'api_key_expired');
	const known = accounts === undefined ? KEY_SHAPE.test(key) : Object.hasOwn(accounts, key);
	if (!known || key.includes('invalid')) throw unauthorized(`Invalid API Key provided: ${masked(key)}`);
	return { account: accounts?.[key] ?? DEFAULT_ACCOUNT, mode: key.includes('_live_') ? 'live' : 'test' };
}

/** Permissions whose name differs from the resource: docs.stripe.com/stripe-apps/reference/permissions. */
const PERMISSION_NAMES: ReadonlyMap<string, string> = new Map(
	Object.entries({
		accounts: 'connected_account',
		account: 'connected_account',
		balance_transactions: 'balance_transaction_source',
		billing_portal: 'customer_portal',
		'billing/meters': 'billing_meter',
		'billing/meter_events': 'billing_meter_event',
		'checkout/sessions': 'checkout_session',
		invoiceitems: 'invoice',
		invoice_payments: 'invoice',
		payment_links: 'payment_links',
		prices: 'plan',
		refunds: 'charge',
		subscription_items: 'subscription',
		subscription_schedules: 'subscription',
		topups: 'top_up',
		webhook_endpoints: 'webhook',
	}),
);

/** A restricted key may list its own permissions: `rk_test_may__charge_write__customer_read`. */
function readPermissions(key: string): readonly string[] | undefined {
	const [, named] = /^rk_(?:test|live)_may__(\w+)$/.exec(key) ?? [];
	return named?.split('__');
}

/**
 * Checked before anything else, so a request for an object that does not exist is refused too. Write includes
 * Read.
 */
export function refuseWithoutPermission(
	authorization: string | undefined,
	{ method, path }: { method: string; path: string },
	permissions: Readonly<Record<string, readonly string[]>> | undefined,
): void {
	const key = secretKey(authorization) ?? '';
	const granted = permissions?.[key] ?? readPermissions(key);
	if (granted === undefined) return;
	const [, , first = '', second = ''] = path.split('/');
	const name =
		PERMISSION_NAMES.get(`${first}/${second}`) ?? PERMISSION_NAMES.get(first) ?? first.replace(/s$/, '');
	const [read, write] = [`${name}_read`, `${name}_write`];
	if (granted.includes(write) || (method === 'GET' && granted.includes(read))) return;
	throw forbidden(
		`The provided key '${masked(key)}' does not have the required permissions for this endpoint on account '${DEFAULT_ACCOUNT}'. Having the 'rak_${method === 'GET' ? read : write}' permission would allow this request to continue.`,
	);
}

/** A restricted key may lack the permission to read its account, or to create endpoints. Throws Stripe's 403. */
export function refuseAccountRead(authorization: string | undefined, method: string, path: string): void {
	const key = secretKey(authorization) ?? '';
	if (!key.startsWith('rk_')) return;
	if (path.startsWith('/v1/webhook_endpoints') && key.includes('nowebhooks')) {
		throw forbidden(
			`The provided key '${masked(key)}' does not have the required permissions for this endpoint. Having the 'rak_webhook_write' permission would allow this request to continue.`,
		);
	}
	if (method !== 'GET' || path !== '/v1/account' || !key.includes('noaccount')) return;
	throw forbidden(
		`The provided key '${masked(key)}' does not have the required permissions for this endpoint. Having the 'rak_accounts_kyc_basic_read' permission would allow this request to continue.`,
	);
}

function secretKey(authorization: string | undefined): string | undefined {
	const [scheme, value] = (authorization ?? '').split(/\s+/, 2);
	if (value === undefined || value === '') return undefined;
	if (scheme?.toLowerCase() === 'bearer') return value;
	if (scheme?.toLowerCase() !== 'basic') return undefined;
	const user = Buffer.from(value, 'base64').toString().split(':')[0];
	return user === '' ? undefined : user;
}

function masked(key: string): string {
	return `${key.slice(0, 8)}****${key.slice(-4)}`;
}
