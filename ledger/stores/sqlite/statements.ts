import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

import type { RowVersion, TermQuery } from '../../store';
import { CountingStatements, isCounting } from './countingStatements';
import { SELECT_WITHOUT_TERMS } from './termsTable';
import type { FileResponse, FileResponses, NumberedRequest, StoredRow, StoredWrite } from './messages';

/** The prepared statements of one connection, which execute the requests. */
export class Statements {
	private readonly prepared: ReturnType<typeof prepareStatements>;
	private readonly counting: CountingStatements;

	constructor(database: DatabaseSync) {
		this.prepared = prepareStatements(database);
		this.counting = new CountingStatements(database);
	}

	/** Executes one request in the caller's transaction. */
	execute({ request, isRepeat }: NumberedRequest): FileResponse {
		if (isCounting(request)) return this.counting.execute(request);
		switch (request.kind) {
			case 'insert':
				return request.rows.map((row) => this.insert(row));
			case 'replace':
				return request.rows.map((row) => this.replace(row) || (isRepeat && this.isCurrent(row)));
			case 'together':
				return (
					this.replaceTogether(request.rows) ||
					(isRepeat && request.rows.every((row) => this.isCurrent(row)))
				);
			case 'remove':
				return request.rows.map(
					(row) => this.remove(row) || (isRepeat && this.find(row.entryId) === null),
				);
			case 'find':
				return request.entryIds.map((entryId) => this.find(entryId));
			case 'list':
				// One query per state, so that each one reads only the rows that it needs from the index.
				return request.states
					.flatMap((state) => this.prepared.list.all(state, request.expiredBy, request.limit))
					.toSorted((a, b) => Number(b.expires_at) - Number(a.expires_at))
					.slice(0, request.limit)
					.map(textOf);
			case 'byTerm':
				return this.findByTerm(request);
			case 'byPrefix':
				return this.findByPrefix(request.prefix, request.limit);
			case 'withoutTerms':
				return this.prepared.withoutTerms.all(request.limit).map(textOf);
			case 'addTerms':
				return request.rows.map(
					({ entryId, version, terms }) =>
						this.prepared.addTerms.run(terms, entryId, version).changes === 1,
				);
			case 'page':
				return this.prepared.page.all(request.after, request.limit).map(textOf);
		}
	}

	private insert(row: StoredRow): string | null {
		if (this.prepared.insert.run(...columns(row)).changes === 1) return null;
		const current = this.find(row.entryId);
		if (current === null) throw new Error('A row was neither inserted nor found');
		return current;
	}

	private replace(row: StoredRow): boolean {
		const [entryId, ...others] = columns(row);
		return this.prepared.replace.run(...others, entryId, row.version - 1).changes === 1;
	}

	/** Checks all versions before the first write. */
	private replaceTogether(rows: readonly StoredWrite[]): boolean {
		const areUnchanged = rows.every(({ entryId, version, isNew }) => {
			const existing = this.prepared.version.get(entryId)?.version;
			return isNew ? existing === undefined : existing === version - 1;
		});
		if (areUnchanged) for (const row of rows) this.prepared.put.run(...columns(row));
		return areUnchanged;
	}

	private findByTerm({ term, after, end, limit }: TermQuery): FileResponses['byTerm'] {
		const { rank, entryId } = after;
		const found = this.prepared.byTerm.all(term, rank, entryId, end, limit);
		return found.map((one) => ({ rank: Number(one.rank), text: textOf(one) }));
	}

	private findByPrefix(prefix: string, limit: number): string[] {
		const found = this.prepared.byPrefix.all(prefix, `${prefix}\u{10ffff}`, limit);
		return found.map((one) => String(one.entry_id));
	}

	private remove({ entryId, version }: RowVersion): boolean {
		return this.prepared.remove.run(entryId, version).changes === 1;
	}

	private find(entryId: string): string | null {
		const found = this.prepared.find.get(entryId);
		return found ? textOf(found) : null;
	}

	/**
	 * Returns whether the stored row is the given one. A row contains the id of the claim, hold or person that wrote it, so no
	 * two writers write the same text.
	 */
	private isCurrent({ entryId, text }: StoredRow): boolean {
		return this.find(entryId) === text;
	}
}

function prepareStatements(database: DatabaseSync) {
	return {
		insert: database.prepare(
			`INSERT INTO entries (entry_id, version, state, expires_at, row, terms) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (entry_id) DO NOTHING`,
		),
		replace: database.prepare(
			`UPDATE entries SET version = ?, state = ?, expires_at = ?, row = ?, terms = ?
			WHERE entry_id = ? AND version = ?`,
		),
		version: database.prepare('SELECT version FROM entries WHERE entry_id = ?'),
		put: database.prepare(
			`INSERT INTO entries (entry_id, version, state, expires_at, row, terms) VALUES (?, ?, ?, ?, ?, ?)
			ON CONFLICT (entry_id) DO UPDATE SET version = excluded.version, state = excluded.state,
				expires_at = excluded.expires_at, row = excluded.row, terms = excluded.terms`,
		),
		find: database.prepare('SELECT row FROM entries WHERE entry_id = ?'),
		remove: database.prepare('DELETE FROM entries WHERE entry_id = ? AND version = ?'),
		list: database.prepare(
			`SELECT expires_at, row FROM entries WHERE state = ? AND expires_at <= ?
			ORDER BY expires_at DESC LIMIT ?`,
		),
		byTerm: database.prepare(
			`SELECT terms.rank, entries.row FROM terms JOIN entries USING (entry_id)
			WHERE terms.term = ? AND (terms.rank, terms.entry_id) > (?, ?) AND terms.rank <= ?
			ORDER BY terms.rank, terms.entry_id LIMIT ?`,
		),
		byPrefix: database.prepare('SELECT entry_id FROM terms WHERE term >= ? AND term < ? LIMIT ?'),
		withoutTerms: database.prepare(`${SELECT_WITHOUT_TERMS} LIMIT ?`),
		addTerms: database.prepare(
			`UPDATE entries SET terms = ?1 WHERE entry_id = ?2 AND version = ?3 AND terms IS NOT ?1`,
		),
		page: database.prepare('SELECT row FROM entries WHERE entry_id > ? ORDER BY entry_id LIMIT ?'),
	} satisfies Record<string, StatementSync>;
}

function columns(row: StoredRow): [SQLInputValue, ...SQLInputValue[]] {
	return [row.entryId, row.version, row.state, row.expiresAt, row.text, row.terms];
}

function textOf(found: Record<string, unknown>): string {
	return String(found.row);
}
