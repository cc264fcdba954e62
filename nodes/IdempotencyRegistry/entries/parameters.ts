import type { INodeProperties } from 'n8n-workflow';

import type { EntryState } from '../../../ledger/model/entry';

/** The ways to find one entry. */
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
				description: 'The fastest: a direct lookup',
			},
			{
				name: 'Field Value',
				value: 'field',
				description: 'The value of a key field, such as the order number',
			},
			{
				name: 'Idempotency Key',
				value: 'key',
				description: "As shown in Stripe's logs and by the nodes",
			},
			{
				name: 'Stripe Object',
				value: 'object',
				description:
					'The ID of a payment, charge, refund or other object. Returns every entry for it.',
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
		description: 'The complete value as it was in the item. For a time, the rounded value.',
		displayOptions: { show: { findBy: ['field'] } },
	},
	{
		displayName: 'Field Name',
		name: 'fieldName',
		type: 'string',
		default: '',
		placeholder: 'e.g. order_number',
		description: 'The key field with this value. If empty, any field.',
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
			'The entry ID, which begins with v1_. The output of the nodes has it, and so does the metadata n8n_entry in Stripe.',
		displayOptions: { show: { findBy: ['entryId'] } },
	},
	{
		displayName: 'Idempotency Key',
		name: 'idempotencyKey',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. n8n_v1_4vq0ZQm2…',
		description: 'The key of any attempt, which begins with n8n_v1_',
		displayOptions: { show: { findBy: ['key'] } },
	},
	{
		displayName: 'Stripe Object',
		name: 'stripeObject',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. pi_3MtwBwLkdIwHu7ix28a3tqPa',
		description: 'The ID of a payment intent, charge, refund, invoice or any other object',
		displayOptions: { show: { findBy: ['object'] } },
	},
];

export const simplifyEntryProperty: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

const STATES: Record<EntryState, { name: string; description: string }> = {
	cancelled: { name: 'Cancelled', description: 'Canceled, denied, or reserved and not used in time' },
	in_flight: { name: 'In Flight', description: 'Being sent right now' },
	rejected: { name: 'Rejected', description: 'Declined, or rejected for good' },
	released: { name: 'Released', description: 'Definitely not executed; can be sent again' },
	reserved: { name: 'Reserved', description: 'A token was issued and not used yet' },
	succeeded: { name: 'Succeeded', description: 'Completed' },
	unknown: {
		name: 'Unknown',
		description:
			'May have been executed: no clear response arrived, or the run was interrupted while sending',
	},
};

export const STATE_NAMES = Object.keys(STATES) as EntryState[];

/** Limits how many entries are processed. */
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

/** A released request may be outdated by now, so it is not sent without asking. */
export const alsoReleasedProperty: INodeProperties = {
	displayName: 'Include Released Entries',
	name: 'alsoReleased',
	type: 'boolean',
	default: false,
	description:
		'Whether to send released entries too, which were definitely not executed. Only if all of them are still wanted: the ledger cannot know whether an order was canceled in the meantime.',
};

/** Shows parameters for one value of another parameter only. */
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
		description: 'Only entries in these states. If empty, any state.',
	},
	{
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add Filter',
		default: {},
		options: [
			{
				displayName: 'Begins With',
				name: 'beginsWith',
				type: 'string',
				default: '',
				placeholder: 'e.g. A-10',
				description:
					'The beginning, or the whole, of a key field value, an object or customer ID, or the name or ID of a workflow. Found through an index, however large the ledger is.',
			},
			{
				displayName: 'Created After',
				name: 'createdAfter',
				type: 'dateTime',
				default: '',
				description: 'When the first run requested it',
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
				description: 'The complete operation or its beginning: refund, paymentIntent.capture',
			},
			{
				displayName: 'Settled After',
				name: 'settledAfter',
				type: 'dateTime',
				default: '',
				description: 'When its outcome became known, or it was canceled',
			},
			{ displayName: 'Settled Before', name: 'settledBefore', type: 'dateTime', default: '' },
			{
				displayName: 'Text',
				name: 'text',
				type: 'string',
				default: '',
				placeholder: 'e.g. 1001',
				description:
					'Text to find anywhere in key fields, IDs, messages and purposes. Reads every entry, unless Begins With, a customer, a workflow or a time is set too.',
			},
			{
				displayName: 'Workflow',
				name: 'workflow',
				type: 'string',
				default: '',
				placeholder: 'e.g. Nightly Invoices',
				description: 'Name or ID of the workflow that requested it last',
			},
		],
	},
	simplifyEntryProperty,
];
