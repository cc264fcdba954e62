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
		'invoice.pay that forgives what is missing',
		{
			resource: 'invoice',
			operation: 'pay',
			invoice: toLocator('id', 'in_1'),
			additionalFields: { forgive: true },
		},
	],
	[
		'a call that forgives what is missing of an invoice',
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
	'what is lost for good is not lost by a model, with a token asked for or not: %s',
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
