import { randomUUID } from 'node:crypto';

import { TimeUnknownError } from '../../ledger/clock';
import type { Ledger } from '../../ledger/ledger';
import type { AttemptRequest } from '../../payments/attemptRequest';
import type { ExecutionRequest } from '../../payments/executeAttempt';
import { buildHaltCheck } from '../../payments/halt';
import type { MultiStepRequest } from '../../payments/stepRun';
import type { SentInRun } from './cap';
import type { WriteItem } from './item';

/** Builds what is sent for an item once its claim is granted, and the checks before each send. */
export function buildAttemptRequest(item: WriteItem, ledger: Ledger, sentInRun: SentInRun): AttemptRequest {
	const { connection, options, pace, method, path, params, claim } = item;
	const { stripeAccount, timeoutMs, maxRetries, caps } = options;
	const isByToken = claim.token !== undefined;
	const reliesOnStripe = () => mayRelyOnStripe(item);
	const checkKillSwitch = buildHaltCheck(ledger, { isByToken, reliesOnStripe });
	const movesNothing = item.requestedSpend === undefined && !item.isMeasured;
	const checkHalt: AttemptRequest['checkHalt'] = async (entry) => {
		const stop = await checkKillSwitch();
		if (stop || movesNothing) return stop;
		const spend = item.isMeasured ? entry.expectation?.spend : item.requestedSpend;
		return sentInRun.admit(caps, spend, entry.key);
	};
	return { connection, pace, stripeAccount, timeoutMs, maxRetries, method, path, params, checkHalt };
}

/** Builds the request for an operation of several steps, each of which has its own claim. */
export function buildMultiStepRequest(
	{ claim: { retentionMs, afterRejection, byPerson, settleAfterMs }, options }: WriteItem,
	{ ledger, attempt, signal, claim }: ExecutionRequest,
): MultiStepRequest {
	const { verifyNew, waitForBusyMs } = options;
	const rules = { retentionMs, afterRejection, byPerson, settleAfterMs };
	const context = { ledger, attempt, rules, waitForBusyMs, newClaimId: randomUUID, verifyNew, signal };
	return { ...context, claim };
}

/** Requests that bring money in and name their payment method: a duplicate can be refunded. */
const INCOMING_MONEY_PATHS: readonly RegExp[] = [
	/^\/v1\/(?:payment_intents|setup_intents)(?:\/[^/]+(?:\/(?:confirm|capture|cancel|increment_authorization))?)?$/,
	/^\/v1\/charges(?:\/[^/]+(?:\/capture)?)?$/,
	/^\/v1\/(?:customers|products|prices|coupons|promotion_codes|plans|tax_rates|payment_links|invoiceitems)(?:\/[^/]+)?$/,
	/^\/v1\/checkout\/sessions(?:\/[^/]+(?:\/expire)?)?$/,
	/^\/v1\/invoices(?:\/[^/]+(?:\/(?:finalize|pay|send|add_lines))?)?$/,
	/^\/v1\/(?:subscriptions|subscription_items)(?:\/[^/]+)?$/,
	/^\/v1\/payment_methods(?:\/[^/]+(?:\/attach)?)?$/,
];

/**
 * Returns whether a write may be sent with its key alone if the ledger is unavailable and the user allows it. Outgoing money does
 * not come back; a DELETE has no key at Stripe; without the ledger, the intent of a token is not known; and an approval covers
 * one attempt, whose number is in the ledger. A request that is not known to bring money in counts as outgoing. Nothing is sent
 * this way while Stripe's time is unknown, because then the age of the key is unknown too.
 */
export async function mayRelyOnStripe({
	options,
	method,
	path,
	claim,
	connection,
	takesSteps,
}: WriteItem): Promise<boolean> {
	if (options.ledgerUnavailable !== 'relyOnStripe') return false;
	if (method === 'DELETE' || claim.token !== undefined || claim.approval) return false;
	// A multi-step operation has to know which of its steps are done.
	if (takesSteps) return false;
	if (!INCOMING_MONEY_PATHS.some((known) => known.test(path))) return false;
	return connection.clock.ascertain().then(() => true, rethrowUnlessTimeUnknown);
}

function rethrowUnlessTimeUnknown(error: unknown): false {
	if (error instanceof TimeUnknownError) return false;
	throw error;
}
