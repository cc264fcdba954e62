import { StripeSimulator } from '../../../simulator/simulator';
import { ANY_ORDER, NodeFixture } from '../../fixtures/nodeFixture';

let fixture: NodeFixture;
let stripe: StripeSimulator;
beforeEach(async () => {
	fixture = await NodeFixture.start();
	stripe = await StripeSimulator.start({
		clock: { now: fixture.time.now },
		accounts: { sk_test_one: 'acct_one', sk_test_rolled: 'acct_one', sk_test_two: 'acct_two' },
	});
});
afterEach(async () => {
	await stripe.stop();
	await fixture.stop();
});

const withKey = (secretKey: string) => ({
	credential: { secretKey, baseUrl: stripe.url, accountId: 'acct_one' },
});
const charges = () => ['acct_one', 'acct_two'].map((account) => stripe.ledgerOf(account).charges.length);

async function loseAnswer() {
	stripe.inject({ kind: 'resetAfter' });
	const { retry } = await fixture.run([ANY_ORDER], withKey('sk_test_one'));
	expect(retry[0]?.json.error).toMatchObject({ outcome: 'unknown' });
}

it("an order whose response was lost is not sent with a different account's key under the same Account ID", async () => {
	await loseAnswer();
	const { fix } = await fixture.run([ANY_ORDER], withKey('sk_test_two'));
	expect(fix[0]?.json.error).toMatchObject({ outcome: 'refused' });
	expect(fix[0]?.json.error?.message).toMatch(
		/^\[Item 0\] Account ID in the credential is not the account that the Secret Key belongs to/,
	);
	expect(charges()).toEqual([1, 0]);
	expect(await fixture.entries()).toMatchObject([{ state: 'unknown', sends: 1 }]);
});

it('an order whose response was lost is resent with the rolled key of the same account, with the same idempotency key', async () => {
	await loseAnswer();
	const { success } = await fixture.run([ANY_ORDER], withKey('sk_test_rolled'));
	expect(success[0]?.json.idempotency).toMatchObject({ attempt: 1, sends: 2 });
	expect(charges()).toEqual([1, 0]);
	const keys = stripe.sends().map(({ key }) => key);
	expect(new Set(keys).size).toBe(1);
});

it('what the ledger knows is returned without a request to Stripe', async () => {
	await fixture.run([ANY_ORDER], withKey('sk_test_one'));
	await stripe.stop();
	const { success } = await fixture.run([ANY_ORDER], withKey('sk_test_rolled'));
	expect(success[0]?.json.idempotency).toMatchObject({ replayed: true });
});
