import { randomUUID } from 'node:crypto';

import type { TimeSource } from './clock';
import { pauseBeforeRetry, runInTurn, replaceTogether } from './compareAndSwap';
import type { Entry, Spender } from './model/entry';
import type { Row } from './model/row';
import type { Limit } from './rules/budget';
import { buildDailyLimit, buildSessionLimit, holdLimits } from './rules/budget';
import { countEarlierHolds, toBudget } from './rules/earlierHolds';
import type { Policy } from './rules/policy';
import { findCurrencyPolicy } from './rules/policy';
import { expireIfUnused } from './rules/reservation';
import type { Store } from './store';
import { isEntry, toEntry } from './store';

/** How many reservations that nobody has used in their time each new one ends at most, and among how many it looks for them. */
const ENDED = { most: 10, lookedAt: 50 };

/** How many holds of an earlier schema are counted in one step. */
const COUNTED_AT_ONCE = 200;

export type AcquireResult =
	/** It has its place in every limit; the entry as it stands. */
	| { kind: 'held'; entry: Entry }
	/** A limit without room for what was asked for: so much is left of it, in minor units or reservations. */
	| { kind: 'exceeds_limit'; limit: Limit; left: number }
	/** The entry is not what it was any more, and has to be looked at again. */
	| { kind: 'changed' };

/** The counters of limits. */
export class LimitHolds {
	constructor(
		private readonly store: Store,
		private readonly clock: TimeSource,
	) {}

	/**
	 * A place in every limit of whoever asks, under the policy by which it is asked: no token is handed out without. It costs the
	 * same however much is reserved.
	 *
	 * @throws StoreUnavailableError
	 */
	async acquireLimits(entry: Entry, spender: Spender, policy: Policy): Promise<AcquireResult> {
		await this.endUnused();
		const limits = limitsOf(entry, spender, policy, this.clock.now());
		return runInTurn(this.store, async () => {
			for (let nth = 1; ; nth++) {
				await pauseBeforeRetry(nth);
				const result = await this.tryAcquire(entry, limits);
				if (result) return result;
			}
		});
	}

	/** @returns nothing where it has to be tried again */
	private async tryAcquire(entry: Entry, limits: readonly Limit[]): Promise<AcquireResult | undefined> {
		const epoch = randomUUID();
		const [row, ...found] = await this.store.find([
			entry.entryId,
			...limits.map(({ budgetId }) => budgetId),
		]);
		// Together: what is decided may have been counted, and it must not be counted twice.
		if (!isEntry(row) || row.version !== entry.version || !isSpendable(row)) return { kind: 'changed' };
		for (const one of found) if (await this.countEarlier(one, epoch)) return undefined;
		const budgets = found.map((one) => toBudget(one, epoch));
		const result = holdLimits(row, limits, budgets, epoch, this.clock.now());
		if (result.kind === 'held') return { kind: 'held', entry: row };
		if (result.kind === 'exceeds_limit') return result;
		const written = [{ row: result.entry, isNew: false }, ...result.budgets];
		return (await this.store.replaceTogether(written))
			? { kind: 'held', entry: result.entry }
			: undefined;
	}

	/**
	 * Ends what nobody has used in its time, a few at a time: after that no token can use it any more, whatever the clocks of two
	 * hosts say.
	 */
	private async endUnused(): Promise<void> {
		const now = this.clock.now();
		const expired = await Promise.all(
			(['reserved', 'released'] as const).map((state) =>
				this.store.list({ states: [state], expiredBy: now, limit: ENDED.lookedAt }),
			),
		);
		const changes = expired.flat().flatMap((current) => {
			const next = isEntry(current) ? expireIfUnused(current, now) : undefined;
			return next ? [{ current, next }] : [];
		});
		// Where another has ended one of them meanwhile, the next reservation ends the rest.
		if (changes.length > 0) await replaceTogether(this.store, changes.slice(0, ENDED.most));
	}

	/** Counts a portion of what an earlier schema holds. @returns whether there was any */
	private async countEarlier(row: Row | undefined, epoch: string): Promise<boolean> {
		const budget = toBudget(row, epoch);
		const holds = budget?.earlierHolds?.slice(0, COUNTED_AT_ONCE) ?? [];
		if (!budget || holds.length === 0) return false;
		const entries = (await this.store.find(holds.map(({ entryId }) => entryId))).map(toEntry);
		const counted = countEarlierHolds(budget, holds.length, entries, this.clock.now());
		const rows = [counted.budget, ...counted.entries];
		await this.store.replaceTogether(rows.map((one) => ({ row: one, isNew: false })));
		return true;
	}
}

function isSpendable({ state, reservation }: Entry): boolean {
	const isDecided = state === 'succeeded' || state === 'rejected' || state === 'cancelled';
	return !isDecided && reservation !== undefined;
}

/**
 * An agent's own reservation counts on the day on which it was made, however often it is asked for; where another agent gets
 * its token, it counts there too, on the day of the asking.
 */
function limitsOf(entry: Entry, spender: Spender, policy: Policy, now: number): Limit[] {
	const { mode, account, reservation } = entry;
	if (!reservation) return [];
	const { currency } = reservation.intent;
	const { maxPerDay } = findCurrencyPolicy(currency, policy) ?? {};
	const day = reservation.spender.agent === spender.agent ? reservation.reservedAt : now;
	return [
		buildDailyLimit({ mode, account }, spender, currency, day, maxPerDay),
		...(spender.session === undefined && policy.maxPerSession === undefined
			? []
			: [buildSessionLimit({ mode, account }, spender, policy.maxPerSession)]),
	];
}
