import type { QueryResult, QueryResultRow } from 'pg';

import type { ChangedEntry, Counting, Note } from '../../store';
import { TURN_NOTE, UNMARKED_NOTE } from '../notes';
import { DECIDED_STATES, SUM_PREFIX } from '../../store';

/** Entries marked in one statement. */
const MARK_BATCH_SIZE = 5_000;

interface NoteRow {
	name: string;
	text: string;
}

/** Runs one of the statements. */
type RunStatement = <R extends QueryResultRow>(
	statement: keyof typeof COUNTING_STATEMENTS,
	...values: unknown[]
) => Promise<QueryResult<R>>;

/** Keeps marks and notes in tables of their own. */
export class PostgresCounting implements Counting {
	constructor(private readonly run: RunStatement) {}

	async readChanged(limit: number): Promise<{ turn: string; changed: ChangedEntry[] }> {
		const turn = await this.readTurn();
		const { rows } = await this.run<{ entry_id: string; mark: string }>('changed', limit);
		return { turn, changed: rows.map(({ entry_id: entryId, mark }) => ({ entryId, mark })) };
	}

	async readNotes(names: readonly string[]): Promise<(string | undefined)[]> {
		if (names.length === 0) return [];
		const { rows } = await this.run<NoteRow>('notes', [...names]);
		const found = new Map(rows.map(({ name, text }) => [name, text]));
		return names.map((name) => found.get(name));
	}

	async readSums(): Promise<[name: string, text: string][]> {
		const { rows } = await this.run<NoteRow>('sums');
		return rows.map(({ name, text }) => [name, text]);
	}

	async count(turn: string, notes: readonly Note[], counted: readonly ChangedEntry[]): Promise<boolean> {
		const written: Note[] = [...notes, [TURN_NOTE, String(Number(turn) + 1)]];
		const { rowCount } = await this.run(
			'count',
			turn,
			...[written.map(([name]) => name), written.map(([, text]) => text ?? '')],
			...[counted.map(({ entryId }) => entryId), counted.map(({ mark }) => mark)],
		);
		const dropped = notes.flatMap(([name, text]) => (text === null ? [name] : []));
		if (rowCount === 1 && dropped.length > 0) await this.run('dropNotes', dropped);
		return rowCount === 1;
	}

	/** Reads the turn. First marks the entries decided before marks existed, batch by batch. */
	private async readTurn(): Promise<string> {
		for (;;) {
			const { rows } = await this.run<NoteRow>('turn');
			const notes = new Map(rows.map(({ name, text }) => [name, text]));
			if (!notes.has(UNMARKED_NOTE)) return notes.get(TURN_NOTE) ?? '';
			for (let hasMore = true; hasMore;) {
				const found = await this.run<{ marked: number }>('markEarlier', MARK_BATCH_SIZE);
				hasMore = (found.rows[0]?.marked ?? 0) > 0;
			}
			await this.run('allMarked');
		}
	}
}

/** The quoted names of a ledger's tables. */
export interface TableNames {
	table: string;
	terms: string;
	changed: string;
	notes: string;
}

/** The statements for marks and notes. See `Counting`. */
export const COUNTING_STATEMENTS = {
	turn: ({ notes }) => `SELECT name, text FROM ${notes} WHERE name IN ('${TURN_NOTE}', '${UNMARKED_NOTE}')`,
	changed: ({ changed }) => `SELECT entry_id, mark::text FROM ${changed} LIMIT $1::bigint`,
	notes: ({ notes }) => `SELECT name, text FROM ${notes} WHERE name = ANY ($1::text[]) AND text <> ''`,
	sums: ({ notes }) =>
		`SELECT name, text FROM ${notes} WHERE name >= '${SUM_PREFIX}' AND name < '${SUM_PREFIX}~' AND text <> ''`,
	// The row of the turn is locked before it is checked, so that of two concurrent counts, one finds that the turn has ended.
	// Notes are emptied here and deleted later, because not every database can write twice to one table in one statement.
	count: ({ changed, notes }) => `WITH turn AS (
			SELECT FROM ${notes} WHERE name = '${TURN_NOTE}' AND text = $1 FOR UPDATE
		), noted AS (
			INSERT INTO ${notes} (name, text)
			SELECT name, text FROM unnest($2::text[], $3::text[]) AS input (name, text)
			WHERE EXISTS (SELECT FROM turn) ORDER BY name
			ON CONFLICT (name) DO UPDATE SET text = excluded.text RETURNING name
		), unmarked AS (
			DELETE FROM ${changed} AS existing USING unnest($4::text[], $5::bigint[]) AS input (entry_id, mark)
			WHERE existing.entry_id = input.entry_id AND existing.mark = input.mark AND EXISTS (SELECT FROM turn)
		) SELECT FROM noted WHERE name = '${TURN_NOTE}'`,
	dropNotes: ({ notes }) => `DELETE FROM ${notes} WHERE name = ANY ($1::text[]) AND text = ''`,
	markEarlier: ({ table, changed, notes }) => `WITH page AS (
			SELECT entry_id, state FROM ${table}
			WHERE entry_id > (SELECT text FROM ${notes} WHERE name = '${UNMARKED_NOTE}') ORDER BY entry_id LIMIT $1::bigint
		), marked AS (
			INSERT INTO ${changed} (entry_id, mark)
			SELECT entry_id, 0 FROM page WHERE state IN (${toSqlList(DECIDED_STATES)})
			ON CONFLICT DO NOTHING
		), moved AS (
			UPDATE ${notes} SET text = (SELECT max(entry_id) FROM page)
			WHERE name = '${UNMARKED_NOTE}' AND EXISTS (SELECT FROM page)
		) SELECT count(*)::int AS marked FROM page`,
	allMarked: ({ notes }) => `DELETE FROM ${notes} WHERE name = '${UNMARKED_NOTE}'`,
} satisfies Record<string, (names: TableNames) => string>;

export function toSqlList(states: Iterable<string>): string {
	return [...states].map((state) => `'${state}'`).join(', ');
}
