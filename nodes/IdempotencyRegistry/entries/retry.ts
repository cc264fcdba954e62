import type { Entry } from '../../../ledger/model/entry';
import type { FinalClaimDecision } from '../../../ledger/rules/claim';
import { describeBlock } from '../../shared/run/blockMessages';
import type { ExecutionResult } from '../../../payments/executeAttempt';
import { retryEntry } from '../../../payments/retryEntry';
import { toSettledResult } from '../../shared/run/result';
import { getObject } from '../../shared/stripe/reads';
import type { RegistryResult } from '../output/result';
import { answerThrough, refuse, describeEntry } from '../output/result';
import type { RegistryItem } from '../item';
import {
	refuseInFlight,
	refuseRetry,
	refuseOtherMode,
	refuseRejected,
	findRetryRefusal,
} from './retryRefusals';
import { buildRegistryNumberOption, requestsPerSecond, SECOND_MS } from '../options';
import { LOOKUP_OPTIONS, openStripeAccess } from '../stripeAccess';
import { findSingleEntry } from './findEntry';
import { toEntryView } from './entryView';
import {
	alsoReleasedProperty,
	findByProperties,
	limitProperties,
	showFor,
	simplifyEntryProperty,
} from './parameters';
import { retryAllDue } from './retryDue';
import type { RegistryOperation } from '../operation';

const RETRY_SCOPES = ['one', 'due'] as const;

export const retryOperation: RegistryOperation = {
	value: 'retry',
	name: 'Retry',
	action: 'Retry an entry',
	description: 'Resend an unknown or released request from the ledger with its original key',
	humanOnly: {
		rule: 'Entries are resent by a person or a workflow',
		waits: 'is waiting to be retried (to pay with a token, call the payment tool again with the same token)',
	},
	outputs: ['success', 'fix', 'retry', 'refused'],
	needsStripe: true,
	progress: 'retried',
	properties: [
		{
			displayName: 'Which',
			name: 'which',
			type: 'options',
			options: [
				{
					name: 'All That Is Due',
					value: 'due',
					description:
						'All unknown entries, of any age. Those not tried for the longest time first.',
				},
				{ name: 'Single Entry', value: 'one', description: 'The one entry that matches' },
			],
			default: 'one',
		},
		...showFor('which', 'one', findByProperties),
		...showFor('which', 'due', [alsoReleasedProperty, ...limitProperties]),
		simplifyEntryProperty,
	],
	options: [
		buildRegistryNumberOption('maxRetries', 'How often a request without a clear response is repeated'),
		requestsPerSecond,
		buildRegistryNumberOption('timeoutSeconds', 'How long to wait for each response from Stripe'),
	],
	execute: async (item) => {
		if (item.read.choice('which', RETRY_SCOPES) === 'due') return retryAllDue(item, retryExclusively);
		const entry = await findSingleEntry(item);
		return 'kind' in entry ? entry : retryExclusively(item, entry);
	},
};

/** If two items lead to one entry, the second gets the result of the first. */
function retryExclusively(item: RegistryItem, entry: Entry): Promise<RegistryResult> {
	return item.run.mutex.runExclusive(entry.entryId, () => retryOne(item, entry));
}

async function retryOne(item: RegistryItem, entry: Entry): Promise<RegistryResult> {
	if (entry.state === 'succeeded') return toRetrySuccess(item, entry);
	const refusal = findRetryRefusal(entry, item.now());
	if (refusal) return refusal;
	const stripe = (await openStripeAccess(item)).forEntry(entry);
	if (!stripe) return refuseOtherMode(entry);
	const timeoutMs = item.read.optionNumber('timeoutSeconds') * SECOND_MS;
	const maxRetries = item.read.optionNumber('maxRetries');
	const { apiVersion = LOOKUP_OPTIONS.apiVersion } = entry.request;
	const { connection, stripeAccount } = stripe;
	const readRequest = { connection, options: { timeoutMs, maxRetries, apiVersion, stripeAccount } };
	const execution = await retryEntry({
		entry,
		ledger: await item.openLedger(connection.clock),
		stripe,
		policy: { timeoutMs, maxRetries },
		pace: item.getPace(),
		newClaimId: () => item.newClaimId(),
		readObject: (path) => getObject(readRequest, path, item.run.time),
		signal: item.run.signal,
	});
	return execution.kind === 'settled'
		? toRetryResult(item, execution)
		: toNotGrantedResult(item, execution.claim);
}

function toRetryResult(
	item: RegistryItem,
	execution: Extract<ExecutionResult, { kind: 'settled' }>,
): RegistryResult {
	const { outcome, reason, output, facts, warning, ...result } = toSettledResult(execution);
	const { entry } = execution.settled;
	if (outcome === 'succeeded') return toRetrySuccess(item, entry, warning);
	return refuse({
		output: output === 'fix' ? 'fix' : 'retry',
		outcome,
		reason: reason ?? facts.declineCode ?? facts.code,
		message: result.message,
		nextStep: result.nextStep,
		retryable: result.retryable,
		entry,
		facts: {
			statusCode: facts.statusCode ?? null,
			requestId: facts.requestId ?? null,
			adviceCode: facts.adviceCode ?? null,
			objectId: facts.objectId ?? null,
		},
		idempotency: warning === undefined ? {} : { warning },
	});
}

function toRetrySuccess(item: RegistryItem, entry: Entry, warning?: string): RegistryResult {
	const facts = toEntryView(entry, item.now(), { simplify: item.read.flag('simplify') });
	return answerThrough('success', { ...facts, ...(warning === undefined ? {} : { warning }) });
}

function toNotGrantedResult(
	item: RegistryItem,
	claim: Exclude<FinalClaimDecision, { kind: 'granted' }>,
): RegistryResult {
	switch (claim.kind) {
		case 'replay':
			return toRetrySuccess(item, claim.entry);
		case 'stored_rejection':
			return refuseRejected(claim.entry);
		case 'busy':
			return refuseInFlight(claim.entry);
		case 'conflict':
		case 'uncertain':
			return refuseRetry(
				claim.entry,
				'changed',
				`A different request was made under this entry (${describeEntry(claim.entry)}) in the meantime`,
				'Look up the entry again before deciding.',
			);
		case 'blocked': {
			const { message, nextStep } = describeBlock(claim.reason, claim);
			return refuseRetry(claim.entry, claim.reason, message, nextStep);
		}
	}
}
