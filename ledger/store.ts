import type { Entry, EntryState } from './model/entry';
import { resolvedAt } from './model/entryStatus';
import type { Row, RowState } from './model/row';
import type { Term } from './model/terms';
import { termsOf } from './model/terms';

/** What to list. Every given condition must hold. */
export interface RowFilter {
	states?: readonly RowState[];
	/** ms since the epoch: rows whose `expiresAt` is at or before it. */
	expiredBy?: number;
	limit: number;
}

export const ENTRY_STATES: readonly EntryState[] = [
	...(['reserved', 'in_flight', 'succeeded', 'rejected', 'unknown'] as const),
	...(['released', 'cancelled'] as const),
];

export const ROW_STATES: readonly RowState[] = [
	...ENTRY_STATES,
	'timeline',
	'budget',
	'registry',
	'key_secret',
	'lock',
];

/** Final until somebody acts: such entries are totalled, and open ones are read one by one. */
export const DECIDED_STATES: ReadonlySet<RowState> = new Set([
	...(['succeeded', 'rejected', 'released', 'cancelled'] as const),
]);

/** Not final: few entries stay in these states for long. */
export const OPEN_STATES: readonly EntryState[] = ENTRY_STATES.filter((state) => !DECIDED_STATES.has(state));

/** Whether a row is an entry, not one of the rows that entries share (time index, limit, registry, key secret, lock). */
export function isEntry(row: Row | undefined): row is Entry {
	return row !== undefined && (ENTRY_STATES as readonly RowState[]).includes(row.state);
}

/**
 * What may be deleted after its retention. Never what is in flight, unknown or reserved: it still protects money. And never
 * the registry: all tokens would become invalid with its secret, and a kill switch would be lifted.
 */
export const PURGEABLE_STATES: readonly RowState[] = [
	'succeeded',
	'rejected',
	'released',
	'cancelled',
	'timeline',
	'budget',
];

/**
 * The TTL in ms for a server that expires rows on its own. A duration, not a time, because its clock may differ: the time
 * left, and at least the whole retention since the entry was resolved. Rows without that time are left to purge; so are limits,
 * and time indexes, which must outlive the last of their entries.
 *
 * @returns undefined for rows that must not expire on their own
 */
export function remainingTtlMs(row: Row): number | undefined {
	if (!isEntry(row) || !PURGEABLE_STATES.includes(row.state)) return undefined;
	const since = resolvedAt(row);
	return since === undefined ? undefined : Math.max(row.expiresAt - since, row.retentionMs ?? 0);
}

/** Whether a row may be deleted at `now` (ms): both its `expiresAt` and its retention since it was resolved have passed. */
export function isPastRetention(row: Row, now: number): boolean {
	if (row.expiresAt > now) return false;
	return !isEntry(row) || (resolvedAt(row) ?? 0) + (row.retentionMs ?? 0) <= now;
}

/** Prefix of the ids of the rows that record under which HMAC secret a ledger's entries are derived. */
export const KEY_SECRET_ROW_PREFIX = 'key_secret_v1_';

/** A row as it was read; it is removed only if it still has this version. */
export interface RowVersion {
	entryId: string;
	version: number;
}

/** One of several rows that are written together: inserted if `isNew`, otherwise written over version `row.version - 1`. */
export interface RowWrite {
	row: Row;
	isNew: boolean;
}

/** The index terms that a store keeps with a row, so that `findByTerm` finds it. */
export function indexTermsOf(row: Row): Term[] {
	return isEntry(row) ? termsOf(row) : [];
}

/** A page of the rows of a term: after this rank and id, up to `end`. */
export interface TermQuery {
	term: string;
	after: { rank: number; entryId: string };
	/** Inclusive. */
	end: number;
	limit: number;
}

export interface TermHit {
	rank: number;
	entryId: string;
	/** Absent if the row was deleted. */
	row?: Row | undefined;
}

/** An entry that was written or removed since it was counted. */
export interface ChangedEntry {
	entryId: string;
	/** Different after every write of the entry. */
	mark: string;
}

/** A named note of the counting; null deletes it. */
export type Note = readonly [name: string, text: string | null];

/**
 * What a store keeps beside its rows, so that totals need no full scan: a mark for each entry that was decided, changed or
 * removed since it was counted, written in the same step as the row; and notes, whose content only the counting understands.
 */
export interface Counting {
	/** Some of the changed entries; empty only if there are none. `turn` is read before them. */
	readChanged(limit: number): Promise<{ turn: string; changed: ChangedEntry[] }>;
	readNotes(names: readonly string[]): Promise<(string | undefined)[]>;
	/** All notes whose names begin with `SUM_PREFIX`. */
	readSums(): Promise<[name: string, text: string][]>;
	/**
	 * In one atomic step: writes the notes (each name once), removes the marks that are unchanged since they were read, and ends
	 * `turn`. Does nothing if `turn` has ended already. @returns whether it was written
	 */
	count(turn: string, notes: readonly Note[], counted: readonly ChangedEntry[]): Promise<boolean>;
}

/** Prefix of the names of the notes that hold totals. */
export const SUM_PREFIX = 'sum ';

/**
 * Keeps rows and knows no rules. Every method takes many rows and returns its results in their order. Each row is atomic on
 * its own, except in `replaceTogether`. An acknowledged write must survive the death of the process; where the server's settings
 * do not guarantee that, `durabilityWarnings` must say so. Every method throws StoreUnavailableError if the store cannot be used.
 */
export interface Store {
	/** Inserts each row unless its `entryId` exists. @returns the row that is there afterwards */
	insertIfAbsent(rows: readonly Row[]): Promise<Row[]>;
	/** Replaces each row if the stored version is `row.version - 1`. @returns whether it was replaced */
	replaceIfVersion(rows: readonly Row[]): Promise<boolean[]>;
	/**
	 * Writes all rows in one atomic step, or none: inserts the new ones, replaces each other one if its stored version is
	 * `row.version - 1`. Each row occurs once. @returns whether they were written
	 */
	replaceTogether(writes: readonly RowWrite[]): Promise<boolean>;
	find(entryIds: readonly string[]): Promise<(Row | undefined)[]>;
	/** The latest `expiresAt` first. */
	list(filter: RowFilter): Promise<Row[]>;
	/**
	 * The rows that have a term, ordered by rank and id (see `termsOf`), from an index that is written with each row. Absent if a
	 * store holds so few rows that they can all be read.
	 */
	findByTerm?(query: TermQuery): Promise<TermHit[]>;
	/**
	 * The ids of entries with a term that has this prefix, from the same index, in any order; an id may occur more than once.
	 * Absent if `findByTerm` is.
	 */
	findByPrefix?(prefix: string, limit: number): Promise<string[]>;
	/** Absent if a store holds so few rows that they can all be read. */
	readonly counting?: Counting;
	/** Removes each row if it has exactly that version. @returns whether it was removed */
	remove(rows: readonly RowVersion[]): Promise<boolean[]>;
	/** All rows, in batches, in any order. A row that exists during the whole scan is returned at least once. */
	scan(): AsyncIterable<Row[]>;
	/** Set if people other than the ledger's users can read it: then no secret may be kept in it. */
	readonly isPublic?: true;
	/** Settings that can lose acknowledged rows, one sentence each; empty if there are none. */
	durabilityWarnings(): Promise<string[]>;
}

/** The ledger cannot be read or written now, so nothing may be sent. `reason` is for people and contains no secrets. */
export class StoreUnavailableError extends Error {
	constructor(
		readonly reason: string,
		options?: ErrorOptions,
	) {
		super(reason, options);
		this.name = 'StoreUnavailableError';
	}
}

/**
 * The ledger has forgotten entries. It is not down: it will not come to know again by itself what it had paid, so nobody may go
 * on without it, and rely on Stripe, which remembers for a day.
 */
export class LostEntriesError extends StoreUnavailableError {
	constructor(reason: string, options?: ErrorOptions) {
		super(reason, options);
		this.name = 'LostEntriesError';
	}
}

/** @returns undefined for a row that is not an entry */
export function toEntry(row: Row | undefined): Entry | undefined {
	return isEntry(row) ? row : undefined;
}

/** @throws the error, unless it only says that the store is unavailable */
export function rethrowUnlessUnavailable(error: unknown): void {
	if (!(error instanceof StoreUnavailableError)) throw error;
}
