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
import { billLeaseMs, isBill } from './bill';
import { executeBill } from './executeBill';
import type { ExecutionRequest, ExecutionResult } from './executeAttempt';
import { executeOnce } from './executeAttempt';
import { buildHaltCheck } from './halt';
import { findIntentOperation } from './intentOperations';
import { isMeasured } from './expectedSpend';
import type { Read } from './spendFacts';
import { readRequestedSpend } from './requestedSpend';
import type { EntryStripeAccess } from './stripeAccess';

/** What is needed to send once more what stands in the ledger. */
export interface RetryRequest {
	entry: Entry;
	ledger: Ledger;
	stripe: EntryStripeAccess;
	policy: RetryPolicy;
	/** Of the run that sends it. */
	pace?: RunPace;
	/** Gives a name that no other claim has. */
	newClaimId: () => string;
	/** Reads an object that a token is compared with; what it throws is thrown on. */
	readObject: Read;
	signal?: AbortSignal;
}

/** Claim → send → settle for the request of an entry, as the payment itself does it. */
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
	return isBill(entry)
		? resumeBill({ ...request, attempt, claimRequest })
		: executeOnce({ ledger, claim, retentionMs, attempt, signal });
}

/** A bill goes on where it stopped: what was rejected stays so. */
function resumeBill({
	ledger,
	attempt,
	claimRequest,
	newClaimId,
	signal,
}: RetryRequest & { attempt: AttemptRequest; claimRequest: ClaimRequest }): Promise<ExecutionResult> {
	const { retentionMs, afterRejection, settleAfterMs } = claimRequest;
	const leaseMs = billLeaseMs(attempt, 0);
	return executeBill({
		ledger,
		attempt,
		newClaimId,
		signal,
		waitForBusyMs: 0,
		rules: { retentionMs, afterRejection, settleAfterMs },
		claim: () => ledger.claim({ ...claimRequest, leaseMs }, 0, signal),
	});
}

/** The request as it stands in the ledger, for the decision that was made then: where it came from stays too. */
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
 * What was reserved is not paid around its reservation: an approval, an end and the kill switch hold here too, and what the
 * request would move by now is looked at once more, as at the payment itself.
 */
async function buildTokenClaim(entry: Entry, readObject: Read): Promise<Pick<ClaimRequest, 'token'>> {
	const { reservation, request } = entry;
	if (!reservation) return {};
	const operation = findIntentOperation(operationType(entry));
	if (!operation) throw new RangeError(`No token can have been given for ${entry.operation}`);
	// What it would move was read for the attempt, and stands in the entry.
	if (isMeasured(operation)) return { token: { hash: reservation.tokenHash } };
	const spend = { operation, path: request.path, params: sentParamsOf(request) };
	const { requestedSpend } = await readRequestedSpend(spend, readObject);
	return { token: { hash: reservation.tokenHash, requestedSpend } };
}
