import type { Outcome } from '../../ledger/model/entry';
import type { TimeSource } from '../../ledger/clock';
import { sendOnce } from '../api/client';
import type { Connection } from '../api/connection';
import type { StripeObject } from '../objects/stripeObject';
import { classify } from '../api/outcome';
import type { PageFault } from '../api/pages';
import { MAX_PAGE_SIZE, PAGE_FAULTS, Pages } from '../api/pages';
import type { RunPace } from '../api/rateLimiter';
import { buildTurns } from '../api/rateLimiter';
import { appendQuery } from '../api/query';
import { retryDelayMs } from '../api/retry';
import type { ExecutionWindow } from './executionWindow';

/** The account to query, and the limits of the queries. */
export interface QueryContext {
	connection: Connection;
	stripeAccount?: string;
	/** Timeout of one request, in ms. */
	timeoutMs: number;
	time: TimeSource;
	/** Stops further queries, but not the one in progress. */
	signal?: AbortSignal;
	/** ms since the epoch. No further page is read after it. */
	deadline?: number;
	/** The pace of the run that queries. */
	pace?: RunPace;
}

type Query = Parameters<typeof appendQuery>[1];

/** Why the result of a source may be incomplete. */
export interface Limitation {
	/** Whether another query may succeed. */
	isTransient: boolean;
	/** It will only succeed once the key has the permission. */
	isForbidden?: true;
	reason: string;
}

/** The result of one source. Without a limitation it is complete. */
export interface SourceResult {
	objects: StripeObject[];
	limitation?: Limitation;
	/** The key or the account may not use this source, so an empty result says nothing. */
	isRefused?: true;
}

/** Requests for one page; all but the last may be rate-limited (docs.stripe.com/rate-limits). */
export const MAX_TRIES = 5;

/**
 * Reads one object or page. Waits for rate limits, a bounded number of times. Returns any other failure, because an outage of
 * Stripe would make every query of an item last for minutes.
 */
export async function getWithBackoff(context: QueryContext, path: string): Promise<Outcome> {
	const { connection, stripeAccount, timeoutMs, time, signal, deadline = Infinity } = context;
	const request = { method: 'GET', path, stripeAccount, timeoutMs } as const;
	const turns = buildTurns(connection, context.pace, request, { isClaimed: deadline < Infinity });
	for (let tries = 1; ; tries++) {
		const turn = await turns?.next(tries > 1, deadline - time.now(), signal);
		if (signal?.aborted) {
			turn?.releaseUnused();
			return { kind: 'unreachable', message: 'The run was stopped' };
		}
		if (turns && !turn) return { kind: 'unreachable', message: 'There was not enough time' };
		const { outcome } = classify(await sendOnce(connection, request));
		turn?.end(outcome);
		const isSlower = outcome.kind === 'rate_limited' || outcome.kind === 'busy';
		const pause = isSlower && tries < MAX_TRIES ? retryDelayMs(tries - 1, outcome, time) : undefined;
		if (pause === undefined) return outcome;
		await time.sleep(pause, signal);
	}
}

/** A definitive refusal is permanent. Any other failure may be temporary. */
export function toLimitation({ kind, message = '' }: Outcome): Limitation {
	return kind === 'rejected'
		? { isTransient: false, reason: `Stripe refused the check: ${message}` }
		: {
				isTransient: true,
				...(kind === 'unauthorized' ? { isForbidden: true } : {}),
				reason: `Stripe did not respond: ${message}`,
			};
}

interface ListQuery {
	path: string;
	query: Query;
	isWanted: (object: StripeObject) => boolean;
	/** Returns whether this object answers the question, so that no further page is needed. */
	isEnough: (object: StripeObject) => boolean;
}

/** Reads a list that cannot be filtered by time, newest object first. It stops before objects that are too old. */
export function listNewestFirst(
	context: QueryContext,
	question: ListQuery,
	from = -Infinity,
): Promise<SourceResult> {
	const isTooOld = ({ created }: StripeObject) => typeof created === 'number' && created * 1000 < from;
	return listPages(context, { ...question, isPast: isTooOld });
}

/** Reads a list page by page, newest first. Lists show every change at once. */
async function listPages(
	context: QueryContext,
	question: ListQuery & { isPast?: (object: StripeObject) => boolean },
): Promise<SourceResult> {
	const { path, query, isWanted, isEnough, isPast = () => false } = question;
	const matching: StripeObject[] = [];
	const pages = new Pages();
	let from: Query = {};
	for (;;) {
		const pagePath = appendQuery(path, { ...query, limit: String(MAX_PAGE_SIZE), ...from });
		const outcome = await getWithBackoff(context, pagePath);
		if (outcome.kind !== 'succeeded') return { objects: matching, limitation: toLimitation(outcome) };
		const { objects, next, fault } = pages.read(outcome.body);
		matching.push(...objects.filter(isWanted));
		if (matching.some(isEnough) || objects.some(isPast)) return { objects: matching };
		if (fault) return { objects: matching, limitation: toPageLimitation(fault) };
		if (!next) return { objects: matching };
		if (context.time.now() >= (context.deadline ?? Infinity))
			return { objects: matching, limitation: toDeadlineLimitation(path) };
		from = next;
	}
}

/** A reconciliation without a claim has more time. */
function toDeadlineLimitation(path: string): Limitation {
	return {
		isTransient: true,
		reason: `There was not enough time to read all of ${path}. Idempotency Registry → Entry → Reconcile takes the time`,
	};
}

function toPageLimitation(fault: PageFault): Limitation {
	return { isTransient: fault === 'page_again', reason: PAGE_FAULTS[fault] };
}

/**
 * Reads the part of a list that may contain an entry's object, newest first. It reads the time of the sends first, and the time
 * after it only if that does not answer the question.
 */
export async function listInWindow(
	context: QueryContext,
	{ from, expectedBy, latest }: Pick<ExecutionWindow, 'from' | 'expectedBy' | 'latest'>,
	question: ListQuery,
): Promise<SourceResult> {
	const between = (gte: number, lt: number) =>
		listPages(context, {
			...question,
			query: { ...question.query, created: { gte: toSeconds(gte), lt: toSeconds(lt) } },
		});
	const first = await between(from, expectedBy);
	const isCovered = expectedBy >= latest || expectedBy >= context.time.now();
	if (isCovered || first.objects.some(question.isEnough)) return first;
	const second = await between(expectedBy, latest);
	return {
		objects: [...second.objects, ...first.objects],
		limitation: first.limitation ?? second.limitation,
	};
}

const toSeconds = (ms: number): string => String(Math.floor(ms / 1000));
