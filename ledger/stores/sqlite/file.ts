import { accessSync, chmodSync, closeSync, constants, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';

import { StoreUnavailableError } from '../../store';
import type { ReadMounts, ReadType } from './fileSystem';
import { refuseMountedFile, refuseNetworkDrive } from './fileSystem';
import { COUNTING_TABLES, SCHEDULE_MARKING } from './countingStatements';
import { ADD_UNKNOWN_TERM, REFUSE_HASHED_TERMS, TERMS_TABLE } from './termsTable';
import { isReadableOlderVersion, otherSchemaReason, SCHEMA_VERSION } from '../schemaVersion';

/** "n8ni" in ASCII, in the file's header. It distinguishes ledgers from other SQLite files. */
const APPLICATION_ID = 0x6e386e69;

/**
 * ms. SQLite itself waits `timeoutMs` for another process's transaction. Writes are then retried for `retryMs`, and reads
 * run between the retries.
 */
export const BUSY = { timeoutMs: 100, retryMs: 3_000, pauseMs: 20 };

const TABLES = `
	CREATE TABLE entries (
		entry_id   TEXT PRIMARY KEY,
		version    INTEGER NOT NULL,
		state      TEXT NOT NULL,
		expires_at INTEGER NOT NULL,
		row        TEXT NOT NULL
	) STRICT, WITHOUT ROWID;
	CREATE INDEX entries_by_state ON entries (state, expires_at);`;

/**
 * Opens the ledger's file, and creates its tables if they do not exist. Several processes that create one file at the same time
 * block each other briefly: see `isBusy`.
 *
 * @throws StoreUnavailableError, or the error of SQLite or the file system
 */
export function openLedgerFile(
	path: string,
	readType?: ReadType,
	readMounts?: ReadMounts,
): { database: DatabaseSync; inode: number } {
	createFolder(dirname(path));
	refuseNetworkDrive(path, readType);
	const inode = ensurePrivateFile(path);
	refuseMountedFile(path, readMounts);
	const database = openDatabase(path);
	try {
		ensureTables(database, path);
		// Otherwise the rollback data of savepoints goes to a temporary file, which most commits would create and delete.
		database.exec('PRAGMA temp_store = MEMORY');
		return { database, inode };
	} catch (error) {
		database.close();
		throw error;
	}
}

/**
 * One folder at a time: Node's `recursive` option never returns if the system refuses with "no such folder", as it does in
 * /proc.
 */
function createFolder(folder: string): void {
	if (statSync(folder, { throwIfNoEntry: false })) return;
	const parent = dirname(folder);
	if (parent !== folder) createFolder(parent);
	try {
		mkdirSync(folder, { mode: 0o700 });
	} catch (error) {
		// Another process may have created it in the meantime.
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
	}
}

/** @returns the file's inode */
function ensurePrivateFile(path: string): number {
	const known = statSync(path, { throwIfNoEntry: false });
	if (known) {
		if (known.isDirectory()) throw Object.assign(new Error(`${path} is a folder`), { code: 'EISDIR' });
		// Opening and closing it here would release the locks of this process's other connections (sqlite.org/howtocorrupt,
		// 2.2).
		accessSync(path, constants.R_OK | constants.W_OK);
		return known.ino;
	}
	closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600));
	// The umask can only have removed permissions. An existing file keeps the mode that its owner gave it.
	chmodSync(path, 0o600);
	return statSync(path).ino;
}

function openDatabase(path: string): DatabaseSync {
	const database = new (loadNodeSqlite().DatabaseSync)(path, { timeout: BUSY.timeoutMs });
	try {
		// Before the first write: turning on WAL would modify a file that is not a ledger.
		readSnapshot(database, () => refuseForeign(database, path));
		// FULL: an acknowledged claim also survives a power failure, not only the death of the process (sqlite.org/pragma).
		database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
		return database;
	} catch (error) {
		database.close();
		throw error;
	}
}

function loadNodeSqlite(): typeof import('node:sqlite') {
	const sqlite = process.getBuiltinModule('node:sqlite') as typeof import('node:sqlite') | undefined;
	if (!sqlite) {
		throw new StoreUnavailableError(
			`Node.js ${process.version} has no built-in SQLite. Run n8n on Node.js 22.16 or newer, or choose a different ledger.`,
		);
	}
	return sqlite;
}

function ensureTables(database: DatabaseSync, path: string): void {
	if (pragma(database, 'user_version') === SCHEMA_VERSION) return;
	// One process creates them. The others wait for its lock and then find them.
	runInTransaction(database, () => {
		refuseForeign(database, path);
		if (pragma(database, 'user_version') === SCHEMA_VERSION) return;
		const version = pragma(database, 'user_version');
		if (version === 0) database.exec(TABLES);
		if (version < 4) database.exec(TERMS_TABLE);
		if (version < 7) database.exec(REFUSE_HASHED_TERMS);
		if (version >= 7) database.exec(ADD_UNKNOWN_TERM);
		if (version < 6) database.exec(COUNTING_TABLES);
		if (version > 0 && version < 6) database.exec(SCHEDULE_MARKING);
		database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION};`);
	});
}

/** @throws StoreUnavailableError if another program, or an incompatible version of this package, wrote the file */
export function refuseForeign(database: DatabaseSync, path: string): void {
	const version = pragma(database, 'user_version');
	if (pragma(database, 'application_id') !== APPLICATION_ID) {
		const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.count;
		if (version === 0 && tables === 0) return;
		throw new StoreUnavailableError(`${path} is a database of another program. Choose another file.`);
	}
	if (version !== SCHEMA_VERSION && !isReadableOlderVersion(version))
		throw new StoreUnavailableError(`${otherSchemaReason(path, version, 'another file')}.`);
}

function pragma(database: DatabaseSync, name: 'user_version' | 'application_id'): number {
	return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

/** Runs `act` in a transaction. */
export function runInTransaction<R>(database: DatabaseSync, act: () => R): R {
	// IMMEDIATE takes the write lock at once: a transaction that begins with a read cannot always be upgraded.
	database.exec('BEGIN IMMEDIATE');
	try {
		const result = act();
		database.exec('COMMIT');
		return result;
	} catch (error) {
		// If the disk is full or faulty, SQLite has already rolled back.
		if (database.isTransaction) database.exec('ROLLBACK');
		throw error;
	}
}

/** Runs `read` on one snapshot of the file, whatever other processes write in the meantime. Does not wait for writers. */
export function readSnapshot<R>(database: DatabaseSync, read: () => R): R {
	database.exec('BEGIN');
	try {
		return read();
	} finally {
		database.exec('ROLLBACK');
	}
}
