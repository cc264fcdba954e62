import type { Outcome } from '../../../ledger/model/entry';
import { getNextStepAfterRejection } from './rejectionMessages';

/** What an item can leave with: what Stripe said, or why Stripe was not asked. */
export type ItemOutcome = Outcome['kind'] | 'ledger_unavailable' | 'missing_key' | 'refused' | 'blocked';

export type OutputName = 'success' | 'clientError' | 'serverError' | 'duplicate';

/** The outputs in n8n's order. */
export const OUTPUTS: readonly { name: OutputName; label: string }[] = [
	{ name: 'success', label: 'Success' },
	{ name: 'clientError', label: 'Fix (4xx)' },
	{ name: 'serverError', label: 'Retry (5xx)' },
	{ name: 'duplicate', label: 'Duplicate' },
];

interface OutcomeMessages {
	output: OutputName;
	/** Whether to run the same item again, later and unchanged, makes sense. */
	retryable: boolean;
	/** What happened, for a person; Stripe's own words follow where there are any. */
	message: (facts: Partial<Outcome>) => string;
	nextStep: (facts: Partial<Outcome>) => string;
}

const RUN_AGAIN = 'Run it again later with the same item: the same key is used, and nothing is paid twice.';

/** Stripe's code for a `Stripe-Account` that the key does not reach (docs.stripe.com/error-codes). */
function isAboutAccount({ statusCode, code }: Partial<Outcome>): boolean {
	return statusCode === 403 && code === 'account_invalid';
}

/** What helps against which limit (docs.stripe.com/rate-limits). */
function adviseOnRateLimit(reason = ''): string {
	if (reason === 'resource-specific')
		return 'A lower Concurrency does not help: this one object is changed too often, or by another request right now.';
	return reason.endsWith('-rate')
		? 'Let fewer workflows and programs use this Stripe account at the same time, or lower the option Concurrency.'
		: 'Lower the option Concurrency.';
}

/**
 * The rule to remember: Fix = repeating it unchanged is pointless. Retry = run it again later, same item:
 * the same key is used, nothing is paid twice.
 */
export const OUTCOME_MESSAGES: Readonly<Record<ItemOutcome, OutcomeMessages>> = {
	succeeded: {
		output: 'success',
		retryable: false,
		message: () => 'Done in Stripe',
		nextStep: () => 'This is done. Do not do it again.',
	},
	rejected: {
		output: 'clientError',
		retryable: false,
		message: ({ statusCode }) =>
			statusCode === 402 ? 'The payment was declined' : 'Stripe rejected the request',
		nextStep: getNextStepAfterRejection,
	},
	unauthorized: {
		output: 'clientError',
		retryable: false,
		message: (facts) => {
			if (isAboutAccount(facts)) return 'The API key has no access to the connected account';
			return facts.statusCode === 403
				? 'The API key may not do this'
				: 'Stripe does not accept the API key';
		},
		nextStep: (facts) => {
			if (isAboutAccount(facts))
				return 'Check the option Stripe Account, and in the Stripe dashboard under Connect whether that account is still connected to yours. This request did nothing.';
			return facts.statusCode === 403
				? 'Give the restricted key the permission it lacks, in the Stripe dashboard under API keys, and run it again. This request did nothing.'
				: 'Put a valid secret key into the credential and run it again. This request did nothing.';
		},
	},
	conflict: {
		output: 'clientError',
		retryable: false,
		message: () => 'The same key was used before for another request',
		nextStep: ({ statusCode }) =>
			statusCode === undefined
				? 'If it is the earlier one, it is done: send the earlier values, or leave it. If it is a new one, give it a number of its own, or choose key fields that tell the two apart.'
				: 'Stripe knows this key with other values than the ledger does, so the ledger was probably lost or replaced. Look in the Stripe dashboard for what was done under it before you do anything else.',
	},
	busy: {
		output: 'serverError',
		retryable: true,
		message: () => 'Another run is doing this right now',
		nextStep: () => RUN_AGAIN,
	},
	rate_limited: {
		output: 'serverError',
		retryable: true,
		message: ({ rateLimitedReason }) =>
			`Stripe asks to go slower${rateLimitedReason ? ` (${rateLimitedReason})` : ''}`,
		nextStep: ({ rateLimitedReason }) => `${adviseOnRateLimit(rateLimitedReason)} ${RUN_AGAIN}`,
	},
	unknown: {
		output: 'serverError',
		retryable: true,
		message: () => 'No clear answer from Stripe: it may or may not have been done',
		nextStep: () => `${RUN_AGAIN} Do not start a new payment for it.`,
	},
	unreachable: {
		output: 'serverError',
		retryable: true,
		message: () => 'Stripe could not be reached, nothing was sent',
		nextStep: () => `Check the network, proxy and Base URL. ${RUN_AGAIN}`,
	},
	ledger_unavailable: {
		output: 'serverError',
		retryable: true,
		message: () => 'The ledger cannot be used, so nothing was sent to Stripe',
		nextStep: () => 'Do what the message says, then run it again with the same item.',
	},
	missing_key: {
		output: 'clientError',
		retryable: false,
		message: () => 'There is no value to derive the key from, so nothing was sent',
		nextStep: () => 'Fill the key field and run it again.',
	},
	refused: {
		output: 'clientError',
		retryable: false,
		message: () => 'The item cannot be sent as it is',
		nextStep: () => 'Correct it and run it again.',
	},
	blocked: {
		output: 'clientError',
		retryable: false,
		message: () => 'This was stopped in the ledger, so nothing was sent',
		nextStep: () => 'Ask the person who stopped it. It will not be sent while it stays stopped.',
	},
};
