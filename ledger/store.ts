import type { Entry, EntryState } from './model/entry';
import { resolvedAt } from './model/entryStatus';
import type { Row, RowState } from './model/row';
import type { Term } from './model/entryFacts';
import { termsOf } from './model/entryFacts';

/** Conditions for `list`. A row has to meet all that are given. */
export interface RowFilter {
	states?: readonly RowState[];
	/** Selects rows whose `expiresAt` is at or before this time (ms since the epoch). */
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

/** Final until somebody acts. These entries are totalled; open ones are read one by one. */
export const DECIDED_STATES: ReadonlySet<RowState> = new Set([
	...(['succeeded', 'rejected', 'released', 'cancelled'] as const),
]);

/** Not final. Few entries stay in these states for long. */
export const OPEN_STATES: readonly EntryState[] = ENTRY_STATES.filter((state) => !DECIDED_STATES.has(state));

/** Returns whether a row is an entry, not a row that entries share (time index, limit, registry, key secret, lock). */
export function isEntry(row: Row | undefined): row is Entry {
	return row !== undefined && (ENTRY_STATES as readonly RowState[]).includes(row.state);
}

/**
 * States of rows that may be deleted after their retention. Rows that are in flight, unknown or reserved are never deleted:
 * they still protect money. Nor is the registry: without its secret all tokens become invalid, and its kill switch would be
 * lifted.
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
 * Returns the TTL in ms for a server that expires rows on its own. A TTL is a duration, because the server's clock may differ:
 * the time left, and at least the whole retention since the entry was resolved. Rows without that time are left to purge. So
 * are limits and time indexes; a time index must outlive the last of its entries.
 *
 * @returns undefined for rows that must not expire on their own
 */
export function remainingTtlMs(row: Row): number | undefined {
	if (!isEntry(row) || !PURGEABLE_STATES.includes(row.state)) return undefined;
	const since = resolvedAt(row);
	return since === undefined ? undefined : Math.max(row.expiresAt - since, row.retentionMs ?? 0);
}

/**
 * Returns whether a row may be deleted at `now` (ms): both its `expiresAt` and its retention since it was resolved have passed.
 */
export function isPastRetention(row: Row, now: number): boolean {
	if (row.expiresAt > now) return false;
	return !isEntry(row) || (resolvedAt(row) ?? 0) + (row.retentionMs ?? 0) <= now;
}

/** Prefix of the ids of the rows that record which HMAC secret a ledger's entry ids are derived with. */
export const KEY_SECRET_ROW_PREFIX = 'key_secret_v1_';

/** A row as it was read. It is removed only if it still has this version. */
export interface RowVersion {
	entryId: string;
	version: number;
}

/** One of several rows that are written together. It is inserted if `isNew`, otherwise it replaces version `row.version - 1`. */
export interface RowWrite {
	row: Row;
	isNew: boolean;
}

/** Returns the index terms that a store keeps with a row for `findByTerm`. */
export function indexTermsOf(row: Row): Term[] {
	return isEntry(row) ? termsOf(row) : [];
}

/** A page of the rows with a term: after this rank and id, up to `end`. */
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

/** An entry that was written or removed since it was last counted. */
export interface ChangedEntry {
	entryId: string;
	/** Different after every write of the entry. */
	mark: string;
}

/** A named note of the counting. null deletes it. */
export type Note = readonly [name: string, text: string | null];

/**
 * Bookkeeping beside the rows that lets totals be updated without a full scan. The store marks each entry that is decided,
 * changed or removed, in the same step as the row. It also keeps notes, whose content only the counting understands.
 */
export interface Counting {
	/** Reads some of the changed entries; the list is empty only if there are none. `turn` is read before them. */
	readChanged(limit: number): Promise<{ turn: string; changed: ChangedEntry[] }>;
	readNotes(names: readonly string[]): Promise<(string | undefined)[]>;
	/** Reads all notes whose names begin with `SUM_PREFIX`. */
	readSums(): Promise<[name: string, text: string][]>;
	/**
	 * In one atomic step, writes the notes (each name once), removes the marks that are unchanged since they were read, and
	 * ends `turn`. Does nothing if `turn` has already ended. @returns whether it was written
	 */
	count(turn: string, notes: readonly Note[], counted: readonly ChangedEntry[]): Promise<boolean>;
}

/** Prefix of the names of the notes that hold totals. */
export const SUM_PREFIX = 'sum ';

/**
 * Stores rows and knows no rules. Every method takes many rows and returns its results in their order. Each row is atomic on
 * its own, except in `replaceTogether`. An acknowledged write must survive the death of the process. If the server's settings
 * do not guarantee that, `durabilityWarnings` must say so. Every method throws StoreUnavailableError if the store cannot be
 * used.
 */
export interface Store {
	/** Inserts each row unless its `entryId` exists. @returns the rows that are stored afterwards */
	insertIfAbsent(rows: readonly Row[]): Promise<Row[]>;
	/** Replaces each row if the stored version is `row.version - 1`. @returns for each row, whether it was replaced */
	replaceIfVersion(rows: readonly Row[]): Promise<boolean[]>;
	/**
	 * Writes all rows in one atomic step, or none. Inserts the new ones, and replaces each other one if its stored version is
	 * `row.version - 1`. Each row occurs once. @returns whether they were written
	 */
	replaceTogether(writes: readonly RowWrite[]): Promise<boolean>;
	find(entryIds: readonly string[]): Promise<(Row | undefined)[]>;
	/** Ordered by `expiresAt`, the latest first. */
	list(filter: RowFilter): Promise<Row[]>;
	/**
	 * Returns the rows that have a term, ordered by rank and id (see `termsOf`), from an index that is written with each row.
	 * Absent if a store holds so few rows that they can all be read.
	 */
	findByTerm?(query: TermQuery): Promise<TermHit[]>;
	/**
	 * Returns the ids of entries with a term that has this prefix, from the same index, in any order. An id may occur more than
	 * once. Absent if `findByTerm` is.
	 */
	findByPrefix?(prefix: string, limit: number): Promise<string[]>;
	/** Absent if a store holds so few rows that they can all be read. */
	readonly counting?: Counting;
	/** Removes each row if it has exactly that version. @returns for each row, whether it was removed */
	remove(rows: readonly RowVersion[]): Promise<boolean[]>;
	/** Returns all rows, in batches, in any order. A row that exists during the whole scan is returned at least once. */
	scan(): AsyncIterable<Row[]>;
	/** Set if people other than the ledger's users can read it. No secret may be stored in it then. */
	readonly isPublic?: true;
	/** Returns the settings that can lose acknowledged rows, one sentence each. */
	durabilityWarnings(): Promise<string[]>;
}

/** The ledger cannot be read or written now, so nothing may be sent. `reason` is a message for the user, without secrets. */
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
 * The ledger has lost entries. Unlike an outage, this does not heal: the ledger no longer knows what it has paid. Nobody may
 * continue without it and rely on Stripe's idempotency keys, which Stripe keeps for about a day.
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

/** @throws the error, unless it is a StoreUnavailableError */
export function rethrowUnlessUnavailable(error: unknown): void {
	if (!(error instanceof StoreUnavailableError)) throw error;
}
