import type { INodeProperties } from 'n8n-workflow';

import { buildKeyProperties } from '../../shared/key/keyParameters';
import { timeZoneProperty, TREAT_AS } from '../../shared/key/treatAs';
import { buildTextProperty } from '../../shared/parameters/fields';
import { PastPayments } from './pastPayments';
import { buildRegistryNumberOption, requestsPerSecond, retention } from '../options';
import { decidedByProperty } from '../tokens/decide';
import { showFor } from './parameters';
import type { RegistryOperation } from '../operation';

const ADOPT_SOURCES = ['items', 'stripe'] as const;

const adoptProperties: INodeProperties[] = [
	{
		displayName: 'What to Adopt',
		name: 'adopted',
		type: 'options',
		options: [
			{
				name: 'Charges',
				value: 'charge',
				description: "Charges of n8n's own Stripe node, which Custom API Call would charge again",
			},
			{
				name: 'Payments',
				value: 'paymentIntent',
				description: 'Payments that Payment Intent → Create would charge again',
			},
			{
				name: 'Refunds',
				value: 'refund',
				description: 'Refunds that Refund → Create would make again',
			},
		],
		default: 'paymentIntent',
	},
	{
		displayName: 'List From',
		name: 'adoptFrom',
		type: 'options',
		options: [
			{
				name: 'Input Items',
				value: 'items',
				description: 'One item per payment, e.g. the rows of a CSV file',
			},
			{
				name: 'Stripe',
				value: 'stripe',
				description: 'Everything Stripe has for a period. The number is read from the metadata.',
			},
		],
		default: 'items',
	},
	...showFor('adoptFrom', 'items', [
		...buildKeyProperties('Charge Once Per', 'adopted once'),
		{
			displayName: 'Stripe Object ID',
			name: 'objectId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. {{ $json.payment_intent }}',
			description:
				'The payment intent or refund that was created for this item. It is read and verified.',
		},
	]),
	...showFor('adoptFrom', 'stripe', [
		{
			displayName: 'Created After',
			name: 'createdAfter',
			type: 'dateTime',
			default: '',
			required: true,
			description: 'How far back to go. Everything that could be run again must be newer.',
		},
		{
			displayName: 'Created Before',
			name: 'createdBefore',
			type: 'dateTime',
			default: '',
			description: 'If empty, up to now',
		},
		{
			displayName: 'Key Fields',
			name: 'fieldsInStripe',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true },
			placeholder: 'Add Field',
			default: {},
			description:
				'The Key Fields of the node that pays, and where each is found in Stripe. If empty, only payments made by these nodes are adopted, whose metadata names the entry.',
			options: [
				{
					displayName: 'Field',
					name: 'field',
					values: [
						{
							displayName: 'Field Name',
							name: 'path',
							type: 'string',
							default: '',
							placeholder: 'e.g. order_number',
							description:
								'Exactly as in the Key Fields of the node that pays. For its Event ID or Custom Value, write Event ID or Custom Value.',
						},
						{
							displayName: 'Found In',
							name: 'standsIn',
							type: 'string',
							default: '',
							placeholder: 'e.g. metadata.order_id',
							description:
								'Where in the Stripe object its value is: metadata.…, description, customer',
						},
						{
							displayName: 'Treat As',
							name: 'treatAs',
							type: 'options',
							options: TREAT_AS,
							default: 'text',
						},
					],
				},
			],
		},
		timeZoneProperty,
	]),
	decidedByProperty,
];

/** Writes entries for existing payments, so that running a workflow again does not pay them a second time. */
export const adoptOperation: RegistryOperation = {
	value: 'adopt',
	name: 'Adopt',
	action: 'Adopt payments of the past',
	description:
		'Record payments that were made before this ledger existed, so that they are not paid again. Sends nothing.',
	humanOnly: {
		rule: 'Past payments are adopted by a person',
		waits: 'waits for a person',
	},
	outputs: ['done', 'refused'],
	needsStripe: true,
	progress: 'looked at',
	properties: adoptProperties,
	options: [
		requestsPerSecond,
		retention,
		buildTextProperty('Stripe Account', 'stripeAccount', {
			placeholder: 'e.g. acct_1032D82eZvKYlo2C',
			description: 'Connected account to act for, the same as in the node that pays',
		}),
		buildRegistryNumberOption('timeoutSeconds', 'How long to wait for each response from Stripe'),
	],
	execute: async (item) => {
		const past = await PastPayments.of(item);
		return item.read.choice('adoptFrom', ADOPT_SOURCES) === 'items'
			? past.adoptItem()
			: past.adoptFromStripe();
	},
};
