import type { Outcome } from '../../ledger/model/entry';
import type { Params } from '../../ledger/model/request';
import type { TimeSource } from '../../ledger/clock';
import { buildStopwatch } from '../../ledger/clock';
import type { StripeResponse } from './client';
import { sendOnce } from './client';
import type { Connection } from './connection';
import type { PageFault } from './pages';
import { MAX_PAGE_SIZE, PAGE_FAULTS, Pages } from './pages';
import type { RunPace } from './rateLimiter';
import { buildTurns } from './rateLimiter';
import type { RetryPolicy } from './retry';
import { appendQuery } from './query';
import { leaseDurationMs, sendWithRetries } from './retry';

export interface ReadOptions extends RetryPolicy {
	apiVersion: string;
	stripeAccount?: string;
}

export interface ReadRequest {
	connection: Connection;
	options: ReadOptions;
	/** The pace of the run that reads. */
	pace?: RunPace;
	/** Stops further reads, but not one in progress. */
	signal?: AbortSignal;
}

/** A read: a path, or a POST with parameters that creates nothing. */
export type Question = string | { path: string; params: Params };

/**
 * Reads from Stripe. A read moves no money, needs no claim and can be repeated freely. Failures are returned, never thrown.
 *
 * @param onResponse receives each response before secrets are removed
 */
export async function sendRead(
	{ connection, options, pace, signal }: ReadRequest,
	question: Question,
	time: TimeSource,
	onResponse: (response: StripeResponse) => void = () => undefined,
): Promise<Outcome> {
	const { timeoutMs, apiVersion, stripeAccount } = options;
	const request =
		typeof question === 'string'
			? ({ method: 'GET', path: question } as const)
			: ({ ...question, method: 'POST', isKeyless: true } as const);
	const send = async () => {
		const response = await sendOnce(connection, { ...request, timeoutMs, apiVersion, stripeAccount });
		onResponse(response);
		return response;
	};
	const policy = { ...options, turns: buildTurns(connection, pace, request) };
	// A read does not depend on Stripe's time, because it is used to learn it.
	const watch = buildStopwatch(time);
	const outcomes = await sendWithRetries(
		send,
		policy,
		watch.now() + leaseDurationMs(options),
		watch,
		signal,
	);
	return outcomes[outcomes.length - 1] ?? { kind: 'unreachable', message: 'There was no time to ask' };
}

/** Returns the account of a key. Sent without `Stripe-Account`, which would name another one. */
export function getAccount(request: ReadRequest, time: TimeSource): Promise<Outcome> {
	const options = { ...request.options, stripeAccount: undefined };
	// All runs share the result, so none of them may abort the request.
	return sendRead({ ...request, options, signal: undefined }, '/v1/account', time);
}

/** A paginated read. */
export interface PagedQuestion {
	path: string;
	params: Params;
	kind: 'list' | 'search';
	/** The maximum number of objects; Infinity for all. */
	limit: number;
}

const STOPPED: Outcome = { kind: 'unreachable', message: 'The run was stopped' };

function toPageFailure(fault: PageFault): Outcome {
	return { kind: 'unknown', message: PAGE_FAULTS[fault] };
}

/**
 * Reads page by page, newest objects first, without keeping the pages.
 *
 * @returns the outcome of a failed read; undefined if all pages were read
 */
export async function forEachPage(
	request: ReadRequest,
	{ path, params, kind, limit }: PagedQuestion,
	time: TimeSource,
	onPage: (objects: Record<string, unknown>[]) => void,
): Promise<Outcome | undefined> {
	const pages = new Pages(kind);
	let from: Params = {};
	let left = limit;
	for (;;) {
		if (request.signal?.aborted) return STOPPED;
		const size = String(Math.min(MAX_PAGE_SIZE, left));
		const outcome = await sendRead(request, appendQuery(path, { ...params, ...from, limit: size }), time);
		if (outcome.kind !== 'succeeded') return outcome;
		const { objects, next, fault } = pages.read(outcome.body);
		if (fault === 'not_a_list') return toPageFailure(fault);
		onPage(objects);
		left -= objects.length;
		if (left <= 0) return undefined;
		if (fault) return toPageFailure(fault);
		if (!next) return undefined;
		from = next;
	}
}
