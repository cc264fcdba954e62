import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import type { Entry } from './model/entry';
import type { Row } from './model/row';
import type { BudgetChange } from './rules/budget';
import { applyBudgetChanges, diffBudgets } from './rules/budget';
import type { Store } from './store';
import { isEntry, StoreUnavailableError, toEntry } from './store';

/** What a decision about the row that stands has come to. */
export interface Change<T> {
	result: T;
	/** What is to stand instead; absent where nothing is to be written. */
	next?: Row | 'removed';
}

/** `again` where something had to be read that took its time: the row is read anew. */
export type Decided<T> = Change<T> | 'again';

export interface UpdateOptions {
	/** The row as it was seen: the first try then costs one round trip. */
	seen?: Row;
	/** Rows that are read together with it, and are only looked at. */
	readWith?: readonly string[];
	/** Whether what stands is what was to be written: then its acknowledgement was lost. */
	isOwn?: (current: Row | undefined, written: Row) => boolean;
	/** How each call of the store is made. */
	call?: <R>(act: () => Promise<R>) => Promise<R>;
}

/**
 * Reads a row, decides about it and writes what was decided. Where another was faster, it is decided anew about what stands
 * then. This is the only way in which a row of the ledger is written.
 *
 * @throws StoreUnavailableError: then nothing is known to be written, and doing it again is safe
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

/** The same for a row that is an entry. */
export function updateEntry<T>(
	store: Store,
	entryId: string,
	decide: (current: Entry | undefined) => Change<T> | Promise<Change<T>>,
	options?: UpdateOptions,
): Promise<T> {
	return updateRow(store, entryId, (row) => decide(toEntry(row)), options);
}

/**
 * Writes one row in the place of the one that was seen; where it is an entry, together with the counters of its limits.
 *
 * @returns whether it stands now as it was written
 */
export async function compareAndSwap(
	store: Store,
	current: Row | undefined,
	next: Row | 'removed',
): Promise<boolean> {
	if (next === 'removed') return !current || takeSingle(await store.remove([current]));
	if (changesOfBudgets([{ current, next }]).length > 0) return replaceTogether(store, [{ current, next }]);
	if (current) return takeSingle(await store.replaceIfVersion([next]));
	const standing = takeSingle(await store.insertIfAbsent([next]));
	return standing.version === next.version && standing.state === next.state;
}

/** A row as it was seen, and what is to stand instead. */
export interface RowChange {
	current: Row | undefined;
	next: Row;
}

/**
 * Writes several rows in the place of those that were seen, all or none, and with them the counters of the limits of which
 * they take more or less than before.
 *
 * @returns whether they stand now as they were written
 */
export async function replaceTogether(store: Store, changes: readonly RowChange[]): Promise<boolean> {
	const written = changes.map(({ current, next }) => ({ row: next, isNew: !current }));
	const budgetsChanged = changesOfBudgets(changes);
	if (budgetsChanged.length === 0) return store.replaceTogether(written);
	const budgetIds = [...new Set(budgetsChanged.map(({ budgetId }) => budgetId))];
	return runInTurn(store, async () => {
		const budgets = (await store.find(budgetIds)).flatMap(
			(row) => applyBudgetChanges(row, budgetsChanged) ?? [],
		);
		return store.replaceTogether([...written, ...budgets.map((row) => ({ row, isNew: false }))]);
	});
}

function changesOfBudgets(changes: readonly RowChange[]): BudgetChange[] {
	return changes.flatMap(({ current, next }) => (isEntry(next) ? diffBudgets(toEntry(current), next) : []));
}

/** The last one in the turn of each store; it never fails. */
const turns = new WeakMap<Store, Promise<unknown>>();

/** Those in this process who write counters do it one after the other, and not in vain. */
export function runInTurn<R>(store: Store, act: () => Promise<R>): Promise<R> {
	const mine = (turns.get(store) ?? Promise.resolve()).then(act);
	turns.set(
		store,
		mine.catch(() => undefined),
	);
	return mine;
}

/** With each try that is in vain another one has written: so many come never together but by a fault. */
const MAX_TRIES = 300;

/** From this try on, and for at most so many ms, each waits a little, so that not all come at once again. */
const PAUSES = { from: 4, mostMs: 20 };

/** @throws StoreUnavailableError instead of trying for ever */
export async function pauseBeforeRetry(nth: number): Promise<void> {
	if (nth > MAX_TRIES)
		throw new StoreUnavailableError(
			`Others have written the same row of the ledger ${MAX_TRIES} times in between. Run it again.`,
		);
	if (nth >= PAUSES.from) await sleep(Math.random() * Math.min(nth, PAUSES.mostMs));
}

export function takeSingle<T>([only, ...others]: readonly T[]): T {
	if (others.length > 0) throw new RangeError('A store answered with more rows than it was asked for');
	return only as T;
}

/**
 * From one version only one writer gets to the next. Of two who would write the very same, both may take it for theirs: where
 * that matters, see `isOwn`.
 */
function isSameWrite(current: Row | undefined, written: Row): boolean {
	return current !== undefined && isDeepStrictEqual(comparable(current), comparable(written));
}

/** Of these a store may keep less than it is given. */
const NOT_KEPT_BY_ALL: ReadonlySet<string> = new Set(['body', 'params', 'paramsStored']);

function comparable(row: Row): unknown {
	const text = JSON.stringify(row, (name, value: unknown) =>
		NOT_KEPT_BY_ALL.has(name) ? undefined : value,
	);
	return JSON.parse(text);
}
