import type { StripeRequest } from '../../../stripe/api/client';
import { sendPayment, WIRE_PAYMENT } from './sending';
import { useStoppables } from './stopAfterEach';
import { replyWith, toStripeErrorBody } from './wireServer';

const { serve } = useStoppables();

const KEY = 'n8n_v1_order_1001';
const METADATA = { n8n_entry: 'v1_order_1001' };
const CREATE: Partial<StripeRequest> = {
	path: '/v1/payment_intents',
	params: { ...WIRE_PAYMENT, metadata: METADATA },
	idempotencyKey: KEY,
};
const INTENT = {
	id: 'pi_1',
	object: 'payment_intent',
	status: 'succeeded',
	amount: 500,
	currency: 'usd',
	livemode: false,
	metadata: METADATA,
};
const post = (path: string, params = {}): Partial<StripeRequest> => ({ path, params, idempotencyKey: KEY });
const get = (path: string): Partial<StripeRequest> => ({ method: 'GET', path, params: {} });
const remove = (path: string): Partial<StripeRequest> => ({ method: 'DELETE', path, params: {} });
const list = (...data: object[]) => ({ object: 'list', data, has_more: false });

type Case = [what: string, request: Partial<StripeRequest>, body: unknown, headers?: Record<string, string>];

const FOREIGN: Case[] = [
	['an empty object', CREATE, {}],
	['an object without a kind', CREATE, { ...INTENT, object: undefined }],
	['an object of another kind', CREATE, { id: 'ch_1', object: 'charge', amount: 500 }],
	['an object without an ID', CREATE, { ...INTENT, id: undefined }],
	['an object of another entry', CREATE, { ...INTENT, metadata: { n8n_entry: 'v1_other' } }],
	['an object of no entry', CREATE, { ...INTENT, metadata: {} }],
	['an object of another amount', CREATE, { ...INTENT, amount: 700 }],
	['an object in another currency', CREATE, { ...INTENT, currency: 'eur' }],
	['an object of the other mode', CREATE, { ...INTENT, livemode: true }],
	['a list in the place of a new object', CREATE, list(INTENT)],
	[
		'a refund of another charge',
		post('/v1/refunds', { charge: 'ch_1' }),
		{ id: 're_1', object: 'refund', charge: 'ch_2' },
	],
	[
		'another invoice that was paid',
		post('/v1/invoices/in_1/pay'),
		{ id: 'in_2', object: 'invoice', status: 'paid' },
	],
	[
		'another object than is changed',
		post('/v1/subscriptions/sub_1'),
		{ id: 'sub_2', object: 'subscription' },
	],
	[
		'the reversal of another payout',
		post('/v1/payouts/po_1/reverse'),
		{ id: 'po_3', object: 'payout', original_payout: 'po_2' },
	],
	[
		'the deletion of another object',
		remove('/v1/customers/cus_1'),
		{ id: 'cus_2', object: 'customer', deleted: true },
	],
	['a list for a path of which nothing is known', post('/v1/issuing/cards', {}), list()],
	['no kind for a path of which nothing is known', post('/v1/issuing/cards', {}), { id: 'ic_1' }],
	[
		'another object than is read',
		get('/v1/invoices/in_1'),
		{ id: 'in_2', object: 'invoice', status: 'paid' },
	],
	['a list in the place of the object that is read', get('/v1/invoices/in_1'), list()],
	['a list of something else', get('/v1/refunds?charge=ch_1'), list({ id: 'ch_1', object: 'charge' })],
	['a list without its objects', get('/v1/refunds?charge=ch_1'), { object: 'list', has_more: false }],
	['a list that does not say whether it ends', get('/v1/events'), { object: 'list', data: [] }],
	['an object in the place of a list', get('/v1/subscriptions'), { id: 'sub_1', object: 'subscription' }],
	[
		'an object in the place of what is searched',
		get('/v1/charges/search?query=x'),
		{ id: 'ch_1', object: 'charge' },
	],
	['the response to a different key', CREATE, INTENT, { 'Idempotency-Key': 'n8n_v1_other' }],
	[
		'a decline under a different key',
		CREATE,
		toStripeErrorBody('card_error'),
		{ 'Idempotency-Key': 'n8n_v1_other' },
	],
	['what a cache has kept', get('/v1/invoices/in_1'), { id: 'in_1', object: 'invoice' }, { Age: '7' }],
	['a decline that a cache has kept', CREATE, toStripeErrorBody('card_error'), { Age: '7' }],
];

const OWN: Case[] = [
	['the object that was created', CREATE, INTENT, { 'Idempotency-Key': KEY, Age: '0' }],
	['an object that shows no metadata', CREATE, { ...INTENT, metadata: undefined }],
	['a currency in capitals', CREATE, { ...INTENT, currency: 'USD' }],
	[
		'an amount that is written with zeros',
		{ ...CREATE, params: { amount: '0500', currency: 'USD' } },
		INTENT,
	],
	[
		'the payout that takes another back',
		post('/v1/payouts/po_1/reverse'),
		{ id: 'po_2', object: 'payout', original_payout: 'po_1' },
	],
	[
		'the payout that takes another back, and shows all of it',
		post('/v1/payouts/po_1/reverse'),
		{ id: 'po_2', object: 'payout', original_payout: { id: 'po_1', object: 'payout' } },
	],
	[
		'the object that is changed',
		post('/v1/invoices/in_1/pay'),
		{ id: 'in_1', object: 'invoice', status: 'paid' },
	],
	[
		'the preview of an invoice',
		post('/v1/invoices/create_preview'),
		{ id: 'upcoming_in_1', object: 'invoice' },
	],
	[
		'the preview of an older API version',
		get('/v1/invoices/upcoming'),
		{ object: 'invoice', status: 'draft' },
	],
	[
		'the copy of a test card',
		post('/v1/payment_methods/pm_card_visa/attach'),
		{ id: 'pm_1Mx', object: 'payment_method' },
	],
	[
		'the object that was deleted',
		remove('/v1/coupons/create_preview'),
		{ id: 'create_preview', object: 'coupon', deleted: true },
	],
	[
		'the subscription that was canceled',
		remove('/v1/subscriptions/sub_1'),
		{ id: 'sub_1', object: 'subscription' },
	],
	['an object with an ID of its own', get('/v1/coupons/10%25%20off'), { id: '10% off', object: 'coupon' }],
	['an empty list', get('/v1/events?limit=1'), list()],
	[
		'what was found',
		get('/v1/charges/search?query=x'),
		{ object: 'search_result', data: [{ object: 'charge' }], has_more: false },
	],
	['a list below an object', get('/v1/invoices/in_1/lines'), list({ object: 'line_item' })],
	['what has no ID', get('/v1/balance'), { object: 'balance' }],
	['a list of the v2 API', get('/v2/core/events'), { data: [], next_page_url: null }],
];

const STRIPE = { 'Request-Id': 'req_1' };

const answered = async ([, request, body, headers]: Case) => {
	const isError = typeof body === 'object' && body !== null && 'error' in body;
	const server = await serve(replyWith(isError ? 402 : 200, body, { ...STRIPE, ...headers }));
	return sendPayment(server.url, request);
};

describe('a response to a different request leaves the outcome unknown, and is requested again', () => {
	it.each(FOREIGN)('%s', async (...one) => {
		expect(await answered(one)).toMatchObject({
			sendAgain: true,
			outcome: { kind: 'unknown', uncertaintyCause: 'lost' },
		});
	});
});

describe('a response to the request is a success', () => {
	it.each(OWN)('%s', async (...one) => {
		expect((await answered(one)).outcome.kind).toBe('succeeded');
	});
});

it('a response older than its request leaves the outcome unknown', async () => {
	const at = (ms: number) => ({ ...STRIPE, Date: new Date(Date.now() + ms).toUTCString() });
	const server = await serve((response, request, nth) =>
		replyWith(200, INTENT, at(nth === 2 ? -120_000 : 0))(response, request, nth),
	);
	const outcomes = [];
	for (let nth = 1; nth <= 3; nth++) outcomes.push((await sendPayment(server.url, CREATE)).outcome.kind);
	expect(outcomes).toEqual(['succeeded', 'unknown', 'succeeded']);
});
