import { statSync } from 'node:fs';
import type { DatabaseSync, StatementSync, SQLInputValue } from 'node:sqlite';

import type { Row } from '../../model/entry';
import type { RowFilter, SeenRow, Store } from '../../store';
import { ROW_STATES } from '../../store';
import { Patience } from '../retryTransient';
import { BUSY, openLedgerFile, snapshot, transaction } from './file';
import { isBusy, unavailable } from './errorMessages';

/** The ledger in one file on this host: durable, and atomic between all processes that open it. */
export class SqliteStore implements Store {
	private readonly patience = new Patience(isBusy, BUSY);

	private constructor(
		private readonly database: DatabaseSync,
		private readonly statements: ReturnType<typeof prepareStatements>,
		private readonly file: { path: string; inode: number },
	) {}

	/**
	 * The store of a file, one per process and file. The file is made if it is missing, with mode 0600.
	 *
	 * @throws StoreUnavailable with a reason for people: folder not writable, no database, newer than this package, …
	 */
	static open(path: string): SqliteStore {
		const known = openStores.get(path);
		if (known?.stillStands()) return known;
		known?.close();
		const { database, inode } = openLedgerFile(path);
		const store = new SqliteStore(database, prepareStatements(database), { path, inode });
		openStores.set(path, store);
		return store;
	}

	/** Closes the file; the next `open` opens it anew. */
	close(): void {
		if (openStores.get(this.file.path) === this) openStores.delete(this.file.path);
		if (this.database.isOpen) this.database.close();
	}

	/** A file that was deleted or replaced under an open handle would take new entries and lose them all. */
	private stillStands(): boolean {
		const stat = statSync(this.file.path, { throwIfNoEntry: false });
		return this.database.isOpen && stat?.ino === this.file.inode;
	}

	insertIfAbsent(rows: readonly Row[]): Promise<Row[]> {
		return this.forEach(rows, (row) => {
			const { insert, find } = this.statements;
			for (;;) {
				if (insert.run(...columns(row)).changes === 1) return row;
				const standing = parse(find.get(row.entryId));
				if (standing) return standing;
				// Another process removed it between the two statements: the place is free after all.
			}
		});
	}

	replaceIfVersion(rows: readonly Row[]): Promise<boolean[]> {
		return this.forEach(rows, (row) => {
			const [entryId, ...others] = columns(row);
			return this.statements.replace.run(...others, entryId, row.version - 1).changes === 1;
		});
	}

	find(entryIds: readonly string[]): Promise<(Row | undefined)[]> {
		const findOne = (entryId: string) => parse(this.statements.find.get(entryId));
		// To read takes no write lock: what can be read still holds while nothing can be written.
		return this.patiently(() =>
			entryIds.length <= 1
				? entryIds.map(findOne)
				: snapshot(this.database, () => entryIds.map(findOne)),
		);
	}

	remove(rows: readonly SeenRow[]): Promise<boolean[]> {
		return this.patiently(() => this.unhurried(() => this.all(rows, this.removeOne)));
	}

	private readonly removeOne = ({ entryId, version }: SeenRow) =>
		this.statements.remove.run(entryId, version).changes === 1;

	/**
	 * A removal waits for no disk: what a power cut brings back is removed again, and until then it only protects. Nothing
	 * else runs in between, so no other write is done by these rules.
	 */
	private unhurried<R>(work: () => R): R {
		this.database.exec('PRAGMA synchronous = NORMAL');
		try {
			return work();
		} finally {
			this.database.exec('PRAGMA synchronous = FULL');
		}
	}

	async list({ states, expiredBy, limit }: RowFilter): Promise<Row[]> {
		return this.patiently(() => {
			// State by state, so that each takes from the index what it needs and no more.
			const found = (states ?? ROW_STATES).flatMap((state) =>
				this.statements.list.all(state, expiredBy ?? Number.MAX_SAFE_INTEGER, limit).flatMap(parsed),
			);
			return found.toSorted((a, b) => b.expiresAt - a.expiresAt).slice(0, limit);
		});
	}

	async *scan(): AsyncGenerator<Row[]> {
		for (let last = ''; ;) {
			const rows = await this.patiently(() =>
				this.statements.page.all(last, SCANNED_AT_ONCE).flatMap(parsed),
			);
			yield rows;
			const end = rows.at(-1);
			if (!end) return;
			last = end.entryId;
		}
	}

	risks(): Promise<string[]> {
		return Promise.resolve([]);
	}

	private forEach<T, R>(rows: readonly T[], act: (row: T) => R): Promise<R[]> {
		return this.patiently(() => this.all(rows, act));
	}

	/** One row is one statement; many are one transaction, so that they cost one write to the disk. */
	private all<T, R>(rows: readonly T[], act: (row: T) => R): R[] {
		return rows.length <= 1 ? rows.map(act) : transaction(this.database, () => rows.map(act));
	}

	private patiently<R>(work: () => R): Promise<R> {
		return this.patience.with(work).catch((error: unknown) => {
			throw unavailable(this.file.path, error);
		});
	}
}

const openStores = new Map<string, SqliteStore>();

const SCANNED_AT_ONCE = 500;

function prepareStatements(database: DatabaseSync) {
	return {
		insert: database.prepare(
			`INSERT INTO entries (entry_id, version, state, expires_at, row) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (entry_id) DO NOTHING`,
		),
		replace: database.prepare(
			`UPDATE entries SET version = ?, state = ?, expires_at = ?, row = ? WHERE entry_id = ? AND version = ?`,
		),
		find: database.prepare('SELECT row FROM entries WHERE entry_id = ?'),
		remove: database.prepare('DELETE FROM entries WHERE entry_id = ? AND version = ?'),
		list: database.prepare(
			'SELECT row FROM entries WHERE state = ? AND expires_at <= ? ORDER BY expires_at DESC LIMIT ?',
		),
		page: database.prepare('SELECT row FROM entries WHERE entry_id > ? ORDER BY entry_id LIMIT ?'),
	} satisfies Record<string, StatementSync>;
}

function columns(row: Row): [SQLInputValue, ...SQLInputValue[]] {
	// The column holds whole ms, and nothing expires before its time.
	return [row.entryId, row.version, row.state, Math.ceil(row.expiresAt), JSON.stringify(row)];
}

function parse(found: Record<string, unknown> | undefined): Row | undefined {
	return typeof found?.row === 'string' ? (JSON.parse(found.row) as Row) : undefined;
}

function parsed(found: Record<string, unknown>): Row[] {
	const row = parse(found);
	return row ? [row] : [];
}
