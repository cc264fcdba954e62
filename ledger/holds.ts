import { randomUUID } from 'node:crypto';

import type { TimeSource } from './clock';
import { pauseBeforeRetry, runSerialized, replaceTogether } from './compareAndSwap';
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

/** Limits per new reservation: how many unused expired reservations it ends (`ended`), and how many rows it reads to find them. */
const EXPIRY_BATCH = { ended: 10, read: 50 };

/** Holds of an earlier schema that are counted in one step. */
const COUNT_BATCH_SIZE = 200;

export type AcquireResult =
	/** Every limit has room for the reservation. `entry` is the current entry. */
	| { kind: 'held'; entry: Entry }
	/** A limit lacks room. `left` is what remains of it, in minor units or reservations. */
	| { kind: 'exceeds_limit'; limit: Limit; left: number }
	/** The entry has changed and has to be read again. */
	| { kind: 'changed' };

/** Acquires holds in the counters of limits. */
export class LimitHolds {
	constructor(
		private readonly store: Store,
		private readonly clock: TimeSource,
	) {}

	/**
	 * Holds the reservation in every limit of the spender under the given policy. No token is issued without these holds. The
	 * cost does not depend on how much is reserved.
	 *
	 * @throws StoreUnavailableError
	 */
	async acquireLimits(entry: Entry, spender: Spender, policy: Policy): Promise<AcquireResult> {
		await this.expireUnused();
		const limits = limitsOf(entry, spender, policy, this.clock.now());
		return runSerialized(this.store, async () => {
			for (let nth = 1; ; nth++) {
				await pauseBeforeRetry(nth);
				const result = await this.tryAcquire(entry, limits);
				if (result) return result;
			}
		});
	}

	/** @returns undefined if the caller has to retry */
	private async tryAcquire(entry: Entry, limits: readonly Limit[]): Promise<AcquireResult | undefined> {
		const epoch = randomUUID();
		const [row, ...found] = await this.store.find([
			entry.entryId,
			...limits.map(({ budgetId }) => budgetId),
		]);
		// Entry and counters are read in one call. A settled entry may already be counted, and must not be counted twice.
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
	 * Ends unused reservations that have expired, a few at a time. Afterwards no token can use them, even if the clocks of two
	 * hosts differ.
	 */
	private async expireUnused(): Promise<void> {
		const now = this.clock.now();
		const expired = await Promise.all(
			(['reserved', 'released'] as const).map((state) =>
				this.store.list({ states: [state], expiredBy: now, limit: EXPIRY_BATCH.read }),
			),
		);
		const changes = expired.flat().flatMap((current) => {
			const next = isEntry(current) ? expireIfUnused(current, now) : undefined;
			return next ? [{ current, next }] : [];
		});
		// If another writer has ended one of them in the meantime, the next reservation ends the rest.
		if (changes.length > 0) await replaceTogether(this.store, changes.slice(0, EXPIRY_BATCH.ended));
	}

	/** Counts a batch of the holds of an earlier schema. @returns whether there were any */
	private async countEarlier(row: Row | undefined, epoch: string): Promise<boolean> {
		const budget = toBudget(row, epoch);
		const holds = budget?.earlierHolds?.slice(0, COUNT_BATCH_SIZE) ?? [];
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
 * A reservation counts against its own agent's limit on the day it was made, however often it is requested. If another agent
 * obtains its token, it also counts against that agent's limit, on the day of that request.
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
