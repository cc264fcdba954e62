import { operationType } from '../../../ledger/model/entryFacts';
import type { Entry } from '../../../ledger/model/entry';
import type { SettleResult } from '../../../ledger/settlements';
import { sentParamsOf } from '../../../ledger/model/request';
import type { FinalClaimDecision } from '../../../ledger/rules/claim';
import type { ClaimRequest } from '../../../ledger/rules/claimRequest';
import { remainingRetentionMs } from '../../../ledger/rules/applyReconciliation';
import { leaseDurationMs } from '../../../stripe/api/retry';
import { describeBlock } from '../../shared/run/blockMessages';
import type { AttemptReport } from '../../../payments/executeAttempt';
import { executeOnce } from '../../../payments/executeAttempt';
import { getHaltRule, buildHaltCheck } from '../../../payments/halt';
import { getHaltWarning, getHaltMessage } from '../../shared/run/halt';
import { getMovedWarning } from '../../shared/run/movedWarning';
import type { AttemptRequest } from '../../../payments/attemptRequest';
import { getNotSentMessage } from '../../shared/run/notSent';
import { toItemResult } from '../../shared/run/result';
import { getObject } from '../../shared/stripe/reads';
import { readRequestedSpend } from '../../shared/stripe/requestedSpend';
import type { RegistryResult } from '../output/result';
import { answerThrough, refuse } from '../output/result';
import { describeEntry } from '../output/describeEntry';
import type { RegistryItem } from '../item';
import {
	refuseInFlight,
	refuseRetry,
	refuseOtherMode,
	refuseRejected,
	findRetryRefusal,
} from './retryRefusals';
import { buildRegistryNumberOption, requestsPerSecond, SECOND_MS } from '../options';
import { LOOKUP_OPTIONS, ItemStripeAccess } from './stripeAccess';
import { findSingleEntry } from './findEntry';
import { toEntryView } from './entryView';
import {
	alsoReleasedProperty,
	findByProperties,
	limitProperties,
	showFor,
	simplifyProperty,
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
	outputs: ['success', 'clientError', 'serverError', 'refused'],
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
		simplifyProperty,
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

/** Two that lead to one entry: the second finds what has come of the first. */
function retryExclusively(item: RegistryItem, entry: Entry): Promise<RegistryResult> {
	return item.run.mutex.runExclusive(entry.entryId, () => retryEntry(item, entry));
}

async function retryEntry(item: RegistryItem, entry: Entry): Promise<RegistryResult> {
	if (entry.state === 'succeeded') return toRetrySuccess(item, entry);
	const refusal = findRetryRefusal(entry, item.now());
	if (refusal) return refusal;
	const stripe = (await ItemStripeAccess.of(item)).forEntry(entry);
	if (!stripe) return refuseOtherMode(entry);
	const { method, path, params } = entry.request;
	const timeoutMs = item.read.optionNumber('timeoutSeconds') * SECOND_MS;
	const maxRetries = item.read.optionNumber('maxRetries');
	const ledger = await item.openLedger(stripe.connection.clock);
	const isByToken = entry.reservation !== undefined;
	const checkHalt = buildHaltCheck(ledger, { isByToken, reliesOnStripe: async () => false });
	const attemptRequest = {
		...stripe,
		method,
		path,
		params,
		timeoutMs,
		maxRetries,
		rateLimiter: item.getRateLimiter(),
		checkHalt,
	};
	const claimRequest = {
		...buildRetryClaimRequest(item, entry, attemptRequest),
		...(await buildTokenClaim(item, entry, attemptRequest)),
	};
	const { signal } = item.run;
	const claim = () => ledger.claim(claimRequest, 0, signal);
	const execution = await executeOnce({
		ledger,
		claim,
		retentionMs: remainingRetentionMs(entry),
		attempt: attemptRequest,
		signal,
	});
	if (execution.kind === 'not_granted') return toNotGrantedResult(item, execution.claim);
	return toRetryResult(item, execution.settled, execution.report);
}

function toRetryResult(
	item: RegistryItem,
	{ outcome, entry, warning: ledgerWarning }: SettleResult,
	report: AttemptReport,
): RegistryResult {
	const warnings = [ledgerWarning, getHaltWarning(report.halt), getMovedWarning(entry)].filter(Boolean);
	const warning = warnings.length > 0 ? warnings.join(' ') : undefined;
	if (outcome.kind === 'succeeded') return toRetrySuccess(item, entry, warning);
	const details = { ...getNotSentMessage(outcome), ...getHaltMessage(outcome) };
	const { output, message, nextStep, retryable } = toItemResult(outcome, details);
	const reason = outcome.declineCode ?? outcome.code;
	return refuse({
		...(getHaltRule(outcome) !== undefined
			? ({ output: 'clientError', outcome: 'blocked', reason: 'payments_stopped' } as const)
			: {
					output: output === 'clientError' ? 'clientError' : 'serverError',
					outcome: outcome.kind,
					reason,
				}),
		message,
		nextStep,
		retryable,
		entry,
		facts: {
			statusCode: outcome.statusCode ?? null,
			requestId: outcome.requestId ?? null,
			adviceCode: outcome.adviceCode ?? null,
			objectId: outcome.objectId ?? null,
		},
		idempotency: warning === undefined ? {} : { warning },
	});
}

function toRetrySuccess(item: RegistryItem, entry: Entry, warning?: string): RegistryResult {
	const facts = toEntryView(entry, item.now(), item.read.flag('simplify'));
	return answerThrough('success', { ...facts, ...(warning === undefined ? {} : { warning }) });
}

/** The request as it stands in the ledger, for the decision that was made then: where it came from stays too. */
function buildRetryClaimRequest(item: RegistryItem, entry: Entry, policy: AttemptRequest): ClaimRequest {
	const { entryId, operation, fields, mode, account, fingerprint, origin } = entry;
	const { samePayment, harmless, settleAfterMs: settleMs } = entry;
	const { stripeAccount: _before, ...request } = entry.request;
	const { stripeAccount } = policy;
	return {
		entryId,
		operation,
		fields,
		mode,
		account,
		fingerprint,
		origin,
		samePayment,
		harmless,
		settleAfterMs: settleMs,
		request: { ...request, ...(stripeAccount === undefined ? {} : { stripeAccount }) },
		paramsStored: true,
		claimId: item.newClaimId(),
		leaseMs: leaseDurationMs(policy),
		retentionMs: remainingRetentionMs(entry),
		afterRejection: 'returnStored',
		isRepeat: true,
	};
}

/**
 * What was reserved is not paid around its reservation: an approval, an end and the kill switch hold here too, and what the
 * request would move by now is looked at once more, as at the payment itself.
 *
 * @throws PreflightError where Stripe does not show the object
 */
async function buildTokenClaim(
	item: RegistryItem,
	entry: Entry,
	attemptRequest: AttemptRequest,
): Promise<Pick<ClaimRequest, 'token'>> {
	const { reservation, request } = entry;
	if (!reservation) return {};
	const { connection, stripeAccount, timeoutMs, maxRetries, path } = attemptRequest;
	const { apiVersion = LOOKUP_OPTIONS.apiVersion } = request;
	const readRequest = { connection, options: { timeoutMs, maxRetries, apiVersion, stripeAccount } };
	const { requestedSpend } = await readRequestedSpend(
		{ name: operationType(entry), path, params: sentParamsOf(request) },
		(of) => getObject(readRequest, of, item.run.time),
	);
	return { token: { hash: reservation.tokenHash, requestedSpend } };
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
