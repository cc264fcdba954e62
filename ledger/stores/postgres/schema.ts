import { createHash } from 'node:crypto';

import type { PoolClient } from 'pg';

import { StoreUnavailableError } from '../../store';
import { TURN_NOTE, UNMARKED_NOTE } from '../notes';
import { isReadableOlderVersion, otherSchemaReason, SCHEMA_VERSION } from '../schemaVersion';
import { sqlState } from './errorMessages';
import type { TableName } from './settings';
import { quoteTableName } from './settings';

/**
 * The column with the version of a row. Every write names it, and its name contains the schema version. A process of another
 * build that has the ledger open during an upgrade therefore fails at its next write.
 */
export const VERSION_COLUMN = `version_${SCHEMA_VERSION}`;

/** Each statement is safe to repeat: not every database rolls back a CREATE when the transaction fails. */
function tableStatements(table: TableName, byteOrder: string): readonly string[] {
	return [
		`CREATE TABLE IF NOT EXISTS ${quoteTableName(table)} (
			entry_id   text ${byteOrder} PRIMARY KEY,
			${VERSION_COLUMN} bigint NOT NULL,
			state      text ${byteOrder} NOT NULL,
			expires_at bigint NOT NULL,
			content    jsonb NOT NULL,
			terms      jsonb
		)`,
		`ALTER TABLE ${quoteTableName(table)} ADD COLUMN IF NOT EXISTS terms jsonb`,
		`CREATE TABLE IF NOT EXISTS ${quoteTableName(termsTable(table))} (
			term     text ${byteOrder} NOT NULL,
			rank     double precision NOT NULL,
			entry_id text ${byteOrder} NOT NULL,
			PRIMARY KEY (term, rank, entry_id)
		)`,
		`CREATE TABLE IF NOT EXISTS ${quoteTableName(changedTable(table))} (
			entry_id text ${byteOrder} PRIMARY KEY,
			mark     bigint NOT NULL
		)`,
		`CREATE TABLE IF NOT EXISTS ${quoteTableName(notesTable(table))} (
			name text ${byteOrder} PRIMARY KEY,
			text text NOT NULL
		)`,
		`CREATE INDEX IF NOT EXISTS "${table.name}_by_state" ON ${quoteTableName(table)} (state, expires_at)`,
	];
}

/**
 * Byte order. With a language's collation, an update of the operating system could change the order under the index. The index
 * would then miss an existing entry, and it could be claimed again (wiki.postgresql.org/wiki/Locale_data_changes).
 */
const BYTE_ORDER = 'COLLATE "C"';

export const UNDEFINED_TABLE = '42P01';
/** Databases that are compatible with Postgres may lack advisory locks: "feature not supported", "undefined function". */
const NO_ADVISORY_LOCKS: ReadonlySet<unknown> = new Set(['0A000', '42883']);

/**
 * Creates the ledger's tables if they do not exist.
 *
 * @throws StoreUnavailableError if another program, or an incompatible version of this package, created the table; otherwise
 * the server's error
 */
export async function ensureTable(client: PoolClient, table: TableName): Promise<void> {
	if ((await schemaVersion(client, table)) === SCHEMA_VERSION) return;
	try {
		await runInTransaction(client, async () => {
			// One process creates them. The others wait for its lock and then find them.
			await client.query('SELECT pg_advisory_xact_lock($1::bigint)', [lockIdOf(table)]);
			await createTable(client, table);
		});
	} catch (error) {
		if (!NO_ADVISORY_LOCKS.has(sqlState(error))) throw error;
		// Without a lock, the second process fails at CREATE TABLE, retries, and finds the tables.
		await runInTransaction(client, () => createTable(client, table));
	}
}

async function createTable(client: PoolClient, table: TableName): Promise<void> {
	const { ledger, schema } = await findTables(client, table);
	if (ledger && !schema) {
		throw new StoreUnavailableError(
			`a table ${quoteTableName(table)} already exists and is not a ledger. Choose a different table in the options.`,
		);
	}
	// Created first, so that a ledger that another process is creating is recognized as one.
	if (!schema) await client.query(`CREATE TABLE ${versionTable(table)} (version integer NOT NULL)`);
	const found = await schemaVersion(client, table);
	if (found === SCHEMA_VERSION) return;
	const byteOrder = (await isCockroach(client)) ? '' : BYTE_ORDER;
	if (ledger) await renameVersionColumn(client, table);
	for (const statement of tableStatements(table, byteOrder)) await client.query(statement);
	// An empty ledger counts as fully indexed.
	if (!ledger) await client.query(markIndexed(table));
	// Notes about a table that was dropped are obsolete.
	for (const one of ledger ? [] : [changedTable(table), notesTable(table)])
		await client.query(`DELETE FROM ${quoteTableName(one)}`);
	// In schemas up to the sixth, terms were hashes.
	if (ledger && found < 7) await client.query(`TRUNCATE ${quoteTableName(termsTable(table))}`);
	if (ledger && found >= 7) await client.query(addUnknownTerm(table));
	if (ledger && found < 6) await client.query(scheduleMarking(table));
	await client.query(insertTurn(table));
	await client.query(`DELETE FROM ${versionTable(table)}`);
	await client.query(`INSERT INTO ${versionTable(table)} (version) VALUES ($1)`, [SCHEMA_VERSION]);
}

/** `to_regclass` does not fail: a failed statement would abort the transaction. */
async function findTables(client: PoolClient, table: TableName) {
	const { rows } = await client.query<{ ledger: boolean; schema: boolean }>(
		'SELECT to_regclass($1) IS NOT NULL AS ledger, to_regclass($2) IS NOT NULL AS schema',
		[quoteTableName(table), versionTable(table)],
	);
	return rows[0] ?? { ledger: false, schema: false };
}

/** From now on, statements of earlier builds fail: see `VERSION_COLUMN`. */
async function renameVersionColumn(client: PoolClient, table: TableName): Promise<void> {
	const { rows } = await client.query<{ name: string }>(
		`SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname ~ '^version(_[0-9]+)?$' AND NOT attisdropped`,
		[quoteTableName(table)],
	);
	const [{ name } = { name: VERSION_COLUMN }] = rows;
	if (name === VERSION_COLUMN) return;
	await client.query(`ALTER TABLE ${quoteTableName(table)} RENAME COLUMN ${name} TO ${VERSION_COLUMN}`);
}

/** CockroachDB always sorts by bytes, and does not support COLLATE "C" for columns. */
async function isCockroach(client: PoolClient): Promise<boolean> {
	const { rows } = await client.query<{ version: string }>('SELECT version() AS version');
	return rows[0]?.version.includes('CockroachDB') ?? false;
}

/** @returns 0 if the ledger does not exist, or only a part of it */
async function schemaVersion(client: PoolClient, table: TableName): Promise<number> {
	// Converted to a number, whatever type the database, or another type parser in `pg`, returns for an integer.
	const found = await client
		.query<{ version: number | string | null; complete: boolean }>(
			`SELECT max(version) AS version, to_regclass($1) IS NOT NULL AND ((to_regclass($2) IS NOT NULL AND to_regclass($3) IS NOT NULL AND to_regclass($4) IS NOT NULL) OR max(version) < 6) AS complete FROM ${versionTable(table)}`,
			[table, termsTable(table), changedTable(table), notesTable(table)].map(quoteTableName),
		)
		.catch((error: unknown) => {
			if (sqlState(error) !== UNDEFINED_TABLE) throw error;
			return { rows: [] };
		});
	const [{ version: stored, complete } = { version: null, complete: false }] = found.rows;
	const version = Number(stored);
	const isKnown = version === SCHEMA_VERSION || isReadableOlderVersion(version);
	if (version > SCHEMA_VERSION || (complete && stored !== null && !isKnown)) {
		const place = `the table ${quoteTableName(table)}`;
		throw new StoreUnavailableError(`${otherSchemaReason(place, version, 'another table')}.`);
	}
	return complete ? version : 0;
}

/** The table with the terms of all rows. */
export function termsTable({ schema, name }: TableName): TableName {
	return { schema, name: `${name}_terms` };
}

/** A term that no row has. It is present when every row has its terms in the form used since the seventh schema. */
export const INDEXED = 'indexed 7';

export function markIndexed(table: TableName): string {
	return `INSERT INTO ${quoteTableName(termsTable(table))} (term, rank, entry_id) VALUES ('${INDEXED}', 0, '') ON CONFLICT DO NOTHING`;
}

/** Before the ninth schema, unknown entries had no `unknown` term: see `termsOf`. */
function addUnknownTerm(table: TableName): string {
	const term = `jsonb_build_array('unknown', -(content ->> 'createdAt')::float8)`;
	return `WITH written AS (
			UPDATE ${quoteTableName(table)} SET terms = coalesce(terms, '[]') || jsonb_build_array(${term})
			WHERE state = 'unknown' RETURNING entry_id, terms
		) INSERT INTO ${quoteTableName(termsTable(table))} (term, rank, entry_id)
		SELECT one ->> 0, (one ->> 1)::float8, entry_id FROM written, jsonb_array_elements(terms) AS one
		WHERE one ->> 0 = 'unknown' ON CONFLICT DO NOTHING`;
}

/** The table with the entries that were written or removed since they were counted. */
export function changedTable({ schema, name }: TableName): TableName {
	return { schema, name: `${name}_changed` };
}

/** The table with the notes of the counting. */
export function notesTable({ schema, name }: TableName): TableName {
	return { schema, name: `${name}_notes` };
}

function insertTurn(table: TableName): string {
	return `INSERT INTO ${quoteTableName(notesTable(table))} (name, text) VALUES ('${TURN_NOTE}', '0') ON CONFLICT DO NOTHING`;
}

function scheduleMarking(table: TableName): string {
	return `INSERT INTO ${quoteTableName(notesTable(table))} (name, text) VALUES ('${UNMARKED_NOTE}', '') ON CONFLICT DO NOTHING`;
}

function versionTable({ schema, name }: TableName): string {
	return quoteTableName({ schema, name: `${name}_schema` });
}

/** Returns the same lock id in every process that uses this table. 60 bits fit into a Postgres bigint. */
function lockIdOf(table: TableName): string {
	const hash = createHash('sha256')
		.update(`n8n-nodes-stripe-idempotent ${quoteTableName(table)}`)
		.digest();
	return (hash.readBigUInt64BE(0) >> 4n).toString();
}

async function runInTransaction(client: PoolClient, act: () => Promise<void>): Promise<void> {
	// READ COMMITTED whatever the server's default is: after waiting for the lock, a process must see what the holder has
	// created.
	await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
	try {
		await act();
		await client.query('COMMIT');
	} catch (error) {
		// A server that does not respond gets no ROLLBACK: the connection is closed, which ends the transaction.
		if (sqlState(error) !== undefined) await client.query('ROLLBACK').catch(() => undefined);
		throw error;
	}
}
