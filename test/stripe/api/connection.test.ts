import { connect } from '../../../stripe/api/connection';
import { InvalidCredentialError } from '../../../stripe/api/credentialError';

const HTTPS = 'https://api.stripe.com';
const KEY = 'sk_test_shop';

/** What a credential is refused for. */
function fault(secretKey: string, baseUrl: string): string | undefined {
	try {
		connect({ secretKey, baseUrl });
		return undefined;
	} catch (error) {
		if (!(error instanceof InvalidCredentialError)) throw error;
		return error.fault;
	}
}

describe('a secret key', () => {
	it.each([
		['sk_test_51HxYz', 'test'],
		['sk_live_51HxYz', 'live'],
		['rk_test_51HxYz', 'test'],
		['rk_live_51Hx_Yz', 'live'],
	])('%s is of the %s mode', (secretKey, mode) => {
		expect(connect({ secretKey, baseUrl: HTTPS }).mode).toBe(mode);
	});

	it.each([
		'',
		'sk_',
		'sk_test_',
		'sk_prod_1',
		'pk_test_1',
		'whsec_1',
		'SK_TEST_1',
		'acct_1',
		'Bearer sk_test_1',
		'sk_test_1\n',
		' sk_test_1',
		'sk_test_1 ',
		'sk_test_1\r\nX: y',
		'sk_test_ä',
		'sk_test_1-2',
		'x sk_test_1',
	])('%j is not a secret key', (secretKey) => {
		expect(fault(secretKey, HTTPS)).toBe('secret_key');
	});
});

describe('an address', () => {
	it.each([
		HTTPS,
		`${HTTPS}/`,
		`${HTTPS}:8443`,
		'HTTPS://API.STRIPE.COM',
		'https://10.0.0.1',
		'https://[2001:db8::1]',
		'http://localhost',
		'http://localhost:12111',
		'http://127.0.0.1:1',
		'http://127.9.8.7',
		'http://[::1]:12111',
	])('%s is allowed', (baseUrl) => {
		expect(fault(KEY, baseUrl)).toBeUndefined();
	});

	it.each([
		'',
		'api.stripe.com',
		'garbage',
		'https://',
		'https:',
		'//api.stripe.com',
		'javascript:alert(1)',
		'http://api.stripe.com',
		'http://10.0.0.1',
		'http://0.0.0.0',
		'http://[::2]',
		'http://[::ffff:127.0.0.1]',
		'http://localhost.evil.com',
		'http://127.0.0.1.evil.com',
		'http://evil.com#localhost',
		'http://localhost.',
		'http://localhost%2eevil.com',
		'http://evillocalhost',
		'http://evil-127.0.0.1',
		'http://x[::1]',
		'http://localhost@evil.com',
		'https://localhost@evil.com',
		'https://user:pass@api.stripe.com',
		'ftp://localhost',
		'ws://localhost',
		'file:///etc/passwd',
		'data:text/plain,x',
		`${HTTPS}/v1`,
		`${HTTPS}//`,
		`${HTTPS}/?a=b`,
		`${HTTPS}/#x`,
		'http://localhost/v1',
		'http://localhost:99999',
	])('%s is refused: the key would not be safe there, or never arrive', (baseUrl) => {
		expect(fault(KEY, baseUrl)).toBe('base_url');
	});
});

it('a refusal contains neither the key nor the address, however it is printed', () => {
	const secrets = { secretKey: 'sk_test_topsecret', baseUrl: 'http://user:hunter2@evil.example' };
	for (const credential of [secrets, { ...secrets, secretKey: 'topsecret', baseUrl: HTTPS }]) {
		let shown = '';
		try {
			connect(credential);
		} catch (error) {
			const { message, stack, ...rest } = error as Error;
			shown = `${message} ${stack ?? ''} ${JSON.stringify(rest)} ${String(error)}`;
		}
		expect(shown).toContain('cannot be used');
		expect(shown).not.toMatch(/topsecret|hunter2|evil/);
	}
});

describe('a connection', () => {
	const here = (more: Partial<Parameters<typeof connect>[0]> = {}) =>
		connect({ secretKey: KEY, baseUrl: HTTPS, ...more });

	it('is shared for one credential, however its address is written', () => {
		expect(here()).toBe(here());
		expect(here({ baseUrl: 'HTTPS://API.STRIPE.COM:443/' })).toBe(here());
	});

	it.each([
		['key', { secretKey: 'sk_test_other' }],
		['mode', { secretKey: 'sk_live_shop' }],
		['host', { baseUrl: 'https://stripe.example' }],
		['port', { baseUrl: `${HTTPS}:8443` }],
	])('is separate for another %s', (_what, more) => {
		expect(here(more)).not.toBe(here());
		expect(here(more).stripe).not.toBe(here().stripe);
		expect(here(more).cacheKey).not.toBe(here().cacheKey);
	});

	it('has a cache key that reveals nothing about the credential', () => {
		expect(here().cacheKey).toMatch(/^[0-9a-f]{64}$/);
	});
});
