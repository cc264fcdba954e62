import type { Entry } from '../model/entry';

/**
 * Keeps the newest of many entries, however many go by: it never holds more than twice as many as are wanted. An entry that
 * goes by twice counts once, as it was seen last.
 */
export class TopEntries {
	private readonly entries = new Map<string, Entry>();
	/** What is older than this has no place among the newest. */
	private oldest: Entry | undefined;

	/** @param limit Infinity for all */
	constructor(private readonly limit: number) {}

	add(entry: Entry): void {
		if (this.oldest && compareByAge(entry, this.oldest) > 0) return;
		this.entries.set(entry.entryId, entry);
		if (this.entries.size >= 2 * this.limit + SLACK) this.shrink();
	}

	/** It was added as it stood before, and has become something else while the rows went by. */
	drop(entryId: string): void {
		this.entries.delete(entryId);
	}

	get size(): number {
		return this.entries.size;
	}

	/** The newest first. */
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

/** So that few are not sorted again at each of them. */
const SLACK = 64;

/** The newest first; among those of one ms, in the order of their ids, so that the order is the same at every asking. */
function compareByAge(one: Entry, other: Entry): number {
	return other.createdAt - one.createdAt || (one.entryId < other.entryId ? -1 : 1);
}
