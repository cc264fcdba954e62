import type { Entry } from '../ledger/model/entry';
import { operationType } from '../ledger/model/entryFacts';
import { sentParamsOf } from '../ledger/model/request';
import type { Ledger } from '../ledger/ledger';
import { remainingRetentionMs } from '../ledger/rules/applyReconciliation';
import type { ClaimRequest } from '../ledger/rules/claimRequest';
import type { RunPace } from '../stripe/api/rateLimiter';
import type { RetryPolicy } from '../stripe/api/retry';
import { leaseDurationMs } from '../stripe/api/retry';
import type { AttemptRequest } from './attemptRequest';
import type { ExecutionRequest, ExecutionResult } from './executeAttempt';
import { executeOnce } from './executeAttempt';
import { executeMultiStep } from './executeMultiStep';
import { buildHaltCheck } from './halt';
import { findIntentOperation } from './intentOperations';
import { isMeasured } from './expectedSpend';
import { stepsLeaseMs, multiStepKindOf } from './steps';
import type { Read } from './spendFacts';
import { readRequestedSpend } from './requestedSpend';
import type { EntryStripeAccess } from './stripeAccess';

/** What is needed to resend an entry of the ledger. */
export interface RetryRequest {
	entry: Entry;
	ledger: Ledger;
	stripe: EntryStripeAccess;
	policy: RetryPolicy;
	/** The pace of the run that sends it. */
	pace?: RunPace;
	/** Generates a unique claim ID. */
	newClaimId: () => string;
	/** Reads an object for the comparison with a token. Its errors are passed on. */
	readObject: Read;
	signal?: AbortSignal;
}

/**
 * Claims, sends and settles the stored request of an entry, with the same code as the payment itself.
 *
 * @throws what `executeOnce` throws
 */
export async function retryEntry(request: RetryRequest): Promise<ExecutionResult> {
	const { entry, ledger, stripe, policy, pace, signal } = request;
	const { method, path, params } = entry.request;
	const isByToken = entry.reservation !== undefined;
	const checkHalt = buildHaltCheck(ledger, { isByToken, reliesOnStripe: async () => false });
	const attempt = { ...stripe, ...policy, pace, method, path, params, checkHalt };
	const token = await buildTokenClaim(entry, request.readObject);
	const claimRequest = { ...buildClaimRequest(entry, attempt, request.newClaimId()), ...token };
	const claim: ExecutionRequest['claim'] = (admission) => ledger.claim(claimRequest, 0, signal, admission);
	const retentionMs = remainingRetentionMs(entry);
	return multiStepKindOf(entry)
		? resumeMultiStep({ ...request, attempt, claimRequest })
		: executeOnce({ ledger, claim, retentionMs, attempt, signal });
}

/** It continues where it stopped; a rejected step stays rejected. */
function resumeMultiStep({
	ledger,
	attempt,
	claimRequest,
	newClaimId,
	signal,
}: RetryRequest & { attempt: AttemptRequest; claimRequest: ClaimRequest }): Promise<ExecutionResult> {
	const { retentionMs, afterRejection, settleAfterMs } = claimRequest;
	const leaseMs = stepsLeaseMs(attempt, 0);
	return executeMultiStep({
		ledger,
		attempt,
		newClaimId,
		signal,
		waitForBusyMs: 0,
		rules: { retentionMs, afterRejection, settleAfterMs },
		claim: () => ledger.claim({ ...claimRequest, leaseMs }, 0, signal),
	});
}

/** The stored request, for the same decision: its origin is kept too. */
function buildClaimRequest(entry: Entry, attempt: AttemptRequest, claimId: string): ClaimRequest {
	const { entryId, operation, fields, mode, account, fingerprint, origin } = entry;
	const { samePayment, harmless, settleAfterMs, onlyOne } = entry;
	const { stripeAccount: _before, ...request } = entry.request;
	const { stripeAccount } = attempt;
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
		onlyOne,
		settleAfterMs,
		request: { ...request, ...(stripeAccount === undefined ? {} : { stripeAccount }) },
		paramsStored: true,
		claimId,
		leaseMs: leaseDurationMs(attempt),
		retentionMs: remainingRetentionMs(entry),
		afterRejection: 'returnStored',
		isRepeat: true,
	};
}

/**
 * A retry cannot bypass a reservation: approval, expiry and the kill switch apply here too, and the amount that the request
 * would move now is read again, as for the payment itself.
 */
async function buildTokenClaim(entry: Entry, readObject: Read): Promise<Pick<ClaimRequest, 'token'>> {
	const { reservation, request } = entry;
	if (!reservation) return {};
	const operation = findIntentOperation(operationType(entry));
	if (!operation) throw new RangeError(`No token can have been given for ${entry.operation}`);
	// The amount was read for this attempt and is stored in the entry.
	if (isMeasured(operation)) return { token: { hash: reservation.tokenHash } };
	const spend = { operation, path: request.path, params: sentParamsOf(request) };
	const { requestedSpend } = await readRequestedSpend(spend, readObject);
	return { token: { hash: reservation.tokenHash, requestedSpend } };
}
