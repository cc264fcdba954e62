import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Row } from '../../model/row';
import type { Counting, RowFilter, RowVersion, RowWrite, Store, TermHit, TermQuery } from '../../store';
import { indexTermsOf, ROW_STATES } from '../../store';
import type { StoredRow } from './messages';
import { warnOfSecondName, warnOfUnclearDrive } from './fileSystem';
import { ThreadClient } from './threadClient';

const PAGE_SIZE = 500;

/** Rows marked in one request: a few ms. */
const MARK_BATCH_SIZE = 2_000;

/** Rows that get their terms in one request: a tenth of a second or two, for which claims wait. */
const INDEX_BATCH_SIZE = 50;

/** Rows parsed before yielding to the event loop: a few ms. */
const PARSE_BATCH_SIZE = 200;

/**
 * The ledger in a file on this host: durable, and atomic between all processes that open it. A worker thread reads and writes
 * the file, so that the disk never blocks the main thread.
 */
export class SqliteStore implements Store {
	private readonly thread: ThreadClient;
	/** Resolves when every row has its terms. Started by the first query. */
	private indexed: Promise<void> | undefined;

	private constructor(private readonly path: string) {
		this.thread = new ThreadClient(path);
	}

	/**
	 * Returns the store of a file, one per process and path. The first use opens the file, or creates it with mode 0600. If
	 * that fails, every use throws StoreUnavailableError with the reason, such as a folder that is not writable, a file that is
	 * not a database, or a newer schema.
	 */
	static open(path: string): SqliteStore {
		const store = openStores.get(path) ?? new SqliteStore(path);
		openStores.set(path, store);
		return store;
	}

	/** Closes the file when all requests are answered. The next `open` creates a new store. */
	close(): Promise<void> {
		if (openStores.get(this.path) === this) openStores.delete(this.path);
		return this.thread.close();
	}

	async insertIfAbsent(rows: readonly Row[]): Promise<Row[]> {
		const found = await this.thread.request({ kind: 'insert', rows: rows.map(toStored) });
		return rows.map((row, nth) => parseRow(found[nth]) ?? row);
	}

	async replaceIfVersion(rows: readonly Row[]): Promise<boolean[]> {
		return this.thread.request({ kind: 'replace', rows: rows.map(toStored) });
	}

	async replaceTogether(writes: readonly RowWrite[]): Promise<boolean> {
		const rows = writes.map(({ row, isNew }) => ({ ...toStored(row), isNew }));
		return this.thread.request({ kind: 'together', rows });
	}

	async find(entryIds: readonly string[]): Promise<(Row | undefined)[]> {
		return parseAll(await this.thread.request({ kind: 'find', entryIds: [...entryIds] }));
	}

	async remove(rows: readonly RowVersion[]): Promise<boolean[]> {
		const seen = rows.map(({ entryId, version }) => ({ entryId, version }));
		return this.thread.request({ kind: 'remove', rows: seen });
	}

	async list({
		states = ROW_STATES,
		expiredBy = Number.MAX_SAFE_INTEGER,
		limit,
	}: RowFilter): Promise<Row[]> {
		const found = await this.thread.request({ kind: 'list', states: [...states], expiredBy, limit });
		return dropMissingRows(await parseAll(found));
	}

	async *scan(): AsyncGenerator<Row[]> {
		for (let after = ''; ;) {
			const found = await this.thread.request({ kind: 'page', after, limit: PAGE_SIZE });
			const rows = dropMissingRows(await parseAll(found));
			yield rows;
			const last = rows.at(-1);
			if (!last) return;
			after = last.entryId;
		}
	}

	async findByTerm(query: TermQuery): Promise<TermHit[]> {
		await (this.indexed ??= this.addTerms());
		const found = await this.thread.request({ kind: 'byTerm', ...query });
		const rows = await parseAll(found.map(({ text }) => text));
		return found.flatMap(({ rank }, nth) => {
			const row = rows[nth];
			return row ? [{ rank, entryId: row.entryId, row }] : [];
		});
	}

	async findByPrefix(prefix: string, limit: number): Promise<string[]> {
		await (this.indexed ??= this.addTerms());
		return this.thread.request({ kind: 'byPrefix', prefix, limit });
	}

	/** Adds terms to rows that were written without them, batch by batch, so that other requests run in between. */
	private async addTerms(): Promise<void> {
		try {
			for (let hasMore = true; hasMore;) {
				const found = await this.thread.request({ kind: 'withoutTerms', limit: INDEX_BATCH_SIZE });
				const rows = dropMissingRows(await parseAll(found));
				await this.thread.request({ kind: 'addTerms', rows: rows.map(toStored) });
				hasMore = rows.length === INDEX_BATCH_SIZE;
			}
		} catch (error) {
			this.indexed = undefined;
			throw error;
		}
	}

	readonly counting: Counting = {
		readChanged: async (limit) => {
			for (;;) {
				const { isMarked, ...found } = await this.thread.request({ kind: 'changed', limit });
				if (isMarked) return found;
				while (await this.thread.request({ kind: 'markEarlier', limit: MARK_BATCH_SIZE }));
			}
		},
		readNotes: async (names) => {
			const found = await this.thread.request({ kind: 'notes', names: [...names] });
			return found.map((text) => text ?? undefined);
		},
		readSums: () => this.thread.request({ kind: 'sums' }),
		count: (turn, notes, counted) =>
			this.thread.request({ kind: 'count', turn, notes: [...notes], counted: [...counted] }),
	};

	durabilityWarnings(): Promise<string[]> {
		return Promise.resolve([...warnOfUnclearDrive(this.path), ...warnOfSecondName(this.path)]);
	}
}

const openStores = new Map<string, SqliteStore>();

function toStored(row: Row): StoredRow {
	const { entryId, version, state, expiresAt } = row;
	// Rounded up to whole ms for the column, so that no row expires too early.
	return {
		entryId,
		version,
		state,
		expiresAt: Math.ceil(expiresAt),
		text: JSON.stringify(row),
		terms: JSON.stringify(indexTermsOf(row).map(({ term, rank }) => [term, rank])),
	};
}

function parseRow(text: string | null | undefined): Row | undefined {
	return text ? (JSON.parse(text) as Row) : undefined;
}

/** Parses batch by batch, and yields to the event loop in between. */
async function parseAll(texts: readonly (string | null)[]): Promise<(Row | undefined)[]> {
	const rows: (Row | undefined)[] = [];
	for (let from = 0; from < texts.length; from += PARSE_BATCH_SIZE) {
		if (from > 0) await nextTurn();
		rows.push(...texts.slice(from, from + PARSE_BATCH_SIZE).map(parseRow));
	}
	return rows;
}

function dropMissingRows(rows: readonly (Row | undefined)[]): Row[] {
	return rows.flatMap((row) => row ?? []);
}
