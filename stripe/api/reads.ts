import type { Outcome } from '../../ledger/model/entry';
import type { TimeSource } from '../../ledger/clock';
import { stopwatch } from '../../ledger/clock';
import { sendOnce } from './client';
import type { Connection } from './connection';
import type { RetryPolicy } from './retry';
import { leaseDurationMs, sendWithRetries } from './retry';

export interface ReadOptions extends RetryPolicy {
	apiVersion: string;
	stripeAccount?: string;
}

export interface ReadRequest {
	connection: Connection;
	options: ReadOptions;
}

/** A read moves nothing: it needs no claim, and may be repeated freely. */
export async function sendRead(
	{ connection, options }: ReadRequest,
	path: string,
	time: TimeSource,
	signal?: AbortSignal,
): Promise<Outcome> {
	const { timeoutMs, apiVersion, stripeAccount } = options;
	const send = () => sendOnce(connection, { method: 'GET', path, timeoutMs, apiVersion, stripeAccount });
	// A read needs no time: it is how Stripe's time is learned.
	const watch = stopwatch(time);
	const outcomes = await sendWithRetries(
		send,
		options,
		watch.now() + leaseDurationMs(options),
		watch,
		signal,
	);
	return outcomes[outcomes.length - 1] ?? { kind: 'unreachable', message: 'There was no time to ask' };
}

/** The account that a key belongs to; asked without `Stripe-Account`, which names another one. */
export function getAccount({ connection, options }: ReadRequest, time: TimeSource): Promise<Outcome> {
	return sendRead({ connection, options: { ...options, stripeAccount: undefined } }, '/v1/account', time);
}
