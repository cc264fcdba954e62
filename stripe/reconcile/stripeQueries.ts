import type { Outcome } from '../../ledger/model/entry';
import type { Time } from '../../ledger/clock';
import { sendOnce } from '../api/client';
import type { Connection } from '../api/connection';
import type { StripeObject } from './finding';
import { classify } from '../api/outcome';
import type { Pace } from '../api/rateLimiter';
import { withQuery } from '../api/query';
import { pauseBefore } from '../api/retry';
import type { SendWindow } from './executionWindow';

/** Whom to ask, and how patiently. */
export interface Inquiry {
	connection: Connection;
	stripeAccount?: string;
	/** ms for one request */
	timeoutMs: number;
	time: Time;
	/** Ends the questions, not the one that is under way. */
	signal?: AbortSignal;
	/** ms since the epoch: from then on no further page is read. */
	until?: number;
	/** Shared by all questions that are asked at the same time. */
	pace?: Pace;
}

type Query = Parameters<typeof withQuery>[1];

/** Why a source does not show everything. */
export interface Gap {
	/** Whether it may be gone at a later look. */
	passes: boolean;
	why: string;
}

/** What one source shows; without a gap it shows all there is. */
export interface Sight {
	objects: StripeObject[];
	gap?: Gap;
	/** It is not for this key, or not for this account: that it shows nothing says nothing. */
	isRefused?: true;
}

/** Stripe's longest page (docs.stripe.com/api/pagination). */
const LONGEST_PAGE = 100;

/** Requests for one page, all but the last of them answered with "slower" (docs.stripe.com/rate-limits). */
export const MOST_TRIES = 5;

/**
 * Asks for one object or page. A rate limit is waited for, a bounded number of times; anything else that goes wrong is told:
 * a Stripe that is down would make every question of an item last for minutes.
 */
export async function ask(inquiry: Inquiry, path: string): Promise<Outcome> {
	const { connection, stripeAccount, timeoutMs, time, signal, pace } = inquiry;
	for (let tries = 1; ; tries++) {
		await pace?.turn(signal);
		if (signal?.aborted) return { kind: 'unreachable', message: 'The run was stopped' };
		const { outcome } = classify(
			await sendOnce(connection, { method: 'GET', path, stripeAccount, timeoutMs }),
		);
		const isSlower = outcome.kind === 'rate_limited' || outcome.kind === 'busy';
		const pause = isSlower && tries < MOST_TRIES ? pauseBefore(tries - 1, outcome, time) : undefined;
		if (pause === undefined) return outcome;
		await time.sleep(pause, signal);
	}
}

/** A definitive refusal stays one; anything else may be another one at the next try. */
export function gapOf({ kind, message = '' }: Outcome): Gap {
	return kind === 'rejected'
		? { passes: false, why: `Stripe refused the question: ${message}` }
		: { passes: true, why: `Stripe did not answer: ${message}` };
}

interface ListQuestion {
	path: string;
	query: Query;
	isWanted: (object: StripeObject) => boolean;
	/** Whether this one answers the question, so that no further page is needed. */
	isEnough: (object: StripeObject) => boolean;
}

/** Reads a list page by page, newest first as Stripe gives it; lists see every change at once. */
async function readList(inquiry: Inquiry, question: ListQuestion): Promise<Sight> {
	const { path, query, isWanted, isEnough } = question;
	const wanted: StripeObject[] = [];
	let from: Query = {};
	for (;;) {
		const asked = withQuery(path, { ...query, limit: String(LONGEST_PAGE), ...from });
		const outcome = await ask(inquiry, asked);
		if (outcome.kind !== 'succeeded') return { objects: wanted, gap: gapOf(outcome) };
		const { data, has_more } = outcome.body ?? {};
		if (!Array.isArray(data) || !data.every(isObject)) return { objects: wanted, gap: NO_LIST };
		wanted.push(...data.filter(isWanted));
		if (has_more === false || wanted.some(isEnough)) return { objects: wanted };
		const last = data.at(-1)?.id;
		if (has_more !== true || typeof last !== 'string') return { objects: wanted, gap: NO_LIST };
		if (inquiry.time.now() >= (inquiry.until ?? Infinity))
			return { objects: wanted, gap: noTimeFor(path) };
		from = { starting_after: last };
	}
}

/** Whoever looks without a claim has more time. */
function noTimeFor(path: string): Gap {
	return {
		passes: true,
		why: `There was no time to read all of ${path}: Idempotency Registry, Entry, Reconcile takes the time`,
	};
}

const NO_LIST: Gap = { passes: false, why: 'What Stripe answered is no list' };

/**
 * Reads the part of a list that an entry's object may stand in, newest first: the time of its sends, and only if that does
 * not answer the question the time after.
 */
export async function readWindow(
	inquiry: Inquiry,
	{ from, near, until }: Pick<SendWindow, 'from' | 'near' | 'until'>,
	question: ListQuestion,
): Promise<Sight> {
	const between = (gte: number, lt: number) =>
		readList(inquiry, {
			...question,
			query: { ...question.query, created: { gte: seconds(gte), lt: seconds(lt) } },
		});
	const first = await between(from, near);
	const isRead = near >= until || near >= inquiry.time.now();
	if (isRead || first.objects.some(question.isEnough)) return first;
	const second = await between(near, until);
	return { objects: [...second.objects, ...first.objects], gap: first.gap ?? second.gap };
}

const seconds = (ms: number): string => String(Math.floor(ms / 1000));

function isObject(value: unknown): value is StripeObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
