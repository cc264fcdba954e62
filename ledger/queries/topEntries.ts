import type { Entry } from '../model/entry';

/**
 * Keeps the newest of many entries, however many go by: it never holds more than twice as many as are wanted. An entry that
 * goes by twice counts once, as it was seen last.
 */
export class Newest {
	private readonly kept = new Map<string, Entry>();
	/** What is older than this has no place among the newest. */
	private oldest: Entry | undefined;

	/** @param most Infinity for all */
	constructor(private readonly most: number) {}

	add(entry: Entry): void {
		if (this.oldest && byAge(entry, this.oldest) > 0) return;
		this.kept.set(entry.entryId, entry);
		if (this.kept.size >= 2 * this.most + SLACK) this.shrink();
	}

	/** It was added as it stood before, and has become something else while the rows went by. */
	drop(entryId: string): void {
		this.kept.delete(entryId);
	}

	/** The newest first. */
	inOrder(): Entry[] {
		return [...this.kept.values()].sort(byAge).slice(0, this.most);
	}

	private shrink(): void {
		const newest = this.inOrder();
		this.kept.clear();
		for (const entry of newest) this.kept.set(entry.entryId, entry);
		this.oldest = newest.at(-1);
	}
}

/** So that few are not sorted again at each of them. */
const SLACK = 64;

/** The newest first; among those of one ms, in the order of their ids, so that the order is the same at every asking. */
function byAge(one: Entry, other: Entry): number {
	return other.createdAt - one.createdAt || (one.entryId < other.entryId ? -1 : 1);
}
