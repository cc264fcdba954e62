import type { Outcome } from '../../ledger/model/entry';
import type { Params } from '../../ledger/model/request';
import type { TimeSource } from '../../ledger/clock';
import { stopwatch } from '../../ledger/clock';
import { sendOnce } from '../../stripe/api/client';
import type { Connection } from '../../stripe/api/connection';
import { leaseDurationMs, sendWithRetries } from '../../stripe/api/retry';
import { withQuery } from '../../stripe/api/query';
import type { ItemResult } from '../shared/run/result';
import { toItemResult } from '../shared/run/result';
import { PreflightError, downgradeToUnreachable } from '../shared/run/errorToResult';
import type { Options } from './options';
import type { StripeOperation, WriteOperation } from './operations/operation';
import { OUTCOME_MESSAGES } from '../shared/run/outcomeMessages';

/** Stripe's longest page (docs.stripe.com/api/pagination). */
const READ_PAGE_SIZE = 100;

export type ReadOptions = Pick<Options, 'timeoutMs' | 'maxRetries' | 'apiVersion' | 'stripeAccount'>;

interface ReadRequest {
	connection: Connection;
	options: ReadOptions;
}

/** A read moves nothing: it needs no claim, and may be repeated freely. */
async function sendRead(
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

/** Carries out an operation that only reads. */
export async function executeRead(
	item: ReadRequest & {
		path: string;
		params: Params;
		operation: Exclude<StripeOperation, WriteOperation>;
		most: number;
	},
	time: TimeSource,
	signal?: AbortSignal,
): Promise<ItemResult> {
	const { path, params, operation } = item;
	const outcome =
		operation.kind === 'read'
			? await sendRead(item, withQuery(path, params), time, signal)
			: await readAllPages(item, operation.kind, item.most, time, signal);
	if (Array.isArray(outcome))
		return { ...toItemResult({ kind: 'succeeded' }, { source: 'stripe' }), objects: outcome };
	if (outcome.kind === 'succeeded') return toItemResult(outcome, { source: 'stripe' });
	return toItemResult(outcome, {
		source: 'stripe',
		message: describeReadOutcome(outcome),
		nextStep: getReadNextStep(outcome),
	});
}

export function describeReadOutcome(outcome: Outcome): string {
	return outcome.kind === 'unknown'
		? 'No answer from Stripe'
		: OUTCOME_MESSAGES[outcome.kind].message(outcome);
}

function getReadNextStep(outcome: Outcome): string | undefined {
	if (outcome.kind === 'rejected') return 'Correct the ID, filter or query, and run it again.';
	return OUTCOME_MESSAGES[outcome.kind].retryable
		? 'Run it again later: reading moves no money.'
		: undefined;
}

async function readAllPages(
	item: ReadRequest & { path: string; params: Params },
	kind: 'list' | 'search',
	limit: number,
	time: TimeSource,
	signal?: AbortSignal,
): Promise<Record<string, unknown>[] | Outcome> {
	const objects: Record<string, unknown>[] = [];
	let from: Params = {};
	while (!signal?.aborted) {
		const size = String(Math.min(READ_PAGE_SIZE, limit - objects.length));
		const outcome = await sendRead(
			item,
			withQuery(item.path, { ...item.params, ...from, limit: size }),
			time,
			signal,
		);
		if (outcome.kind !== 'succeeded') return outcome;
		const { data, has_more, next_page } = outcome.body ?? {};
		const page = Array.isArray(data) ? (data as Record<string, unknown>[]) : [];
		objects.push(...page);
		const last = page[page.length - 1]?.id;
		if (has_more !== true || objects.length >= limit || typeof last !== 'string') break;
		// Lists go on after the last object; searches after a token (docs.stripe.com/api/pagination).
		from = kind === 'list' ? { starting_after: last } : { page: String(next_page) };
	}
	return objects;
}
