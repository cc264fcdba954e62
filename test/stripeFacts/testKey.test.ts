import { testKeyIn } from './testKey';

it('without a key the tests are skipped, and the command that runs them reports it', () => {
	for (const STRIPE_SECRET_KEY of [undefined, '', ' ']) {
		expect(testKeyIn({ STRIPE_SECRET_KEY })).toEqual({
			kind: 'skip',
			words: 'SKIPPED: Stripe itself was not asked. Run: STRIPE_SECRET_KEY=sk_test_… npm run test:stripe',
		});
	}
});

it.each(['sk_test_51AbCd', 'rk_test_51AbCd'])('%s, the key of a test account, runs them', (secretKey) => {
	expect(testKeyIn({ STRIPE_SECRET_KEY: ` ${secretKey}\n` })).toEqual({ kind: 'run', secretKey });
});

it.each([
	['sk_live_51AbCd', 'a live key'],
	['rk_live_51AbCd', 'a live key'],
	['sk_org_test_51AbCd', 'a key of an organization'],
	['sk_org_live_51AbCd', 'a key of an organization'],
	['pk_test_51AbCd', 'not a secret key'],
	['sk_test_', 'not a secret key'],
	['sk_test_51 sk_live_51', 'not a secret key'],
])('%s is refused as %s, without being revealed', (STRIPE_SECRET_KEY, reason) => {
	const refused = () => testKeyIn({ STRIPE_SECRET_KEY });
	expect(refused).toThrow(`STRIPE_SECRET_KEY is ${reason}`);
	expect(refused).toThrow('Nothing was sent');
	expect(refused).not.toThrow('51AbCd');
});
