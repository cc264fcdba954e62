import type { Outcome } from '../../../ledger/model/entry';
import type { TimeSource } from '../../../ledger/clock';
import { stopwatch } from '../../../ledger/clock';
import { sendOnce } from '../../../stripe/api/client';
import type { Connection } from '../../../stripe/api/connection';
import type { RetryPolicy } from '../../../stripe/api/retry';
import { leaseDurationMs, sendWithRetries } from '../../../stripe/api/retry';
import { PreflightError, downgradeToUnreachable } from '../run/errorToResult';
import { OUTCOME_MESSAGES } from '../run/outcomeMessages';

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

/**
 * One object that has to be known before an item can be sent.
 *
 * @param otherwise what to do where Stripe does not give it, and the ID is not what is wrong
 * @throws PreflightError
 */
export async function getObject(
	request: ReadRequest,
	path: string,
	time: TimeSource,
	otherwise = 'Run it again later, with the same item.',
): Promise<Record<string, unknown>> {
	const outcome = await sendRead(request, path, time);
	if (outcome.kind === 'succeeded') return outcome.body ?? {};
	const message = `Nothing was sent, because ${path} had to be read first and could not be. ${describeReadOutcome(outcome)}`;
	const nextStep = outcome.kind === 'rejected' ? 'Correct the ID and run it again.' : otherwise;
	throw new PreflightError(downgradeToUnreachable(outcome), { message, nextStep });
}

/** The account that a key belongs to; asked without `Stripe-Account`, which names another one. */
export function getAccount({ connection, options }: ReadRequest, time: TimeSource): Promise<Outcome> {
	return sendRead({ connection, options: { ...options, stripeAccount: undefined } }, '/v1/account', time);
}

export function describeReadOutcome(outcome: Outcome): string {
	return outcome.kind === 'unknown'
		? 'No answer from Stripe'
		: OUTCOME_MESSAGES[outcome.kind].message(outcome);
}
