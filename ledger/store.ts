import type { Entry, EntryState, Row, RowState } from './model/entry';

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
];

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
 * What a store whose server expires rows may leave to it. A timeline is not among them: it must outlive its retention as
 * long as one of its entries stands.
 */
export function mayUseStoreTtl({ state }: Row): boolean {
	return state !== 'timeline' && PURGEABLE_STATES.includes(state);
}

/** What the ids of such rows begin with; they say of one ledger under which secret its entries are derived. */
export const KEY_SECRET_ROW_PREFIX = 'key_secret_v1_';

/** A row as it was seen: it is removed only if it still stands so. */
export interface RowVersion {
	entryId: string;
	version: number;
}

/**
 * Keeps rows; knows no rules. Every method takes many rows and answers in their order; each row is atomic by itself. A row
 * whose write was acknowledged must survive the death of the process, or the store must say that it does not.
 */
export interface Store {
	/** Inserts each row unless its `entryId` stands already. @returns the row that stands afterwards */
	insertIfAbsent(rows: readonly Row[]): Promise<Row[]>;
	/** Replaces each row if version `row.version - 1` stands. @returns whether it did */
	replaceIfVersion(rows: readonly Row[]): Promise<boolean[]>;
	find(entryIds: readonly string[]): Promise<(Row | undefined)[]>;
	/** Those that expire last come first; with `expiredBy`, in any order. */
	list(filter: RowFilter): Promise<Row[]>;
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

/**
 * Writes one row, by compare-and-swap.
 *
 * @param isNew whether none stood
 * @returns whether it stands now as it was written
 * @throws StoreUnavailableError
 */
export async function writeRow(store: Store, row: Row, isNew: boolean): Promise<boolean> {
	if (!isNew) return (await store.replaceIfVersion([row]))[0] === true;
	const [stored] = await store.insertIfAbsent([row]);
	return stored?.version === row.version && stored.state === row.state;
}
