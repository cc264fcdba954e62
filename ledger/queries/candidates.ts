import type { Entry } from '../model/entry';
import type { Store } from '../store';
import { isEntry } from '../store';

/** Entries of one term, and of a range of times. ms since the epoch; from: that time included, before: not included. */
export interface Range {
	term: string;
	from?: number | undefined;
	before?: number | undefined;
}

const PAGE_SIZE = 100;

/** Every entry; one that is written meanwhile may come twice. */
export async function* allEntries(store: Store): AsyncGenerator<Entry> {
	for await (const rows of store.scan()) yield* rows.filter(isEntry);
}

/**
 * The entries of a term, the newest first, page by page: who has enough asks for no more. Where the store keeps no index,
 * every entry, in any order.
 */
export async function* entriesIn(store: Store, { term, from, before }: Range): AsyncGenerator<Entry> {
	if (!store.findByTerm) {
		yield* allEntries(store);
		return;
	}
	const end = from === undefined ? Infinity : -from;
	let after = { rank: before === undefined ? -Infinity : -before, entryId: LAST_ID };
	for (;;) {
		const found = await store.findByTerm({ term, after, end, limit: PAGE_SIZE });
		for (const { row } of found) if (isEntry(row)) yield row;
		const last = found.at(-1);
		if (!last || found.length < PAGE_SIZE) return;
		after = { rank: last.rank, entryId: last.row.entryId };
	}
}

/** After all ids of the same time. */
const LAST_ID = '\u{10ffff}';
