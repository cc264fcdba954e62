import type { Entry } from '../model/entry';
import type { RowState } from '../model/row';
import type { Store, TermQuery } from '../store';
import { isEntry } from '../store';

/** Entries of one term, and of a range of times. ms since the epoch; from: that time included, before: not included. */
export interface Range {
	term: string;
	from?: number | undefined;
	before?: number | undefined;
}

const PAGE_SIZE = { least: 20, most: 100 };

/** Every entry; one that is written meanwhile may come twice. */
export async function* allEntries(store: Store): AsyncGenerator<Entry> {
	for await (const rows of store.scan()) yield* rows.filter(isEntry);
}

/**
 * The entries of a term, the newest first, page by page: who has enough asks for no more. Where the store keeps no index,
 * every entry, in any order.
 *
 * @param wanted how many are wanted, where it is known
 */
export async function* entriesIn(
	store: Store,
	{ term, from, before }: Range,
	wanted = Infinity,
): AsyncGenerator<Entry> {
	if (!store.findByTerm) {
		yield* allEntries(store);
		return;
	}
	const limit = Math.min(Math.max(wanted, PAGE_SIZE.least), PAGE_SIZE.most);
	const end = from === undefined ? Infinity : -from;
	let after: TermQuery['after'] = { rank: before === undefined ? -Infinity : -before, entryId: LAST_ID };
	for (;;) {
		const found = await store.findByTerm({ term, after, end, limit });
		for (const { row } of found) if (isEntry(row)) yield row;
		const last = found.at(-1);
		if (!last || found.length < limit) return;
		after = last;
	}
}

/** The entries of these ids, page by page, in any order. */
export async function* entriesOf(store: Store, entryIds: readonly string[]): AsyncGenerator<Entry> {
	for (let from = 0; from < entryIds.length; from += PAGE_SIZE.most) {
		const rows = await store.find(entryIds.slice(from, from + PAGE_SIZE.most));
		yield* rows.filter(isEntry);
	}
}

/** Rows that are listed at once. */
const LISTED_AT_ONCE = 500;

/** Every entry in some states, page by page, those first that expire last; one may come twice. */
export async function* entriesInStates(store: Store, states: readonly RowState[]): AsyncGenerator<Entry> {
	let expiredBy: number | undefined;
	for (let limit = LISTED_AT_ONCE; ;) {
		const rows = await store.list({ states, ...(expiredBy === undefined ? {} : { expiredBy }), limit });
		yield* rows.filter(isEntry);
		const last = rows.at(-1);
		if (!last || rows.length < limit) return;
		// Of those that expire at one moment more are read at once, until all of them are.
		const isSameMoment = Math.ceil(last.expiresAt) === expiredBy;
		limit = isSameMoment ? 2 * limit : LISTED_AT_ONCE;
		expiredBy = Math.ceil(last.expiresAt);
	}
}

/** After all ids of the same time. */
const LAST_ID = '\x7f';
