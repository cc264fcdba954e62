import type { INodeProperties } from 'n8n-workflow';

import type { EntryState } from '../../../ledger/model/entry';

/** By what a person, or a workflow, finds one entry. */
export const FIND_BY = ['field', 'entryId', 'key', 'object'] as const;

export const findByProperties: INodeProperties[] = [
	{
		displayName: 'Find By',
		name: 'findBy',
		type: 'options',
		options: [
			{
				name: 'Entry ID',
				value: 'entryId',
				description: 'The quickest: it leads there directly',
			},
			{
				name: 'Field Value',
				value: 'field',
				description: 'What a key field held, such as the order number',
			},
			{
				name: 'Idempotency Key',
				value: 'key',
				description: "As Stripe's logs and the nodes show it",
			},
			{
				name: 'Stripe Object',
				value: 'object',
				description: 'The ID of a payment, charge, refund … in Stripe: gives all that was done to it',
			},
		],
		default: 'field',
	},
	{
		displayName: 'Field Value',
		name: 'fieldValue',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. {{ $json.order_number }}',
		description: 'The value, whole and as it stood in the item. Of a time, what it was rounded down to.',
		displayOptions: { show: { findBy: ['field'] } },
	},
	{
		displayName: 'Field Name',
		name: 'fieldName',
		type: 'string',
		default: '',
		placeholder: 'e.g. order.number',
		description: 'The key field that held it. If empty, any.',
		displayOptions: { show: { findBy: ['field'] } },
	},
	{
		displayName: 'Entry',
		name: 'entry',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. v1_4vq0ZQm2…',
		description:
			'Its ID, which begins with v1_. It stands in the items of the nodes, and in Stripe in the metadata n8n_entry.',
		displayOptions: { show: { findBy: ['entryId'] } },
	},
	{
		displayName: 'Idempotency Key',
		name: 'idempotencyKey',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. n8n_v1_4vq0ZQm2…',
		description: 'The key of any attempt; it begins with n8n_v1_',
		displayOptions: { show: { findBy: ['key'] } },
	},
	{
		displayName: 'Stripe Object',
		name: 'stripeObject',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. pi_3MtwBwLkdIwHu7ix28a3tqPa',
		description: 'Its ID: a payment intent, charge, refund, invoice or any other',
		displayOptions: { show: { findBy: ['object'] } },
	},
];

export const simplifyProperty: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

const STATES: Record<EntryState, { name: string; description: string }> = {
	cancelled: { name: 'Cancelled', description: 'Stopped, denied, or reserved and not used in time' },
	in_flight: { name: 'In Flight', description: 'Being sent right now' },
	rejected: { name: 'Rejected', description: 'Declined or refused for good' },
	released: { name: 'Released', description: 'Surely nothing was done; it may be done later' },
	reserved: { name: 'Reserved', description: 'A token was given and has not been used' },
	succeeded: { name: 'Succeeded', description: 'Done' },
	unknown: {
		name: 'Unknown',
		description: 'May have been done: no clear answer came, or the run was cut off while it was sent',
	},
};

export const STATE_NAMES = Object.keys(STATES) as EntryState[];

/** How many of many. */
export const limitProperties: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		description: 'Max number of results to return',
		displayOptions: { show: { returnAll: [false] } },
	},
];

/** What was surely not done may be out of date by now: nobody sends it by surprise. */
export const alsoReleasedProperty: INodeProperties = {
	displayName: 'Also What Was Not Executed',
	name: 'alsoReleased',
	type: 'boolean',
	default: false,
	description:
		'Whether to send released entries too: they were definitely not executed. Send them only if they are still wanted: of an order that was cancelled meanwhile, the ledger knows nothing.',
};

/** Those that show for one value of another parameter only. */
export function showFor(
	name: string,
	value: string,
	properties: readonly INodeProperties[],
): INodeProperties[] {
	return properties.map((property) => ({
		...property,
		displayOptions: { show: { ...property.displayOptions?.show, [name]: [value] } },
	}));
}

export const listProperties: INodeProperties[] = [
	...limitProperties,
	{
		displayName: 'States',
		name: 'states',
		type: 'multiOptions',
		options: STATE_NAMES.map((value) => ({ value, ...STATES[value] })),
		default: [],
		description: 'What has become of them. If empty, any.',
	},
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add Filter',
		default: {},
		options: [
			{
				displayName: 'Created After',
				name: 'createdAfter',
				type: 'dateTime',
				default: '',
				description: 'When the first run came with it',
			},
			{ displayName: 'Created Before', name: 'createdBefore', type: 'dateTime', default: '' },
			{
				displayName: 'Customer',
				name: 'customer',
				type: 'string',
				default: '',
				placeholder: 'e.g. cus_9s6XKzkNRiz8i3',
				description: 'ID of the customer in Stripe. Workflow Static Data keeps no customers.',
			},
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'string',
				default: '',
				placeholder: 'e.g. refund.create',
				description: 'The whole of it, or what it begins with: refund, paymentIntent.capture',
			},
			{
				displayName: 'Settled After',
				name: 'settledAfter',
				type: 'dateTime',
				default: '',
				description: 'When its outcome was known, or when it was stopped',
			},
			{ displayName: 'Settled Before', name: 'settledBefore', type: 'dateTime', default: '' },
			{
				displayName: 'Text',
				name: 'text',
				type: 'string',
				default: '',
				placeholder: 'e.g. 1001',
				description: 'Found anywhere in key fields, IDs, messages and purposes',
			},
			{
				displayName: 'Workflow',
				name: 'workflow',
				type: 'string',
				default: '',
				placeholder: 'e.g. Nightly Invoices',
				description: 'Name or ID of the workflow that came with it last',
			},
		],
	},
	simplifyProperty,
];
