import type { INodeProperties, INodeTypeDescription } from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { ledgerOptionProperties, ledgerProperties } from '../shared/ledger/ledgerParameters';
import { eventOptions } from './events';

export const triggerOutputs: INodeTypeDescription['outputs'] = [NodeConnectionTypes.Main];

/** Days to remember an event. Stripe resends events, including manual resends, for up to 30 days. */
export const RETENTION = { usual: 400, min: 30, max: 3650 } as const;
const { usual, min, max } = RETENTION;

/** All parameters, in the order of the editor. */
export const triggerProperties: INodeProperties[] = [
	// Without it, n8n places the credentials below the ledger, because one of them depends on it.
	{ displayName: 'Credentials', name: 'credentials', type: 'credentials', default: '' },
	{
		displayName: 'Endpoint',
		name: 'endpoint',
		type: 'options',
		options: [
			{
				name: 'Create Automatically',
				value: 'create',
				description:
					'Created in Stripe when the workflow is published, and deleted when it is unpublished',
			},
			{
				name: 'Use Existing Endpoint',
				value: 'existing',
				description: 'You create the endpoint in Stripe. The key needs no permission for it.',
			},
		],
		default: 'create',
		description: 'How the endpoint that receives the events is set up in Stripe',
	},
	{
		displayName:
			"Create an endpoint in the Stripe dashboard with this node's Production URL and the same events, and put its signing secret into the credential.",
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
		description: 'The events that start the workflow. Add other events under Options.',
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
					'Whether to receive events of the accounts connected to yours instead of your own',
				displayOptions: { show: { '/endpoint': ['create'] } },
			},
			{
				displayName: 'Other Events',
				name: 'otherEvents',
				type: 'string',
				default: '',
				placeholder: 'e.g. radar.early_fraud_warning.created, topup.failed',
				description:
					'Comma-separated list of event types that Events does not offer, as Stripe spells them',
			},
			...ledgerOptionProperties,
			{
				displayName: 'Retention (Days)',
				name: 'retentionDays',
				type: 'number',
				typeOptions: { minValue: min, maxValue: max },
				default: usual,
				description: 'How long delivered events are remembered',
			},
		],
	},
];
