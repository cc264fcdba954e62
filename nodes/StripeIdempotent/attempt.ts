import { randomUUID } from 'node:crypto';

import { TimeUnknownError } from '../../ledger/clock';
import type { Ledger } from '../../ledger/ledger';
import type { AttemptRequest } from '../../payments/attemptRequest';
import type { BillRequest } from '../../payments/executeBill';
import type { ExecutionRequest } from '../../payments/executeAttempt';
import { buildHaltCheck } from '../../payments/halt';
import type { SentInRun } from './cap';
import type { WriteItem } from './item';

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

/** What is asked for, from whom money comes in, and with what: a second time of it can be given back. */
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
 * Whether a write may be sent by its key alone where the ledger cannot be used, as the user wants. Money that has gone out does
 * not come back by itself; a DELETE has no key at Stripe; and without the ledger nobody knows what a token was given for. What
 * is not known to bring money in counts as what takes it out. What was approved is one attempt, and which one it is stands in
 * the ledger. Nor is anything sent so while Stripe's time is not known: how
 * long Stripe remembers the key would not be known either.
 */
export async function mayRelyOnStripe({
	options,
	method,
	path,
	claim,
	connection,
	isBill,
}: WriteItem): Promise<boolean> {
	if (options.ledgerUnavailable !== 'relyOnStripe') return false;
	if (method === 'DELETE' || claim.token !== undefined || claim.approval) return false;
	// What is done in steps has to know which are done.
	if (isBill) return false;
	if (!INCOMING_MONEY_PATHS.some((known) => known.test(path))) return false;
	return connection.clock.ascertain().then(() => true, rethrowUnlessTimeUnknown);
}

function rethrowUnlessTimeUnknown(error: unknown): false {
	if (error instanceof TimeUnknownError) return false;
	throw error;
}
