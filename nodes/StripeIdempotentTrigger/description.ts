import type { INodeProperties, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { ledgerOptionProperties, ledgerProperties } from '../shared/ledger/ledgerParameters';
import { eventOptions } from './events';

export const triggerOutputs: INodeTypeDescription['outputs'] = [NodeConnectionTypes.Main];

/** Days for which an event is remembered: Stripe sends an event again, also by hand, for 30 days at most. */
export const RETENTION = { usual: 400, min: 30, max: 3650 } as const;
const { usual, min, max } = RETENTION;

/** All parameters, in the order of the editor. */
export const triggerProperties: INodeProperties[] = [
	// Without it, n8n puts them further down, before the ledger, because one of them depends on that.
	{ displayName: 'Credentials', name: 'credentials', type: 'credentials', default: '' },
	{
		displayName: 'Endpoint',
		name: 'endpoint',
		type: 'options',
		options: [
			{
				name: 'Created by This Node',
				value: 'create',
				description:
					'Made in Stripe when the workflow is published, and deleted when it is not any more',
			},
			{
				name: 'Made in Stripe by Hand',
				value: 'existing',
				description: 'Stripe is not asked: the key needs no permission for it',
			},
		],
		default: 'create',
		description: 'Where Stripe sends the events to',
	},
	{
		displayName:
			"Make an endpoint in the Stripe dashboard with this node's Production URL and the same events, and put its signing secret into the credential.",
		name: 'existingNotice',
		type: 'notice',
		default: '',
		displayOptions: { show: { endpoint: ['existing'] } },
	},
	{
		displayName: 'Events',
		name: 'events',
		type: 'multiOptions',
		options: eventOptions,
		default: [],
		required: true,
		description: 'Which events start the workflow. Others can be named under Options.',
	},
	...ledgerProperties,
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add Option',
		default: {},
		options: [
			{
				displayName: 'Connected Accounts',
				name: 'connect',
				type: 'boolean',
				default: false,
				description:
					'Whether the endpoint is for what happens in the accounts that are connected to yours, instead of in your own',
				displayOptions: { show: { '/endpoint': ['create'] } },
			},
			{
				displayName: 'Other Events',
				name: 'otherEvents',
				type: 'string',
				default: '',
				placeholder: 'e.g. radar.early_fraud_warning.created, topup.failed',
				description:
					'Comma-separated list of types that the list above does not have, as Stripe writes them',
			},
			...ledgerOptionProperties,
			{
				displayName: 'Retention (Days)',
				name: 'retentionDays',
				type: 'number',
				typeOptions: { minValue: min, maxValue: max },
				default: usual,
				description: 'How long it is remembered which events the workflow has had',
			},
		],
	},
];
