import { createHash } from 'node:crypto';

import type { Scope } from '../identity/key';
import type { Entry, LimitReference, Spender } from '../model/entry';
import { getProvenOutcome } from '../model/entryStatus';
import type { Budget, Row, LimitUse } from '../model/row';
import { initialVersion } from '../model/row';
import { markLimitsHeld } from './reservation';
import { DAY_MS } from '../clock';

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

/**
 * What an entry takes of each limit in which it is counted. It comes back only when the entry says that nothing was moved and
 * nothing can be moved under it any more. What is unknown stays taken.
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
	/** It has its place in every limit already. */
	| { kind: 'held' }
	/** It has its place once these are written together. */
	| { kind: 'to_write'; entry: Entry; budgets: { row: Budget; isNew: boolean }[] }
	/** One of them has no room: so much is left, in minor units or reservations. */
	| { kind: 'exceeds_limit'; limit: Limit; left: number };

/**
 * Whether limits have room for an entry, counted to the minor unit. Who has its place already keeps it, as long as everything
 * in the limit still fits.
 *
 * @param budgets the counters of the limits, in their order
 * @param epoch of the counters that are made
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

/** By how much a change of an entry changes the counter of a limit. */
export type BudgetChange = LimitReference & LimitUse;

/** What changes in the counters together with an entry: nothing where it takes as much as before. */
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

/** @returns nothing where the counter is not the one that is changed: it was forgotten, and nobody asks for it any more */
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
