import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import type { Entry } from './model/entry';
import { isCurrentClaim } from './model/entryStatus';
import type { Row } from './model/row';
import type { BudgetChange } from './rules/budget';
import { applyBudgetChanges, diffBudgets } from './rules/budget';
import type { Store } from './store';
import { isEntry, StoreUnavailableError, toEntry } from './store';

/** The result of a decision about the current row, and the row to write. */
export interface Change<T> {
	result: T;
	/** The row to write. Absent to write nothing. */
	next?: Row | 'removed';
}

/** `again` if the decision had to wait: the row may have changed, so it is read again. */
export type Decided<T> = Change<T> | 'again';

export interface UpdateOptions {
	/** The row as last read, which saves the first read. */
	seen?: Row;
	/** Ids of rows to read in the same call. They are not written. */
	readWith?: readonly string[];
	/** Returns whether the current row is our own write whose acknowledgement was lost. */
	isOwn?: (current: Row | undefined, written: Row) => boolean;
	/** Wraps each store call, for example to retry it. */
	call?: <R>(act: () => Promise<R>) => Promise<R>;
}

/**
 * Reads a row, decides, and writes the decision. If the row changed in between, reads and decides again. Every write of the
 * ledger goes through this function.
 *
 * @throws StoreUnavailableError. The row may or may not be written; repeating is safe
 */
export async function updateRow<T>(
	store: Store,
	entryId: string,
	decide: (
		current: Row | undefined,
		others: readonly (Row | undefined)[],
	) => Decided<T> | Promise<Decided<T>>,
	{ seen, readWith = [], isOwn = isSameWrite, call = (act) => act() }: UpdateOptions = {},
): Promise<T> {
	const read = () => call(() => store.find([entryId, ...readWith]));
	for (let nth = 1, rows = seen ? [seen] : await read(); ; nth++) {
		await pauseBeforeRetry(nth);
		const [current, ...others] = rows;
		const decided = await decide(current, others);
		if (decided !== 'again') {
			const { result, next } = decided;
			if (next === undefined || (await call(() => compareAndSwap(store, current, next)))) return result;
			rows = await read();
			if (next !== 'removed' && isOwn(rows[0], next)) return result;
		} else rows = await read();
	}
}

/** Like `updateRow`, for a row that is an entry. */
export function updateEntry<T>(
	store: Store,
	entryId: string,
	decide: (current: Entry | undefined) => Change<T> | Promise<Change<T>>,
	options?: UpdateOptions,
): Promise<T> {
	return updateRow(store, entryId, (row) => decide(toEntry(row)), options);
}

/**
 * Replaces one row if it is unchanged. For an entry, updates the counters of its limits in the same step.
 *
 * @param current the row as read; undefined to insert
 * @returns whether it was written
 */
export async function compareAndSwap(
	store: Store,
	current: Row | undefined,
	next: Row | 'removed',
): Promise<boolean> {
	if (next === 'removed') return !current || takeSingle(await store.remove([current]));
	if (changesOfBudgets([{ current, next }]).length > 0) return replaceTogether(store, [{ current, next }]);
	if (current) return takeSingle(await store.replaceIfVersion([next]));
	const existing = takeSingle(await store.insertIfAbsent([next]));
	return existing.version === next.version && existing.state === next.state;
}

/** A row as read, and the row to replace it. */
export interface RowChange {
	current: Row | undefined;
	next: Row;
}

/**
 * Replaces several rows, all or none, and updates the counters of the limits that they use in the same step.
 *
 * @returns whether they were written
 */
export async function replaceTogether(store: Store, changes: readonly RowChange[]): Promise<boolean> {
	const written = changes.map(({ current, next }) => ({ row: next, isNew: !current }));
	const budgetsChanged = changesOfBudgets(changes);
	if (budgetsChanged.length === 0) return store.replaceTogether(written);
	const budgetIds = [...new Set(budgetsChanged.map(({ budgetId }) => budgetId))];
	return runSerialized(store, async () => {
		const budgets = (await store.find(budgetIds)).flatMap(
			(row) => applyBudgetChanges(row, budgetsChanged) ?? [],
		);
		return store.replaceTogether([...written, ...budgets.map((row) => ({ row, isNew: false }))]);
	});
}

function changesOfBudgets(changes: readonly RowChange[]): BudgetChange[] {
	return changes.flatMap(({ current, next }) => (isEntry(next) ? diffBudgets(toEntry(current), next) : []));
}

/** The last queued write of each store. Never rejects. */
const turns = new WeakMap<Store, Promise<unknown>>();

/** Serializes counter writes within this process. In parallel, most of them would conflict and retry. */
export function runSerialized<R>(store: Store, act: () => Promise<R>): Promise<R> {
	const write = (turns.get(store) ?? Promise.resolve()).then(act);
	turns.set(
		store,
		write.catch(() => undefined),
	);
	return write;
}

/** Each failed try means that another writer succeeded. Only a bug causes this many. */
const MAX_TRIES = 300;

/** From this try on, each try first waits a random time of at most `maxMs`, to spread the writers. */
const RETRY_PAUSE = { fromTry: 4, maxMs: 20 };

/** @throws StoreUnavailableError after `MAX_TRIES` */
export async function pauseBeforeRetry(nth: number): Promise<void> {
	if (nth > MAX_TRIES)
		throw new StoreUnavailableError(
			`Other runs have written the same row of the ledger ${MAX_TRIES} times in the meantime. Run it again.`,
		);
	if (nth >= RETRY_PAUSE.fromTry) await sleep(Math.random() * Math.min(nth, RETRY_PAUSE.maxMs));
}

export function takeSingle<T>([only, ...others]: readonly T[]): T {
	if (others.length > 0) throw new RangeError('A store returned more rows than were requested');
	return only as T;
}

/**
 * Only one writer can replace a version. If two write identical rows, both count the write as their own. Pass `isOwn` where
 * that matters.
 */
function isSameWrite(current: Row | undefined, written: Row): boolean {
	return current !== undefined && isDeepStrictEqual(comparable(current), comparable(written));
}

/** Returns whether the row is the written claim, even if a late response was added to it in the meantime. */
export function isOwnClaim(current: Row | undefined, written: Row): boolean {
	return isEntry(current) && written.state === 'in_flight' && isCurrentClaim(current, written);
}

/** Fields that a store may shorten. */
const SHORTENED_FIELDS: ReadonlySet<string> = new Set(['body', 'params', 'paramsStored']);

function comparable(row: Row): unknown {
	const text = JSON.stringify(row, (name, value: unknown) =>
		SHORTENED_FIELDS.has(name) ? undefined : value,
	);
	return JSON.parse(text);
}
