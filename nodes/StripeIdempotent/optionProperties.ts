import type { INodeProperties } from 'n8n-workflow';

import { DEFAULT_API_VERSION } from '../../stripe/api/connection';
import { afterRejectionProperty } from '../shared/key/afterRejection';
import { markDescribing } from '../shared/parameters/describing';
import { ledgerOptionProperties } from '../shared/ledger/ledgerParameters';
import { CAP_LABELS } from './cap';
import { buildOnlyCustomerProperty } from '../shared/parameters/onlyCustomer';
import { buildPicker } from '../shared/parameters/picker';
import type { NumberOption } from '../shared/parameters/numberOption';
import { buildNumberProperty } from '../shared/parameters/numberOption';

export const STRIPE_NUMBERS = {
	concurrency: { label: 'Concurrency', min: 1, max: 50, isWhole: true },
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

/** A visible parameter and not an option, because it determines the output that people see first. */
export const simplifyProperty: INodeProperties = markDescribing({
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
	// A custom call returns Stripe's response unchanged.
	displayOptions: { hide: { resource: ['customApiCall'] } },
});

export const optionProperties: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add Option',
	default: {},
	options: [
		markDescribing({
			displayName: 'After Expiry',
			name: 'afterExpiry',
			type: 'options',
			options: [
				{
					name: 'New Attempt',
					value: 'newAttempt',
					description: 'A later run creates a new link',
				},
				{
					name: 'Return Expired Link',
					value: 'return',
					description: 'The item goes to Success, marked as expired',
				},
			],
			default: 'return',
			description: 'What to do if the checkout session that an earlier run created has expired',
		}),
		afterRejectionProperty,
		{
			displayName: 'API Version',
			name: 'apiVersion',
			type: 'string',
			default: DEFAULT_API_VERSION,
			description: "Version of Stripe's API to use",
		},
		{
			displayName: 'Approved Check',
			name: 'approvedCheck',
			type: 'string',
			default: '',
			placeholder: 'e.g. {{ $json.check }}',
			description:
				'What Check Only returned as check and a person approved. An item without it, or that has changed since, is not sent and goes to Fix (4xx).',
		},
		{
			displayName: CAP_LABELS.chargeAtMostPerItem,
			name: 'chargeAtMostPerItem',
			type: 'string',
			default: '',
			placeholder: 'e.g. 500 EUR, 450 GBP',
			description:
				'Maximum that one item can charge, capture or refund. Larger amounts and currencies not listed are not sent.',
		},
		{
			displayName: CAP_LABELS.chargeAtMostPerRun,
			name: 'chargeAtMostPerRun',
			type: 'string',
			default: '',
			placeholder: 'e.g. 20000 EUR',
			description:
				'Maximum that all items of one run can move together, with its tries by Retry On Fail. Each turn of a loop is a run of its own. Replays of earlier runs do not count. Everything sent counts, whatever its outcome.',
		},
		{
			displayName: 'Check Only',
			name: 'checkOnly',
			type: 'boolean',
			default: false,
			description:
				'Whether to send and write nothing, and only report for each item what a run would do. All items leave through the output Checked.',
		},
		buildStripeNumberOption(
			'concurrency',
			'Number of items sent at the same time. Leave empty to let the node find how fast Stripe accepts them.',
		),
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
			description: 'Where to send items already completed by an earlier run',
		}),
		markDescribing({
			displayName: 'Expand',
			name: 'expand',
			type: 'string',
			default: '',
			placeholder: 'e.g. customer,latest_charge',
			description:
				'Comma-separated list of references that Stripe returns as full objects. Set it before the first run: changing the list makes earlier payments look like different requests.',
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
						'Send with the derived key, which Stripe remembers for only 24 hours. Never used for refunds and other money out, tokens or DELETE.',
				},
				{
					name: 'Stop',
					value: 'stop',
					description: 'Send nothing. The item goes to Retry (5xx).',
				},
			],
			default: 'stop',
			description: 'What to do when the ledger cannot be read, so that earlier sends are not known',
		},
		{
			displayName: 'Include Client Secret',
			name: 'includeClientSecret',
			type: 'boolean',
			default: false,
			description:
				"Whether to return the client secret with which the customer's browser continues the payment. It is read from Stripe and never stored by this node, but n8n stores it with the execution unless you turn that off.",
		},
		buildStripeNumberOption(
			'maxRetries',
			'How often a request is retried automatically after a timeout or server error, always with the same key',
		),
		...ledgerOptionProperties,
		buildOnlyCustomerProperty(
			'ID of the only customer that may be read or changed, e.g. the one who is chatting with an AI agent. Everything else is refused, whatever a model asks for. Prices and other parts of the catalog can be read.',
		),
		{
			displayName: 'Require Token',
			name: 'requireToken',
			type: 'boolean',
			default: false,
			description:
				'Whether to refuse items without a token of the Idempotency Registry. As the tool of an AI agent, it is on unless you turn it off here.',
		},
		buildStripeNumberOption(
			'retentionDays',
			'How long resolved entries are kept. Unknown outcomes are never deleted.',
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
						"Lets n8n's Retry On Fail and error workflow handle it. A retry sends the same keys.",
				},
			],
			default: 'output',
			description: 'Where to send items whose outcome is unknown or that can be retried',
		}),
		buildStripeNumberOption(
			'settleAfterDays',
			'Days after which a request that Stripe does not show is treated as never executed. Until then Stripe may still execute it after an error of its own. Longer is safer.',
		),
		markDescribing({
			displayName: 'Store Parameters',
			name: 'storeParameters',
			type: 'boolean',
			default: true,
			description:
				'Whether the ledger stores request parameters, so that a conflict can name the differences. If off, only their fingerprint is stored.',
		}),
		{
			...buildPicker(
				'account',
				{
					displayName: 'Stripe Account',
					required: false,
					description: 'Connected account to act for',
				},
				'searchConnectedAccount',
			),
			name: 'stripeAccount',
		},
		markDescribing({
			displayName: 'Summary Item',
			name: 'summaryItem',
			type: 'boolean',
			default: false,
			description:
				'Whether to add the output Summary: one item per run with counts and money in words and as data, for a message or an email',
		}),
		buildStripeNumberOption('timeoutSeconds', 'How long to wait for each response from Stripe'),
		{
			displayName: 'Verify New',
			name: 'verifyNew',
			type: 'boolean',
			default: false,
			description:
				'Whether to check Stripe first for payments the ledger does not have. For a ledger that was lost or restored from a backup. Slower.',
		},
		buildStripeNumberOption(
			'waitForBusySeconds',
			'How long to wait while another run is processing the same key',
		),
	],
};

/** Options about keys, entries and money that moves. A read has none of these. */
export const OPTIONS_OF_WRITES: ReadonlySet<string> = new Set([
	'afterExpiry',
	'afterRejection',
	'approvedCheck',
	'chargeAtMostPerItem',
	'chargeAtMostPerRun',
	'duplicates',
	'ledgerUnavailable',
	'requireToken',
	'retentionDays',
	'settleAfterDays',
	'storeParameters',
	'verifyNew',
	'waitForBusySeconds',
]);
