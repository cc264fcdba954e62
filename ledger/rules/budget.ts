import { createHash } from 'node:crypto';

import type { Budget, Entry, Spender } from '../model/entry';
import { provenByEvidence } from '../model/evidence';
import type { Scope } from '../identity/key';

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
export function fateOf(hold: Hold, entry: Entry | undefined): Fate {
	const { amount } = hold;
	if (!entry?.reservation) return { kind: 'spent', amount };
	const { generation, generationId } = entry.reservation;
	if (generationId !== hold.generationId) {
		// A later one begins only after a definitive rejection, or after an end that nobody had used; or after all was forgotten.
		return generation > hold.generation ? { kind: 'given_back' } : { kind: 'spent', amount };
	}
	const used = movedBy(entry) ?? entry.reservation.used ?? amount;
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

/**
 * What a success has really moved, and may still move, where Stripe has said so: that counts, and not what was reserved.
 * Minor units; undefined while nobody knows, or in another currency.
 */
export function movedBy(entry: Entry): number | undefined {
	const { intent } = entry.reservation ?? {};
	const payment = entry.state === 'succeeded' ? entry.outcome.payment : undefined;
	if (payment?.state === undefined || payment.currency !== intent?.currency) return undefined;
	const { state, moved, notMoved } = payment;
	// What failed afterwards has left a trace all the same; it is not given back by itself.
	if (state === 'canceled' || state === 'failed') return undefined;
	const amount = state === 'paid' || state === 'refunded' ? moved : moved + notMoved;
	return amount > 0 ? amount : undefined;
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
	const kept = before.filter((_, position) => fates[position]?.kind === 'held');
	const nowSpent = fates.flatMap((fate) => (fate.kind === 'spent' ? [fate.amount] : []));
	const spent = {
		amount: sum([standing?.spent.amount ?? 0, ...nowSpent]),
		count: (standing?.spent.count ?? 0) + nowSpent.length,
	};
	const others = kept.filter((hold) => !isSameHold(hold, asked));
	const leftAmount = mostAmount - spent.amount - sum(others.map(({ amount }) => amount));
	const leftCount = mostCount - spent.count - others.length;
	if (leftCount < 1) return { kind: 'over', left: Math.max(leftCount, 0) };
	if (leftAmount < asked.amount) return { kind: 'over', left: Math.max(leftAmount, 0) };
	if (others.length < kept.length) return { kind: 'held' };
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

/** Whether it has its place, and all that have one fit, also where everything that may come back stays. No entry is asked. */
export function holdsAlready(
	standing: Budget | undefined,
	asked: Hold,
	{ amount = Infinity, count = Infinity }: Limit,
): boolean {
	if (!standing?.holds.some((hold) => isSameHold(hold, asked))) return false;
	const { spent, holds } = standing;
	return (
		spent.amount + sum(holds.map((hold) => hold.amount)) <= amount && spent.count + holds.length <= count
	);
}

function isSameHold(one: Hold, other: Hold): boolean {
	return one.entryId === other.entryId && one.generationId === other.generationId;
}

function sum(numbers: readonly number[]): number {
	return numbers.reduce((total, number) => total + number, 0);
}
