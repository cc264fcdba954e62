/** What `npm run test:stripe` does with the key that it is given. */
export type TestKey = { kind: 'run'; secretKey: string } | { kind: 'skip'; words: string };

const COMMAND = 'STRIPE_SECRET_KEY=sk_test_… npm run test:stripe';

/**
 * The key of a test account from the environment. Money of real people is nothing to try things out with.
 *
 * @throws Error, in words that do not show the key, for a live key, a key of an organization, and whatever is no key
 */
export function testKeyIn({ STRIPE_SECRET_KEY: given }: NodeJS.ProcessEnv): TestKey {
	const key = given?.trim() ?? '';
	if (key === '') return { kind: 'skip', words: `SKIPPED: Stripe itself was not asked. Run: ${COMMAND}` };
	if (/^(?:sk|rk)_live_/.test(key)) throw refusal('a live key: these tests would move real money');
	if (/^(?:sk|rk)_org_/.test(key))
		throw refusal('a key of an organization, which stands for several accounts');
	if (/^(?:sk|rk)_test_\w+$/.test(key)) return { kind: 'run', secretKey: key };
	throw refusal('not a secret key of a Stripe test account');
}

function refusal(what: string): Error {
	return new Error(`STRIPE_SECRET_KEY is ${what}. Nothing was sent. Run: ${COMMAND}`);
}
