import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { OrdersOutputItem, OrdersRun } from '../fixtures/ordersFixture';
import { CHARGE, withCustomKey, toLocator, SECRET_KEY, OrdersFixture } from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(() => fixture.close());

/** Words that frighten and do not help (n8n's UX guidelines). */
const FRIGHTENING = /\b(error|problem|failure|failed|invalid)\b/i;

function expectHelpful({ error }: OrdersOutputItem, label: string, position = 1): void {
	expect(error.message.startsWith(`[Item ${position}] ${label}`)).toBe(true);
	expect(error.nextStep).toMatch(/\w{3}.*\.$/);
	expect(`${error.message} ${error.nextStep}`).not.toMatch(FRIGHTENING);
}

function expectNoSecret(result: OrdersRun): void {
	const message = JSON.stringify([result.items, result.hints('Node'), result.error]);
	expect(message).not.toContain(SECRET_KEY);
	expect(message).not.toMatch(/sk_(test|live)_\w/);
}

/** Items with values that cannot be used, between two that can: each is refused, by name, and the two are done. */
async function refusedAll(
	parameters: INodeParameters,
	good: unknown,
	bad: readonly unknown[],
): Promise<OrdersOutputItem[]> {
	const values = [good, ...bad, good];
	const items = values.map((value, n) => ({ order: `order ${n}`, value })) as IDataObject[];
	const result = await fixture.run({ ...CHARGE, ...parameters }, items);

	expect(result.error).toBeUndefined();
	expect(result.success.map(({ idempotency }) => idempotency.state)).toEqual(['succeeded', 'succeeded']);
	const [done, fixed] = result.items.map((output) => output.map(({ pairedItem }) => pairedItem));
	expect(done).toEqual([{ item: 0 }, { item: bad.length + 1 }]);
	expect(fixed).toEqual(bad.map((_value, n) => ({ item: n + 1 })));
	expect(fixture.simulator.sends()).toHaveLength(2);
	expect(result.retry).toEqual([]);
	expect(result.fix.map(({ input }) => input)).toEqual(items.slice(1, -1));
	for (const { error, idempotency } of result.fix) {
		expect(error).toMatchObject({ statusCode: null, requestId: null, retryable: false });
		expect(idempotency).toMatchObject({ key: null, sends: 0, replayed: false, source: null });
	}
	expectNoSecret(result);
	return result.fix;
}

async function refused(parameters: INodeParameters, good: unknown, bad: unknown): Promise<OrdersOutputItem> {
	const [outputItem] = await refusedAll(parameters, good, [bad]);
	return outputItem!;
}

type Row = [bad: unknown, words: string];

/** Each of the values is refused by the label of the parameter, in words about it. */
async function expectRefused(
	label: string,
	parameters: INodeParameters,
	good: unknown,
	rows: readonly Row[],
): Promise<void> {
	const left = await refusedAll(
		parameters,
		good,
		rows.map(([bad]) => bad),
	);
	for (const [n, [, words]] of rows.entries()) {
		expectHelpful(left[n]!, label, n + 1);
		expect(left[n]!.error.outcome).toBe('refused');
		expect(left[n]!.error.message).toContain(words);
	}
}

const VALUE = '={{ $json.value }}';
const MAJOR = { amount: VALUE, amountUnit: 'major' };

const FINDS_NOTHING = 'is an expression that returned no value in this item';

describe('an amount', () => {
	it('in minor units that is invalid is refused by its label', async () => {
		await expectRefused('Amount', { amount: VALUE }, 1999, [
			['abc', 'is "abc", which is not a plain number'],
			['10,00', 'is "10,00", which is not a plain number'],
			['1 000', 'is "1 000", which is not a plain number'],
			['1e3', 'is "1e3", which is not a plain number'],
			['€ 10', 'is "€ 10", which is not a plain number'],
			[true, 'is "true", which is not a plain number'],
			[[1999], 'is a list'],
			[{ value: 1999 }, 'is an object'],
			['', FINDS_NOTHING],
			['  ', FINDS_NOTHING],
			[null, FINDS_NOTHING],
			[undefined, FINDS_NOTHING],
			[0, 'is 0, which is not above zero'],
			[-5, 'is -5, which is not above zero'],
			[19.99, 'is 19.99, but minor units have no decimals'],
			['500.000', 'is "500.000", whose point could separate thousands or decimals'],
		]);
	});

	it('in major units that is invalid is refused by its label', async () => {
		await expectRefused('Amount', MAJOR, '19.99', [
			['1.005', 'is "1.005", whose point could separate thousands or decimals'],
			[1.005, 'is 1.005, but this currency has 2 decimals'],
			['1,000.00', 'is "1,000.00", which is not a plain number'],
			['0.00', 'is 0.00, which is not above zero'],
			['1.200', 'is "1.200", whose point could separate thousands or decimals'],
			['2.000', 'is "2.000", whose point could separate thousands or decimals'],
			['NaN', 'is "NaN", which is not a value'],
		]);
	});

	it('with more digits than any amount has is refused at once, with a short message', async () => {
		for (const digits of ['9'.repeat(200_000), `1.${'0'.repeat(80_000)}1`, `0.${'0'.repeat(200_000)}1`]) {
			const outputItem = await refused(MAJOR, '19.99', digits);
			expect(outputItem.error.message.length).toBeLessThan(300);
		}
	});

	it('of 1.200 in a currency of three decimals is accepted', async () => {
		await fixture.run({ ...CHARGE, ...MAJOR, currency: 'KWD' }, [{ order: '1', value: '1.200' }]);
		expect(fixture.simulator.sends()[0]!.params.amount).toBe('1200');
	});

	it.each([
		['JPY', '500.5', 'but this currency has no decimals'],
		['KWD', '1.2345', 'but this currency has 3 decimals'],
		['KWD', '1.234', 'steps of 10'],
		['JPY', '1.200', 'thousands or decimals'],
	])('in %s of %s', async (currency, bad, words) => {
		const outputItem = await refused({ ...MAJOR, currency }, '500', bad);
		expectHelpful(outputItem, 'Amount');
		expect(outputItem.error.message).toContain(words);
	});
});

/** Parameters with their label, a value that can be used, and values that cannot. */
const PARAMETERS: [label: string, parameters: INodeParameters, good: unknown, bad: Row[]][] = [
	[
		'Currency',
		{ currency: VALUE },
		' usd ',
		[
			['EURO', 'is "EURO", which is not a currency code'],
			['€', 'is "€", which is not a currency code'],
			['', FINDS_NOTHING],
			[undefined, FINDS_NOTHING],
			[978, 'is "978", which is not a currency code'],
		],
	],
	['Amount Unit', { ...MAJOR, amountUnit: VALUE, amount: 500 }, 'minor', [['Major', 'is "Major"']]],
	[
		'Confirm',
		{ confirm: VALUE },
		true,
		[
			['yes', 'is neither on nor off'],
			[undefined, FINDS_NOTHING],
		],
	],
	[
		'Other Parameters (JSON)',
		{ additionalFields: { otherParameters: VALUE } },
		'{"description": "x"}',
		[
			['{"description": }', 'is not valid JSON'],
			['[1]', 'is not a valid JSON object'],
			['"text"', 'is not a valid JSON object'],
		],
	],
	[
		'Metadata',
		{ additionalFields: { metadata: { entry: [{ key: VALUE, value: 'x' }] } } },
		'order',
		[['', 'has an entry without a key']],
	],
	[
		'Stripe Account',
		{ options: { stripeAccount: VALUE } },
		'acct_branch',
		[
			['branch', 'is "branch"'],
			[17, 'is "17"'],
		],
	],
	[
		'Concurrency',
		{ options: { concurrency: VALUE } },
		3,
		[
			[0, 'is 0'],
			[2.5, 'is 2.5'],
			[1000, 'is 1000'],
			['many', 'is "many"'],
			[true, 'is true'],
		],
	],
	['Max Retries', { options: { maxRetries: VALUE } }, 0, [[-1, 'is -1']]],
	['Timeout (Seconds)', { options: { timeoutSeconds: VALUE } }, 10, [[0, 'is 0']]],
	['Retention (Days)', { options: { retentionDays: VALUE } }, 30, [[1, 'is 1']]],
	['Wait for Busy (Seconds)', { options: { waitForBusySeconds: VALUE } }, 0, [[9999, 'is 9999']]],
	['After Rejection', { options: { afterRejection: VALUE } }, 'automatic', [['again', 'is "again"']]],
	[
		'If Ledger Is Unavailable',
		{ options: { ledgerUnavailable: VALUE } },
		'stop',
		[['go on', 'is "go on"']],
	],
	['Ledger', { ledger: VALUE }, 'staticData', [['paper', 'is "paper"']]],
];

it.each(PARAMETERS)('%s that cannot be used is refused by its label', expectRefused);

describe('a parameter that is an expression', () => {
	it.each([undefined, null, '', ' '])(
		'that returns %p for the ledger does not fall back to a different ledger',
		async (bad) => {
			const outputItem = await refused({ ledgerFile: VALUE }, fixture.ledgerFile, bad);
			expectHelpful(outputItem, 'Ledger File is an expression that returned no value');
		},
	);

	it.each([undefined, null, '', ' '])(
		"that returns %p for the connected account does not move the platform's own money",
		async (bad) => {
			const outputItem = await refused({ options: { stripeAccount: VALUE } }, 'acct_branch', bad);
			expectHelpful(outputItem, 'Stripe Account is an expression that returned no value');
		},
	);

	it('that n8n cannot evaluate in the options of the first item does not lose the outcome of the others', async () => {
		const stripeAccount = "={{ $itemIndex === 0 ? $('Nowhere').item.json.account : 'acct_branch' }}";
		const result = await fixture.run({ ...CHARGE, options: { stripeAccount } }, [
			{ order: 1 },
			{ order: 2 },
		]);
		expect(result.error).toBeUndefined();
		expectHelpful(result.fix[0]!, 'An expression in "options" cannot be evaluated: ', 0);
		expect(result.success).toHaveLength(1);
	});

	it('that n8n cannot evaluate fails only its item', async () => {
		const amount = "={{ $json.value === 'bad' ? $('Nowhere').item.json.amount : 1999 }}";
		const outputItem = await refused({ amount }, 'good', 'bad');
		expectHelpful(outputItem, 'An expression in "amount" cannot be evaluated: ');
	});
});

describe('a customer', () => {
	it('that is not valid is refused by its label', async () => {
		const { id } = await fixture.stripe.customers.create();
		fixture.forgetRequests();
		await expectRefused('Customer', { customer: toLocator('id', VALUE) }, id, [
			['cus_1/../../v2', 'is not a valid Stripe ID'],
			['Ada Lovelace', 'is not a valid Stripe ID'],
			[{ id: 'cus_1' }, 'is an object'],
			[undefined, FINDS_NOTHING],
			[null, FINDS_NOTHING],
			['', FINDS_NOTHING],
		]);
	});
});

describe('an address that is not a page of the object', () => {
	it.each([
		'https://dashboard.stripe.com/payments/pi_123',
		'https://example.com/customers/cus_123',
		'not an address',
	])('%s', async (url) => {
		const ada = await fixture.stripe.customers.create();
		fixture.forgetRequests();
		const customer = toLocator('url', VALUE);
		const page = `https://dashboard.stripe.com/customers/${ada.id}`;
		expectHelpful(await refused({ customer }, page, url), 'Customer is not the address');
	});

	it.each([0, -1, 2.5, 'all'])('a limit of %p is refused', async (limit) => {
		const many = { resource: 'charge', operation: 'getMany', limit: `={{ ${JSON.stringify(limit)} }}` };
		const { fix } = await fixture.run(many, [{}]);
		expectHelpful(fix[0]!, `Limit is "${limit}"`, 0);
		expect(fixture.simulator.requests).toEqual([]);
	});

	it('is refused in a filter too', async () => {
		const filters = { customer: toLocator('url', 'https://example.com/cus_1') };
		const many = { resource: 'charge', operation: 'getMany', filters };
		const { fix } = await fixture.run(many, [{}]);
		expectHelpful(fix[0]!, 'Customer is not the address', 0);
		expect(fixture.simulator.requests).toEqual([]);
	});
});

describe('an amount to refund', () => {
	it('is refused before the currency is requested', async () => {
		const refund = { resource: 'refund', operation: 'create', paymentIntent: toLocator('id', 'pi_1') };
		const { fix } = await fixture.run(
			{ ...refund, ...withCustomKey('r1'), amount: 'all', amountUnit: 'major' },
			[{}],
		);
		expectHelpful(fix[0]!, 'Amount is "all"', 0);
		expect(fixture.simulator.requests).toEqual([]);
	});

	it('needs to know what is refunded', async () => {
		const either = { paymentIntent: toLocator('id', 'pi_1'), charge: toLocator('id', 'ch_1') };
		const refund = { resource: 'refund', operation: 'create', ...either, ...withCustomKey('r1') };
		const { fix } = await fixture.run({ ...refund, refundOf: '={{ "payment" }}' }, [{}]);
		expectHelpful(fix[0]!, 'Refund Of is "payment"', 0);
	});
});

describe('a custom API call', () => {
	const call = { resource: 'customApiCall', operation: 'request', method: 'POST', body: '{"name": "x"}' };

	it('to an invalid path of the API is refused by its label', async () => {
		const paths = [
			'/v2/core/accounts',
			'v1/products',
			'/v1',
			'/v1/',
			'/',
			'products',
			'/V1/products',
			'/v1/../v2/core',
			'/v1/products/../../v2',
			'/v1/./products',
			'/v1//products',
			'//evil.example/v1',
			'https://evil.example/v1/products',
			'https://api.stripe.com/v1/products',
			'/v1/products?limit=3',
			'/v1/products#x',
			'/v1/%2e%2e/v2',
			'/v1/products%2F..',
			'/v1/a\\..\\b',
			'/v1/pro ducts',
			'/v1/{id}',
			'/v1/prod:1',
			'/v1/@evil.example',
		];
		const left = await refusedAll({ ...call, path: VALUE }, '/v1/products', paths);
		for (const [n, outputItem] of left.entries()) {
			expectHelpful(outputItem, 'Path', n + 1);
			expect(outputItem.error.nextStep).toContain('/v1/');
		}
	});

	it('with an invalid body is refused by its label', async () => {
		const parameters = { ...call, path: '/v1/products', body: VALUE };
		await expectRefused('Body (JSON)', parameters, '{"name": "x"}', [
			['{"name": }', 'is not valid JSON'],
			['{name: 1}', 'is not valid JSON'],
			['[]', 'is not a valid JSON object'],
			['7', 'is not a valid JSON object'],
			[[1, 2], 'is not a valid JSON object'],
		]);
	});

	it.each(['{"metadata[order]": 1}', '{"items": [{"[price]": 1}]}', '{"a.b": 1}', '{"": 1}'])(
		'with the body %p, whose names are ambiguous, is refused',
		async (body) => {
			const outputItem = await refused(
				{ ...call, path: '/v1/products', body: VALUE },
				'{"name": "x"}',
				body,
			);
			expectHelpful(outputItem, 'A parameter is called "');
		},
	);

	it.each(['{"__proto__": {"admin": true}}', '{"metadata": {"a": [{"__proto__": 1}]}}'])(
		'with the body %s',
		async (body) => {
			const outputItem = await refused(
				{ ...call, path: '/v1/products', body: VALUE },
				'{"name": "x"}',
				body,
			);
			expectHelpful(outputItem, '"__proto__" cannot be sent as a parameter');
			expect({}).not.toHaveProperty('admin');
		},
	);
});

describe('a key', () => {
	const field = (path: string, treatAs = 'text') => ({ keyFields: { field: [{ path, treatAs }] } });

	it.each<[bad: unknown, words: string]>([
		[undefined, 'names "value", which this item does not have'],
		[null, 'names "value", which is empty in this item'],
		['', 'names "value", which is empty in this item'],
		['   ', 'names "value", which is empty in this item'],
		['undefined', 'names "value", which is empty in this item'],
		['null', 'names "value", which is empty in this item'],
		['NaN', 'names "value", which is empty in this item'],
		['[object Object]', 'names "value", which is empty in this item'],
		['Invalid Date', 'names "value", which is empty in this item'],
		[{ number: 1 }, 'names "value", which holds several values'],
		[[1], 'names "value", which holds several values'],
		[2 ** 60, 'names "value", a number with too many digits to be exact'],
	])('is not built from %p', async (bad, words) => {
		const items = [{ value: 'a' }, { value: bad }, { value: 'b' }] as IDataObject[];
		const result = await fixture.run({ ...CHARGE, ...field('value') }, items);
		expect(result.error).toBeUndefined();
		expect(fixture.charges()).toBe(2);
		expect(result.success).toHaveLength(2);
		const [outputItem] = result.fix;
		expectHelpful(outputItem!, 'Key Fields');
		expect(outputItem!.error.outcome).toBe('missing_key');
		expect(outputItem!.error.message).toContain(words);
	});

	it.each([
		['number', 'ten', 'which is not a plain number'],
		['minute', 'yesterday', 'which is not a date or time'],
		['hour', '24.11.2026', 'day and month are ambiguous'],
		['day', 46205, 'which is a plain number, as a spreadsheet writes a date'],
		['day', true, 'which is not a date or time'],
	])('treated as %s is not built from %p', async (treatAs, bad, words) => {
		const { fix } = await fixture.run({ ...CHARGE, ...field('value', treatAs) }, [{ value: bad }]);
		expectHelpful(fix[0]!, 'Key Fields names "value"', 0);
		expect(fix[0]!.error).toMatchObject({ outcome: 'missing_key' });
		expect(fix[0]!.error.message).toContain(words);
		expect(fixture.charges()).toBe(0);
	});

	it.each<[string, INodeParameters, string]>([
		['no row', { keyFields: { field: [] } }, 'Key Fields has no field'],
		['nothing chosen', { keyFields: {} }, 'Key Fields has no field'],
		['an empty row', field(''), 'Key Fields has a field without a name'],
		[
			'one good and one empty row',
			{ keyFields: { field: [{ path: 'order' }, { path: ' ' }] } },
			'Key Fields',
		],
		['the value in place of the name', field('={{ $json.order }}'), 'Key Fields names "1001"'],
		['a number in place of the name', field('={{ $json.n }}'), 'Key Fields names "7"'],
		['an unknown treatment', field('order', '={{ "Text" }}'), 'Key Fields treats "order" as "Text"'],
		['a field of every object', field('__proto__'), 'Key Fields names "__proto__"'],
		['a function of every object', field('constructor.name'), 'Key Fields names "constructor.name"'],
		['an event without ID', { keySource: 'event', eventId: '={{ $json.nothing }}' }, 'Event ID'],
		['an event that is an object', { keySource: 'event', eventId: '={{ $json.deep }}' }, 'Event ID'],
		[
			'a custom value without a value',
			{ keySource: 'custom', customKey: '={{ $json.nothing }}' },
			'Custom Value',
		],
	])('is not built from %s', async (_what, parameters, label) => {
		const items = [{ order: '1001', n: 7, deep: { a: 1 } }];
		const result = await fixture.run({ ...CHARGE, ...parameters }, items);
		expect(result.error).toBeUndefined();
		expectHelpful(result.fix[0]!, label, 0);
		expect(fixture.simulator.requests).toEqual([]);
	});

	it.each([
		[[''], 'Drag a field there from the input panel.'],
		[['order', ''], 'Drag a field there from the input panel, or remove the row.'],
	])('with names %p gives advice for the empty one as far as it helps', async (names, nextStep) => {
		const keyFields = { field: names.map((path) => ({ path, treatAs: 'text' })) };
		const { fix } = await fixture.run({ ...CHARGE, keyFields }, [{ order: '1001' }]);
		expect(fix[0]!.error.nextStep).toBe(nextStep);
	});
});

describe('a credential', () => {
	const charge = async (credential: IDataObject) => {
		await fixture.close();
		fixture = await OrdersFixture.open({ credential });
		return await fixture.run(CHARGE, [{ order: '1001' }]);
	};

	it.each(['', 'pk_test_123', 'whsec_123', 'my secret', 'Bearer sk_test_shop'])(
		'with the secret key %p is refused without revealing it',
		async (secretKey) => {
			const result = await charge({ secretKey });
			expectHelpful(result.fix[0]!, 'Secret Key in the credential is not a valid Stripe secret key', 0);
			expect(fixture.simulator.requests).toEqual([]);
			if (secretKey) expect(JSON.stringify(result.items[1]![0]!.json.error)).not.toContain(secretKey);
		},
	);

	it('may have white space around its secret key', async () => {
		expect((await charge({ secretKey: ` ${SECRET_KEY}\n` })).success).toHaveLength(1);
	});

	it.each([
		'http://api.stripe.com',
		'http://10.0.0.1:8080',
		'ftp://localhost',
		'api.stripe.com',
		'https://user:pass@api.stripe.com',
		'https://api.stripe.com/v1',
		'http://localhost.evil.example',
	])('does not send a secret key to %s', async (baseUrl) => {
		const result = await charge({ baseUrl });
		expectHelpful(result.fix[0]!, 'Base URL in the credential', 0);
		expect(result.fix[0]!.error.nextStep).toContain('https');
	});

	it.each(['1032D82eZvKYlo2C', 'acct-1', 'acct_'])('with the account %p', async (accountId) => {
		const result = await charge({ accountId });
		expectHelpful(result.fix[0]!, 'Account ID in the credential', 0);
	});

	it('that Stripe rejects reports it, and nothing is charged', async () => {
		const result = await charge({ secretKey: 'sk_test_invalid' });
		expect(result.fix[0]!.error).toMatchObject({ outcome: 'unauthorized', statusCode: 401 });
		expect(result.fix[0]!.error.message).toMatch(/^\[Item 0\] Stripe does not accept the API key: /);
		expect(result.fix[0]!.error.nextStep).toMatch(/^Enter a valid secret key in the credential/);
	});

	it('whose restricted key cannot read its account says what to fill in', async () => {
		const result = await charge({ secretKey: 'rk_test_noaccount', accountId: '' });
		expectHelpful(result.fix[0]!, 'Nothing was sent, because Stripe did not say which account', 0);
		expect(result.fix[0]!.error.nextStep).toContain('Fill in Account ID (acct_…)');
		expect(fixture.charges()).toBe(0);
	});

	it('without an Account ID requests it from Stripe once, even if Stripe does not return it', async () => {
		await fixture.close();
		fixture = await OrdersFixture.open({ credential: { secretKey: 'rk_test_noaccount', accountId: '' } });
		const orders = [{ order: '1' }, { order: '2' }, { order: '3' }];
		expect((await fixture.run(CHARGE, orders)).fix).toHaveLength(3);
		expect(fixture.simulator.requests).toHaveLength(1);
		// A fault may have been mended: the next run asks anew.
		await fixture.run(CHARGE, orders);
		expect(fixture.simulator.requests).toHaveLength(2);
	});

	it('that was not selected is refused by n8n itself', async () => {
		const result = await fixture.run(CHARGE, [{ order: '1001' }], { node: { credentials: {} } });
		expect(result.status).toBe('error');
		expect(result.error!.message).toMatch(/credentials/i);
		expect(fixture.simulator.requests).toEqual([]);
	});
});

describe('a secret key in the wrong field is not quoted', () => {
	const KEY = 'sk_live_51AbCdEfGh';

	it.each<[string, INodeParameters]>([
		['Stripe Account', { options: { stripeAccount: KEY } }],
		['Currency', { currency: KEY }],
		['Amount', { amount: KEY }],
		['Key Fields', { keyFields: { field: [{ path: KEY }] } }],
		['Concurrency', { options: { concurrency: `={{ "${KEY}" }}` } }],
		['Path', { resource: 'customApiCall', operation: 'request', path: KEY }],
	])('%s', async (label, parameters) => {
		const result = await fixture.run({ ...CHARGE, ...parameters }, [{ order: '1001' }]);
		expectHelpful(result.fix[0]!, label, 0);
		expectNoSecret(result);
	});
});

describe('a ledger that cannot be used', () => {
	it.each([
		['a folder', () => fixture.folder, 'it is a folder'],
		['a path through a file', () => `${__filename}/ledger.sqlite`, 'a part of the path is not a folder'],
		['a different kind of file', () => __filename, 'the file is not a valid SQLite database'],
	])('because it is %s sends nothing', async (_what, path, words) => {
		const result = await fixture.run({ ...CHARGE, ledgerFile: path() }, [{ order: '1' }, { order: '2' }]);
		expect(result.error).toBeUndefined();
		expect(result.retry).toHaveLength(2);
		expect(result.retry[0]!.error).toMatchObject({
			outcome: 'ledger_unavailable',
			retryable: true,
			nextStep: 'Follow the message, then run it again with the same item.',
		});
		expect(result.retry[0]!.error.message).toContain(words);
		expect(result.retry[0]!.error.message).toContain('nothing was sent');
		expect(fixture.simulator.requests).toEqual([]);
	});
});
