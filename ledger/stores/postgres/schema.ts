import { createHash } from 'node:crypto';

import type { PoolClient } from 'pg';

import { StoreUnavailableError } from '../../store';
import { TURN_NOTE, UNMARKED_NOTE } from '../notes';
import { isReadableOlderVersion, otherSchemaReason, SCHEMA_VERSION } from '../schemaVersion';
import { sqlState } from './errorMessages';
import type { TableName } from './settings';
import { quoteTableName } from './settings';

/**
 * The version of a row. Every write names this column, and its name tells the schema: a process of another build that has the
 * ledger open while it is updated is refused at its next write.
 */
export const VERSION_COLUMN = `version_${SCHEMA_VERSION}`;

/** Each statement bears being done twice: not every database takes a CREATE back when the transaction fails. */
function tableStatements(table: TableName, bytewise: string): readonly string[] {
	return [
		`CREATE TABLE IF NOT EXISTS ${quoteTableName(table)} (
			entry_id   text ${bytewise} PRIMARY KEY,
			${VERSION_COLUMN} bigint NOT NULL,
			state      text ${bytewise} NOT NULL,
			expires_at bigint NOT NULL,
			content    jsonb NOT NULL,
			terms      jsonb
		)`,
		`ALTER TABLE ${quoteTableName(table)} ADD COLUMN IF NOT EXISTS terms jsonb`,
		`CREATE TABLE IF NOT EXISTS ${quoteTableName(termsTable(table))} (
			term     text ${bytewise} NOT NULL,
			rank     double precision NOT NULL,
			entry_id text ${bytewise} NOT NULL,
			PRIMARY KEY (term, rank, entry_id)
		)`,
		`CREATE TABLE IF NOT EXISTS ${quoteTableName(changedTable(table))} (
			entry_id text ${bytewise} PRIMARY KEY,
			mark     bigint NOT NULL
		)`,
		`CREATE TABLE IF NOT EXISTS ${quoteTableName(notesTable(table))} (
			name text ${bytewise} PRIMARY KEY,
			text text NOT NULL
		)`,
		`CREATE INDEX IF NOT EXISTS "${table.name}_by_state" ON ${quoteTableName(table)} (state, expires_at)`,
	];
}

/**
 * In the order of a language, an update of the operating system could change the order under the index: it would miss the
 * entry that stands, and let it be claimed again (wiki.postgresql.org/wiki/Locale_data_changes).
 */
const BYTEWISE = 'COLLATE "C"';

export const UNDEFINED_TABLE = '42P01';
/** Distributed databases that speak Postgres may know no advisory locks: "feature not supported", "undefined function". */
const NO_SUCH_LOCK: ReadonlySet<unknown> = new Set(['0A000', '42883']);

/**
 * Makes the ledger's table where there is none.
 *
 * @throws StoreUnavailableError when another version of this package, or another program, wrote it; else what the server says
 */
export async function ensureTable(client: PoolClient, table: TableName): Promise<void> {
	if ((await schemaVersion(client, table)) === SCHEMA_VERSION) return;
	try {
		await transaction(client, async () => {
			// One process makes it; the others wait for it and then find nothing left to do.
			await client.query('SELECT pg_advisory_xact_lock($1::bigint)', [lockIdOf(table)]);
			await createTable(client, table);
		});
	} catch (error) {
		if (!NO_SUCH_LOCK.has(sqlState(error))) throw error;
		// Without a lock the second of two fails at CREATE TABLE, tries again and finds the first one's work.
		await transaction(client, () => createTable(client, table));
	}
}

async function createTable(client: PoolClient, table: TableName): Promise<void> {
	const { ledger, schema } = await findTables(client, table);
	if (ledger && !schema) {
		throw new StoreUnavailableError(
			`a table ${quoteTableName(table)} already exists and is not a ledger. Choose a different table in the options.`,
		);
	}
	// The first to be made, so that a ledger that somebody else is just making is known as one.
	if (!schema) await client.query(`CREATE TABLE ${versionTable(table)} (version integer NOT NULL)`);
	const found = await schemaVersion(client, table);
	if (found === SCHEMA_VERSION) return;
	const bytewise = (await isCockroach(client)) ? '' : BYTEWISE;
	if (ledger) await renameVersionColumn(client, table);
	for (const statement of tableStatements(table, bytewise)) await client.query(statement);
	// Without rows, every row has its terms.
	if (!ledger) await client.query(markIndexed(table));
	// What was noted of a table that is gone is true no more.
	for (const one of ledger ? [] : [changedTable(table), notesTable(table)])
		await client.query(`DELETE FROM ${quoteTableName(one)}`);
	// Until the sixth schema, terms were hashes.
	if (ledger && found < 7) await client.query(`TRUNCATE ${quoteTableName(termsTable(table))}`);
	if (ledger && found >= 7) await client.query(addUnknown(table));
	if (ledger && found < 6) await client.query(markLater(table));
	await client.query(beginTurns(table));
	await client.query(`DELETE FROM ${versionTable(table)}`);
	await client.query(`INSERT INTO ${versionTable(table)} (version) VALUES ($1)`, [SCHEMA_VERSION]);
}

/** Asked in a way that does not fail: a failed statement would end the transaction. */
async function findTables(client: PoolClient, table: TableName) {
	const { rows } = await client.query<{ ledger: boolean; schema: boolean }>(
		'SELECT to_regclass($1) IS NOT NULL AS ledger, to_regclass($2) IS NOT NULL AS schema',
		[quoteTableName(table), versionTable(table)],
	);
	return rows[0] ?? { ledger: false, schema: false };
}

/** What an earlier build still says to the table fails from now on: see `VERSION_COLUMN`. */
async function renameVersionColumn(client: PoolClient, table: TableName): Promise<void> {
	const { rows } = await client.query<{ name: string }>(
		`SELECT attname AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname ~ '^version(_[0-9]+)?$' AND NOT attisdropped`,
		[quoteTableName(table)],
	);
	const [{ name } = { name: VERSION_COLUMN }] = rows;
	if (name === VERSION_COLUMN) return;
	await client.query(`ALTER TABLE ${quoteTableName(table)} RENAME COLUMN ${name} TO ${VERSION_COLUMN}`);
}

/** It sorts by bytes whatever one asks for, and has no COLLATE "C" for columns. */
async function isCockroach(client: PoolClient): Promise<boolean> {
	const { rows } = await client.query<{ version: string }>('SELECT version() AS version');
	return rows[0]?.version.includes('CockroachDB') ?? false;
}

/** @returns 0 where no ledger stands yet, or only a part of it */
async function schemaVersion(client: PoolClient, table: TableName): Promise<number> {
	// As a number whatever a database, or somebody else's parser in `pg`, takes for an integer.
	const found = await client
		.query<{ version: number | string | null; stands: boolean }>(
			`SELECT max(version) AS version, to_regclass($1) IS NOT NULL AND ((to_regclass($2) IS NOT NULL AND to_regclass($3) IS NOT NULL AND to_regclass($4) IS NOT NULL) OR max(version) < 6) AS stands FROM ${versionTable(table)}`,
			[table, termsTable(table), changedTable(table), notesTable(table)].map(quoteTableName),
		)
		.catch((error: unknown) => {
			if (sqlState(error) !== UNDEFINED_TABLE) throw error;
			return { rows: [] };
		});
	const [{ version: stored, stands } = { version: null, stands: false }] = found.rows;
	const version = Number(stored);
	const isKnown = version === SCHEMA_VERSION || isReadableOlderVersion(version);
	if (version > SCHEMA_VERSION || (stands && stored !== null && !isKnown)) {
		const place = `the table ${quoteTableName(table)}`;
		throw new StoreUnavailableError(`${otherSchemaReason(place, version, 'another table')}.`);
	}
	return stands ? version : 0;
}

/** Where the terms of all rows stand. */
export function termsTable({ schema, name }: TableName): TableName {
	return { schema, name: `${name}_terms` };
}

/** The term of no row: where it stands, every row has its terms, as they are since the seventh schema. */
export const INDEXED = 'indexed 7';

export function markIndexed(table: TableName): string {
	return `INSERT INTO ${quoteTableName(termsTable(table))} (term, rank, entry_id) VALUES ('${INDEXED}', 0, '') ON CONFLICT DO NOTHING`;
}

/** Until the ninth schema, what is unknown had no term that says so: see `termsOf`. */
function addUnknown(table: TableName): string {
	const term = `jsonb_build_array('unknown', -(content ->> 'createdAt')::float8)`;
	return `WITH written AS (
			UPDATE ${quoteTableName(table)} SET terms = coalesce(terms, '[]') || jsonb_build_array(${term})
			WHERE state = 'unknown' RETURNING entry_id, terms
		) INSERT INTO ${quoteTableName(termsTable(table))} (term, rank, entry_id)
		SELECT one ->> 0, (one ->> 1)::float8, entry_id FROM written, jsonb_array_elements(terms) AS one
		WHERE one ->> 0 = 'unknown' ON CONFLICT DO NOTHING`;
}

/** Which entries were written or removed since they were counted. */
export function changedTable({ schema, name }: TableName): TableName {
	return { schema, name: `${name}_changed` };
}

/** What counting notes. */
export function notesTable({ schema, name }: TableName): TableName {
	return { schema, name: `${name}_notes` };
}

function beginTurns(table: TableName): string {
	return `INSERT INTO ${quoteTableName(notesTable(table))} (name, text) VALUES ('${TURN_NOTE}', '0') ON CONFLICT DO NOTHING`;
}

function markLater(table: TableName): string {
	return `INSERT INTO ${quoteTableName(notesTable(table))} (name, text) VALUES ('${UNMARKED_NOTE}', '') ON CONFLICT DO NOTHING`;
}

function versionTable({ schema, name }: TableName): string {
	return quoteTableName({ schema, name: `${name}_schema` });
}

/** The same number in every process that has to do with this table; 60 bits fit into Postgres's bigint. */
function lockIdOf(table: TableName): string {
	const hash = createHash('sha256')
		.update(`n8n-nodes-stripe-idempotent ${quoteTableName(table)}`)
		.digest();
	return (hash.readBigUInt64BE(0) >> 4n).toString();
}

async function transaction(client: PoolClient, act: () => Promise<void>): Promise<void> {
	// Whatever the server is set to: who has waited for the lock must see what the one before has made.
	await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
	try {
		await act();
		await client.query('COMMIT');
	} catch (error) {
		// A server that does not answer is not asked again: the connection is closed, and the transaction is gone with it.
		if (sqlState(error) !== undefined) await client.query('ROLLBACK').catch(() => undefined);
		throw error;
	}
}
