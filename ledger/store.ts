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

/** Nothing more comes by itself: what stands so is summed up, and what is open is looked at one by one. */
export const DECIDED_STATES: ReadonlySet<RowState> = new Set([
	...(['succeeded', 'rejected', 'released', 'cancelled'] as const),
]);

/** What is open: there nothing stays for long, or few things do. */
export const OPEN_STATES: readonly EntryState[] = ENTRY_STATES.filter((state) => !DECIDED_STATES.has(state));

/** Whether a row is an entry, and none of those that entries have in common. */
export function isEntry(row: Row | undefined): row is Entry {
	return row !== undefined && (ENTRY_STATES as readonly RowState[]).includes(row.state);
}

/**
 * What may be forgotten when it is old enough. Never what is in flight, unknown or reserved: it still protects money. And
 * never the registry: with its secret every token would go, and a kill switch would be lifted.
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
 * For how many ms a server that forgets rows by itself has to keep one that is written now. Its clock may be another one, so
 * it is told no moment: the time left, and at least the whole retention, counted from the decision. What does not tell when it
 * was decided is left to purge, and so are timelines, which must outlive their retention as long as one of their entries
 * stands, and limits.
 *
 * @returns undefined for what it must not forget
 */
export function remainingTtlMs(row: Row): number | undefined {
	if (!isEntry(row) || !PURGEABLE_STATES.includes(row.state)) return undefined;
	const since = resolvedAt(row);
	return since === undefined ? undefined : Math.max(row.expiresAt - since, row.retentionMs ?? 0);
}

/** Whether an entry may be forgotten: its end has passed, and so has its retention since it was decided. */
export function isPastRetention(row: Row, now: number): boolean {
	if (row.expiresAt > now) return false;
	return !isEntry(row) || (resolvedAt(row) ?? 0) + (row.retentionMs ?? 0) <= now;
}

/** What the ids of such rows begin with; they say of one ledger under which secret its entries are derived. */
export const KEY_SECRET_ROW_PREFIX = 'key_secret_v1_';

/** A row as it was seen: it is removed only if it still stands so. */
export interface RowVersion {
	entryId: string;
	version: number;
}

/** One of several rows that are written together: of version `row.version - 1`, or where none stands. */
export interface RowWrite {
	row: Row;
	isNew: boolean;
}

/** What a store keeps beside a row, so that `findByTerm` finds it. */
export function indexTermsOf(row: Row): Term[] {
	return isEntry(row) ? termsOf(row) : [];
}

/** Which rows of a term are asked for: after one of them, and not beyond the end. */
export interface TermQuery {
	term: string;
	after: { rank: number; entryId: string };
	/** This rank included. */
	end: number;
	limit: number;
}

export interface TermHit {
	rank: number;
	entryId: string;
	/** Absent where it is gone. */
	row?: Row | undefined;
}

/** An entry that was written or removed since it was counted. */
export interface ChangedEntry {
	entryId: string;
	/** Another one after every write of the entry. */
	mark: string;
}

/** What is noted under a name; null for nothing. */
export type Note = readonly [name: string, text: string | null];

/**
 * What a store keeps beside its rows, so that they can be summed up without reading them all: the mark of each entry that was
 * decided, changed or removed since it was counted, written in the same step as the row; and notes, of which only counting
 * knows what they say.
 */
export interface Counting {
	/** Some of the changed entries; none only where there is none. `turn` was read before them. */
	readChanged(limit: number): Promise<{ turn: string; changed: ChangedEntry[] }>;
	readNotes(names: readonly string[]): Promise<(string | undefined)[]>;
	/** All notes whose names begin with `SUM_PREFIX`. */
	readSums(): Promise<[name: string, text: string][]>;
	/**
	 * Writes the notes, of which no name comes twice, and takes away the marks that are still as they were read: all in one
	 * atomic step, or nothing where `turn` is over. With it the turn is over. @returns whether it did
	 */
	count(turn: string, notes: readonly Note[], counted: readonly ChangedEntry[]): Promise<boolean>;
}

/** What the names of sums begin with among the notes. */
export const SUM_PREFIX = 'sum ';

/**
 * Keeps rows; knows no rules. Every method takes many rows and answers in their order; each row is atomic by itself, but for
 * those that are replaced together. A row whose write was acknowledged must survive the death of the process, or the store must say that it does not.
 */
export interface Store {
	/** Inserts each row unless its `entryId` stands already. @returns the row that stands afterwards */
	insertIfAbsent(rows: readonly Row[]): Promise<Row[]>;
	/** Replaces each row if version `row.version - 1` stands. @returns whether it did */
	replaceIfVersion(rows: readonly Row[]): Promise<boolean[]>;
	/**
	 * Writes all of these rows in one atomic step, or none: each new one where none stands, each other one over version
	 * `row.version - 1`. No row comes twice. @returns whether it did
	 */
	replaceTogether(writes: readonly RowWrite[]): Promise<boolean>;
	find(entryIds: readonly string[]): Promise<(Row | undefined)[]>;
	/** Those that expire last come first. */
	list(filter: RowFilter): Promise<Row[]>;
	/**
	 * The rows that have a term, in the order of rank and id (see `termsOf`), by an index that is written with each row. Absent
	 * where a store holds so few that they are all read.
	 */
	findByTerm?(query: TermQuery): Promise<TermHit[]>;
	/**
	 * The ids of entries with a term that begins so, by the same index, in any order; who has several such terms may come
	 * several times. Absent where `findByTerm` is.
	 */
	findByPrefix?(prefix: string, limit: number): Promise<string[]>;
	/** Absent where a store holds so few rows that they are all read. */
	readonly counting?: Counting;
	/** Removes each row if exactly that version stands. @returns whether it did */
	remove(rows: readonly RowVersion[]): Promise<boolean[]>;
	/** All rows, portion by portion, in any order: a row that stands from beginning to end is given at least once. */
	scan(): AsyncIterable<Row[]>;
	/** Whether others than the ledger's users read what it keeps: no secret may stand in it. */
	readonly isPublic?: true;
	/** What would lose or forget acknowledged rows as the store is set up, one sentence each; none where it is sound. */
	durabilityWarnings(): Promise<string[]>;
}

/** The ledger cannot be read or written now: nothing may be sent. `reason` is for people; it holds no secrets. */
export class StoreUnavailableError extends Error {
	constructor(
		readonly reason: string,
		options?: ErrorOptions,
	) {
		super(reason, options);
		this.name = 'StoreUnavailableError';
	}
}

/** What has an entry's id and is none is nobody's entry. */
export function toEntry(row: Row | undefined): Entry | undefined {
	return isEntry(row) ? row : undefined;
}

/** Whatever cannot be read says so itself. */
export function rethrowUnlessUnavailable(error: unknown): void {
	if (!(error instanceof StoreUnavailableError)) throw error;
}
