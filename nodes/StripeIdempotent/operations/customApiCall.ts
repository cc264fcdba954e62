import type { INodeProperties } from 'n8n-workflow';

import { text } from './fields';
import type { Operation, ReadOperation, Resource, WriteOperation } from './operation';

const request = {
	value: 'request',
	name: 'Request',
	action: 'Call any endpoint of the API',
	description: "Call any endpoint of Stripe's v1 API",
};

const properties: INodeProperties[] = [
	{
		displayName: 'Method',
		name: 'method',
		type: 'options',
		options: [
			{ name: 'DELETE', value: 'DELETE' },
			{ name: 'GET', value: 'GET' },
			{ name: 'POST', value: 'POST' },
		],
		default: 'POST',
	},
	text('Path', 'path', {
		required: true,
		placeholder: 'e.g. /v1/invoices',
		description:
			'Path of the endpoint, from <a href="https://docs.stripe.com/api">Stripe\'s API reference</a>',
	}),
	{
		displayName: 'Body (JSON)',
		name: 'body',
		type: 'json',
		default: '{}',
		description:
			'Parameters of the request, by their names in the API. A GET carries them in its address.',
		displayOptions: { hide: { method: ['DELETE'] } },
	},
];

const post: WriteOperation = {
	...request,
	kind: 'write',
	path: (read) => read.apiPath('path'),
	target: (read) => `POST ${read.apiPath('path')}`,
	params: (read) => read.json('body'),
	properties,
};

const remove: WriteOperation = {
	...post,
	method: 'DELETE',
	target: (read) => `DELETE ${read.apiPath('path')}`,
	params: undefined,
};

const get: ReadOperation = {
	...request,
	kind: 'read',
	path: (read) => read.apiPath('path'),
	params: (read) => read.json('body'),
	properties,
};

export const customApiCall: Resource = {
	value: 'customApiCall',
	name: 'Custom API Call',
	operations: [post],
};

/** One operation for the user, three in truth: a GET only reads, a POST or DELETE is claimed and settled. */
export const customRequests: ReadonlyMap<string, Operation> = new Map<string, Operation>([
	['POST', post],
	['GET', get],
	['DELETE', remove],
]);
