import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { repeat } from '../../crash/soak';
import { runNode } from '../../engine';
import type { WireReply } from '../../stripe/api/wireServer';
import { asAccount, replyWith, WireServer } from '../../stripe/api/wireServer';
import { CLAIM_ORDER, COMPLETE, RegistryFixture } from '../fixtures/registryFixture';
import type { OrdersOutputItem } from '../fixtures/ordersFixture';
import { ACCOUNT, CHARGE, OrdersFixture } from '../fixtures/ordersFixture';

const LEVELS = 20_000;
const FIELDS = repeat(5_000, 100_000);

/** `{"inner":{"inner":…}}` as text: what is nested so deeply cannot be written by JSON.stringify. */
function nested(levels: number, ...around: [before: string, after: string]): string {
	return `${around[0].repeat(levels)}1${around[1].repeat(levels)}`;
}

const asObjects = nested(LEVELS, '{"inner":', '}');
const asLists = nested(LEVELS, '[', ']');

let fixture: OrdersFixture;
let server: WireServer | undefined;
beforeEach(async () => {
	fixture = await OrdersFixture.open();
});
afterEach(async () => {
	await server?.stop();
	server = undefined;
	await fixture.close();
});

/** Two orders, each answered by a server that says what no Stripe would. */
async function charged(reply: WireReply, items: IDataObject[] = [{ order: '1' }, { order: '2' }]) {
	server = await WireServer.start(asAccount(ACCOUNT, reply));
	const options = fixture.options({ items });
	options.credentials!.stripeIdempotentApi!.baseUrl = server.url;
	const result = await runNode(fixture.node({ ...CHARGE, options: { maxRetries: 0 } }), options);
	expect(result.error).toBeUndefined();
	const [success, fix, retry] = result.items.map((item) =>
		item.map(({ json }) => json as OrdersOutputItem),
	);
	return { success: success!, fix: fix!, retry: retry! };
}

const answer = (more: string) => `{"id":"pi_1","object":"payment_intent","status":"succeeded",${more}}`;
const STRIPE = { 'request-id': 'req_1' };

describe('after a send nothing throws, and a success leaves as one, whatever response arrives', () => {
	it.each([
		['objects nested 20,000 deep', answer(`"deep":${asObjects}`)],
		['lists nested 20,000 deep', answer(`"deep":${asLists}`)],
		['a shipping address nested 20,000 deep', answer(`"shipping":${asObjects}`)],
		['a secret field nested 20,000 deep', answer(`"cvc":${asLists}`)],
		['a field called __proto__', answer('"__proto__":{"polluted":true}')],
		['a status that is a list', '{"id":"pi_1","object":"payment_intent","status":[[[]]]}'],
		['an amount that is an object, and no currency', answer('"amount":{},"currency":[]')],
		[`${FIELDS} fields`, answer(Array.from({ length: FIELDS }, (_, n) => `"f${n}":${n}`).join(','))],
	])('%s', async (_what, body) => {
		const { success, fix, retry } = await charged(replyWith(200, body, STRIPE));
		expect([fix, retry]).toEqual([[], []]);
		expect(success).toMatchObject([
			{ idempotency: { state: 'succeeded' } },
			{ idempotency: { state: 'succeeded' } },
		]);
		expect(({} as IDataObject).polluted).toBeUndefined();
	});

	it.each([
		['a kind that every object inherits', '{"id":"pi_1","object":"constructor"}'],
		['a kind that is a list', '{"id":"pi_1","object":["payment_intent"]}'],
		['an id that is an object', '{"id":{"toString":1},"object":"payment_intent"}'],
		['nothing', '{}'],
	])('%s, which is not a response to a payment, leaves through Retry', async (_what, body) => {
		const { retry } = await charged(replyWith(200, body, STRIPE));
		expect(retry).toMatchObject([
			{ error: { outcome: 'unknown' }, idempotency: { state: 'unknown' } },
			{ error: { outcome: 'unknown' }, idempotency: { state: 'unknown' } },
		]);
	});

	it.each(['constructor', '__proto__', 'toString', 'not_sent_inconclusive'])(
		'a decline whose code, type and param are %s',
		async (name) => {
			const error = { type: 'card_error', code: name, decline_code: name, param: name, message: name };
			const { fix } = await charged(replyWith(402, { error }, STRIPE));
			expect(fix).toMatchObject([
				{ error: { outcome: 'rejected', code: name, retryable: false } },
				{ error: { outcome: 'rejected', code: name, retryable: false } },
			]);
		},
	);

	it('an error nested 20,000 deep is not a clear response', async () => {
		const { retry, fix } = await charged(
			replyWith(402, `{"error":{"type":"card_error","message":${asLists}}}`, STRIPE),
		);
		expect([...retry, ...fix]).toHaveLength(2);
	});
});

it.each(['constructor', '__proto__', 'toString', ''])(
	'a Method that is %p refuses its item by name, and the others of the batch continue',
	async (method) => {
		const result = await fixture.run(
			{
				resource: 'customApiCall',
				operation: 'request',
				method: '={{ $json.method }}',
				path: '/v1/customers',
				body: '{}',
				keyFields: CHARGE.keyFields!,
			},
			[
				{ order: '1', method: 'POST' },
				{ order: '2', method },
			],
		);
		expect(result.error).toBeUndefined();
		expect(result.success).toHaveLength(1);
		expect(result.fix).toMatchObject([{ error: { outcome: 'refused' } }]);
		expect(result.fix[0]!.error.message).toMatch(/^\[Item 1\] Method is/);
	},
);

describe('a parameter nested 20,000 deep refuses its item, and the others of the batch continue', () => {
	/** The item that is to be refused brings the text; for the other one it is the parameter as it should be. */
	const deepOr = (usual: string) => `={{ $json.text ? JSON.parse($json.text) : ${usual} }}`;
	const withMetadata = (value: string) => ({ metadata: { entry: [{ key: 'k', value }] } });

	it.each<[string, INodeParameters]>([
		['Description', { additionalFields: { description: deepOr('"x"') } }],
		['Other Parameters', { additionalFields: { otherParameters: deepOr('{}') } }],
		['a metadata value', { additionalFields: withMetadata(deepOr('"x"')) }],
		['Amount', { amount: deepOr('1999') }],
		['Amount Unit', { amountUnit: deepOr('"minor"') }],
		['Confirm', { confirm: deepOr('true') }],
		['the ledger', { ledger: deepOr('"localFile"') }],
		['a choice among the options', { options: { afterRejection: deepOr('"automatic"') } }],
		['a number among the options', { options: { maxRetries: deepOr('0') } }],
		['a text among the options', { options: { expand: deepOr('""') } }],
		[
			'the source of the key',
			{ keySource: deepOr('"fields"'), eventId: 'e', customKey: 'c', token: 't' },
		],
		['the name of a key field', { keyFields: { field: [{ path: deepOr('"order"'), treatAs: 'text' }] } }],
		[
			'how a key field is treated',
			{ keyFields: { field: [{ path: 'order', treatAs: deepOr('"text"') }] } },
		],
	])('%s', async (_what, parameters) => {
		const items = [{ order: '1' }, { order: '2', text: asLists }];
		const result = await fixture.run({ ...CHARGE, ...parameters }, items);
		expect(result.error).toBeUndefined();
		expect(result.success).toMatchObject([{ status: 'succeeded' }]);
		expect(result.fix).toHaveLength(1);
		expect(result.fix[0]!.error.outcome).toMatch(/^(?:refused|missing_key)$/);
		expect(result.fix[0]!.error.message).not.toMatch(/call stack/);
	});
});

describe('Complete with a response nested 20,000 deep', () => {
	let registry: RegistryFixture;
	beforeEach(async () => {
		registry = await RegistryFixture.open();
	});
	afterEach(() => registry.close());

	it.each([
		['objects', asObjects],
		['lists', asLists],
	])('of %s keeps the claim completed, and reports what was left out', async (_what, text) => {
		const claimed = await registry.one(CLAIM_ORDER, { order: '1001' });
		const { claim } = claimed.json.idempotency;
		const completed = await registry.one({ ...COMPLETE, answer: '={{ $json.text }}' }, { claim, text });
		expect(completed).toMatchObject({ through: 0, json: { outcome: 'completed' } });
		const again = await registry.one(CLAIM_ORDER, { order: '1001' });
		expect(again.through).toBe(1);
		expect(JSON.stringify(again.json.answer)).toContain('[nested too deeply]');
	});
});
