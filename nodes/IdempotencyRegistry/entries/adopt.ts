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
		displayName: 'What Was Done',
		name: 'adopted',
		type: 'options',
		options: [
			{
				name: 'Payments',
				value: 'paymentIntent',
				description: 'What Payment Intent → Create would do again',
			},
			{ name: 'Refunds', value: 'refund', description: 'What Refund → Create would do again' },
		],
		default: 'paymentIntent',
	},
	{
		displayName: 'Where It Is Listed',
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
				description: 'All that Stripe shows of a time; the number stands in its metadata',
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
			description: 'The payment intent or refund that was made for this item. It is read and checked.',
		},
	]),
	...showFor('adoptFrom', 'stripe', [
		{
			displayName: 'Created After',
			name: 'createdAfter',
			type: 'dateTime',
			default: '',
			required: true,
			description: 'How far back to go. Whatever may be run again must lie after it.',
		},
		{
			displayName: 'Created Before',
			name: 'createdBefore',
			type: 'dateTime',
			default: '',
			description: 'If empty, until now',
		},
		{
			displayName: 'Key Fields',
			name: 'fieldsInStripe',
			type: 'fixedCollection',
			typeOptions: { multipleValues: true },
			placeholder: 'Add Field',
			default: {},
			description:
				'The Key Fields of the node that pays, and where each stands in Stripe. If none, only what these nodes have made is adopted: its metadata name the entry.',
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
							displayName: 'Stands In',
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

/** Writes entries for payments that exist already, so that what is run again does not pay the past a second time. */
export const adoptOperation: RegistryOperation = {
	value: 'adopt',
	name: 'Adopt',
	action: 'Adopt payments of the past',
	description:
		'Take over payments that were made before this ledger knew of them, so that they are not paid again. Sends nothing.',
	humanOnly: {
		rule: 'What was paid in the past is taken over by a person',
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
			description: 'Connected account to act for, as in the node that pays',
		}),
		buildRegistryNumberOption('timeoutSeconds', 'How long to wait for one answer of Stripe'),
	],
	execute: async (item) => {
		const past = await PastPayments.of(item);
		return item.read.choice('adoptFrom', ADOPT_SOURCES) === 'items'
			? past.adoptItem()
			: past.adoptFromStripe();
	},
};
