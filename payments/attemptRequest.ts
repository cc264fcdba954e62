import { isKeyOfOther, sentTimesOf } from '../ledger/rules/uncertainty';
import type { Entry } from '../ledger/model/entry';
import type { LedgerRequest, Params } from '../ledger/model/request';
import { sentMethodOf, sentParamsOf } from '../ledger/model/request';
import type { Connection } from '../stripe/api/connection';
import type { RunPace } from '../stripe/api/rateLimiter';
import type { RetryPolicy } from '../stripe/api/retry';
import { pickConfirmParams } from '../stripe/objects/confirmParams';
import { PAYMENT_INTENTS } from '../stripe/reconcile/earlierPayment';
import type { EntryAsSent } from '../stripe/reconcile/finding';
import type { QueryContext } from '../stripe/reconcile/stripeQueries';
import type { HaltCheck } from './halt';

/** How and where a claimed request is sent, with all its parameters, including those that the ledger does not store. */
export interface AttemptRequest extends RetryPolicy {
	connection: Connection;
	/** The pace of the run that sends it. */
	pace?: RunPace;
	stripeAccount?: string;
	method: 'POST' | 'DELETE';
	path: string;
	params: Params;
	/** Reads the kill switch; called before every send, including retries and cancellations. */
	checkHalt: HaltCheck;
}

/**
 * Builds the context for queries to Stripe about an attempt.
 *
 * @param deadline ms since the epoch; the end of the lease if a claim is active
 */
export function toQueryContext(
	{ connection, stripeAccount, timeoutMs, pace }: AttemptRequest,
	signal?: AbortSignal,
	deadline?: number,
): QueryContext {
	return { connection, stripeAccount, timeoutMs, pace, time: connection.clock, signal, deadline };
}

/**
 * Returns the request as it is sent: with the parameters that the node adds, and the path and the method that a look-up chose; or the
 * confirmation, if a declined payment is confirmed again instead of creating a new one.
 */
export function toSentRequest({ request, renewal }: Pick<Entry, 'request' | 'renewal'>): LedgerRequest {
	const { added: _added, sentMethod: _sentMethod, sentPath = request.path, ...stored } = request;
	const ownRequest = { ...stored, method: sentMethodOf(request), path: sentPath };
	const params = sentParamsOf(request);
	const confirms = renewal?.confirms;
	if (!confirms) return { ...ownRequest, params };
	const path = `${PAYMENT_INTENTS}/${encodeURIComponent(confirms.id)}/confirm`;
	return { ...ownRequest, path, params: pickConfirmParams(params) };
}

/**
 * Returns the entry with its request as it was sent, to compare it with Stripe's records.
 *
 * @param now ms since the epoch
 */
export function toSentEntry(entry: Entry, now: number): EntryAsSent {
	const asSent = { ...entry, request: toSentRequest(entry), isAsSent: true } as const;
	const sent = sentTimesOf(entry, now);
	return isKeyOfOther(entry) ? { ...asSent, sent, isKeyOfOther: true } : { ...asSent, sent };
}

/** Like `toSentEntry`, with all parameters of its request, even if the ledger does not store them. */
export function toCompleteEntry(
	entry: Entry,
	{ request }: Pick<Entry, 'request'>,
	{ params, connection }: AttemptRequest,
): EntryAsSent {
	const complete = { ...entry, request: { ...request, params }, paramsStored: true };
	return toSentEntry(complete, connection.clock.now());
}
