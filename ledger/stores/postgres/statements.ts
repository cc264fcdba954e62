import type { Statement } from './connection';
import { toStatement } from './connection';
import { DECIDED_STATES, ENTRY_STATES } from '../../store';
import type { RowState } from '../../model/row';
import type { TableNames } from './postgresCounting';
import { COUNTING_STATEMENTS, toSqlList } from './postgresCounting';
import { INDEXED, VERSION_COLUMN } from './schema';

const COLUMNS = `entry_id, ${VERSION_COLUMN}, state, expires_at, content, terms`;

/** Many rows, passed as one array per column. */
const INPUT_ARRAYS = `unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[])
	AS input (entry_id, version, state, expires_at, content, terms)`;

const INPUT_ROWS = 'input.entry_id, version, state, expires_at, content::jsonb, terms::jsonb';

/**
 * The statements of a ledger. One statement handles many rows, so that it is one round trip and one transaction. It also writes
 * the terms of the rows.
 */
const STATEMENTS = {
	insertOne: ({ table, terms, changed }) => `WITH written AS (
			INSERT INTO ${table} (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (entry_id) DO NOTHING RETURNING entry_id, state, terms
		), ${insertTerms(terms)}, ${markChanged(changed, DECIDED_STATES)} SELECT FROM written`,
	// An existing row is read from the statement's snapshot, which does not contain the rows that the statement itself inserts.
	insertMany: ({ table, terms, changed }) => `WITH written AS (
			INSERT INTO ${table} (${COLUMNS}) SELECT ${INPUT_ROWS} FROM ${INPUT_ARRAYS}
			ON CONFLICT (entry_id) DO NOTHING RETURNING entry_id, state, terms
		), ${insertTerms(terms)}, ${markChanged(changed, DECIDED_STATES)}
		SELECT entry_id, content::text FROM ${table} WHERE entry_id = ANY ($1::text[])
		UNION ALL SELECT entry_id, NULL FROM written`,
	// Marks the row in any state, because the row before it may have been decided.
	replaceOne: ({ table, terms, changed }) => `WITH written AS (
			UPDATE ${table} AS existing SET ${VERSION_COLUMN} = $2, state = $3, expires_at = $4, content = $5,
				terms = ${mergeTerms('existing.terms', '$6::jsonb')}
			WHERE entry_id = $1 AND ${VERSION_COLUMN} = $2::bigint - 1 RETURNING entry_id, state, terms
		), ${insertTerms(terms)}, ${markChanged(changed, ENTRY_STATES)} SELECT FROM written`,
	replaceMany: ({ table, terms, changed }) => `WITH written AS (
			UPDATE ${table} AS existing
			SET ${VERSION_COLUMN} = input.version, state = input.state, expires_at = input.expires_at,
				content = input.content::jsonb, terms = ${mergeTerms('existing.terms', 'input.terms::jsonb')}
			FROM ${INPUT_ARRAYS}
			WHERE existing.entry_id = input.entry_id AND existing.${VERSION_COLUMN} = input.version - 1
			RETURNING existing.entry_id, existing.state, existing.terms
		), ${insertTerms(terms)}, ${markChanged(changed, ENTRY_STATES)} SELECT entry_id FROM written`,
	// Existing rows are locked before their versions are checked. If another transaction inserts a new row concurrently, the
	// counts differ, and the division by zero rolls everything back.
	replaceTogether: ({ table, terms, changed }) => `WITH input AS (
			SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::boolean[])
			AS input (entry_id, version, state, expires_at, content, terms, is_new)
		), before AS (
			SELECT entry_id, ${VERSION_COLUMN} AS version FROM ${table} WHERE entry_id = ANY ($1::text[])
			ORDER BY entry_id FOR UPDATE
		), seen AS (
			SELECT bool_and(CASE WHEN input.is_new THEN before.version IS NULL
				ELSE before.version IS NOT DISTINCT FROM input.version - 1 END) AS is_unchanged
			FROM input LEFT JOIN before ON before.entry_id = input.entry_id
		), written AS (
			INSERT INTO ${table} AS current (${COLUMNS}) SELECT ${INPUT_ROWS} FROM input
			WHERE (SELECT is_unchanged FROM seen) ORDER BY entry_id
			ON CONFLICT (entry_id) DO UPDATE SET ${VERSION_COLUMN} = excluded.${VERSION_COLUMN}, state = excluded.state,
				expires_at = excluded.expires_at, content = excluded.content,
				terms = ${mergeTerms('current.terms', 'excluded.terms')}
			WHERE current.${VERSION_COLUMN} = excluded.${VERSION_COLUMN} - 1
			RETURNING entry_id, state, terms
		), ${insertTerms(terms)}, ${markChanged(changed, ENTRY_STATES)}
		SELECT is_unchanged AND 1 / CASE (SELECT count(*) FROM written) WHEN cardinality($1::text[]) THEN 1
			ELSE CASE WHEN is_unchanged THEN 0 ELSE 1 END END = 1 AS written FROM seen`,
	find: ({ table }) => `SELECT content::text FROM ${table} WHERE entry_id = ANY ($1::text[])`,
	// One subquery per state, so that each one reads only the rows that it needs from the index.
	list: ({
		table,
	}) => `SELECT newest.content::text FROM unnest($1::text[]) AS wanted (state) CROSS JOIN LATERAL (
			SELECT expires_at, content FROM ${table} AS existing
			WHERE existing.state = wanted.state AND existing.expires_at <= $2::bigint
			ORDER BY existing.expires_at DESC LIMIT $3::bigint
		) AS newest
		ORDER BY newest.expires_at DESC LIMIT $3::bigint`,
	remove: ({ table, terms, changed }) => `WITH removed AS (
			DELETE FROM ${table} AS existing
			USING unnest($1::text[], $2::bigint[]) AS input (entry_id, version)
			WHERE existing.entry_id = input.entry_id AND existing.${VERSION_COLUMN} = input.version
			RETURNING existing.entry_id, existing.state, existing.terms
		), ${markChanged(changed, ENTRY_STATES, 'removed')}, dropped AS (
			DELETE FROM ${terms} AS indexed USING removed, jsonb_array_elements(removed.terms) AS one
			WHERE indexed.term = one ->> 0 AND indexed.rank = (one ->> 1)::float8
				AND indexed.entry_id = removed.entry_id
		) SELECT entry_id FROM removed`,
	page: ({ table }) =>
		`SELECT content::text FROM ${table} WHERE entry_id > $1 ORDER BY entry_id LIMIT $2::bigint`,
	// Nested-loop lookups, whatever the planner estimates.
	byTerm: ({ table, terms }) => `SELECT found.rank, found.entry_id, existing.content::text FROM (
			SELECT rank, entry_id FROM ${terms}
			WHERE term = $1 AND (rank, entry_id) > ($2::float8, $3) AND rank <= $4::float8
			ORDER BY rank, entry_id LIMIT $5::bigint
		) AS found LEFT JOIN LATERAL (
			SELECT content FROM ${table} WHERE entry_id = found.entry_id OFFSET 0
		) AS existing ON true
		ORDER BY found.rank, found.entry_id`,
	byPrefix: ({ terms }) => `SELECT entry_id FROM ${terms} WHERE term >= $1 AND term < $2 LIMIT $3::bigint`,
	isIndexed: ({ terms }) => `SELECT FROM ${terms} WHERE term = '${INDEXED}'`,
	addTerms: ({ table, terms }) => `WITH written AS (
			UPDATE ${table} AS existing SET terms = input.terms::jsonb
			FROM unnest($1::text[], $2::bigint[], $3::text[]) AS input (entry_id, version, terms)
			WHERE existing.entry_id = input.entry_id AND existing.${VERSION_COLUMN} = input.version
			RETURNING existing.entry_id, existing.terms
		), ${insertTerms(terms)} SELECT FROM written`,
	// A row with another version may have the term again. The lock keeps it from being added in between.
	dropTerm: ({ table, terms }) => `WITH input AS (
			SELECT * FROM unnest($1::text[], $2::bigint[], $3::float8[]) AS input (entry_id, version, rank)
		), seen AS (
			SELECT existing.entry_id FROM ${table} AS existing
			JOIN input ON existing.entry_id = input.entry_id AND existing.${VERSION_COLUMN} = input.version
			ORDER BY existing.entry_id FOR UPDATE OF existing
		) DELETE FROM ${terms} AS indexed USING input
		WHERE indexed.term = $4 AND indexed.rank = input.rank AND indexed.entry_id = input.entry_id
			AND input.entry_id IN (SELECT entry_id FROM seen)`,
	...COUNTING_STATEMENTS,
} satisfies Record<string, (names: TableNames) => string>;

/** @param names the quoted names of the tables */
export function buildStatements(names: TableNames): Record<keyof typeof STATEMENTS, Statement> {
	const built = Object.entries(STATEMENTS).map(([name, write]) => [name, toStatement(write(names))]);
	return Object.fromEntries(built) as Record<keyof typeof STATEMENTS, Statement>;
}

/** CTE that inserts the terms of the written rows. */
function insertTerms(terms: string): string {
	return `added AS (
			INSERT INTO ${terms} (term, rank, entry_id)
			SELECT one ->> 0, (one ->> 1)::float8, entry_id FROM written, jsonb_array_elements(terms) AS one
			ON CONFLICT DO NOTHING
		)`;
}

/** CTE that marks the written or removed entries as changed. */
function markChanged(changed: string, states: Iterable<RowState>, from = 'written'): string {
	return `marked AS (
			INSERT INTO ${changed} (entry_id, mark)
			SELECT entry_id, (random() * 9e15)::bigint FROM ${from} WHERE state IN (${toSqlList(states)}) ORDER BY entry_id
			ON CONFLICT (entry_id) DO UPDATE SET mark = excluded.mark
		)`;
}

/**
 * Merges the old and the new terms. A row keeps its old terms until a query finds them stale: queries always check the row.
 * (Not every database can insert into and delete from a table in one statement.)
 */
function mergeTerms(before: string, added: string): string {
	return `(SELECT jsonb_agg(DISTINCT one) FROM jsonb_array_elements(coalesce(${before}, '[]') || ${added}) AS one)`;
}
