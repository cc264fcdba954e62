import { chmodSync, closeSync, constants, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseSync, StatementSync, SQLInputValue } from 'node:sqlite';

import type { Row } from '../entry';
import type { RowFilter, SeenRow, Store } from '../store';
import { StoreUnavailable } from '../store';

/** "n8ni" in ASCII, in the file's header: tells our files from other SQLite files. */
const APPLICATION_ID = 0x6e386e69;

/**
 * ms that a statement waits for another process's transaction. SQLite waits in the way of everything else that n8n does, so
 * it waits shortly; the longer patience lets the event loop go on in between.
 */
const BUSY_TIMEOUT_MS = 100;
const BUSY_PATIENCE_MS = 3_000;
const BUSY_PAUSE_MS = 20;

/** Each migration leads from the schema version of its position to the next one. Never change one that was published. */
const MIGRATIONS: readonly string[] = [
	`CREATE TABLE entries (
		entry_id   TEXT PRIMARY KEY,
		version    INTEGER NOT NULL,
		state      TEXT NOT NULL,
		expires_at INTEGER NOT NULL,
		row        TEXT NOT NULL
	) STRICT, WITHOUT ROWID;
	CREATE INDEX entries_by_state ON entries (state, expires_at);`,
];

/** The ledger in one file on this host: durable, and atomic between all processes that open it. */
export class SqliteStore implements Store {
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
		const store = opening(path, () => {
			const inode = makePrivateFile(path);
			const database = connect(path);
			try {
				migrate(database, path);
				return new SqliteStore(database, prepareStatements(database), { path, inode });
			} catch (error) {
				database.close();
				throw error;
			}
		});
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
		return this.forEach(entryIds, (entryId) => parse(this.statements.find.get(entryId)));
	}

	remove(rows: readonly SeenRow[]): Promise<boolean[]> {
		return this.forEach(
			rows,
			({ entryId, version }) => this.statements.remove.run(entryId, version).changes === 1,
		);
	}

	async list({ states, expiredBy, limit }: RowFilter): Promise<Row[]> {
		return this.patiently(() => {
			const found =
				expiredBy === undefined
					? this.statements.listNewest.all(json(states), limit)
					: this.statements.listExpired.all(json(states), expiredBy, limit);
			return found.flatMap((row) => parse(row) ?? []);
		});
	}

	/** One row is one statement; many are one transaction, so that they cost one write to the disk. */
	private forEach<T, R>(rows: readonly T[], act: (row: T) => R): Promise<R[]> {
		return this.patiently(() =>
			rows.length <= 1 ? rows.map(act) : transaction(this.database, () => rows.map(act)),
		);
	}

	private async patiently<R>(work: () => R): Promise<R> {
		const until = performance.now() + BUSY_PATIENCE_MS;
		for (;;) {
			try {
				return work();
			} catch (error) {
				if (!isBusy(error) || performance.now() > until) throw unavailable(this.file.path, error);
				await sleep(BUSY_PAUSE_MS);
			}
		}
	}
}

const openStores = new Map<string, SqliteStore>();

const ALL_STATES = [
	...['reserved', 'in_flight', 'succeeded', 'rejected', 'unknown'],
	...['released', 'cancelled', 'timeline'],
];

function prepareStatements(database: DatabaseSync) {
	const inStates = 'state IN (SELECT value FROM json_each(?))';
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
		listNewest: database.prepare(
			`SELECT row FROM entries WHERE ${inStates} ORDER BY expires_at DESC LIMIT ?`,
		),
		listExpired: database.prepare(
			`SELECT row FROM entries WHERE ${inStates} AND expires_at <= ? LIMIT ?`,
		),
	} satisfies Record<string, StatementSync>;
}

function json(states: readonly string[] = ALL_STATES): string {
	return JSON.stringify(states);
}

function columns(row: Row): [SQLInputValue, ...SQLInputValue[]] {
	return [row.entryId, row.version, row.state, row.expiresAt, JSON.stringify(row)];
}

function parse(found: Record<string, unknown> | undefined): Row | undefined {
	return typeof found?.row === 'string' ? (JSON.parse(found.row) as Row) : undefined;
}

/** @returns the file's inode */
function makePrivateFile(path: string): number {
	mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
	const isNew = !statSync(path, { throwIfNoEntry: false });
	closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600));
	// The umask may have left less, never more; an existing file keeps the mode that its owner gave it.
	if (isNew) chmodSync(path, 0o600);
	return statSync(path).ino;
}

function connect(path: string): DatabaseSync {
	const database = new (nodeSqlite().DatabaseSync)(path, { timeout: BUSY_TIMEOUT_MS });
	try {
		// Before the first write: turning on WAL would change a file that is not ours.
		snapshot(database, () => refuseForeign(database, path));
		// FULL: an acknowledged claim survives a power cut too, not only the death of the process (sqlite.org/pragma).
		database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
		return database;
	} catch (error) {
		database.close();
		throw error;
	}
}

function nodeSqlite(): typeof import('node:sqlite') {
	const sqlite = process.getBuiltinModule('node:sqlite') as typeof import('node:sqlite') | undefined;
	if (!sqlite) {
		throw new StoreUnavailable(
			`Node.js ${process.version} has no built-in SQLite. Run n8n on Node.js 22.16 or newer, or choose another ledger.`,
		);
	}
	return sqlite;
}

function migrate(database: DatabaseSync, path: string): void {
	if (pragma(database, 'user_version') === MIGRATIONS.length) return;
	// One process migrates; the others wait for it and then find nothing left to do.
	transaction(database, () => {
		refuseForeign(database, path);
		const version = pragma(database, 'user_version');
		for (const migration of MIGRATIONS.slice(version)) database.exec(migration);
		database.exec(
			`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length};`,
		);
	});
}

/** @throws StoreUnavailable for a file that another program, or a newer version of this package, has written */
function refuseForeign(database: DatabaseSync, path: string): void {
	const version = pragma(database, 'user_version');
	if (pragma(database, 'application_id') !== APPLICATION_ID) {
		const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count;
		if (version === 0 && tables === 0) return;
		throw new StoreUnavailable(`${path} is a database of another program. Choose another file.`);
	}
	if (version > MIGRATIONS.length) {
		throw new StoreUnavailable(
			`${path} was written by a newer version of this package (schema ${version}, known here: ${MIGRATIONS.length}). ` +
				'Update n8n-nodes-stripe-idempotent, or choose another file.',
		);
	}
}

function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
	return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function transaction<R>(database: DatabaseSync, act: () => R): R {
	// IMMEDIATE takes the write lock at once: a transaction that begins by reading cannot always be upgraded.
	database.exec('BEGIN IMMEDIATE');
	try {
		const result = act();
		database.exec('COMMIT');
		return result;
	} catch (error) {
		// Where the disk is full or faulty, SQLite has rolled back by itself.
		if (database.isTransaction) database.exec('ROLLBACK');
		throw error;
	}
}

/** What is read in it stood at one moment, whatever other processes write meanwhile. */
function snapshot(database: DatabaseSync, look: () => void): void {
	database.exec('BEGIN');
	try {
		look();
	} finally {
		database.exec('ROLLBACK');
	}
}

/** SQLite's result codes (sqlite.org/rescode) and Node's file errors, in words that help. */
const REASONS: Record<string, string> = {
	EACCES: 'n8n may not write there. Give the n8n user write permission on the file and its folder',
	EPERM: 'n8n may not write there. Give the n8n user write permission on the file and its folder',
	EROFS: 'the file system is read-only. Choose a writable folder',
	ENOTDIR: 'a part of the path is not a folder. Choose another path',
	EEXIST: 'a part of the path is not a folder. Choose another path',
	EISDIR: 'it is a folder. Add a file name, e.g. idempotency.sqlite',
	ENOSPC: 'the disk is full. Free some space',
	5: 'another process kept the file locked for too long. Run it again',
	6: 'another process kept the file locked for too long. Run it again',
	8: 'the file is read-only. Give the n8n user write permission on the file and its folder',
	10: 'the disk reported a fault. Check the disk and its free space',
	11: 'the file is damaged. Restore it from a backup; do not delete it before you know which payments it holds',
	13: 'the disk is full. Free some space',
	14: 'the file cannot be opened. Give the n8n user write permission on the file and its folder',
	26: 'the file is no SQLite database. Choose another file',
};

/** Another connection holds the file (sqlite.org/rescode: SQLITE_BUSY, SQLITE_LOCKED). */
function isBusy(error: unknown): boolean {
	const code = primaryCode(error);
	return code === 5 || code === 6;
}

/** An extended result code has the primary one in its low byte (sqlite.org/rescode). */
function primaryCode(error: unknown): number | undefined {
	const { errcode } = error as { errcode?: number };
	return errcode === undefined ? undefined : errcode & 0xff;
}

/** Several processes that make one file at the same moment stand in each other's way, once and shortly. */
function opening<R>(path: string, work: () => R): R {
	const until = performance.now() + BUSY_PATIENCE_MS;
	for (;;) {
		try {
			return work();
		} catch (error) {
			if (!isBusy(error) || performance.now() > until) throw unavailable(path, error);
			Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_PAUSE_MS);
		}
	}
}

/** @returns anything that is neither SQLite's nor the file system's as it is: a fault of the program */
function unavailable(path: string, error: unknown): unknown {
	if (error instanceof StoreUnavailable) return error;
	const { code, message } = error as { code?: string; message?: string };
	const known = primaryCode(error) ?? code;
	if (known === undefined) return error;
	return new StoreUnavailable(`${path}: ${REASONS[known] ?? message ?? known}.`, { cause: error });
}
