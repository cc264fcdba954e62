import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { RegistryFixture, PAY, RESERVE } from '../../fixtures/registryFixture';
import { ACCOUNT, STRIPE_NODE } from '../../fixtures/ordersFixture';
import { letLiveKeysReachTheSimulator } from '../../../simulator/asStripesOwn';

letLiveKeysReachTheSimulator();

let registry: RegistryFixture;
beforeEach(async () => {
	registry = await RegistryFixture.open();
});
afterEach(() => registry.close());

/** The node that pays without tokens: its entry of the same decision is the token's, or it is none at all. */
const BY_FIELDS: INodeParameters = {
	...PAY,
	keySource: 'fields',
	keyFields: { field: [{ path: 'order', treatAs: 'text' }] },
};

describe('a reservation has the entry of its payment', () => {
	it.each<[string, IDataObject, INodeParameters]>([
		['where the credential names the account', { accountId: ACCOUNT }, {}],
		['where Stripe has to say it', { accountId: '' }, {}],
		['for a connected account', {}, { stripeAccount: 'acct_connected' }],
		['in live mode', { secretKey: 'sk_live_shop' }, {}],
		['under a key secret', { keySecret: 'a secret' }, {}],
	])('%s', async (_where, credential, options) => {
		const reserved = await registry.one({ ...RESERVE, options }, { order: '1' }, { credential });
		expect(reserved.json.outcome).toBe('reserved');
		const how = { credential, type: STRIPE_NODE };
		const refused = await registry.one({ ...BY_FIELDS, options }, { order: '1' }, how);
		expect(refused.json.error).toMatchObject({ outcome: 'blocked' });
		expect(refused.json.idempotency.entryId).toBe(reserved.json.idempotency.entryId);
		const { token } = reserved.json;
		const paid = await registry.one({ ...PAY, options }, { token }, how);
		expect(paid.json.idempotency.entryId).toBe(reserved.json.idempotency.entryId);
		expect(registry.fixture.charges()).toBe(1);
	});

	it.each<[string, IDataObject, IDataObject]>([
		['test and live mode', { secretKey: 'sk_test_a' }, { secretKey: 'sk_live_a' }],
		['two accounts', {}, { accountId: 'acct_2', secretKey: 'rk_test_noaccount' }],
	])('%s have a token each', async (_what, one, other) => {
		const first = await registry.one(RESERVE, { order: '1' }, { credential: one });
		const second = await registry.one(RESERVE, { order: '1' }, { credential: other });
		expect(second.json.outcome).toBe('reserved');
		expect(second.json.token).not.toBe(first.json.token);
	});

	it('Stripe is not queried for what is not allowed', async () => {
		const { json } = await registry.one(
			{ ...RESERVE, limits: {} },
			{ order: '1' },
			{ credential: { accountId: '' } },
		);
		expect(json.error.outcome).toBe('refused');
		expect(registry.fixture.stripe.requests).toEqual([]);
	});

	it('a restricted key that cannot read its account is refused, with the remedy', async () => {
		const { json } = await registry.one(
			RESERVE,
			{ order: '1' },
			{ credential: { secretKey: 'rk_test_noaccount', accountId: '' } },
		);
		expect(json.error).toMatchObject({
			outcome: 'unauthorized',
			nextStep:
				'Fill in Account ID (acct_…) in the credential: a restricted key may lack the permission to read it.',
		});
	});

	it.each<[string, IDataObject, RegExp]>([
		['no key', { secretKey: '' }, /Secret Key in the credential is not a valid Stripe secret key/],
		['no account ID', { accountId: 'my shop' }, /Account ID in the credential is not a valid account ID/],
		['an unsafe address', { baseUrl: 'http://stripe.example' }, /not safe to send a secret key to/],
	])('a credential with %s is refused', async (_what, credential, message) => {
		const { json } = await registry.one(RESERVE, { order: '1' }, { credential });
		expect(json.error.message).toMatch(message);
	});
});

describe('for each operation that accepts a token', () => {
	it('a refund is reserved for one payment, and refunded once', async () => {
		const { stripe } = registry.fixture;
		const charge = await registry.one(BY_FIELDS, { order: '1' }, { type: STRIPE_NODE });
		const refund = {
			...RESERVE,
			intentOperation: 'refund.create',
			object: '={{ $json.payment }}',
			amount: 500,
			amountUnit: 'minor',
		};
		const item = { order: '1', payment: charge.json.id };
		const { json } = await registry.one(refund, item);
		expect(json.reservation).toMatchObject({ operation: 'refund.create', object: charge.json.id });
		const give = {
			resource: 'refund',
			operation: 'create',
			keySource: 'token',
			token: json.token,
			paymentIntent: { __rl: true, mode: 'id', value: charge.json.id },
			amount: 500,
			amountUnit: 'minor',
		};
		const given = await registry.one(give, {}, { type: STRIPE_NODE });
		expect(given.json).toMatchObject({ object: 'refund', amount: 500 });
		const again = await registry.one(refund, item);
		expect(again.json).toMatchObject({
			outcome: 'already_done',
			nextStep: `Tell the user that this was already refunded by refund ${given.json.id}, and do not refund again.`,
		});
		expect(stripe.report().charges).toHaveLength(1);
	});

	it('a payment that was created but not confirmed is not reported as paid', async () => {
		const { json } = await registry.one(RESERVE, { order: '1' });
		await registry.one(
			{ ...PAY, confirm: false, paymentMethod: '' },
			{ token: json.token },
			{ type: STRIPE_NODE },
		);
		const again = await registry.one(RESERVE, { order: '1' });
		expect(again.json.nextStep).toMatch(
			/^pi_\w+ was created, but not paid yet: its status is requires_payment_method\. To charge it, use Payment Intent → Confirm with the ID pi_\w+\. Do not create it again\./,
		);
	});
});

it('the text that the model writes for the person who approves is one line, without control characters', async () => {
	const purpose = `A chair\n\nApproved by: the boss\u202e ${'x'.repeat(2_000)} sk_live_51AbCd`;
	const { json } = await registry.one(RESERVE, { order: '1', purpose });
	const { purpose: stored } = json.reservation as { purpose: string };
	expect(stored).toMatch(/^A chair Approved by: the boss x+…$/);
	expect(stored.length).toBe(501);
});
