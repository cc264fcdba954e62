import { createHash } from 'node:crypto';

import type { Budget, Entry, Spender } from './entry';
import { provenByEvidence } from './evidence';
import type { Scope } from './key';

/** One limit, and the row in which it is counted. */
export interface Limit {
	budgetId: string;
	kind: 'per_day' | 'per_session';
	/** Minor units. */
	amount?: number;
	/** How many reservations. */
	count?: number;
	/** ms; nobody asks for the row any more when it has not been written for so long. */
	keptMs: number;
}

const DAY_MS = 86_400_000;

/** A day's limit is not asked any more when the day is over; it stays for people to look at. */
const DAY_KEPT_MS = 8 * DAY_MS;

/** A session that was silent for so long has ended. */
const SESSION_KEPT_MS = 90 * DAY_MS;

/** What one agent may spend per day (UTC) in one currency, whatever session it is in. */
export function limitPerDay(
	scope: Scope,
	{ agent }: Spender,
	currency: string,
	now: number,
	amount: number | undefined,
): Limit {
	const day = new Date(now).toISOString().slice(0, 10);
	return {
		budgetId: budgetId(['day', scope, agent, currency, day]),
		kind: 'per_day',
		amount,
		keptMs: DAY_KEPT_MS,
	};
}

/** How often one session of an agent may reserve, whatever the currency. */
export function limitPerSession(scope: Scope, { agent, session }: Spender, count: number | undefined): Limit {
	return {
		budgetId: budgetId(['session', scope, agent, session ?? '']),
		kind: 'per_session',
		count,
		keptMs: SESSION_KEPT_MS,
	};
}

function budgetId([kind, { mode, account }, ...of]: readonly [string, Scope, ...string[]]): string {
	const hash = createHash('sha256').update(JSON.stringify(['v1', kind, mode, account, ...of]), 'utf8');
	return `budget_v1_${hash.digest('base64url')}`;
}

type Hold = Budget['holds'][number];

/** What is known of a hold from its entry. */
export type Fate = { kind: 'held' } | { kind: 'spent'; amount: number } | { kind: 'given_back' };

/**
 * A hold comes back only when its entry says that nothing was moved and nothing can be moved under it any more. What is
 * unknown stays held; so does what the ledger has lost.
 */
export function fateOf({ round, amount }: Hold, entry: Entry | undefined): Fate {
	if (!entry?.reservation) return { kind: 'spent', amount };
	// A later round begins only after a definitive rejection, or after an end that nobody had used.
	if (entry.reservation.round > round) return { kind: 'given_back' };
	const { used = amount } = entry.reservation;
	switch (entry.state) {
		case 'succeeded':
			return { kind: 'spent', amount: used };
		case 'rejected':
		case 'cancelled':
			if (provenByEvidence(entry)) return { kind: 'spent', amount: used };
			return entry.doubt ? { kind: 'held' } : { kind: 'given_back' };
		case 'reserved':
		case 'in_flight':
		case 'unknown':
		case 'released':
			return { kind: 'held' };
	}
}

export type Room =
	/** It has its place already. */
	| { kind: 'held' }
	/** It has a place once this is written. */
	| { kind: 'to_write'; next: Budget }
	/** There is no room: so much is left. */
	| { kind: 'over'; left: number };

/**
 * Whether a limit has room for one more, counted to the minor unit. The row is written by compare-and-swap, so of many who
 * ask at once only those get a place that all fit together.
 *
 * @param fates what is known of each of the standing holds
 */
export function makeRoom(
	standing: Budget | undefined,
	fates: readonly Fate[],
	asked: Hold,
	{ budgetId, amount: mostAmount = Infinity, count: mostCount = Infinity, keptMs }: Limit,
	version: number,
	now: number,
): Room {
	const before = standing?.holds ?? [];
	if (before.some(({ entryId, round }) => entryId === asked.entryId && round === asked.round)) {
		return { kind: 'held' };
	}
	const kept = before.filter((_, position) => fates[position]?.kind === 'held');
	const nowSpent = fates.flatMap((fate) => (fate.kind === 'spent' ? [fate.amount] : []));
	const spent = {
		amount: sum([standing?.spent.amount ?? 0, ...nowSpent]),
		count: (standing?.spent.count ?? 0) + nowSpent.length,
	};
	const leftAmount = mostAmount - spent.amount - sum(kept.map(({ amount }) => amount));
	const leftCount = mostCount - spent.count - kept.length;
	if (leftCount < 1) return { kind: 'over', left: Math.max(leftCount, 0) };
	if (leftAmount < asked.amount) return { kind: 'over', left: Math.max(leftAmount, 0) };
	return {
		kind: 'to_write',
		next: {
			state: 'budget',
			entryId: budgetId,
			version,
			expiresAt: now + keptMs,
			spent,
			holds: [...kept, asked],
		},
	};
}

function sum(numbers: readonly number[]): number {
	return numbers.reduce((total, number) => total + number, 0);
}
