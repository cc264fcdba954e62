import { createHash } from 'node:crypto';

import type { Scope } from '../identity/key';
import type { Entry, LimitReference, Spender } from '../model/entry';
import { getProvenOutcome } from '../model/entryStatus';
import type { Budget, Row, LimitUse } from '../model/row';
import { initialVersion } from '../model/row';
import { markLimitsHeld } from './reservation';
import { DAY_MS } from '../clock';

/** One limit, and the row that holds its counter. */
export interface Limit {
	budgetId: string;
	kind: 'per_day' | 'per_session';
	/** The maximum in the currency's minor unit. */
	amount?: number;
	/** The maximum number of reservations. */
	count?: number;
	/** ms after the last write until the row may be purged, when nothing reads it any more. */
	retentionMs: number;
}

/** A daily counter is not read after its day. It is kept for a week so that people can look at it. */
const DAY_RETENTION_MS = 8 * DAY_MS;

/** A session that has been idle for this long counts as ended. */
const SESSION_RETENTION_MS = 90 * DAY_MS;

/** Limits what one agent may spend per UTC day in one currency, across all its sessions. */
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

/** Limits how many reservations one session of an agent may make, in any currency. */
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

/**
 * What an entry uses of each limit that counts it. The amount is released only when nothing was moved and nothing can be moved
 * under the entry any more. An unknown outcome keeps its amount.
 */
export function limitUseOf(entry: Entry): LimitUse {
	const { reservation } = entry;
	if (!reservation) return NOTHING;
	const { amount } = reservation.intent;
	const used = { amount: movedAmountOf(entry) ?? reservation.usedAmount ?? amount, count: 1 };
	switch (entry.state) {
		case 'succeeded':
			return used;
		case 'rejected':
		case 'cancelled':
			if (getProvenOutcome(entry)) return used;
			return entry.mayHaveExecuted ? { amount, count: 1 } : NOTHING;
		case 'reserved':
		case 'in_flight':
		case 'unknown':
		case 'released':
			return { amount, count: 1 };
	}
}

const NOTHING: LimitUse = { amount: 0, count: 0 };

/**
 * What a success has moved or may still move according to Stripe. It counts instead of the reserved amount. In minor units;
 * undefined if it is not known, or is in another currency.
 */
export function movedAmountOf(entry: Entry): number | undefined {
	const { intent } = entry.reservation ?? {};
	const payment = entry.state === 'succeeded' ? entry.outcome.payment : undefined;
	if (payment?.state === undefined || payment.currency !== intent?.currency) return undefined;
	const { state, moved, notMoved } = payment;
	// A later failure leaves a trace in Stripe, so the reserved amount is not released automatically.
	if (state === 'canceled' || state === 'failed') return undefined;
	const amount = state === 'paid' || state === 'refunded' ? moved : moved + notMoved;
	return amount > 0 ? amount : undefined;
}

export type HoldResult =
	/** Every limit already counts the entry. */
	| { kind: 'held' }
	/** Every limit has room. The entry is counted once these rows are written together. */
	| { kind: 'to_write'; entry: Entry; budgets: { row: Budget; isNew: boolean }[] }
	/** One limit has too little room. `left` is in minor units, or a number of reservations. */
	| { kind: 'exceeds_limit'; limit: Limit; left: number };

/**
 * Checks whether limits have room for an entry, exact to the minor unit. An entry that is already counted keeps its place as long
 * as the total stays within the limit.
 *
 * @param budgets the counters of the limits, in the same order
 * @param epoch of the counters that are created
 */
export function holdLimits(
	entry: Entry,
	limits: readonly Limit[],
	budgets: readonly (Budget | undefined)[],
	epoch: string,
	now: number,
): HoldResult {
	const { reservation } = entry;
	const own = { amount: reservation?.intent.amount ?? 0, count: 1 };
	const counted = limits.map((_, nth) => isCountedIn(entry, budgets[nth]));
	for (const [nth, limit] of limits.entries()) {
		const left = leftWithout(counted[nth] ? own : NOTHING, budgets[nth], limit);
		if (left.count < 1) return { kind: 'exceeds_limit', limit, left: Math.max(left.count, 0) };
		if (left.amount < own.amount) return { kind: 'exceeds_limit', limit, left: Math.max(left.amount, 0) };
	}
	const isMarked = entry.state !== 'reserved' || reservation?.limitsHeld === true;
	if (isMarked && !counted.includes(false)) return { kind: 'held' };
	const written = limits.flatMap((limit, nth) =>
		counted[nth] ? [] : [countIn(budgets[nth], limit, own, epoch, now)],
	);
	return {
		kind: 'to_write',
		entry: markLimitsHeld(
			entry,
			written.map(({ row }) => row),
		),
		budgets: written,
	};
}

function leftWithout(
	own: LimitUse,
	budget: Budget | undefined,
	{ amount = Infinity, count = Infinity }: Limit,
): LimitUse {
	const { taken } = budget ?? { taken: NOTHING };
	return { amount: amount - (taken.amount - own.amount), count: count - (taken.count - own.count) };
}

function countIn(
	budget: Budget | undefined,
	{ budgetId, retentionMs }: Limit,
	own: LimitUse,
	epoch: string,
	now: number,
): { row: Budget; isNew: boolean } {
	const expiresAt = now + retentionMs;
	if (budget) return { row: { ...addTo(budget, own), expiresAt }, isNew: false };
	const version = initialVersion(epoch);
	return {
		row: { state: 'budget', entryId: budgetId, version, expiresAt, taken: own, epoch },
		isNew: true,
	};
}

function isCountedIn({ reservation }: Entry, budget: Budget | undefined): boolean {
	const { limits = [] } = reservation ?? {};
	return limits.some((limit) => limit.budgetId === budget?.entryId && limit.epoch === budget.epoch);
}

/** How much a change of an entry adds to the counter of a limit. */
export type BudgetChange = LimitReference & LimitUse;

/** The counter changes to write together with an entry. Empty if the entry uses as much as before. */
export function diffBudgets(current: Entry | undefined, next: Entry): BudgetChange[] {
	const [before, after] = [partsOf(current), partsOf(next)];
	const given = before.map((part) => ({ ...part, amount: -part.amount, count: -part.count }));
	const changes = new Map<string, BudgetChange>();
	for (const part of [...given, ...after]) {
		const name = `${part.budgetId} ${part.epoch}`;
		const { amount = 0, count = 0 } = changes.get(name) ?? {};
		changes.set(name, { ...part, amount: amount + part.amount, count: count + part.count });
	}
	return [...changes.values()].filter(({ amount, count }) => amount !== 0 || count !== 0);
}

function partsOf(entry: Entry | undefined): BudgetChange[] {
	if (!entry) return [];
	const taken = limitUseOf(entry);
	return (entry.reservation?.limits ?? []).map((limit) => ({ ...limit, ...taken }));
}

/** @returns undefined if the stored counter is another one: the old one was purged, and nothing reads it any more */
export function applyBudgetChanges(
	row: Row | undefined,
	changes: readonly BudgetChange[],
): Budget | undefined {
	if (row?.state !== 'budget' || !('taken' in row)) return undefined;
	const own = changes.filter(({ budgetId, epoch }) => budgetId === row.entryId && epoch === row.epoch);
	if (own.length === 0) return undefined;
	return addTo(row, {
		amount: sum(own.map(({ amount }) => amount)),
		count: sum(own.map(({ count }) => count)),
	});
}

function addTo(budget: Budget, { amount, count }: LimitUse): Budget {
	const { taken, version } = budget;
	return {
		...budget,
		version: version + 1,
		taken: { amount: taken.amount + amount, count: taken.count + count },
	};
}

function sum(numbers: readonly number[]): number {
	return numbers.reduce((total, number) => total + number, 0);
}
