import type { QueryResult, QueryResultRow } from 'pg';

import type { ChangedEntry, Counting, Note } from '../../store';
import type { COUNTING_STATEMENTS } from './countingStatements';
import { TURN_NOTE, UNMARKED_NOTE } from '../notes';

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
