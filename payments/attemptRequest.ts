import type { Params } from '../ledger/model/request';
import type { Connection } from '../stripe/api/connection';
import type { RunPace } from '../stripe/api/rateLimiter';
import type { RetryPolicy } from '../stripe/api/retry';
import type { QueryContext } from '../stripe/reconcile/stripeQueries';
import type { HaltCheck } from './halt';

/** Where a claimed request goes, with all of its parameters, stored in the ledger or not. */
export interface AttemptRequest extends RetryPolicy {
	connection: Connection;
	/** Of the run that sends it. */
	pace?: RunPace;
	stripeAccount?: string;
	method: 'POST' | 'DELETE';
	path: string;
	params: Params;
	/** Reads the kill switch: asked before every send, repeats and cancellations included. */
	checkHalt: HaltCheck;
}

/**
 * How Stripe is asked about an attempt.
 *
 * @param deadline ms since the epoch; the end of the claim, where one is held
 */
export function toQueryContext(
	{ connection, stripeAccount, timeoutMs, pace }: AttemptRequest,
	signal?: AbortSignal,
	deadline?: number,
): QueryContext {
	return { connection, stripeAccount, timeoutMs, pace, time: connection.clock, signal, deadline };
}
