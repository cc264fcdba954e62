import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { encodeHandle } from '../../../ledger/rules/settleByHandle';
import type { Entry } from '../../../ledger/model/entry';
import {
	CLAIM_ORDER,
	COMPLETE,
	decide,
	RegistryFixture,
	REJECT,
	RELEASE,
	RESERVE,
} from '../fixtures/registryFixture';

let registry: RegistryFixture;
beforeEach(async () => {
	registry = await RegistryFixture.open();
});
afterEach(() => registry.close());

/** Everything that is wrong leaves as an item that says what, and what to do. */
async function refusal(parameters: INodeParameters, item: IDataObject = { order: '1' }): Promise<string> {
	const { outputsOf, error } = await registry.run(parameters, [item]);
	expect(error).toBeUndefined();
	const outputItem = outputsOf.at(-1)!;
	expect(outputItem).toHaveLength(1);
	expect(outputItem[0]).toMatchObject({ input: item, error: { retryable: false } });
	expect(outputItem[0]!.error.nextStep).toMatch(/\S/);
	const { outcome, message } = outputItem[0]!.error;
	return `${outcome}: ${message}`;
}

describe('a value that is not an amount is refused, never rounded or guessed', () => {
	it.each<[unknown, RegExp]>([
		['10,00', /Amount is "10,00", which is not a plain number/],
		['NaN', /Amount is "NaN", which is not a value/],
		['19.99', /minor units have no decimals/],
		['-5', /not above zero/],
		['0', /not above zero/],
		['1e3', /Amount is "1e3"/],
		['１２', /not a plain number/],
		['🙂', /Amount is "🙂"/],
		['', /Amount is an expression that returned no value/],
		[{ value: 10 }, /Amount is an object/],
		[[10], /Amount is a list/],
		[true, /not a plain number/],
		['9007199254740993', /Amount has too many digits/],
		['9'.repeat(400), /Amount is 9{100}…, which has too many digits/],
	])('%j', async (amount, words) => {
		expect(
			await refusal({ ...RESERVE, amount: '={{ $json.given }}' }, {
				order: '1',
				given: amount,
			} as IDataObject),
		).toMatch(words);
	});

	it('more decimals than the currency has', async () => {
		const parameters = {
			...RESERVE,
			amountUnit: 'major',
			amount: '1.005',
			limits: { limit: [{ currency: 'EUR', maxPerPayment: '100' }] },
		};
		expect(await refusal(parameters)).toMatch(
			/Amount is "?1.005"?(?:, but this currency has 2 decimals|, whose point could separate)/,
		);
	});
});

describe('a reservation without a required parameter is refused', () => {
	it.each<[string, INodeParameters, RegExp]>([
		['an invalid currency', { currency: 'EURO' }, /Currency is "EURO"/],
		['no currency', { currency: '={{ "" }}' }, /Currency is an expression that returned no value/],
		[
			'no payment for a refund',
			{ intentOperation: 'refund.create', object: '={{ "" }}' },
			/Payment is an expression that returned no value/,
		],
		[
			'words for a payment',
			{ intentOperation: 'refund.create', object: 'the last one' },
			/Payment is ".*", which is not a valid Stripe ID/,
		],
		[
			'a path for a customer',
			{ customer: '../cus_1' },
			/Customer is "..\/cus_1", which is not a valid Stripe ID/,
		],
		[
			'an invalid operation',
			{ intentOperation: '={{ "payout.cancel" }}' },
			/Operation to Allow is "payout.cancel"/,
		],
		[
			'an unknown allowed operation',
			{ allowedOperations: '={{ ["all"] }}' },
			/Allowed Operations names "all"/,
		],
		['no purpose', { purpose: '={{ "" }}' }, /Purpose is an expression that returned no value/],
		['no agent', { agent: '={{ "" }}' }, /Agent is an expression that returned no value/],
		['an object as agent', { agent: '={{ {} }}' }, /Agent is an expression that returned no value/],
		[
			'a text for a switch',
			{ amountIsMaximum: '={{ "maybe" }}' },
			/Allow Lower Amount is neither on nor off/,
		],
		[
			'a time as key',
			{ keyFields: { field: [{ path: 'at', treatAs: 'minute' }] } },
			/treats "at" as a time/,
		],
		['no key', { keyFields: { field: [{ path: 'nothing' }] } }, /Key Fields names "nothing"/],
	])('%s', async (_what, parameters, words) => {
		const item = { order: '1', at: '2026-11-24T10:40:59Z' };
		expect(await refusal({ ...RESERVE, ...parameters }, item)).toMatch(words);
	});
});

describe('an unknown limit is not lifted', () => {
	const EUR = { currency: 'EUR', maxPerPayment: '5000' };

	it.each<[string, INodeParameters, RegExp]>([
		['no limit per payment', { currency: 'EUR' }, /row 1: Max per Payment is empty/],
		['a limit of nothing', { ...EUR, maxPerDay: '0' }, /Max per Day is 0, which is not above zero/],
		['a limit in words', { ...EUR, maxPerDay: 'much' }, /Max per Day is "much"/],
		['a negative limit', { ...EUR, approvalAbove: '-1' }, /Approval Above is -1/],
		['an expression without a value', { ...EUR, maxPerDay: '={{ $json.none }}' }, /returned no value/],
		['the same for approval', { ...EUR, approvalAbove: '={{ $json.none }}' }, /returned no value/],
		['no currency', { maxPerPayment: '5' }, /row 1: Currency is ""/],
	])('%s', async (_what, row, words) => {
		expect(await refusal({ ...RESERVE, limits: { limit: [row] } })).toMatch(words);
	});

	it.each<[string, INodeParameters, RegExp]>([
		['per session in words', { maxPerSession: '={{ "few" }}' }, /Max per Session is "few"/],
		[
			'per session without a value',
			{ maxPerSession: '={{ $json.none }}' },
			/Max per Session is an expression that returned no value/,
		],
		['customers without a value', { allowedCustomers: '={{ $json.none }}' }, /returned no value/],
		['customers that are only commas', { allowedCustomers: ' , ' }, /names no customer/],
	])('%s', async (_what, parameters, words) => {
		expect(await refusal({ ...RESERVE, ...parameters })).toMatch(words);
	});

	it('an agent whose name was pasted with an invisible mark gets no second limit', async () => {
		const limits = { limit: [{ ...EUR, maxPerDay: '3000' }] };
		expect((await registry.one({ ...RESERVE, limits }, { order: '1' })).through).toBe(0);
		const again = { order: '2', agent: 'shop\u200b' };
		expect(await refusal({ ...RESERVE, limits }, again)).toMatch(/exceeds what is left for shop today/);
	});

	it('of two rows of one currency the stricter one applies', async () => {
		const limits = { limit: [EUR, { currency: 'eur', maxPerPayment: '100' }] };
		expect(await refusal({ ...RESERVE, limits })).toMatch(/maximum for one payment: 1.00 EUR/);
	});
});

describe('a claim', () => {
	it.each<[string, INodeParameters, RegExp]>([
		['of nothing', { action: '={{ "" }}' }, /Action Name is an expression that returned no value/],
		['of an invisible mark', { action: '\u200b' }, /Action Name is "", which names nothing/],
		['of a dash', { action: '-' }, /Action Name is "-", which names nothing/],
		[
			'with a control character',
			{ action: 'ship\u0000' },
			/Action Name is a text with an invisible control character/,
		],
		[
			'with a part that an expression did not fill',
			{ action: 'ship-undefined' },
			/Action Name is built from parts, one of which is empty in this item/,
		],
		['without a key', { keyFields: { field: [{ path: 'nothing' }] } }, /missing_key: .*names "nothing"/],
		['with a request that is not JSON', { request: '{ a: ' }, /Request \(JSON\) is not valid JSON/],
		['with a list for a request', { request: '[1]' }, /Request \(JSON\) is not a valid JSON object/],
		['with __proto__ in its request', { request: '{"__proto__": 1}' }, /__proto__/],
		['held for no time', { options: { holdMinutes: 0 } }, /Claim Timeout \(Minutes\) is 0/],
		['for an unknown world', { options: { environment: '={{ "staging" }}' } }, /is "staging"/],
	])('%s is refused', async (_what, parameters, words) => {
		expect(await refusal({ ...CLAIM_ORDER, ...parameters })).toMatch(words);
	});

	it('whose key is an emoji or right-to-left text passes once', async () => {
		for (const order of ['🙂👍🏽', 'طلب ١٠٠١', 'Zoë']) {
			expect((await registry.one(CLAIM_ORDER, { order })).through).toBe(0);
			expect((await registry.one(CLAIM_ORDER, { order: ` ${order.normalize('NFD')} ` })).through).toBe(
				2,
			);
		}
	});

	it('whose Action Name was pasted with an invisible mark, or in another form of Unicode, passes once', async () => {
		for (const action of ['Übergabe', '\u200bÜbergabe\ufeff', 'Übergabe'.normalize('NFD')]) {
			const { through } = await registry.one({ ...CLAIM_ORDER, action }, { order: '1' });
			expect(through).toBe(action === 'Übergabe' ? 0 : 2);
		}
	});

	it('that comes unchanged from its own error output is refused', async () => {
		const { json } = await registry.one(CLAIM_ORDER, { order: '' });
		expect(await refusal(CLAIM_ORDER, JSON.parse(JSON.stringify(json)) as IDataObject)).toMatch(
			/comes unchanged from an error output of this node/,
		);
	});

	it('that is refused does not stop the others of its batch', async () => {
		const { outputsOf } = await registry.run(CLAIM_ORDER, [
			{ order: '' },
			{ order: '1' },
			{},
			{ order: { a: 1 } },
		]);
		expect(outputsOf.map(({ length }) => length)).toEqual([1, 0, 0, 3]);
	});
});

describe('a value that is not a claim settles nothing', () => {
	const unknown = encodeHandle({
		entryId: `v1_${'a'.repeat(43)}`,
		fence: 1,
		attempt: 1,
		claimId: 'x',
	} as Entry);

	it.each<[string, unknown, RegExp]>([
		['nothing', '', /Claim is an expression that returned no value/],
		['some words', 'yesterday’s', /Claim is not a valid claim of this node/],
		['a token', `token_${'a'.repeat(43)}_${'b'.repeat(22)}`, /Claim is not a valid claim/],
		['half a claim', unknown.slice(0, -9), /Claim is not a valid claim/],
		['other JSON', `claim_${Buffer.from('{"a":1}').toString('base64url')}`, /Claim is not a valid claim/],
		['an object', { claim: unknown }, /Claim is an object/],
		['one that the ledger does not know', unknown, /not_found: .*has no such claim/],
	])('%s', async (_what, claim, words) => {
		for (const parameters of [COMPLETE, REJECT, RELEASE]) {
			expect(await refusal(parameters, { claim } as IDataObject)).toMatch(words);
		}
	});

	it('and an unknown status settles nothing', async () => {
		const { json } = await registry.one(CLAIM_ORDER, { order: '1' });
		const { claim } = json.idempotency;
		expect(await refusal({ ...REJECT, statusCode: 'bad' }, { claim })).toMatch(/Status Code is "bad"/);
	});
});

it("a decision without a person's name is refused", async () => {
	const parameters = { ...decide('deny'), by: '={{ "" }}', reservation: `v1_${'a'.repeat(43)}` };
	expect(await refusal(parameters)).toMatch(/Decided By is an expression that returned no value/);
});

it('secrets pasted into a wrong field are not repeated', async () => {
	const words = await refusal({ ...RESERVE, currency: 'sk_live_51AbCdEf' });
	expect(words).toMatch(/Currency contains a secret/);
});

it('an operation unknown to this version stops the workflow with a message', async () => {
	const { error } = await registry.run({ resource: 'key', operation: 'steal' }, [{}]);
	expect(error?.message).toMatch(/Operation/);
});
