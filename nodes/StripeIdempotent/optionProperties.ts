import type { INodeProperties } from 'n8n-workflow';

import { DEFAULT_API_VERSION } from '../../stripe/api/connection';
import { afterRejectionProperty } from '../shared/key/afterRejection';
import { markDescribing } from '../shared/parameters/describing';
import { ledgerOptionProperties } from '../shared/ledger/ledgerParameters';
import { CAP_LABELS } from './cap';
import type { NumberOption } from '../shared/parameters/numberOption';
import { buildNumberProperty } from '../shared/parameters/numberOption';

export const STRIPE_NUMBERS = {
	concurrency: { label: 'Concurrency', default: 5, min: 1, max: 25, isWhole: true },
	maxRetries: { label: 'Max Retries', default: 2, min: 0, max: 10, isWhole: true },
	retentionDays: { label: 'Retention (Days)', default: 400, min: 2, max: 3650 },
	settleAfterDays: { label: 'Settle After (Days)', default: 3, min: 3, max: 25 },
	timeoutSeconds: { label: 'Timeout (Seconds)', default: 80, min: 1, max: 300 },
	waitForBusySeconds: { label: 'Wait for Busy (Seconds)', default: 30, min: 0, max: 600 },
} as const satisfies Record<string, NumberOption>;

export type StripeNumberName = keyof typeof STRIPE_NUMBERS;

function buildStripeNumberOption(name: StripeNumberName, description: string): INodeProperties {
	return buildNumberProperty(name, STRIPE_NUMBERS[name], description);
}

/** Visible, not an option: it decides what people see first. */
export const simplifyProperty: INodeProperties = markDescribing({
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
});

export const optionProperties: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		afterRejectionProperty,
		{
			displayName: 'API Version',
			name: 'apiVersion',
			type: 'string',
			default: DEFAULT_API_VERSION,
			description: "Version of Stripe's API to speak",
		},
		{
			displayName: CAP_LABELS.chargeAtMostPerItem,
			name: 'chargeAtMostPerItem',
			type: 'string',
			default: '',
			placeholder: 'e.g. 500 EUR, 450 GBP',
			description:
				'The most that one item may charge, capture or refund. What is more, or in a currency that is not named, is not sent.',
		},
		{
			displayName: CAP_LABELS.chargeAtMostPerRun,
			name: 'chargeAtMostPerRun',
			type: 'string',
			default: '',
			placeholder: 'e.g. 20000 EUR',
			description:
				'The most that all items of one run may move together. What an earlier run has done does not count; what is sent counts, whatever comes of it.',
		},
		buildStripeNumberOption('concurrency', 'How many items are sent at the same time'),
		markDescribing({
			displayName: 'Duplicates',
			name: 'duplicates',
			type: 'options',
			options: [
				{
					name: 'Duplicate Output',
					value: 'output',
					description: 'Items already completed by an earlier run go to Duplicate',
				},
				{
					name: 'Success Output',
					value: 'success',
					description: 'They go to Success, marked as replayed',
				},
			],
			default: 'success',
			description: 'Where items go that an earlier run has completed',
		}),
		markDescribing({
			displayName: 'Expand',
			name: 'expand',
			type: 'string',
			default: '',
			placeholder: 'e.g. customer,latest_charge',
			description:
				'Comma-separated list of the references that Stripe replaces by the whole object. Decide on it before the first run: with another list, what was done looks like another request.',
		}),
		{
			displayName: 'If Ledger Is Unavailable',
			name: 'ledgerUnavailable',
			type: 'options',
			options: [
				{
					name: 'Rely on Stripe',
					value: 'relyOnStripe',
					description:
						'Send with the derived key, which Stripe remembers for 24 hours only. Never for refunds and other money out, tokens and DELETE.',
				},
				{
					name: 'Stop',
					value: 'stop',
					description: 'Send nothing; the item leaves through Retry',
				},
			],
			default: 'stop',
			description: 'What to do when it cannot be known what was sent before',
		},
		{
			displayName: 'Include Client Secret',
			name: 'includeClientSecret',
			type: 'boolean',
			default: false,
			description:
				"Whether to return the client secret with which the customer's browser goes on with the payment. It is read from Stripe for the item, and never kept: n8n keeps it with the execution, unless you switch that off.",
		},
		buildStripeNumberOption(
			'maxRetries',
			'How often a request is repeated by itself after a timeout or server fault, always with the same key',
		),
		...ledgerOptionProperties,
		{
			displayName: 'Require Token',
			name: 'requireToken',
			type: 'boolean',
			default: false,
			description:
				'Whether to refuse whatever comes without a token of the Idempotency Registry. As the tool of an AI agent it is on unless you switch it off here.',
		},
		buildStripeNumberOption(
			'retentionDays',
			'How long what was done is remembered. What is unknown is never forgotten.',
		),
		markDescribing({
			displayName: 'Server Errors',
			name: 'serverErrors',
			type: 'options',
			options: [
				{ name: 'Retry Output', value: 'output', description: 'Items go to Retry (5xx)' },
				{
					name: 'Stop the Workflow',
					value: 'throw',
					description:
						"So that n8n's Retry On Fail and error workflow see it; a repeat sends the same keys",
				},
			],
			default: 'output',
			description: 'What to do with items whose outcome is not known or may be repeated',
		}),
		buildStripeNumberOption(
			'settleAfterDays',
			'After how many days something that Stripe does not show, and may still do after an error of its own, is believed not to have been done. Longer is safer.',
		),
		markDescribing({
			displayName: 'Store Parameters',
			name: 'storeParameters',
			type: 'boolean',
			default: true,
			description:
				'Whether the ledger keeps the parameters of a request, so that a conflict can name what differs. If off, it keeps only their fingerprint.',
		}),
		{
			displayName: 'Stripe Account',
			name: 'stripeAccount',
			type: 'string',
			default: '',
			placeholder: 'e.g. acct_1032D82eZvKYlo2C',
			description: 'Connected account to act for',
		},
		buildStripeNumberOption('timeoutSeconds', 'How long to wait for one answer'),
		{
			displayName: 'Verify New',
			name: 'verifyNew',
			type: 'boolean',
			default: false,
			description:
				'Whether to ask Stripe first if it already has what the ledger does not know. For a ledger that was lost or restored from a backup; slower.',
		},
		buildStripeNumberOption(
			'waitForBusySeconds',
			'How long to wait when another run is doing the same right now',
		),
	],
};
