import type { IDataObject } from 'n8n-workflow';

import {
	confirmKeySecret,
	KeySecretChangedError,
	toKeySecretMark,
} from '../../../../ledger/identity/keySecret';
import type { ProcessGuard } from '../../../../ledger/stores/staticData';
import { StaticDataStore } from '../../../../ledger/stores/staticData';
import { CLAIM_ORDER, PAY, RESERVE } from '../../fixtures/registryFixture';
import { describeEveryLedger } from '../../fixtures/everyLedger';
import { STRIPE_NODE } from '../../fixtures/ordersFixture';

const CHARGE = { ...PAY, keySource: 'fields', keyFields: { field: [{ path: 'order', treatAs: 'text' }] } };
const ORDER = { order: '1001' };

let accounts = 0;

describe('a ledger remembers the key secret under which its entries were made', () => {
	describeEveryLedger((registry) => {
		// Static data is shared by all that one process does: each test has an account of its own.
		let account: string;
		beforeEach(() => {
			account = `acct_keySecret${++accounts}`;
		});
		const of = (credential: IDataObject) => ({
			accountId: account,
			secretKey: 'rk_test_noaccount',
			...credential,
		});
		const charged = async (credential: IDataObject, item: IDataObject = ORDER) =>
			(await registry().one(CHARGE, item, { credential: of(credential), type: STRIPE_NODE })).json;
		const charges = () => registry().fixture.charges();

		it.each([
			['none, then one', {}, { keySecret: 'pepper' }],
			['one, then none', { keySecret: 'pepper' }, {}],
			['one, then another', { keySecret: 'pepper' }, { keySecret: 'salt' }],
		])(
			'%s: refused with the remedies, before anything is sent; the old one continues',
			async (_, old, changed) => {
				await charged(old);
				const requests = registry().fixture.stripe.requests.length;
				for (const item of [ORDER, { order: '1002' }]) {
					const { error } = await charged(changed, item);
					expect(error).toMatchObject({ outcome: 'refused', retryable: false });
					expect(error.message).toMatch(/HMAC Secret in the credential differs from/);
					expect(error.nextStep).toMatch(/the earlier secret.*a new ledger/);
					expect(JSON.stringify(error)).not.toMatch(/pepper|salt/);
				}
				expect(registry().fixture.stripe.requests).toHaveLength(requests);
				expect((await charged(old)).idempotency).toMatchObject({ replayed: true });
				expect(charges()).toBe(1);
			},
		);

		it('for a whole batch with a different secret, every item is refused and none is sent', async () => {
			await charged({});
			const how = { credential: of({ keySecret: 'pepper' }), type: STRIPE_NODE };
			const { outputsOf } = await registry().run(CHARGE, [ORDER, { order: '2' }, { order: '3' }], how);
			expect(outputsOf.map(({ length }) => length)).toEqual([0, 3, 0]);
			expect(charges()).toBe(1);
		});

		it('Reserve gives no token with a different secret either', async () => {
			const secret = registry().isPublic ? { keySecret: 'a' } : {};
			const reserved = await registry().one(RESERVE, ORDER, { credential: of(secret) });
			expect(reserved.json.outcome).toBe('reserved');
			const other = await registry().one(
				RESERVE,
				{ order: '2' },
				{ credential: of({ keySecret: 'pepper' }) },
			);
			expect(other.json.error).toMatchObject({ outcome: 'refused' });
			expect(other.json.error.message).toMatch(
				/^\[Item 0\] HMAC Secret in the credential differs from/,
			);
		});

		it('of two processes that start at once with two secrets, one continues and the other is refused', async () => {
			const both = await Promise.all([charged({ keySecret: 'a' }), charged({ keySecret: 'b' })]);
			expect(
				both.filter(
					({ error }) => (error as { outcome?: string } | undefined)?.outcome === 'refused',
				),
			).toHaveLength(1);
			expect(charges()).toBe(1);
		});

		it('two accounts have separate ones, and claims for other APIs have none', async () => {
			await charged({});
			expect((await charged({ accountId: `${account}b`, keySecret: 'pepper' })).status).toBe(
				'succeeded',
			);
			const claimed = await registry().one(CLAIM_ORDER, ORDER, { credential: { keySecret: 'other' } });
			expect(claimed.through).toBe(0);
		});
	});
});

it('static data is a ledger per workflow: a different one of the same process may have a different secret', async () => {
	const guard: ProcessGuard = new Map();
	const [one, other] = ['a', 'b'].map((workflow) => new StaticDataStore({}, workflow, guard));
	const scope = { mode: 'test', account: 'acct_1' } as const;
	await confirmKeySecret(one!, toKeySecretMark(scope, 'pepper'));
	await confirmKeySecret(other!, toKeySecretMark(scope, 'salt'));
	await expect(confirmKeySecret(one!, toKeySecretMark(scope, 'salt'))).rejects.toThrow(
		KeySecretChangedError,
	);
	await expect(confirmKeySecret(other!, toKeySecretMark(scope, undefined))).rejects.toThrow(
		KeySecretChangedError,
	);
});
