import { randomUUID } from 'node:crypto';

import type { Limit } from './rules/budget';
import { fateOf, holdsAlready, limitPerDay, limitPerSession, makeRoom } from './rules/budget';
import type { Budget, Entry, Spender } from './model/entry';
import type { Policy } from './rules/policy';
import { ruleFor } from './rules/policy';
import { ended } from './rules/reservation';
import type { Store } from './store';
import { isEntry, write } from './store';
import type { Time } from './clock';
import { firstVersion } from './model/version';

/** A limit without room for what was asked for: so much is left of it, in minor units or reservations. */
export interface NoRoom {
	limit: Limit;
	left: number;
}

/** The rows in which limits are counted. */
export class Holds {
	constructor(
		private readonly store: Store,
		private readonly time: Time,
	) {}

	/**
	 * A place in every limit of whoever asks, under the policy by which it is asked: no token is handed out without. Who has
	 * its place already keeps it, as long as everything in the limit still fits.
	 *
	 * @returns the first limit that has no room; `changed` where the entry is not what it was any more, and has to be looked at
	 * again
	 */
	async take(entry: Entry, spender: Spender, policy: Policy): Promise<NoRoom | 'changed' | undefined> {
		for (const limit of limitsOf(entry, spender, policy, this.time.now())) {
			const left = await this.hold(entry, limit);
			if (left === 'changed') return left;
			if (left !== undefined) return { limit, left };
		}
		return undefined;
	}

	/** @returns what is left of the limit, where there is no room */
	private async hold(
		{ entryId, reservation }: Entry,
		limit: Limit,
	): Promise<number | 'changed' | undefined> {
		if (!reservation) return undefined;
		const { generation, generationId, intent } = reservation;
		const hold = { entryId, generation, generationId, amount: intent.amount };
		for (;;) {
			// Together: what is decided may have been counted, and its hold be gone. It must not be counted twice.
			const [row, entry] = await this.store.find([limit.budgetId, entryId]);
			if (!isEntry(entry) || !mayStillBeSpent(entry, generationId)) return 'changed';
			const standing = row?.state === 'budget' ? row : undefined;
			if (holdsAlready(standing, hold, limit)) return undefined;
			const fates = await this.fates(standing);
			const version = standing ? standing.version + 1 : firstVersion(randomUUID());
			const room = makeRoom(standing, fates, hold, limit, version, this.time.now());
			if (room.kind === 'held') return undefined;
			if (room.kind === 'over') return room.left;
			await write(this.store, room.next, standing === undefined);
			// Read again rather than trust the acknowledgement: the row says who came first.
		}
	}

	/**
	 * What has become of each hold. What has ended unused is ended in its entry first: after that no token can use it any
	 * more, whatever the clocks of two hosts say.
	 */
	private async fates(budget: Budget | undefined) {
		const holds = budget?.holds ?? [];
		if (holds.length === 0) return [];
		const entries = (await this.store.find(holds.map(({ entryId }) => entryId))).map((row) =>
			isEntry(row) ? row : undefined,
		);
		const now = this.time.now();
		const over = entries.map((entry) => entry && ended(entry, now));
		const toEnd = over.filter((entry) => entry !== undefined);
		const done = toEnd.length > 0 ? await this.store.replaceIfVersion(toEnd) : [];
		return holds.map((hold, position) => {
			const end = over[position];
			const isEnded = end !== undefined && done[toEnd.indexOf(end)] === true;
			return fateOf(hold, isEnded ? end : entries[position]);
		});
	}
}

function mayStillBeSpent({ state, reservation }: Entry, generationId: string): boolean {
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
	const { maxPerDay } = ruleFor(currency, policy) ?? {};
	const day = reservation.spender.agent === spender.agent ? reservation.reservedAt : now;
	return [
		limitPerDay({ mode, account }, spender, currency, day, maxPerDay),
		...(spender.session === undefined && policy.maxPerSession === undefined
			? []
			: [limitPerSession({ mode, account }, spender, policy.maxPerSession)]),
	];
}
