import type { INodeParameters } from 'n8n-workflow';

import { toLocator } from '../nodes/fixtures/ordersFixture';
import { MISSING } from './amountTable';

/** Where the item's field `v` decides when money moves, or to or from whom, in each way that it may be written. */
export const TARGETS: readonly INodeParameters[] = [
	...['={{ $json.v }}', '={{ $json.v }} ', '={{ $json.v || "" }}', '={{ $json.v ?? null }}'].flatMap(
		(written): INodeParameters[] => [
			{ additionalFields: { captureMethod: written } },
			{ customer: toLocator('id', written) },
			{ paymentMethod: written },
			{ currency: written },
			{ amountUnit: written },
			{ options: { stripeAccount: written } },
			{ ledgerFile: written },
		],
	),
	...[
		'={"transfer_data": {"destination": "{{ $json.v }}"}}',
		'={"transfer_data": {"destination": {{ $json.v }} }}',
		'={{ { transfer_data: { destination: $json.v } } }}',
		'={{ { transfer_data: $json.v } }}',
		'={{ JSON.stringify({ transfer_data: { destination: $json.v } }) }}',
		'={{ JSON.stringify({ transfer_data: { destination: $json.vip ? "acct_1" : $json.v } }) }}',
		'={{ ({ transfer_data: { destination: $json.v } }).toJsonString() }}',
		'={{ { transfer_data: { destination: $json.v }, on_behalf_of: $json.v }.compact() }}',
		'={"transfer_data": {{ JSON.stringify({ destination: $json.v }) }} }',
		'={"transfer_data": {{ ({ destination: $json.v }).toJsonString() }} }',
		'={{ [{ destination: $json.v }].map((transfer_data) => ({ transfer_data }))[0] }}',
		'={{ JSON.parse(JSON.stringify({ transfer_data: { destination: $json.v } })) }}',
		'={"application_fee_amount": "{{ $json.v }}", "transfer_data": {"destination": "acct_1"}}',
	].map((otherParameters): INodeParameters => ({ additionalFields: { otherParameters } })),
];

/** What says nothing, whoever writes it: with any of it, no request that moves anything may leave. */
export const WITHOUT_VALUE: readonly [what: string, value: unknown][] = [
	['no such field', MISSING],
	['null', null],
	['an empty cell', ''],
	['blanks', ' \t\u00a0'],
	['a zero-width space', '\u200b'],
	['not a number', NaN],
	['the word undefined', 'undefined'],
	['the word null', 'null'],
	['#N/A', '#N/A'],
	['an empty object', {}],
	['an empty list', []],
];
