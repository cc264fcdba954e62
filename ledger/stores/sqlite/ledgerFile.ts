import { realpathSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';

import { LostEntriesError } from '../../store';
import { isBusy } from './errorMessages';
import { openLedgerFile, refuseForeign, snapshot, transaction } from './file';
import type { FileAnswer, NumberedRequest } from './messages';
import { Statements } from './statements';

/** What one request of several came to: it costs the others nothing when it fails. */
export type RequestResult = { answer: FileAnswer } | { error: unknown };

/** The open file of a ledger. Everything here holds up the thread that calls it, for as long as the disk takes. */
export class LedgerFile {
	private readonly statements: Statements;
	/** Without links: SQLite puts its log beside the file itself. */
	private readonly realPath: string;
	private readonly log: number | undefined;
	/** ms: when the file itself was last written, as far as was seen while its log was in place. */
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

	/** @throws StoreUnavailableError, what SQLite or the file system says: see `isBusy`, `unavailable` */
	static open(path: string): LedgerFile {
		const { database, inode } = openLedgerFile(path);
		return new LedgerFile(path, database, inode);
	}

	/**
	 * Whether it is still the file of that path, with its log: one that was deleted or replaced would take new entries and lose
	 * them all.
	 *
	 * @throws LostEntriesError where the log is gone, and what stood in it alone with it
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

	/** A log that was removed is still open here: what was acknowledged since the last checkpoint goes into the file. */
	private saveLog(isUntouched: boolean): void {
		if (isUntouched && this.database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.busy === 0) return;
		// Whoever has gone on without it has written to the same pages.
		throw new LostEntriesError(
			`${this.path}-wal was removed or replaced while it was in use, so the latest entries may be missing. Restart n8n, and write the latest payments into the ledger before they are run again: Idempotency Registry → Entry → Adopt.`,
		);
	}

	/** Answers from what is committed, all from one moment. It takes no write lock: it reads while nothing can be written. */
	read(requests: readonly NumberedRequest[]): RequestResult[] {
		return snapshot(this.database, () => {
			refuseForeign(this.database, this.path);
			return requests.map((request) => this.readOne(request));
		});
	}

	/**
	 * Writes all requests in one transaction, so that they cost one write to the disk. When it returns, what it answers is
	 * there to stay; when it throws, nothing of it was written.
	 */
	write(requests: readonly NumberedRequest[]): RequestResult[] {
		return transaction(this.database, () => {
			// A newer version may have updated it since it was opened.
			refuseForeign(this.database, this.path);
			return requests.map((request) => this.inSavepoint(request));
		});
	}

	/**
	 * A removal waits for no disk: what a power cut brings back is removed again, and until then it only protects; what it
	 * uncounts is counted again, and the terms that it adds are added again. It shares no transaction with writes, which would wait for no disk either.
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

	private readOne(request: NumberedRequest): RequestResult {
		try {
			return { answer: this.statements.answer(request) };
		} catch (error) {
			if (isBusy(error)) throw error;
			return { error };
		}
	}

	private inSavepoint(request: NumberedRequest): RequestResult {
		this.database.exec('SAVEPOINT request');
		try {
			const answer = this.statements.answer(request);
			this.database.exec('RELEASE request');
			return { answer };
		} catch (error) {
			// Where the disk is full or faulty, SQLite has rolled the whole transaction back by itself.
			if (!this.database.isTransaction) throw error;
			this.database.exec('ROLLBACK TO request; RELEASE request');
			return { error };
		}
	}
}

/** Of the write-ahead log beside the file (sqlite.org/wal). */
function statLog(path: string) {
	return statSync(`${path}-wal`, { throwIfNoEntry: false });
}
