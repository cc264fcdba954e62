import type { ICredentialTestFunctions, IDataObject } from 'n8n-workflow';

import { StripeIdempotent } from '../../../../nodes/StripeIdempotent/StripeIdempotent.node.ts';
import { treatAsStripe } from '../../../simulator/asStripesOwn';
import { StripeSimulator } from '../../../simulator/simulator';

let simulator: StripeSimulator;
beforeEach(async () => {
	simulator = await StripeSimulator.start();
});
afterEach(async () => {
	jest.restoreAllMocks();
	await simulator.stop();
});

/** What n8n shows when a person saves the credential. */
async function test(data: IDataObject) {
	const { methods, description } = new StripeIdempotent();
	expect(description.credentials![0]!.testedBy).toBe('stripeIdempotentApiTest');
	const credential = { id: '1', name: 'Stripe', type: 'stripeIdempotentApi' };
	return await methods.credentialTest.stripeIdempotentApiTest.call({} as ICredentialTestFunctions, {
		...credential,
		data: { baseUrl: simulator.url, ...data },
	});
}

const OK = { status: 'OK', message: 'Connection successful' };

it.each(['sk_test_shop', 'sk_live_shop', 'rk_live_restricted', ' sk_test_shop '])(
	'the key %p is accepted',
	async (secretKey) => {
		treatAsStripe();
		expect(await test({ secretKey })).toEqual(OK);
		expect(simulator.requests.map(({ method, path }) => [method, path])).toEqual([
			['GET', '/v1/account'],
		]);
	},
);

it('a restricted key that cannot read the account is accepted: Stripe knows it', async () => {
	expect(await test({ secretKey: 'rk_test_noaccount' })).toEqual(OK);
	expect(simulator.requests[0]!.status).toBe(403);
});

it.each(['sk_test_invalid', 'rk_live_invalid', 'sk_test_expired'])(
	'the key %s is refused',
	async (secretKey) => {
		treatAsStripe();
		const { status, message } = await test({ secretKey });
		expect(status).toBe('Error');
		expect(message).toMatch(/^Stripe does not accept the API key: .+\.$/);
		expect(message).not.toContain(secretKey);
	},
);

it.each(['', 'pk_test_123', 'whsec_123', 'secret'])('%p is not a key, and is not sent', async (secretKey) => {
	expect(await test({ secretKey })).toEqual({
		status: 'Error',
		message:
			'Secret Key in the credential is not a valid Stripe secret key. Use the key that begins with sk_live_, sk_test_, rk_live_ or rk_test_, from the Stripe dashboard under API keys.',
	});
	expect(simulator.requests).toEqual([]);
});

it.each(['http://api.stripe.com', 'api.stripe.com', 'https://api.stripe.com/v1'])(
	'no key is sent to %s',
	async (baseUrl) => {
		const { status, message } = await test({ secretKey: 'sk_test_shop', baseUrl });
		expect(status).toBe('Error');
		expect(message).toMatch(
			/^Base URL in the credential is not safe to send a secret key to\. Use https/,
		);
	},
);

it.each(['1032D82eZvKYlo2C', 'my account'])(
	'the Account ID %p is refused now, not at the first payment',
	async (accountId) => {
		const { status, message } = await test({ secretKey: 'sk_test_shop', accountId });
		expect(status).toBe('Error');
		expect(message).toBe('Account ID in the credential is not a valid account ID. It begins with acct_.');
	},
);

it('the Account ID of a different account is refused before it leads to different keys', async () => {
	const { status, message } = await test({ secretKey: 'sk_test_shop', accountId: 'acct_other' });
	expect(status).toBe('Error');
	expect(message).toMatch(/^Account ID is acct_other, but the key belongs to acct_simulator\. /);
	expect(await test({ secretKey: 'sk_test_shop', accountId: 'acct_simulator' })).toEqual(OK);
	// Where Stripe does not say whose key it is, the person knows better.
	expect(await test({ secretKey: 'rk_test_noaccount', accountId: 'acct_other' })).toEqual(OK);
});

it('an address without a server is reported as such', async () => {
	const { url } = simulator;
	await simulator.stop();
	const { status, message } = await test({ secretKey: 'sk_test_shop', baseUrl: url });
	expect(status).toBe('Error');
	expect(message).toMatch(/^Stripe could not be reached.*ECONNREFUSED/);
	simulator = await StripeSimulator.start();
});

describe('a value in a wrong field of the credential is reported now, not at the first payment', () => {
	it.each([
		'sk_test_shop',
		'sk_live_shop',
		'rk_test_shop',
		'rk_live_shop',
		'sk_org_live_1',
		' sk_test_shop ',
		'whsec_abc',
		'pk_live_1',
	])('HMAC Secret %p', async (keySecret) => {
		const { status, message } = await test({ secretKey: 'sk_test_shop', keySecret });
		expect(status).toBe('Error');
		expect(message).toMatch(/^HMAC Secret in the credential is a key or a secret of Stripe\. .*random/);
		expect(message).not.toContain(keySecret.trim());
		expect(simulator.requests).toEqual([]);
	});

	it.each([
		'sk_test_shop',
		'rk_live_shop',
		'https://example.com',
		'whsec_',
		'we_1',
		'whsec_a, sk_test_b',
		'whsec_ä',
	])('Webhook Secret %p', async (webhookSecret) => {
		const { status, message } = await test({ secretKey: 'sk_test_shop', webhookSecret });
		expect(status).toBe('Error');
		expect(message).toMatch(/^Webhook Secret in the credential is not a valid signing secret\. .*whsec_/);
		expect(simulator.requests).toEqual([]);
	});

	it.each(['', 'whsec_abc', 'whsec_a, whsec_b', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw+/='])(
		'but not the Webhook Secret %p',
		async (webhookSecret) => {
			expect(await test({ secretKey: 'sk_test_shop', webhookSecret })).toEqual(OK);
		},
	);
});

it.each(['sk_org_test_123', 'sk_org_live_123', 'sk_org_123'])(
	'the key of an organization, %s, is refused with the alternative, and is not sent',
	async (secretKey) => {
		const { status, message } = await test({ secretKey });
		expect(status).toBe('Error');
		expect(message).toMatch(/^Secret Key in the credential is the key of an organization.* account/);
		expect(message).not.toContain('123');
		expect(simulator.requests).toEqual([]);
	},
);

describe('a live key goes to Stripe and nowhere else', () => {
	it.each([
		'https://stripe.example.com',
		'https://api.stripe.com.example.com',
		'https://api.stripe.com:8443',
	])('not to %s', async (baseUrl) => {
		for (const secretKey of ['sk_live_shop', 'rk_live_shop']) {
			const { status, message } = await test({ secretKey, baseUrl });
			expect(status).toBe('Error');
			expect(message).toMatch(
				/^Base URL in the credential is not Stripe's, and the key is a live one\. /,
			);
		}
	});

	it('not to this machine either, where a test key is allowed', async () => {
		expect((await test({ secretKey: 'sk_live_shop' })).status).toBe('Error');
		expect(simulator.requests).toEqual([]);
		expect(await test({ secretKey: 'sk_test_shop' })).toEqual(OK);
	});
});
