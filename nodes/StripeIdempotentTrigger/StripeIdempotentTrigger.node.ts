import type {
	IExecuteFunctions,
	IHookFunctions,
	INodeExecutionData,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';

import type { TimeSource } from '../../ledger/clock';
import { systemTime } from '../../ledger/clock';
import { POSTGRES, REDIS, showForLedger } from '../shared/ledger/ledgerParameters';
import { stripeIdempotentApiTest } from '../shared/stripe/credentialTest';
import { startRun } from './startRun';
import { triggerOutputs, triggerProperties } from './description';
import { EndpointLifecycle } from './endpoint/lifecycle';
import { WebhookHandler } from './webhook/handler';

export class StripeIdempotentTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Stripe Idempotent Trigger',
		name: 'stripeIdempotentTrigger',
		icon: { light: 'file:stripeIdempotentTrigger.svg', dark: 'file:stripeIdempotentTrigger.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["events"].join(", ") }}',
		// n8n shows this text for both nodes with this name: this one and Stripe Idempotent.
		description:
			'Charge, refund and more through Stripe, once per business decision, and start workflows on Stripe events, once per event',
		defaults: { name: 'Stripe Idempotent Trigger' },
		inputs: [],
		outputs: triggerOutputs,
		credentials: [
			{ name: 'stripeIdempotentApi', required: true, testedBy: 'stripeIdempotentApiTest' },
			{ name: POSTGRES, required: true, displayOptions: showForLedger(POSTGRES) },
			{ name: REDIS, required: true, displayOptions: showForLedger(REDIS) },
		],
		webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' }],
		properties: triggerProperties,
	};

	methods = { credentialTest: { stripeIdempotentApiTest } };

	webhookMethods = {
		default: {
			checkExists: async function (this: IHookFunctions): Promise<boolean> {
				return new EndpointLifecycle(this).checkExists();
			},
			create: async function (this: IHookFunctions): Promise<boolean> {
				return new EndpointLifecycle(this).create();
			},
			delete: async function (this: IHookFunctions): Promise<boolean> {
				return new EndpointLifecycle(this).delete();
			},
		},
	};

	/** Stripe delivers an event. */
	webhook: (this: IWebhookFunctions) => Promise<IWebhookResponseData>;

	/** n8n has stored the run and starts it. */
	execute: (this: IExecuteFunctions) => Promise<INodeExecutionData[][]>;

	/** n8n creates nodes without arguments. Tests inject a clock. */
	constructor(time: TimeSource = systemTime) {
		this.webhook = function () {
			return new WebhookHandler(this, time).handle();
		};
		this.execute = function () {
			return startRun(this, time);
		};
	}
}
