import type { Entry } from '../model/entry';

/**
 * Keeps the newest of any number of entries, and holds at most about twice `limit`. An entry that is added twice counts once,
 * as it was added last.
 */
export class TopEntries {
	private readonly entries = new Map<string, Entry>();
	/** Entries older than this are not among the newest. */
	private oldest: Entry | undefined;

	/** @param limit Infinity for all */
	constructor(private readonly limit: number) {}

	add(entry: Entry): void {
		if (this.oldest && compareByAge(entry, this.oldest) > 0) return;
		this.entries.set(entry.entryId, entry);
		if (this.entries.size >= 2 * this.limit + SLACK) this.shrink();
	}

	/** Removes an entry that was added in an earlier version and no longer matches. */
	drop(entryId: string): void {
		this.entries.delete(entryId);
	}

	get size(): number {
		return this.entries.size;
	}

	/** Returns the newest first. */
	listNewestFirst(): Entry[] {
		return [...this.entries.values()].sort(compareByAge).slice(0, this.limit);
	}

	private shrink(): void {
		const newest = this.listNewestFirst();
		this.entries.clear();
		for (const entry of newest) this.entries.set(entry.entryId, entry);
		this.oldest = newest.at(-1);
	}
}

/** Avoids sorting after each entry if `limit` is small. */
const SLACK = 64;

/** Sorts the newest first; within one ms by id, so that the order is stable. */
function compareByAge(one: Entry, other: Entry): number {
	return other.createdAt - one.createdAt || (one.entryId < other.entryId ? -1 : 1);
}
