import type { StatementResultingChanges } from 'node:sqlite';
import { DatabaseSync } from 'node:sqlite';

import type { Redis } from 'ioredis';
import type { Pool } from 'pg';

import { VERSION_COLUMN } from '../../ledger/stores/postgres/schema';
import { RETENTION_MS } from './claims';

/** Writes rows as long as those of one claim and its settle, through the simplest client of the database. */
export type BareWrite = (entryId: string, rows: readonly [claimed: string, settled: string]) => unknown;

/** @param commitMs additional ms per commit, as on a slow disk */
export function bareSqlite(path: string, commitMs = 0): BareWrite {
	const database = new DatabaseSync(path, { timeout: 60_000 });
	database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
	const insert = database.prepare(
		`INSERT INTO entries (entry_id, version, state, expires_at, row) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (entry_id) DO NOTHING`,
	);
	const update = database.prepare(
		'UPDATE entries SET version = ?, state = ?, expires_at = ?, row = ? WHERE entry_id = ? AND version = ?',
	);
	const nothing = new Int32Array(new SharedArrayBuffer(4));
	const commit = (write: () => StatementResultingChanges) => {
		if (commitMs === 0) return write();
		database.exec('BEGIN IMMEDIATE');
		const written = write();
		Atomics.wait(nothing, 0, 0, commitMs);
		database.exec('COMMIT');
		return written;
	};
	return (entryId, [claimed, settled]) => {
		const expiresAt = Date.now() + RETENTION_MS;
		const inserted = commit(() => insert.run(entryId, 1, 'in_flight', expiresAt, claimed));
		const updated = commit(() => update.run(2, 'succeeded', expiresAt, settled, entryId, 1));
		if (inserted.changes !== 1 || updated.changes !== 1) throw notWritten();
	};
}

/** Uses prepared statements on as many connections as the ledger has. */
export function barePostgres(pool: Pool, table: string): BareWrite {
	return async (entryId, [claimed, settled]) => {
		const expiresAt = Date.now() + RETENTION_MS;
		const inserted = await pool.query({
			name: `insert ${table}`,
			text: `INSERT INTO ${table} (entry_id, ${VERSION_COLUMN}, state, expires_at, content)
				VALUES ($1, $2, $3, $4, $5) ON CONFLICT (entry_id) DO NOTHING`,
			values: [entryId, 1, 'in_flight', expiresAt, claimed],
		});
		const updated = await pool.query({
			name: `update ${table}`,
			text: `UPDATE ${table} SET ${VERSION_COLUMN} = $2, state = $3, expires_at = $4, content = $5
				WHERE entry_id = $1 AND ${VERSION_COLUMN} = $6`,
			values: [entryId, 2, 'succeeded', expiresAt, settled, 1],
		});
		if (inserted.rowCount !== 1 || updated.rowCount !== 1) throw notWritten();
	};
}

/**
 * Runs the commands that a claim and a settle run on an entry's keys, each in one pipeline, without conditions.
 */
export function bareRedis(redis: Redis, prefix: string): BareWrite {
	const index = `${prefix}{ledger}:index`;
	return async (entryId, [claimed, settled]) => {
		const key = `${prefix}{ledger}:entry:${entryId}`;
		const expiresAt = Date.now() + RETENTION_MS;
		const write = (version: number, state: string, row: string) =>
			redis
				.pipeline()
				.zadd(index, expiresAt, entryId)
				.hset(key, 'version', version, 'state', state, 'row', row);
		await write(1, 'in_flight', claimed).exec();
		await write(2, 'succeeded', settled).pexpire(key, RETENTION_MS).exec();
	};
}

function notWritten(): Error {
	return new Error('It was not written');
}
