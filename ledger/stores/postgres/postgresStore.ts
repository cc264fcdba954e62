import type { Row } from '../../model/row';
import type { RowFilter, RowVersion, RowWrite, Store, TermHit, TermQuery } from '../../store';
import { indexTermsOf, ROW_STATES, StoreUnavailableError } from '../../store';
import { Coalescer } from '../coalescer';
import { mayConcernOneRow, sqlState } from './errorMessages';
import { fromJsonb, toJsonb } from './jsonb';
import { PostgresConnection, toStatement } from './connection';
import { PostgresCounting } from './postgresCounting';
import { changedTable, markIndexed, notesTable, termsTable } from './schema';
import { buildStatements } from './statements';
import type { PostgresSettings } from './settings';
import { quoteTableName } from './settings';

const PAGE_SIZE = 500;

/** Tries of an insert whose row is neither inserted nor visible. Two happen rarely; this many only by misconfiguration. */
const INSERT_ATTEMPTS = 10;
const HIDDEN_ROWS_MESSAGE =
	'rows are not stored or not returned. Turn off row-level security and triggers on the table, or choose a different table in the options.';

/** The ledger in a table of a Postgres database: durable, and atomic between all n8n processes that share it. */
export class PostgresStore implements Store {
	readonly counting: PostgresCounting;
	private readonly sql: ReturnType<typeof buildStatements>;
	/** Resolves when every row has its terms. Started by the first query. */
	private indexed: Promise<void> | undefined;
	private readonly inserts = new Coalescer<Row, Row>({
		rowOf,
		mayConcernOneRequest: mayConcernOneRow,
		sendBatch: (rows) => this.insertMany(rows),
	});
	private readonly replacements = new Coalescer<Row, boolean>({
		rowOf,
		mayConcernOneRequest: mayConcernOneRow,
		sendBatch: (rows) => this.replaceMany(rows),
	});
	private readonly removals = new Coalescer<RowVersion, boolean>({
		rowOf,
		mayConcernOneRequest: mayConcernOneRow,
		sendBatch: (rows) => this.removeMany(rows),
	});
	private readonly reads = new Coalescer<string, Row | undefined>({
		mayConcernOneRequest: mayConcernOneRow,
		sendBatch: (entryIds) => this.findMany(entryIds),
	});

	private constructor(private readonly connection: PostgresConnection) {
		const { table } = connection.settings;
		this.sql = buildStatements({
			table: quoteTableName(table),
			terms: quoteTableName(termsTable(table)),
			changed: quoteTableName(changedTable(table)),
			notes: quoteTableName(notesTable(table)),
		});
		this.counting = new PostgresCounting((name, ...values) => connection.query(this.sql[name], values));
	}

	/** Returns the store of a table, one per process and settings. It connects, and creates the table, at its first use. */
	static open(settings: PostgresSettings): PostgresStore {
		const name = JSON.stringify(settings);
		const known = openStores.get(name);
		if (known) return known;
		const store = new PostgresStore(new PostgresConnection(settings));
		openStores.set(name, store);
		return store;
	}

	/** Closes all connections. The next `open` creates a new store. */
	async close(): Promise<void> {
		const name = JSON.stringify(this.connection.settings);
		if (openStores.get(name) === this) openStores.delete(name);
		await this.connection.end();
	}

	insertIfAbsent(rows: readonly Row[]): Promise<Row[]> {
		return this.inserts.send(rows);
	}

	replaceIfVersion(rows: readonly Row[]): Promise<boolean[]> {
		return this.replacements.send(rows);
	}

	async replaceTogether(writes: readonly RowWrite[]): Promise<boolean> {
		if (writes.length === 0) return true;
		const values = [...toColumns(writes.map(({ row }) => row)), writes.map(({ isNew }) => isNew)];
		const { rows } = await this.connection
			.query<{ written: boolean | null }>(this.sql.replaceTogether, values)
			.catch((error: unknown) => {
				if (isRolledBack(error)) return { rows: [] };
				throw error;
			});
		return rows[0]?.written === true;
	}

	find(entryIds: readonly string[]): Promise<(Row | undefined)[]> {
		return this.reads.send(entryIds);
	}

	remove(rows: readonly RowVersion[]): Promise<boolean[]> {
		return this.removals.send(rows);
	}

	async list({
		states = ROW_STATES,
		expiredBy = Number.MAX_SAFE_INTEGER,
		limit,
	}: RowFilter): Promise<Row[]> {
		return toRows(
			await this.connection.query<ContentRow>(this.sql.list, [[...states], expiredBy, limit]),
		);
	}

	async *scan(): AsyncGenerator<Row[]> {
		for (let last: string | undefined = ''; last !== undefined;) {
			const rows: Row[] = toRows(
				await this.connection.query<ContentRow>(this.sql.page, [last, PAGE_SIZE]),
			);
			yield rows;
			last = rows.at(-1)?.entryId;
		}
	}

	async findByTerm({ term, after, end, limit }: TermQuery): Promise<TermHit[]> {
		await (this.indexed ??= this.addTerms());
		const values = [term, after.rank, after.entryId, end, limit];
		const { rows } = await this.connection.query<TermRow>(this.sql.byTerm, values);
		const hits = rows.map(({ rank, entry_id: entryId, content }) => ({
			rank: Number(rank),
			entryId,
			row: content === null ? undefined : (fromJsonb(content) as Row),
		}));
		await this.dropTerm(term, hits);
		return hits;
	}

	/** Removes a term from the index for rows that no longer have it, so that later queries do not read them again. */
	private async dropTerm(term: string, hits: readonly TermHit[]): Promise<void> {
		const stale = hits.filter(({ row, rank }) => row && !hasTerm(row, term, rank));
		if (stale.length === 0) return;
		const values = [
			stale.map(({ entryId }) => entryId),
			stale.map(({ row }) => row?.version),
			stale.map(({ rank }) => rank),
			term,
		];
		try {
			await this.connection.query(this.sql.dropTerm, values);
		} catch (error) {
			// The query does not need it. On a read-only server, for example, a later query drops the term.
			if (!(error instanceof StoreUnavailableError)) throw error;
		}
	}

	async findByPrefix(prefix: string, limit: number): Promise<string[]> {
		await (this.indexed ??= this.addTerms());
		const values = [prefix, `${prefix}\u{10ffff}`, limit];
		const { rows } = await this.connection.query<EntryIdRow>(this.sql.byPrefix, values);
		return rows.map(({ entry_id: entryId }) => entryId);
	}

	/** Adds terms to rows that were written without them, batch by batch. */
	private async addTerms(): Promise<void> {
		try {
			const { rows } = await this.connection.query(this.sql.isIndexed, []);
			if (rows.length > 0) return;
			for await (const batch of this.scan()) {
				if (batch.length === 0) continue;
				const rows = sortById(batch);
				await this.connection.query(this.sql.addTerms, [
					rows.map(({ entryId }) => entryId),
					rows.map(({ version }) => version),
					rows.map(toTerms),
				]);
			}
			await this.connection.query(toStatement(markIndexed(this.connection.settings.table)), []);
		} catch (error) {
			this.indexed = undefined;
			throw error;
		}
	}

	durabilityWarnings(): Promise<string[]> {
		return this.connection.durabilityWarnings();
	}

	private async insertMany(rows: readonly Row[]): Promise<Row[]> {
		const [only, ...others] = rows;
		if (only && others.length === 0) return [await this.insertOne(only)];
		const given = new Map(rows.map((row) => [row.entryId, row]));
		const stored = new Map<string, Row>();
		for (let attempt = 0; attempt < INSERT_ATTEMPTS; attempt++) {
			const remaining = rows.filter(({ entryId }) => !stored.has(entryId));
			if (remaining.length === 0) return rows.flatMap(({ entryId }) => stored.get(entryId) ?? []);
			const found = await this.connection.query<{ entry_id: string; content: string | null }>(
				this.sql.insertMany,
				toColumns(sortById(remaining)),
			);
			for (const { entry_id: entryId, content } of found.rows) {
				const current = content === null ? given.get(entryId) : (fromJsonb(content) as Row);
				if (current) stored.set(entryId, current);
			}
			// A row that is still missing was written by another transaction at the same moment: it exists now, or can be
			// inserted.
		}
		throw this.connection.toUnavailableError(HIDDEN_ROWS_MESSAGE);
	}

	/** A first claim takes one round trip, a contested one two. */
	private async insertOne(row: Row): Promise<Row> {
		for (let attempt = 0; attempt < INSERT_ATTEMPTS; attempt++) {
			const { rowCount } = await this.connection.query(this.sql.insertOne, toValues(row));
			if (rowCount === 1) return row;
			const [current] = await this.find([row.entryId]);
			if (current) return current;
			// The row was removed between the two statements, so it can be inserted.
		}
		throw this.connection.toUnavailableError(HIDDEN_ROWS_MESSAGE);
	}

	private async replaceMany(rows: readonly Row[]): Promise<boolean[]> {
		const [only, ...others] = rows;
		if (only && others.length === 0) {
			const { rowCount } = await this.connection.query(this.sql.replaceOne, toValues(only));
			return [rowCount === 1];
		}
		return areIncluded(
			rows,
			await this.connection.query<EntryIdRow>(this.sql.replaceMany, toColumns(sortById(rows))),
		);
	}

	private async findMany(entryIds: readonly string[]): Promise<(Row | undefined)[]> {
		const uniqueIds = [...new Set(entryIds)];
		const found = toRows(await this.connection.query<ContentRow>(this.sql.find, [uniqueIds]));
		const rows = new Map(found.map((row) => [row.entryId, row]));
		return entryIds.map((entryId) => rows.get(entryId));
	}

	private async removeMany(rows: readonly RowVersion[]): Promise<boolean[]> {
		const sorted = sortById(rows);
		const values = [sorted.map(({ entryId }) => entryId), sorted.map(({ version }) => version)];
		return areIncluded(rows, await this.connection.query<EntryIdRow>(this.sql.remove, values));
	}
}

interface ContentRow {
	content: string;
}

interface TermRow {
	rank: number | string;
	entry_id: string;
	content: string | null;
}

interface EntryIdRow {
	entry_id: string;
}

const openStores = new Map<string, PostgresStore>();

/** Returns which rows a statement returned. A statement returns no row twice. */
function areIncluded(rows: readonly RowVersion[], { rows: returned }: { rows: EntryIdRow[] }): boolean[] {
	const included = new Set(returned.map(({ entry_id: entryId }) => entryId));
	return rows.map(({ entryId }) => included.has(entryId));
}

const rowOf = ({ entryId }: RowVersion): string => entryId;

function toValues(row: Row): unknown[] {
	// Rounded up to whole ms for the column, so that no row expires too early.
	return [row.entryId, row.version, row.state, Math.ceil(row.expiresAt), toJsonb(row), toTerms(row)];
}

function hasTerm(row: Row, term: string, rank: number): boolean {
	return indexTermsOf(row).some((one) => one.term === term && one.rank === rank);
}

function toTerms(row: Row): string {
	return JSON.stringify(indexTermsOf(row).map(({ term, rank }) => [term, rank]));
}

/** Sorts rows by id. Statements then lock the same rows in the same order, which avoids most deadlocks. */
function sortById<T extends RowVersion>(rows: readonly T[]): T[] {
	return rows.toSorted((a, b) => (a.entryId < b.entryId ? -1 : 1));
}

function toColumns(rows: readonly Row[]): unknown[][] {
	const values = rows.map(toValues);
	return [0, 1, 2, 3, 4, 5].map((column) => values.map((row) => row[column]));
}

/** Returns whether `replaceTogether` rolled itself back, by its division by zero. */
function isRolledBack(error: unknown): boolean {
	return error instanceof StoreUnavailableError && sqlState(error.cause) === '22012';
}

function toRows({ rows }: { rows: readonly ContentRow[] }): Row[] {
	return rows.map(({ content }) => fromJsonb(content) as Row);
}
