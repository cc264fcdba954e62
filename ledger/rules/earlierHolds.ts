import type { Entry } from '../model/entry';
import type { Budget, EarlierHold, Row } from '../model/row';
import { limitUseOf } from './budget';
import { addLimits, expireIfUnused } from './reservation';

/** Converts a stored counter to the current schema. Accepts counters of schema 2. */
export function toBudget(row: Row | undefined, epoch: string): Budget | undefined {
	if (row?.state !== 'budget') return undefined;
	if ('taken' in row) return row;
	const { spent, holds, ...facts } = row;
	return { ...facts, taken: spent, epoch, earlierHolds: holds };
}

/**
 * Counts the holds of schema 2 by the current state of their entries. From then on these entries reference the limit, so their
 * later changes update the counter. Holds whose entries are lost stay counted.
 *
 * @param count how many of the holds to count
 * @param entries the entries of these holds, in the same order
 */
export function countEarlierHolds(
	budget: Budget,
	count: number,
	entries: readonly (Entry | undefined)[],
	now: number,
): { budget: Budget; entries: Entry[] } {
	const { earlierHolds = [], ...facts } = budget;
	const taken = { ...budget.taken };
	const counted: Entry[] = [];
	for (const [nth, hold] of earlierHolds.slice(0, count).entries()) {
		const entry = entries[nth];
		const isCurrent = entry?.reservation?.generationId === hold.generationId;
		if (entry && isCurrent)
			counted.push(addLimits(expireIfUnused(entry, now) ?? nextVersion(entry), [budget]));
		const part =
			entry && isCurrent ? limitUseOf(counted.at(-1) ?? entry) : takenWithoutEntry(hold, entry);
		taken.amount += part.amount;
		taken.count += part.count;
	}
	const left = earlierHolds.slice(count);
	return {
		budget: { ...nextVersion(facts), taken, ...(left.length > 0 ? { earlierHolds: left } : {}) },
		entries: counted,
	};
}

/** A later reservation starts only after a definitive rejection, or after the earlier one expired unused. */
function takenWithoutEntry(hold: EarlierHold, entry: Entry | undefined) {
	const isReleased = (entry?.reservation?.generation ?? 0) > hold.generation;
	return isReleased ? { amount: 0, count: 0 } : { amount: hold.amount, count: 1 };
}

function nextVersion<R extends { version: number }>(row: R): R {
	return { ...row, version: row.version + 1 };
}
