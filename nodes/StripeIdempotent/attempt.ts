import { randomUUID } from 'node:crypto';

import type { Ledger } from '../../ledger/ledger';
import type { AttemptRequest } from '../../payments/attemptRequest';
import type { BillRequest } from '../../payments/executeBill';
import type { ExecutionRequest } from '../../payments/executeAttempt';
import { buildHaltCheck } from '../../payments/halt';
import type { SentInRun } from './cap';
import type { WriteItem } from './item';
import { mayRelyOnStripe } from './reliance';

/** What is sent for an item once its claim is granted, and what may still keep it from leaving. */
export function buildAttemptRequest(item: WriteItem, ledger: Ledger, sentInRun: SentInRun): AttemptRequest {
	const { connection, options, pace, method, path, params, claim } = item;
	const { stripeAccount, timeoutMs, maxRetries, caps } = options;
	const isByToken = claim.token !== undefined;
	const reliesOnStripe = () => mayRelyOnStripe(item);
	const checkKillSwitch = buildHaltCheck(ledger, { isByToken, reliesOnStripe });
	const movesNothing = item.requestedSpend === undefined && !item.isMeasured;
	const checkHalt: AttemptRequest['checkHalt'] = async ({ expectation, key }) => {
		const stop = await checkKillSwitch();
		if (stop || movesNothing) return stop;
		return sentInRun.admit(caps, item.isMeasured ? expectation?.spend : item.requestedSpend, key);
	};
	return { connection, pace, stripeAccount, timeoutMs, maxRetries, method, path, params, checkHalt };
}

/** The same for what takes several steps: each has a claim like that of the whole. */
export function buildBillRequest(
	{ claim: { retentionMs, afterRejection, byPerson, settleAfterMs }, options }: WriteItem,
	{ ledger, attempt, signal, claim }: ExecutionRequest,
): BillRequest {
	const { verifyNew, waitForBusyMs } = options;
	const rules = { retentionMs, afterRejection, byPerson, settleAfterMs };
	const context = { ledger, attempt, rules, waitForBusyMs, newClaimId: randomUUID, verifyNew, signal };
	return { ...context, claim: () => claim(undefined) };
}
