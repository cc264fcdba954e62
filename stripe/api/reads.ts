import type { Outcome } from '../../ledger/model/entry';
import type { Params } from '../../ledger/model/request';
import type { TimeSource } from '../../ledger/clock';
import { buildStopwatch } from '../../ledger/clock';
import type { StripeResponse } from './client';
import { sendOnce } from './client';
import type { Connection } from './connection';
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

/** The maximum page size (docs.stripe.com/api/pagination). */
const PAGE_SIZE = 100;

/** A paginated read. */
export interface PagedQuestion {
	path: string;
	params: Params;
	kind: 'list' | 'search';
	/** The maximum number of objects; Infinity for all. */
	limit: number;
}

const NOT_A_LIST: Outcome = { kind: 'unknown', message: 'The response from Stripe is not a list' };

const STOPPED: Outcome = { kind: 'unreachable', message: 'The run was stopped' };

export const NO_NEXT_PAGE: Outcome = {
	kind: 'unknown',
	message: 'The list has more pages, but the response does not say where the next one begins',
};

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
	let from: Params = {};
	let left = limit;
	let cursor: string | undefined;
	for (;;) {
		if (request.signal?.aborted) return STOPPED;
		const size = String(Math.min(PAGE_SIZE, left));
		const outcome = await sendRead(request, appendQuery(path, { ...params, ...from, limit: size }), time);
		if (outcome.kind !== 'succeeded') return outcome;
		const { data, has_more, next_page } = outcome.body ?? {};
		if (!Array.isArray(data) || typeof has_more !== 'boolean') return NOT_A_LIST;
		const page = data as Record<string, unknown>[];
		onPage(page);
		left -= page.length;
		if (!has_more || left <= 0) return undefined;
		// Lists continue after the last object, searches with a token (docs.stripe.com/api/pagination).
		const next = kind === 'list' ? page.at(-1)?.id : next_page;
		// The same page again would never end.
		if (typeof next !== 'string' || next === cursor) return NO_NEXT_PAGE;
		cursor = next;
		from = kind === 'list' ? { starting_after: next } : { page: next };
	}
}
