import { realpathSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

import { LostEntriesError } from '../../store';
import { isBusy } from './errorMessages';
import { openLedgerFile, readSnapshot, refuseForeign, runInTransaction } from './file';
import type { FileResponse, NumberedRequest } from './messages';
import { Statements } from './statements';

/** The result of one request of a batch. A failed request does not affect the others. */
export type RequestResult = { response: FileResponse } | { error: unknown };

/** The open file of a ledger. All methods block the calling thread while the disk is busy. */
export class LedgerFile {
	private readonly statements: Statements;
	/** The path without symbolic links: SQLite creates the log beside the real file. */
	private readonly realPath: string;
	private readonly log: number | undefined;
	/** mtime (ms) of the file when it was last seen with its log in place. */
	private changedAt: number;

	private constructor(
		private readonly path: string,
		private readonly database: DatabaseSync,
		private readonly inode: number,
	) {
		this.statements = new Statements(database);
		this.realPath = realpathSync(path);
		this.log = statLog(this.realPath)?.ino;
		this.changedAt = statSync(path).mtimeMs;
	}

	/** @throws StoreUnavailableError, or the error of SQLite or the file system: see `isBusy`, `toSqliteStoreError` */
	static open(path: string): LedgerFile {
		const { database, inode } = openLedgerFile(path);
		return new LedgerFile(path, database, inode);
	}

	/**
	 * Returns whether the path still has the file and log that are open. A file that was deleted or replaced would accept new
	 * entries and lose them all.
	 *
	 * @throws LostEntriesError if the log is gone, together with the entries that only it contained
	 */
	isInPlace(): boolean {
		const file = statSync(this.path, { throwIfNoEntry: false });
		if (file?.ino !== this.inode) return false;
		const log = statLog(this.realPath);
		if (log?.ino !== this.log) {
			this.saveLog(log === undefined && file.mtimeMs === this.changedAt);
			return false;
		}
		this.changedAt = file.mtimeMs;
		return true;
	}

	/** A removed log is still open here, so everything acknowledged since the last checkpoint is written to the file. */
	private saveLog(isUntouched: boolean): void {
		if (isUntouched && this.database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0) return;
		// Another process that continued without the log has written to the same pages.
		throw new LostEntriesError(
			`${this.path}-wal was removed or replaced while it was in use, so the latest entries may be missing. Restart n8n, and write the latest payments into the ledger before they are run again: Idempotency Registry → Entry → Adopt.`,
		);
	}

	/**
	 * Executes reads on one snapshot of the committed data. Takes no write lock, so it works while another process is writing.
	 */
	read(requests: readonly NumberedRequest[]): RequestResult[] {
		return readSnapshot(this.database, () => {
			refuseForeign(this.database, this.path);
			return requests.map((request) => this.executeRead(request));
		});
	}

	/**
	 * Executes all writes in one transaction, so that they share one disk write. When it returns, the results are durable. If
	 * it throws, nothing was written.
	 */
	write(requests: readonly NumberedRequest[]): RequestResult[] {
		return runInTransaction(this.database, () => {
			// A newer version may have upgraded the file since it was opened.
			refuseForeign(this.database, this.path);
			return requests.map((request) => this.executeInSavepoint(request));
		});
	}

	/**
	 * Executes removals without waiting for the disk. A power failure may restore what they removed. A restored row only
	 * protects, and is removed again; restored marks are counted again, and lost terms are added again. Removals share no
	 * transaction with other writes, which would not wait for the disk either.
	 */
	remove(requests: readonly NumberedRequest[]): RequestResult[] {
		this.database.exec('PRAGMA synchronous = NORMAL');
		try {
			return this.write(requests);
		} finally {
			this.database.exec('PRAGMA synchronous = FULL');
		}
	}

	close(): void {
		if (this.database.isOpen) this.database.close();
	}

	private executeRead(request: NumberedRequest): RequestResult {
		try {
			return { response: this.statements.execute(request) };
		} catch (error) {
			if (isBusy(error)) throw error;
			return { error };
		}
	}

	private executeInSavepoint(request: NumberedRequest): RequestResult {
		this.database.exec('SAVEPOINT request');
		try {
			const response = this.statements.execute(request);
			this.database.exec('RELEASE request');
			return { response };
		} catch (error) {
			// If the disk is full or faulty, SQLite has already rolled back the whole transaction.
			if (!this.database.isTransaction) throw error;
			this.database.exec('ROLLBACK TO request; RELEASE request');
			return { error };
		}
	}
}

/** Returns the stat of the write-ahead log beside the file (sqlite.org/wal). */
function statLog(path: string) {
	return statSync(`${path}-wal`, { throwIfNoEntry: false });
}
