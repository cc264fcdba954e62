import { randomUUID } from 'node:crypto';

import type { Change } from './compareAndSwap';
import { updateRow } from './compareAndSwap';
import type { Limit } from './rules/budget';
import { holdStatus, isAlreadyHeld, buildDailyLimit, buildSessionLimit, tryHold } from './rules/budget';
import type { Entry, Spender } from './model/entry';
import type { Policy } from './rules/policy';
import { findCurrencyPolicy } from './rules/policy';
import { expireIfUnused } from './rules/reservation';
import type { Store } from './store';
import { isEntry } from './store';
import type { TimeSource } from './clock';
import type { Budget, Row } from './model/row';
import { initialVersion } from './model/row';

/** A limit without room for what was asked for: so much is left of it, in minor units or reservations. */
export interface LimitExceeded {
	limit: Limit;
	left: number;
}

/** The rows in which limits are counted. */
export class LimitHolds {
	constructor(
		private readonly store: Store,
		private readonly clock: TimeSource,
	) {}

	/**
	 * A place in every limit of whoever asks, under the policy by which it is asked: no token is handed out without. Who has
	 * its place already keeps it, as long as everything in the limit still fits.
	 *
	 * @returns the first limit that has no room; `changed` where the entry is not what it was any more, and has to be looked at
	 * again
	 */
	async acquireLimits(
		entry: Entry,
		spender: Spender,
		policy: Policy,
	): Promise<LimitExceeded | 'changed' | undefined> {
		for (const limit of limitsOf(entry, spender, policy, this.clock.now())) {
			const left = await this.acquireLimit(entry, limit);
			if (left === 'changed') return left;
			if (left !== undefined) return { limit, left };
		}
		return undefined;
	}

	/** @returns what is left of the limit, where there is no room */
	private async acquireLimit(
		{ entryId, reservation }: Entry,
		limit: Limit,
	): Promise<number | 'changed' | undefined> {
		if (!reservation) return undefined;
		const { generation, generationId, intent } = reservation;
		const hold = { entryId, generation, generationId, amount: intent.amount };
		const decide = async (
			row: Row | undefined,
			[entry]: readonly (Row | undefined)[],
		): Promise<Change<number | 'changed' | undefined>> => {
			if (!isEntry(entry) || !isStillSpendable(entry, generationId)) return { result: 'changed' };
			const current = row?.state === 'budget' ? row : undefined;
			if (isAlreadyHeld(current, hold, limit)) return { result: undefined };
			const statuses = await this.loadHoldStatuses(current);
			const version = current ? current.version + 1 : initialVersion(randomUUID());
			const result = tryHold(current, statuses, hold, limit, version, this.clock.now());
			if (result.kind === 'exceeds_limit') return { result: result.left };
			return { result: undefined, next: result.kind === 'held' ? undefined : result.next };
		};
		// Together: what is decided may have been counted, and its hold be gone. It must not be counted twice.
		return updateRow(this.store, limit.budgetId, decide, { readWith: [entryId] });
	}

	/**
	 * What has become of each hold. What has ended unused is ended in its entry first: after that no token can use it any
	 * more, whatever the clocks of two hosts say.
	 */
	private async loadHoldStatuses(budget: Budget | undefined) {
		const holds = budget?.holds ?? [];
		if (holds.length === 0) return [];
		const entries = (await this.store.find(holds.map(({ entryId }) => entryId))).map((row) =>
			isEntry(row) ? row : undefined,
		);
		const now = this.clock.now();
		const expirations = entries.map((entry) => entry && expireIfUnused(entry, now));
		const toExpire = expirations.filter((entry) => entry !== undefined);
		const written = toExpire.length > 0 ? await this.store.replaceIfVersion(toExpire) : [];
		return holds.map((hold, position) => {
			const expiration = expirations[position];
			const isExpired = expiration !== undefined && written[toExpire.indexOf(expiration)] === true;
			return holdStatus(hold, isExpired ? expiration : entries[position]);
		});
	}
}

function isStillSpendable({ state, reservation }: Entry, generationId: string): boolean {
	const isDecided = state === 'succeeded' || state === 'rejected' || state === 'cancelled';
	return !isDecided && reservation?.generationId === generationId;
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
