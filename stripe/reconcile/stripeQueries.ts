import type { Outcome } from '../../ledger/model/entry';
import type { TimeSource } from '../../ledger/clock';
import { sendOnce } from '../api/client';
import type { Connection } from '../api/connection';
import type { StripeObject } from '../objects/stripeObject';
import { classify } from '../api/outcome';
import type { RunPace } from '../api/rateLimiter';
import { appendQuery } from '../api/query';
import { retryDelayMs } from '../api/retry';
import { buildTurns } from '../api/turns';
import type { ExecutionWindow } from './executionWindow';
import { isObject } from '../objects/stripeObject';

/** Whom to ask, and how patiently. */
export interface QueryContext {
	connection: Connection;
	stripeAccount?: string;
	/** ms for one request */
	timeoutMs: number;
	time: TimeSource;
	/** Ends the questions, not the one that is under way. */
	signal?: AbortSignal;
	/** ms since the epoch: from then on no further page is read. */
	deadline?: number;
	/** Of the run that asks. */
	pace?: RunPace;
}

type Query = Parameters<typeof appendQuery>[1];

/** Why a source does not show everything. */
export interface Limitation {
	/** Whether it may be gone at a later look. */
	isTransient: boolean;
	reason: string;
}

/** What one source shows; without a gap it shows all there is. */
export interface SourceResult {
	objects: StripeObject[];
	limitation?: Limitation;
	/** It is not for this key, or not for this account: that it shows nothing says nothing. */
	isRefused?: true;
}

/** Stripe's longest page (docs.stripe.com/api/pagination). */
const PAGE_SIZE = 100;

/** Requests for one page, all but the last of them answered with "slower" (docs.stripe.com/rate-limits). */
export const MAX_TRIES = 5;

/**
 * Asks for one object or page. A rate limit is waited for, a bounded number of times; anything else that goes wrong is told:
 * a Stripe that is down would make every question of an item last for minutes.
 */
export async function getWithBackoff(context: QueryContext, path: string): Promise<Outcome> {
	const { connection, stripeAccount, timeoutMs, time, signal, deadline = Infinity } = context;
	const request = { method: 'GET', path, stripeAccount, timeoutMs } as const;
	const turns = buildTurns(connection, context.pace, request, { isClaimed: deadline < Infinity });
	for (let tries = 1; ; tries++) {
		const turn = await turns?.next(tries > 1, deadline - time.now(), signal);
		if (signal?.aborted) {
			turn?.giveBack();
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

/** A definitive refusal stays one; anything else may be another one at the next try. */
export function toLimitation({ kind, message = '' }: Outcome): Limitation {
	return kind === 'rejected'
		? { isTransient: false, reason: `Stripe refused the check: ${message}` }
		: { isTransient: true, reason: `Stripe did not respond: ${message}` };
}

interface ListQuery {
	path: string;
	query: Query;
	isWanted: (object: StripeObject) => boolean;
	/** Whether this one answers the question, so that no further page is needed. */
	isEnough: (object: StripeObject) => boolean;
}

/** Reads a list that takes no time, from its newest object on; one that tells its time may end it. */
export function listNewestFirst(
	context: QueryContext,
	question: ListQuery,
	from = -Infinity,
): Promise<SourceResult> {
	const isTooOld = ({ created }: StripeObject) => typeof created === 'number' && created * 1000 < from;
	return listPages(context, { ...question, isPast: isTooOld });
}

/** Reads a list page by page, newest first as Stripe gives it; lists see every change at once. */
async function listPages(
	context: QueryContext,
	question: ListQuery & { isPast?: (object: StripeObject) => boolean },
): Promise<SourceResult> {
	const { path, query, isWanted, isEnough, isPast = () => false } = question;
	const matching: StripeObject[] = [];
	let from: Query = {};
	for (;;) {
		const pagePath = appendQuery(path, { ...query, limit: String(PAGE_SIZE), ...from });
		const outcome = await getWithBackoff(context, pagePath);
		if (outcome.kind !== 'succeeded') return { objects: matching, limitation: toLimitation(outcome) };
		const { data, has_more } = outcome.body ?? {};
		if (!Array.isArray(data) || !data.every(isObject))
			return { objects: matching, limitation: NOT_A_LIST };
		matching.push(...data.filter(isWanted));
		if (has_more === false || matching.some(isEnough) || data.some(isPast)) return { objects: matching };
		const last = data.at(-1)?.id;
		if (has_more !== true || typeof last !== 'string')
			return { objects: matching, limitation: NOT_A_LIST };
		if (context.time.now() >= (context.deadline ?? Infinity))
			return { objects: matching, limitation: toDeadlineLimitation(path) };
		from = { starting_after: last };
	}
}

/** Whoever looks without a claim has more time. */
function toDeadlineLimitation(path: string): Limitation {
	return {
		isTransient: true,
		reason: `There was not enough time to read all of ${path}. Idempotency Registry → Entry → Reconcile takes the time`,
	};
}

const NOT_A_LIST: Limitation = { isTransient: false, reason: 'The response from Stripe is not a list' };

/**
 * Reads the part of a list that an entry's object may stand in, newest first: the time of its sends, and only if that does
 * not answer the question the time after.
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
