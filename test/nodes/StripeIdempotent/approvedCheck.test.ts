import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { runKilledAt } from '../fixtures/killedAt';
import type { NodeRun, RunSetup } from '../fixtures/nodeFixture';
import { NodeFixture, ONE_HOUR_MS } from '../fixtures/nodeFixture';

/** Check Only, a person's approval, then what was approved and nothing else. */

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

const APPROVED = '={{ $json.check }}';
/** A card without money. */
const EMPTY_CARD = 'pm_card_chargeDeclinedInsufficientFunds';

interface CheckedItem extends IDataObject {
	checked: { answer: string; nextStep: string; amount: string | null };
	check: string | null;
}

async function check(items: IDataObject[], { options = {}, ...how }: RunSetup = {}): Promise<CheckedItem[]> {
	const { success } = await fixture.run(items, { ...how, options: { checkOnly: true, ...options } });
	return success.map(({ json }) => json as CheckedItem);
}

const pay = (items: IDataObject[], { options = {}, ...how }: RunSetup = {}) =>
	fixture.run(items, { ...how, options: { approvedCheck: APPROVED, ...options } });
const payAnew = (items: IDataObject[], how: RunSetup = {}) =>
	pay(items, { ...how, options: { afterRejection: 'newAttempt' } });

const words = ({ fix, retry }: NodeRun) =>
	[...fix, ...retry].map(({ json }) => json.error?.message as string);
const sends = () => fixture.stripe.sends().filter(({ key }) => key?.startsWith('n8n_')).length;
const ORDERS = [
	{ order: '1', amount: 1000 },
	{ order: '2', amount: 2000 },
];

describe('an approved request', () => {
	it('is charged once, and a repeat of the run returns it', async () => {
		const checked = await check(ORDERS);
		expect(checked.map(({ check: text }) => text)).toEqual([
			expect.stringMatching(/^check1_/),
			expect.stringMatching(/^check1_/),
		]);
		fixture.time.advance(48 * ONE_HOUR_MS);
		expect((await pay(checked)).success).toHaveLength(2);
		const again = await pay(checked);
		expect(again.success.map(({ json }) => json.idempotency?.replayed)).toEqual([true, true]);
		expect([fixture.charges(), sends()]).toEqual([2, 2]);
	});

	it('is not sent with an API version other than the approved one', async () => {
		const checked = await check(ORDERS, { options: { apiVersion: '2026-10-28.endive' } });
		const run = await pay(checked, { options: { apiVersion: '2026-09-30.endive' } });
		expect(words(run)).toEqual(ORDERS.map(() => expect.stringContaining('the API version') as string));
		expect(sends()).toBe(0);
		expect((await pay(checked, { options: { apiVersion: '2026-10-28.endive' } })).success).toHaveLength(
			2,
		);
	});

	it('that was executed before, or has a twin, leaves as it does without approval', async () => {
		await fixture.run([ORDERS[0]!]);
		const checked = await check([ORDERS[0]!, ORDERS[1]!, ORDERS[1]!]);
		expect(checked.map(({ checked: checkResult }) => checkResult.answer)).toEqual([
			'doneBefore',
			'new',
			'twin',
		]);
		expect((await pay(checked)).success).toHaveLength(3);
		expect(fixture.charges()).toBe(2);
	});

	it.each(['claiming', 'claimed', 'sending', 'answered', 'settling', 'settled', 'leaving'])(
		'is charged once if the worker is killed: %s',
		async (point) => {
			const checked = await check([ORDERS[0]!]);
			await runKilledAt(fixture, point, () => pay(checked));
			expect((await pay(checked)).success).toHaveLength(1);
			expect(fixture.charges()).toBe(1);
		},
	);

	it('is repeated with the same key if the response was lost, or Stripe executed nothing', async () => {
		const [first, second] = await check(ORDERS);
		fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'POST' } });
		expect((await pay([first!])).retry).toHaveLength(1);
		fixture.stripe.inject({ kind: 'rateLimit429', match: { method: 'POST' } });
		expect((await pay([second!])).retry).toHaveLength(1);
		const { success } = await pay([first!, second!]);
		expect(success.map(({ json }) => json.idempotency?.attempt)).toEqual([1, 1]);
		expect(fixture.charges()).toBe(2);
	});

	it('continues as a new attempt if Stripe has stored an error and executed nothing', async () => {
		const checked = await check([ORDERS[0]!]);
		fixture.stripe.inject({ kind: 'error500Before', match: { method: 'POST' } });
		await pay(checked);
		await pay(checked);
		fixture.time.advance(96 * ONE_HOUR_MS);
		const { success } = await pay(checked);
		expect(success[0]?.json.idempotency).toMatchObject({ attempt: 2 });
		expect(fixture.charges()).toBe(1);
	});

	it('that was declined is not tried again by its check: a person approves the next attempt', async () => {
		const parameters = { paymentMethod: '={{ $json.card }}' };
		const order = { ...ORDERS[0]!, card: EMPTY_CARD };
		const how = { parameters, options: { afterRejection: 'newAttempt' } };
		const first = await check([order], how);
		expect(words(await payAnew(first, { parameters }))).toEqual([expect.stringMatching(/insufficient/)]);
		expect(words(await payAnew(first, { parameters }))).toEqual([expect.stringMatching(/insufficient/)]);
		expect(sends()).toBe(1);
		const second = await check([order], how);
		expect(second[0]?.check).not.toBe(first[0]?.check);
		await payAnew(second, { parameters });
		expect(sends()).toBe(2);
		expect(words(await payAnew(first, { parameters }))).toEqual([
			expect.stringContaining('a different run has processed it since the check'),
		]);
		expect(sends()).toBe(2);
	});

	it('whose entry is unknown states that approval sends the same key again', async () => {
		fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'POST' } });
		await fixture.run([ORDERS[0]!]);
		const checked = await check([ORDERS[0]!]);
		expect(checked[0]?.checked.answer).toBe('unknown');
		expect((await pay(checked)).success).toHaveLength(1);
		expect(fixture.charges()).toBe(1);
	});
});

describe('a request that was not approved is not sent', () => {
	interface Change {
		/** What becomes of the checked item. */
		item?: (item: CheckedItem, other: CheckedItem) => IDataObject;
		parameters?: INodeParameters;
		credential?: IDataObject;
		says: string | RegExp;
	}
	const CHANGES: Record<string, Change> = {
		'another amount': {
			item: (item) => ({ ...item, amount: 1001 }),
			says: 'the amount has changed, it is now 10.01 EUR',
		},
		'another currency': { parameters: { currency: 'usd' }, says: 'it is now 10.00 USD' },
		'another card': {
			parameters: { paymentMethod: 'pm_card_mastercard' },
			says: 'its fields, or the API version, have changed since the check',
		},
		'another order': { item: (item) => ({ ...item, order: '9' }), says: 'for a different item' },
		"another item's check": {
			item: (item, other) => ({ ...item, check: other.check }),
			says: 'for a different item',
		},
		'another account': {
			credential: { accountId: 'acct_other', secretKey: 'rk_test_noaccount' },
			says: 'for a different account or mode',
		},
		'live instead of test mode': {
			credential: { secretKey: 'sk_live_operations', accountId: 'acct_simulator' },
			says: /different account or mode|live/,
		},
		'no check': { item: ({ check: _check, ...item }) => item, says: 'has no value in this item' },
		'a check that is null': {
			item: (item) => ({ ...item, check: null }),
			says: 'has no value in this item',
		},
		'a blank check': { item: (item) => ({ ...item, check: ' \n' }), says: 'has no value in this item' },
		'a cut check': {
			item: (item) => ({ ...item, check: item.check!.slice(0, -1) }),
			says: 'is not a check that Check Only returned, or not all of it',
		},
		'an altered check': {
			item: (item) => ({
				...item,
				check: `${item.check!.slice(0, -2)}${item.check!.endsWith('AA') ? 'BB' : 'AA'}`,
			}),
			says: 'the check was altered',
		},
		'a check of another moment': {
			item: (item) => ({ ...item, check: item.check!.replace(/_[0-9a-z]+_/, '_t00000_') }),
			says: 'the check was altered',
		},
		'a list of checks': {
			item: (item) => ({ ...item, check: [item.check!] }),
			says: 'is not a check that Check Only returned',
		},
	};

	it.each(Object.entries(CHANGES))('%s', async (_name, { item = (one) => one, says, ...how }) => {
		const [first, other] = await check(ORDERS);
		const run = await pay([item(first!, other!)], how);
		expect(run.fix).toHaveLength(1);
		expect(words(run)[0]).toMatch(says);
		expect(sends()).toBe(0);
		expect((await pay([first!, other!])).success).toHaveLength(2);
	});

	it.each([['={{ $json.chek }}'], [''], ['={{ $fromAI("check") }}']])(
		'if Approved Check contains "%s"',
		async (written) => {
			const checked = await check(ORDERS);
			const { fix } = await pay(checked, { options: { approvedCheck: written } });
			expect(fix).toHaveLength(2);
			expect(sends()).toBe(0);
		},
	);

	it.each<[string, IDataObject, RunSetup]>([
		['a conflict', { order: '1', amount: 5 }, {}],
		['the second of a pair with one key', { order: '3', amount: 5 }, {}],
		[
			'refused by a limit',
			{ order: '4', amount: 900_000 },
			{ options: { chargeAtMostPerItem: '100 EUR' } },
		],
	])('%s, whose check approves nothing', async (_what, item, how) => {
		await fixture.run([ORDERS[0]!]);
		const before = sends();
		const checked = (await check([{ order: '3', amount: 6 }, item], how)).at(-1)!;
		expect(checked.checked.answer).toMatch(/conflict|twin|refused/);
		const run = await pay([checked]);
		expect(run.fix).toHaveLength(1);
		expect(sends()).toBe(before);
	});

	it('that was executed, with a ledger that has deleted it', async () => {
		await fixture.run([ORDERS[0]!]);
		const checked = await check([ORDERS[0]!]);
		const parameters = { ledgerFile: `${fixture.folder}/other.sqlite` };
		expect(words(await pay(checked, { parameters }))).toEqual([
			expect.stringContaining('when it was checked, a run would not have sent it'),
		]);
		expect(fixture.charges()).toBe(1);
	});

	it('that another run has started in between, whatever its outcome', async () => {
		const checked = await check(ORDERS);
		fixture.stripe.inject({ kind: 'resetAfter', match: { method: 'POST' } });
		await fixture.run([ORDERS[0]!]);
		expect(words(await pay([checked[0]!]))).toEqual([
			expect.stringContaining('a different run has processed it'),
		]);
		expect(sends()).toBe(1);
	});

	it('without the ledger, although the node may rely on Stripe', async () => {
		const checked = await check([ORDERS[0]!]);
		const run = await pay(checked, {
			parameters: { ledgerFile: '/proc/none/ledger.sqlite' },
			options: { ledgerUnavailable: 'relyOnStripe' },
		});
		expect(run.retry).toHaveLength(1);
		expect(sends()).toBe(0);
	});

	it('under a different HMAC secret', async () => {
		const checked = await check([ORDERS[0]!], { credential: { keySecret: 'first secret of the shop' } });
		const run = await pay(checked, { credential: { keySecret: 'other secret of the shop' } });
		expect(run.fix).toHaveLength(1);
		expect(sends()).toBe(0);
	});
});

it('Check Only with an approved check reports whether it is still valid', async () => {
	const checked = await check(ORDERS);
	const changed = [checked[0]!, { ...checked[1]!, amount: 1 }];
	const checkResult = await check(changed, { options: { approvedCheck: APPROVED } });
	expect(checkResult.map(({ checked: { answer } }) => answer)).toEqual(['new', 'refused']);
});
