import { StripeSimulator } from '../../../simulator/simulator';
import type { RunSetup } from '../../fixtures/nodeFixture';
import { NodeFixture, ANY_ORDER } from '../../fixtures/nodeFixture';
import { letLiveKeysReachTheSimulator } from '../../../simulator/asStripesOwn';

letLiveKeysReachTheSimulator();

let fixture: NodeFixture;
beforeEach(async () => {
	fixture = await NodeFixture.start();
});
afterEach(() => fixture.stop());

const byTime = (treatAs: string): RunSetup => ({
	parameters: {
		keyFields: {
			field: [
				{ path: 'customer', treatAs: 'text' },
				{ path: 'at', treatAs },
			],
		},
	},
});
const chargedAmounts = () => fixture.stripe.report().charges.map(({ amount }) => amount);

it('the key of Create does not clash with Confirm and Capture', async () => {
	const created = await fixture.run([ANY_ORDER], {
		parameters: { confirm: false, additionalFields: { captureMethod: 'manual' } },
	});
	const paymentIntent = { mode: 'id', value: created.success[0]?.json.id as string, __rl: true };
	const confirmed = await fixture.run([ANY_ORDER], {
		parameters: { operation: 'confirm', paymentIntent },
	});
	expect(confirmed.success[0]?.json.status).toBe('requires_capture');
	const captured = await fixture.run([ANY_ORDER], {
		parameters: { operation: 'capture', paymentIntent, amount: '' },
	});
	expect(captured.success[0]?.json.status).toBe('succeeded');
	expect(await fixture.entries()).toHaveLength(3);
	expect(chargedAmounts()).toEqual([1999]);
});

it('test mode, then live mode, same order: separate, both are charged once', async () => {
	for (const secretKey of ['sk_test_one', 'sk_live_one', 'sk_test_one', 'sk_live_one']) {
		await fixture.run([ANY_ORDER], { credential: { secretKey } });
	}
	expect(fixture.stripe.ledgerOf('acct_simulator', 'test').charges).toHaveLength(1);
	expect(fixture.stripe.ledgerOf('acct_simulator', 'live').charges).toHaveLength(1);
	expect(await fixture.entries()).toHaveLength(2);
});

it('two Stripe accounts, one ledger, same order number: both charged once', async () => {
	const stripe = await StripeSimulator.start({
		accounts: { sk_test_one: 'acct_one', sk_test_two: 'acct_two' },
	});
	for (const secretKey of ['sk_test_one', 'sk_test_two', 'sk_test_one', 'sk_test_two']) {
		await fixture.run([ANY_ORDER], { credential: { secretKey, baseUrl: stripe.url } });
	}
	expect([stripe.ledgerOf('acct_one').charges.length, stripe.ledgerOf('acct_two').charges.length]).toEqual([
		1, 1,
	]);
	await stripe.stop();
});

it('two connected accounts, one ledger, same order number: both charged once', async () => {
	for (const stripeAccount of ['acct_shop1', 'acct_shop2', 'acct_shop1', 'acct_shop2']) {
		await fixture.run([ANY_ORDER], { options: { stripeAccount } });
	}
	expect(fixture.stripe.ledgerOf('acct_shop1').charges).toHaveLength(1);
	expect(fixture.stripe.ledgerOf('acct_shop2').charges).toHaveLength(1);
});

it('a restricted key that cannot read its account is refused with the remedy, and works with Account ID', async () => {
	const secretKey = 'rk_test_noaccount';
	const { fix } = await fixture.run([ANY_ORDER], { credential: { secretKey } });
	expect(fix[0]?.json.error?.nextStep).toMatch(/Fill in Account ID/);
	expect(fixture.stripe.sends()).toHaveLength(0);
	const { success } = await fixture.run([ANY_ORDER], {
		credential: { secretKey, accountId: 'acct_simulator' },
	});
	expect(success).toHaveLength(1);
});

it('the secret key is rolled between two runs: same entry', async () => {
	await fixture.run([ANY_ORDER], { credential: { secretKey: 'sk_test_old' } });
	const { success } = await fixture.run([ANY_ORDER], { credential: { secretKey: 'rk_test_new' } });
	expect(success[0]?.json.idempotency).toMatchObject({ replayed: true });
	expect(chargedAmounts()).toEqual([1999]);
});

it.each([
	[19.99, 'eur', '1999'],
	['19.99', 'EUR ', '1999'],
	[0.1 + 0.2, 'usd', '30'],
	['500', 'jpy', '500'],
	['1.230', 'kwd', '1230'],
])('%s %s in major units is sent as %s', async (amount, currency, minor) => {
	await fixture.run([{ order: '1', amount }], {
		parameters: { amountUnit: 'major', currency, confirm: false },
	});
	expect(fixture.stripe.sends()[0]?.params).toMatchObject({
		amount: minor,
		currency: currency.trim().toLowerCase(),
	});
});

it.each([
	[1.005, 'eur'],
	['10,00', 'eur'],
	['1.234', 'kwd'],
	['500.5', 'jpy'],
	[-1, 'eur'],
])('%s %s in major units is refused by name, never rounded', async (amount, currency) => {
	const { fix } = await fixture.run([{ order: '1', amount }], {
		parameters: { amountUnit: 'major', currency },
	});
	expect(fix[0]?.json.error).toMatchObject({ outcome: 'refused' });
	expect(fix[0]?.json.error?.message).toMatch(/^\[Item 0\] Amount is /);
	expect(fixture.stripe.sends()).toHaveLength(0);
});

it('other spellings of the same request are the same request', async () => {
	const spelled = (amount: unknown, currency: string, name: string, entries: string[][]) =>
		fixture.run([{ order: '1', amount: amount as string }], {
			parameters: {
				currency,
				additionalFields: {
					description: name,
					metadata: { entry: entries.map(([key, value]) => ({ key, value })) },
				},
			},
		});
	await spelled(10, 'usd ', 'Caf\u00e9', [
		['a', '1'],
		['b', '2'],
	]);
	for (const amount of ['10', '10.00']) {
		const { success } = await spelled(amount, 'USD', 'Cafe\u0301', [
			['b', '2'],
			['a', '1'],
		]);
		expect(success[0]?.json.idempotency).toMatchObject({ replayed: true, source: 'ledger' });
	}
	expect(fixture.stripe.sends()).toHaveLength(1);
});

it.each([
	['', 'empty'],
	[null, 'empty'],
	['undefined', 'empty'],
	['[object Object]', 'empty'],
	[undefined, 'does not have'],
])('key field %p: that item is refused by name, the others continue', async (order, what) => {
	const { success, fix } = await fixture.run([
		{ order: 'a', amount: 1 },
		{ ...(order === undefined ? {} : { order }), amount: 2 },
		{ order: 'b', amount: 3 },
	]);
	expect(fix.map(({ json }) => json.error)).toMatchObject([
		{
			outcome: 'missing_key',
			message: expect.stringMatching(
				new RegExp(`^\\[Item 1\\] Key Fields names "order", which .*${what}`),
			) as string,
		},
	]);
	expect(success.map(({ json }) => json.amount)).toEqual([1, 3]);
});

it('order number #N/A in two rows: both are refused by name, the row between them continues', async () => {
	const { success, fix } = await fixture.run(
		['#N/A', '1001', '#N/A'].map((order, i) => ({ order, amount: 100 + i })),
	);
	expect(fix.map(({ json, pairedItem }) => [json.error, pairedItem])).toMatchObject(
		[0, 2].map((item) => [
			{
				outcome: 'missing_key',
				message: expect.stringMatching(
					new RegExp(`^\\[Item ${item}\\] Key Fields names "order", .*spreadsheet error`),
				) as string,
				retryable: false,
				nextStep: expect.stringMatching(/\w\.$/) as string,
			},
			{ item },
		]),
	);
	expect(success).toHaveLength(1);
	expect(chargedAmounts()).toEqual([101]);
	expect(await fixture.entries()).toHaveLength(1);
});

it('a column called "Order Number " is found as dragged, and is the same payment once its header is corrected', async () => {
	const byHeader = (path: string): RunSetup => ({
		parameters: { keyFields: { field: [{ path, treatAs: 'text' }] } },
	});
	await fixture.run([{ 'Order Number ': '1001', amount: 5 }], byHeader('["Order Number "]'));
	for (const [header, path] of [
		['Order Number ', 'Order Number'],
		['Order Number', 'Order Number'],
	] as const) {
		const { success } = await fixture.run([{ [header]: '1001', amount: 5 }], byHeader(path));
		expect(success[0]?.json.idempotency).toMatchObject({ replayed: true });
	}
	expect(chargedAmounts()).toEqual([5]);
});

it('a time rounded to the minute, at 10:40:59 and 10:41:00, is one payment', async () => {
	const at = (time: string) => ({ customer: 'c1', at: `2026-11-24T${time}Z`, amount: 1999 });
	await fixture.run([at('10:40:59')], byTime('minute'));
	const { success } = await fixture.run([at('10:41:00')], byTime('minute'));
	expect(success[0]?.json.idempotency).toMatchObject({ replayed: true });
	await fixture.run([at('10:43:00')], byTime('minute'));
	expect(fixture.charges()).toBe(2);
});

it('a time on both sides of a boundary in one batch, and in concurrent runs, is one payment', async () => {
	const at = (time: string) => ({ customer: 'c1', at: `2026-11-24T${time}Z`, amount: 1999 });
	const { success } = await fixture.run(
		[at('10:40:59'), at('10:41:00'), at('10:41:00.5')],
		byTime('minute'),
	);
	expect(success).toHaveLength(3);
	expect(fixture.charges()).toBe(1);
});

it('a legitimate second order of the same goods on the same day is charged', async () => {
	const today = { customer: 'c1', at: '2026-11-24T09:00:00Z', amount: 1999 };
	// With an order number: charged.
	await fixture.run([
		{ ...today, order: 'A' },
		{ ...today, order: 'B' },
	]);
	expect(fixture.charges()).toBe(2);
	// With content-only keys: visible as a duplicate, never dropped.
	await fixture.run([today], byTime('day'));
	const { duplicate } = await fixture.run([{ ...today, at: '2026-11-24T15:00:00Z' }], {
		...byTime('day'),
		options: { duplicates: 'output' },
	});
	expect(duplicate[0]?.json.idempotency).toMatchObject({ replayed: true });
	expect(fixture.charges()).toBe(3);
});

it('an entry with a key secret is separate from one without', async () => {
	await fixture.run([ANY_ORDER], { credential: { keySecret: 'pepper' } });
	const again = await fixture.run([ANY_ORDER], { credential: { keySecret: 'pepper' } });
	expect(again.success[0]?.json.idempotency).toMatchObject({ replayed: true });
	expect(fixture.charges()).toBe(1);
});
