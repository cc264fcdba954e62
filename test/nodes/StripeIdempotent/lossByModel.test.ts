import type { INodeParameters } from 'n8n-workflow';

import { OrdersFixture, toLocator, withCustomKey } from '../fixtures/ordersFixture';

let fixture: OrdersFixture;
beforeAll(async () => {
	fixture = await OrdersFixture.open();
});
afterAll(() => fixture.close());

const call = (method: string, path: string, body = '{}'): INodeParameters => ({
	resource: 'customApiCall',
	operation: 'request',
	method,
	path,
	...(method === 'POST' ? { body } : {}),
});

const UPDATE_PAYMENT: INodeParameters = {
	resource: 'paymentIntent',
	operation: 'update',
	paymentIntent: toLocator('id', 'pi_1'),
	amount: '',
};

it.each<[string, INodeParameters]>([
	['dispute.accept', { resource: 'dispute', operation: 'accept', dispute: toLocator('id', 'dp_1') }],
	[
		'customer.delete',
		{ resource: 'customer', operation: 'delete', customer: toLocator('id', 'cus_1'), yesDelete: true },
	],
	[
		'invoice.pay outside Stripe',
		{ resource: 'invoice', operation: 'pay', invoice: toLocator('id', 'in_1'), paidOutsideStripe: true },
	],
	[
		'invoice.pay that forgives the difference',
		{
			resource: 'invoice',
			operation: 'pay',
			invoice: toLocator('id', 'in_1'),
			additionalFields: { forgive: true },
		},
	],
	[
		'a call that forgives the difference of an invoice',
		call('POST', '/v1/invoices/in_1/pay', '{"forgive": true}'),
	],
	['a call that accepts a dispute', call('POST', '/v1/disputes/dp_1/close')],
	['a call that accepts the dispute of a charge', call('POST', '/v1/charges/ch_1/dispute/close')],
	['a call that deletes a customer', call('DELETE', '/v1/customers/cus_1')],
	['a call that deletes a connected account', call('DELETE', '/v1/accounts/acct_1')],
	['a call whose path is in capitals', call('POST', '/v1/Disputes/dp_1/Close')],
	[
		'a call that records an invoice as paid',
		call('POST', '/v1/invoices/in_1/pay', '{"paid_out_of_band": true}'),
	],
	['a call that reports a payment made elsewhere', call('POST', '/v1/payment_records/report_payment')],
	[
		'a call that reports a payment made elsewhere as guaranteed',
		call('POST', '/v1/payment_records/pr_1/report_payment_attempt_guaranteed'),
	],
	[
		'a call that pays an invoice by a payment made elsewhere',
		call('POST', '/v1/invoices/in_1/attach_payment', '{"payment_record": "pr_1"}'),
	],
	[
		'a call whose body, of the model, records an invoice as paid',
		call('POST', '/v1/invoices/in_1/pay', "={{ $fromAI('body', '', 'json') }}"),
	],
	[
		'Other Parameters, of the model, that record an invoice as paid',
		{
			resource: 'invoice',
			operation: 'pay',
			invoice: toLocator('id', 'in_1'),
			paidOutsideStripe: true,
			additionalFields: { otherParameters: "={{ $fromAI('body', '', 'json') }}" },
		},
	],
])(
	'a model executes nothing irreversible, whether a token is required or not: %s',
	async (_name, parameters) => {
		fixture.forgetRequests();
		const { answers } = await fixture.asTool(
			{ ...parameters, ...withCustomKey('m'), options: { requireToken: false } },
			{ body: '{"paid_out_of_band": "true"}' },
		);
		expect(answers[0]!.items).toMatchObject([{ outcome: 'blocked' }]);
		expect(fixture.simulator.requests).toEqual([]);
	},
);

const MODEL = { path: '/v1/disputes/dp_1/close', account: 'acct_other', customer: 'cus_other' };

it.each<[string, INodeParameters]>([
	...['paid_out_of_band[]', '[paid_out_of_band]', ' paid_out_of_band', 'paid_out_of_band]'].map(
		(name): [string, INodeParameters] => [
			`a name that Stripe may read as another one: ${name}`,
			call('POST', '/v1/invoices/in_1/pay', JSON.stringify({ [name]: true })),
		],
	),
	...['/close/', '//close', '/./close', '/%63lose', '/close?expand=x', '/x/../close'].map(
		(end): [string, INodeParameters] => [
			`another way to write a path: ${end}`,
			call('POST', `/v1/disputes/dp_1${end}`),
		],
	),
	['a path of the model', call('POST', "={{ $fromAI('path') }}")],
	[
		'the account to act for, of the model',
		{
			...call('POST', '/v1/products', '{"name": "Pro"}'),
			options: { requireToken: false, stripeAccount: "={{ $fromAI('account') }}" },
		},
	],
	[
		'the account to act for, of the item that the model makes',
		{
			...call('POST', '/v1/products', '{"name": "Pro"}'),
			options: { requireToken: false, stripeAccount: '={{ $json.account }}' },
		},
	],
	[
		'a customer beside the one whom a person has fixed',
		{
			...UPDATE_PAYMENT,
			additionalFields: {
				customer: toLocator('id', 'cus_fixed'),
				otherParameters: "={{ { customer: $fromAI('customer') } }}",
			},
		},
	],
])('nothing is sent for a model that tries %s', async (_name, parameters) => {
	fixture.forgetRequests();
	const { answers } = await fixture.asTool(
		{ options: { requireToken: false }, ...parameters, ...withCustomKey('attack') },
		MODEL,
	);
	const [item] = answers[0]!.items;
	expect(['blocked', 'refused']).toContain(item?.outcome);
	expect(fixture.simulator.requests).toEqual([]);
});

it.each(['stripe_account', 'stripeAccount', 'Stripe-Account', 'headers', 'idempotency_key'])(
	'%s in Other Parameters is no header',
	async (name) => {
		fixture.forgetRequests();
		await fixture.asTool(
			{
				...UPDATE_PAYMENT,
				additionalFields: { otherParameters: JSON.stringify({ [name]: 'acct_other' }) },
				...withCustomKey(name),
				options: { requireToken: false },
			},
			MODEL,
		);
		const sent = fixture.simulator.requests.filter(({ method }) => method === 'POST');
		expect(sent.map(({ stripeAccount }) => stripeAccount)).toEqual(sent.map(() => undefined));
		expect(sent.every(({ key }) => key?.startsWith('n8n_'))).toBe(true);
	},
);
