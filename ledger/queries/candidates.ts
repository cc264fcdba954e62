import type { Entry } from '../model/entry';
import type { RowState } from '../model/row';
import type { Store, TermQuery } from '../store';
import { isEntry } from '../store';

/** The entries of a term in a range of times. ms since the epoch; `from` is inclusive, `before` exclusive. */
export interface Range {
	term: string;
	from?: number | undefined;
	before?: number | undefined;
}

const PAGE_SIZE = { min: 20, max: 100 };

/** Returns every entry. One that is written during the scan may occur twice. */
export async function* allEntries(store: Store): AsyncGenerator<Entry> {
	for await (const rows of store.scan()) yield* rows.filter(isEntry);
}

/**
 * Returns the entries of a term, the newest first, page by page, so that the caller can stop early. If the store has no index,
 * returns every entry, in any order.
 *
 * @param wanted how many entries the caller wants, if known
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
	const limit = Math.min(Math.max(wanted, PAGE_SIZE.min), PAGE_SIZE.max);
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

/** Returns the entries with these ids, page by page, in any order. */
export async function* entriesOf(store: Store, entryIds: readonly string[]): AsyncGenerator<Entry> {
	for (let from = 0; from < entryIds.length; from += PAGE_SIZE.max) {
		const rows = await store.find(entryIds.slice(from, from + PAGE_SIZE.max));
		yield* rows.filter(isEntry);
	}
}

/** Rows per page of `list`. */
const LIST_PAGE_SIZE = 500;

/** Returns every entry in the given states, page by page, the latest expiry first. An entry may occur twice. */
export async function* entriesInStates(store: Store, states: readonly RowState[]): AsyncGenerator<Entry> {
	let expiredBy: number | undefined;
	for (let limit = LIST_PAGE_SIZE; ;) {
		const rows = await store.list({ states, ...(expiredBy === undefined ? {} : { expiredBy }), limit });
		yield* rows.filter(isEntry);
		const last = rows.at(-1);
		if (!last || rows.length < limit) return;
		// If many rows expire in the same ms, the page grows until it contains all of them.
		const isSameTime = Math.ceil(last.expiresAt) === expiredBy;
		limit = isSameTime ? 2 * limit : LIST_PAGE_SIZE;
		expiredBy = Math.ceil(last.expiresAt);
	}
}

/** Sorts after all ids with the same rank. */
const LAST_ID = '\x7f';
