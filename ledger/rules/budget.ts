import { createHash } from 'node:crypto';

import type { Entry, Spender } from '../model/entry';
import type { Budget } from '../model/row';
import { getProvenOutcome } from '../model/entryStatus';
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
	retentionMs: number;
}

const DAY_MS = 86_400_000;

/** A day's limit is not asked any more when the day is over; it stays for people to look at. */
const DAY_RETENTION_MS = 8 * DAY_MS;

/** A session that was silent for so long has ended. */
const SESSION_RETENTION_MS = 90 * DAY_MS;

/** What one agent may spend per day (UTC) in one currency, whatever session it is in. */
export function buildDailyLimit(
	scope: Scope,
	{ agent }: Spender,
	currency: string,
	now: number,
	amount: number | undefined,
): Limit {
	const day = new Date(now).toISOString().slice(0, 10);
	return {
		budgetId: deriveBudgetId(['day', scope, agent, currency, day]),
		kind: 'per_day',
		amount,
		retentionMs: DAY_RETENTION_MS,
	};
}

/** How often one session of an agent may reserve, whatever the currency. */
export function buildSessionLimit(
	scope: Scope,
	{ agent, session }: Spender,
	count: number | undefined,
): Limit {
	return {
		budgetId: deriveBudgetId(['session', scope, agent, session ?? '']),
		kind: 'per_session',
		count,
		retentionMs: SESSION_RETENTION_MS,
	};
}

function deriveBudgetId([kind, { mode, account }, ...of]: readonly [string, Scope, ...string[]]): string {
	const hash = createHash('sha256').update(JSON.stringify(['v1', kind, mode, account, ...of]), 'utf8');
	return `budget_v1_${hash.digest('base64url')}`;
}

type Hold = Budget['holds'][number];

/** What is known of a hold from its entry. */
export type HoldStatus = { kind: 'held' } | { kind: 'spent'; amount: number } | { kind: 'released' };

/**
 * A hold comes back only when its entry says that nothing was moved and nothing can be moved under it any more. What is
 * unknown stays held; so does what the ledger has lost.
 */
export function holdStatus(hold: Hold, entry: Entry | undefined): HoldStatus {
	const { amount } = hold;
	if (!entry?.reservation) return { kind: 'spent', amount };
	const { generation, generationId } = entry.reservation;
	if (generationId !== hold.generationId) {
		// A later one begins only after a definitive rejection, or after an end that nobody had used; or after all was forgotten.
		return generation > hold.generation ? { kind: 'released' } : { kind: 'spent', amount };
	}
	const usedAmount = movedAmountOf(entry) ?? entry.reservation.usedAmount ?? amount;
	switch (entry.state) {
		case 'succeeded':
			return { kind: 'spent', amount: usedAmount };
		case 'rejected':
		case 'cancelled':
			if (getProvenOutcome(entry)) return { kind: 'spent', amount: usedAmount };
			return entry.mayHaveExecuted ? { kind: 'held' } : { kind: 'released' };
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
export function movedAmountOf(entry: Entry): number | undefined {
	const { intent } = entry.reservation ?? {};
	const payment = entry.state === 'succeeded' ? entry.outcome.payment : undefined;
	if (payment?.state === undefined || payment.currency !== intent?.currency) return undefined;
	const { state, moved, notMoved } = payment;
	// What failed afterwards has left a trace all the same; it is not given back by itself.
	if (state === 'canceled' || state === 'failed') return undefined;
	const amount = state === 'paid' || state === 'refunded' ? moved : moved + notMoved;
	return amount > 0 ? amount : undefined;
}

export type HoldResult =
	/** It has its place already. */
	| { kind: 'held' }
	/** It has a place once this is written. */
	| { kind: 'to_write'; next: Budget }
	/** There is no room: so much is left. */
	| { kind: 'exceeds_limit'; left: number };

/**
 * Whether a limit has room for one more, counted to the minor unit. The row is written by compare-and-swap, so of many who
 * ask at once only those get a place that all fit together.
 *
 * @param statuses what is known of each of the standing holds
 */
export function tryHold(
	current: Budget | undefined,
	statuses: readonly HoldStatus[],
	requested: Hold,
	{ budgetId, amount: mostAmount = Infinity, count: mostCount = Infinity, retentionMs: keptMs }: Limit,
	version: number,
	now: number,
): HoldResult {
	const before = current?.holds ?? [];
	const keptHolds = before.filter((_, position) => statuses[position]?.kind === 'held');
	const nowSpent = statuses.flatMap((status) => (status.kind === 'spent' ? [status.amount] : []));
	const spent = {
		amount: sum([current?.spent.amount ?? 0, ...nowSpent]),
		count: (current?.spent.count ?? 0) + nowSpent.length,
	};
	const others = keptHolds.filter((hold) => !isSameHold(hold, requested));
	const leftAmount = mostAmount - spent.amount - sum(others.map(({ amount }) => amount));
	const leftCount = mostCount - spent.count - others.length;
	if (leftCount < 1) return { kind: 'exceeds_limit', left: Math.max(leftCount, 0) };
	if (leftAmount < requested.amount) return { kind: 'exceeds_limit', left: Math.max(leftAmount, 0) };
	if (others.length < keptHolds.length) return { kind: 'held' };
	return {
		kind: 'to_write',
		next: {
			state: 'budget',
			entryId: budgetId,
			version,
			expiresAt: now + keptMs,
			spent,
			holds: [...keptHolds, requested],
		},
	};
}

/** Whether it has its place, and all that have one fit, also where everything that may come back stays. No entry is asked. */
export function isAlreadyHeld(
	current: Budget | undefined,
	requested: Hold,
	{ amount = Infinity, count = Infinity }: Limit,
): boolean {
	if (!current?.holds.some((hold) => isSameHold(hold, requested))) return false;
	const { spent, holds } = current;
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
