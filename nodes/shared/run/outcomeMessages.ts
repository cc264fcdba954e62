import type { Outcome } from '../../../ledger/model/entry';
import type { PermissionRequest } from '../../../stripe/api/permissions';
import { describePermission, findPermission, readNamedPermissions } from '../../../stripe/api/permissions';
import { getNextStepAfterRejection } from './rejectionMessages';
import { quoteStripeMessage } from './sentence';

/** The outcome of an item: Stripe's response, or why nothing was sent. */
export type ItemOutcome = Outcome['kind'] | 'ledger_unavailable' | 'missing_key' | 'refused' | 'blocked';

export type OutputName = 'success' | 'fix' | 'retry' | 'duplicate' | 'summary';

/** The outputs in n8n's order. */
export const OUTPUTS: readonly { name: OutputName; label: string }[] = [
	{ name: 'success', label: 'Success' },
	{ name: 'fix', label: 'Fix (4xx)' },
	{ name: 'retry', label: 'Retry (5xx)' },
	{ name: 'duplicate', label: 'Duplicate' },
	{ name: 'summary', label: 'Summary' },
];

export function labelOf(output: OutputName): string {
	return OUTPUTS.find(({ name }) => name === output)?.label ?? output;
}

interface OutcomeMessages {
	output: OutputName;
	/** Whether it makes sense to run the same item again later. */
	retryable: boolean;
	/** What happened, for people. Stripe's message follows, if there is one. */
	message: (facts: Partial<Outcome>) => string;
	/** @param request the request to Stripe, if it is known */
	nextStep: (facts: Partial<Outcome>, request?: PermissionRequest) => string;
}

const RUN_AGAIN =
	'Retry later with the same item. The same idempotency key is used, so nothing is charged twice.';

/** Stripe's code for a `Stripe-Account` that the key cannot access (docs.stripe.com/error-codes). */
function isAboutAccount({ statusCode, code }: Partial<Outcome>): boolean {
	return statusCode === 403 && code === 'account_invalid';
}

/** If Stripe's message adds nothing, its decline code gives the reason. */
function describeDecline(facts: Partial<Outcome>): string {
	const { declineCode } = facts;
	const reason = declineCode && quoteStripeMessage('rejected', facts) === '' ? ` (${declineCode})` : '';
	return `The payment was declined${reason}`;
}

/** Returns what helps against each limit (docs.stripe.com/rate-limits). */
function adviseOnRateLimit(reason = ''): string {
	if (reason === 'resource-specific')
		return 'A lower Concurrency does not help: this one object is changed too often, or by a different request right now.';
	return reason.endsWith('-rate')
		? 'Let fewer workflows and programs use this Stripe account at the same time, or lower the option Concurrency.'
		: 'Lower the option Concurrency.';
}

/**
 * Fix = retrying unchanged will not help. Retry = run the same item again later: the same key is used, so nothing is paid
 * twice.
 */
export const OUTCOME_MESSAGES: Readonly<Record<ItemOutcome, OutcomeMessages>> = {
	succeeded: {
		output: 'success',
		retryable: false,
		message: () => 'Completed in Stripe',
		nextStep: () => 'This is completed. Do not repeat it.',
	},
	rejected: {
		output: 'fix',
		retryable: false,
		message: (facts) =>
			facts.statusCode === 402 ? describeDecline(facts) : 'Stripe rejected the request',
		nextStep: getNextStepAfterRejection,
	},
	unauthorized: {
		output: 'fix',
		retryable: false,
		message: (facts) => {
			if (isAboutAccount(facts)) return 'The API key has no access to the connected account';
			return facts.statusCode === 403
				? 'The API key does not have permission for this request'
				: 'Stripe does not accept the API key';
		},
		nextStep: (facts, request) => {
			if (isAboutAccount(facts))
				return 'Check the option Stripe Account, and in the Stripe dashboard under Connect whether that account is still connected to yours. This request had no effect.';
			return facts.statusCode === 403
				? adviseOnPermission(facts, request)
				: 'Enter a valid secret key in the credential and run it again. This request had no effect.';
		},
	},
	conflict: {
		output: 'fix',
		retryable: false,
		message: ({ uncertaintyCause }) =>
			uncertaintyCause === undefined
				? 'The same key was used before for a different request'
				: 'Stripe has this key with different values, from an earlier request that this ledger does not know, so nothing was executed now',
		nextStep: ({ statusCode }) =>
			statusCode === undefined
				? 'If it is the same payment, it is already completed: send the earlier values, or leave it. If it is a new payment, give it its own number, or choose key fields that tell the two apart.'
				: 'The ledger was probably lost, restored from a backup or replaced, or a second one is in use. Do not start a new payment for it. Check what Stripe has with Idempotency Registry → Entry → Reconcile, then run the item again with the values that you find: that records it and pays nothing twice.',
	},
	busy: {
		output: 'retry',
		retryable: true,
		message: ({ statusCode, code }) => {
			if (code === 'lock_timeout')
				return 'Stripe is working on the same object for a different request';
			return statusCode === undefined
				? 'Another run is processing this item right now'
				: 'Stripe is still working on an earlier request with the same key';
		},
		nextStep: () => RUN_AGAIN,
	},
	rate_limited: {
		output: 'retry',
		retryable: true,
		message: ({ rateLimitedReason }) =>
			`Stripe's rate limit was reached${rateLimitedReason ? ` (${rateLimitedReason})` : ''}`,
		nextStep: ({ rateLimitedReason }) => `${adviseOnRateLimit(rateLimitedReason)} ${RUN_AGAIN}`,
	},
	unknown: {
		output: 'retry',
		retryable: true,
		message: () => 'No clear response from Stripe, so it may or may not have been executed',
		nextStep: () => `${RUN_AGAIN} Do not start a new payment for it.`,
	},
	unreachable: {
		output: 'retry',
		retryable: true,
		message: () => 'Stripe could not be reached, so nothing was sent',
		nextStep: () => `Check the network, proxy and Base URL. ${RUN_AGAIN}`,
	},
	ledger_unavailable: {
		output: 'retry',
		retryable: true,
		message: () => 'The ledger cannot be used, so nothing was sent or changed',
		nextStep: () => 'Follow the message, then run it again with the same item.',
	},
	missing_key: {
		output: 'fix',
		retryable: false,
		message: () => 'There is no value from which to derive the key, so nothing was sent',
		nextStep: () => 'Fill the key field and run it again.',
	},
	refused: {
		output: 'fix',
		retryable: false,
		message: () => 'The item cannot be sent as it is',
		nextStep: () => 'Correct it and run it again.',
	},
	blocked: {
		output: 'fix',
		retryable: false,
		message: () => 'This was canceled in the ledger, so nothing was sent',
		nextStep: () => 'Ask the person who canceled it. It will not be sent.',
	},
};

const ADD_IT =
	'Add it in the Stripe dashboard, under Developers → API keys, and run it again. This request had no effect.';

/**
 * Returns what to do about a 403.
 *
 * @param request the refused request; Stripe's message takes precedence
 */
function adviseOnPermission({ message = '' }: Partial<Outcome>, request?: PermissionRequest): string {
	if (message.includes('not available for use by restricted keys'))
		return 'Restricted keys cannot do this. Use a secret key (sk_…) for it. This request had no effect.';
	if (message.includes('does not have any Connect permissions'))
		return `The restricted key lacks all Connect permissions, which the option Stripe Account needs. ${ADD_IT}`;
	return `The restricted key lacks ${describeMissing(message, request)}. ${ADD_IT}`;
}

function describeMissing(message: string, request: PermissionRequest | undefined): string {
	const named = readNamedPermissions(message);
	if (named.length > 0) return named.join(', or ');
	const permission = request && findPermission(request);
	return permission ? describePermission(permission) : 'a permission';
}
