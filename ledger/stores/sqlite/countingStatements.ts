import type { DatabaseSync, StatementSync } from 'node:sqlite';

import type { ChangedEntry, Note } from '../../store';
import { SUM_PREFIX, DECIDED_STATES, ENTRY_STATES } from '../../store';
import { TURN_NOTE, UNMARKED_NOTE } from '../notes';
import type { CountingRequest, FileResponse, FileResponses, FileRequest } from './messages';

const COUNTING_KINDS: ReadonlySet<FileRequest['kind']> = new Set([
	...(['changed', 'notes', 'sums', 'count', 'markEarlier'] as const),
]);

export function isCounting(request: FileRequest): request is CountingRequest {
	return COUNTING_KINDS.has(request.kind);
}

/** The prepared statements for marks and notes. See `Counting`. */
export class CountingStatements {
	private readonly prepared: ReturnType<typeof prepareStatements>;

	constructor(database: DatabaseSync) {
		this.prepared = prepareStatements(database);
	}

	execute(request: CountingRequest): FileResponse {
		switch (request.kind) {
			case 'changed':
				return this.readChanged(request.limit);
			case 'notes':
				return request.names.map((name) => this.readNote(name));
			case 'sums':
				return this.readSums();
			case 'count':
				return this.count(request.turn, request.notes, request.counted);
			case 'markEarlier':
				return this.markEarlier(request.limit);
		}
	}

	private readChanged(limit: number): FileResponses['changed'] {
		return {
			turn: this.readNote(TURN_NOTE) ?? '',
			isMarked: this.readNote(UNMARKED_NOTE) === null,
			changed: this.prepared.changed
				.all(limit)
				.map((found) => ({ entryId: String(found.entry_id), mark: String(found.mark) })),
		};
	}

	private readNote(name: string): string | null {
		const found = this.prepared.note.get(name);
		return found ? String(found.text) : null;
	}

	private readSums(): FileResponses['sums'] {
		return this.prepared.sums.all().map((found) => [String(found.name), String(found.text)]);
	}

	private count(turn: string, notes: readonly Note[], counted: readonly ChangedEntry[]): boolean {
		if (this.readNote(TURN_NOTE) !== turn) return false;
		this.prepared.putNote.run(TURN_NOTE, String(Number(turn) + 1));
		for (const [name, text] of notes) {
			if (text === null) this.prepared.dropNote.run(name);
			else this.prepared.putNote.run(name, text);
		}
		for (const { entryId, mark } of counted) this.prepared.unmark.run(entryId, mark);
		return true;
	}

	/** Marks a batch of the entries decided before marks existed. @returns whether any may be left */
	private markEarlier(limit: number): boolean {
		const after = this.readNote(UNMARKED_NOTE);
		if (after === null) return false;
		const last = this.prepared.endOfPage.get(after, limit)?.last ?? null;
		if (last === null) {
			this.prepared.dropNote.run(UNMARKED_NOTE);
			return false;
		}
		this.prepared.markPage.run(after, last);
		this.prepared.putNote.run(UNMARKED_NOTE, last);
		return true;
	}
}

function prepareStatements(database: DatabaseSync) {
	return {
		changed: database.prepare('SELECT entry_id, mark FROM changed LIMIT ?'),
		unmark: database.prepare('DELETE FROM changed WHERE entry_id = ? AND mark = ?'),
		note: database.prepare('SELECT text FROM notes WHERE name = ?'),
		sums: database.prepare(
			`SELECT name, text FROM notes WHERE name >= '${SUM_PREFIX}' AND name < '${SUM_PREFIX}\u{10ffff}'`,
		),
		putNote: database.prepare(
			'INSERT INTO notes (name, text) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET text = excluded.text',
		),
		dropNote: database.prepare('DELETE FROM notes WHERE name = ?'),
		endOfPage: database.prepare(
			`SELECT max(entry_id) AS last FROM
			(SELECT entry_id FROM entries WHERE entry_id > ? ORDER BY entry_id LIMIT ?)`,
		),
		markPage: database.prepare(
			`INSERT OR IGNORE INTO changed (entry_id, mark)
			SELECT entry_id, hex(randomblob(8)) FROM entries
			WHERE entry_id > ? AND entry_id <= ? AND state IN (${DECIDED})`,
		),
	} satisfies Record<string, StatementSync>;
}

const ENTRIES = toSqlList(ENTRY_STATES);
const DECIDED = toSqlList([...DECIDED_STATES]);

/**
 * The entries that changed since they were counted, maintained by triggers, and the notes. Every write draws a new random mark,
 * so that a count removes only the marks that it has read.
 */
export const COUNTING_TABLES = `
	CREATE TABLE changed (
		entry_id TEXT PRIMARY KEY,
		mark     TEXT NOT NULL
	) STRICT, WITHOUT ROWID;
	CREATE TABLE notes (
		name TEXT PRIMARY KEY,
		text TEXT NOT NULL
	) STRICT, WITHOUT ROWID;
	INSERT INTO notes VALUES ('${TURN_NOTE}', '0');
	CREATE TRIGGER change_of_inserted AFTER INSERT ON entries WHEN new.state IN (${DECIDED}) BEGIN
		${mark('new')};
	END;
	CREATE TRIGGER change_of_updated AFTER UPDATE OF version ON entries
	WHEN new.state IN (${DECIDED}) OR old.state IN (${DECIDED}) BEGIN
		${mark('new')};
	END;
	CREATE TRIGGER change_of_removed AFTER DELETE ON entries WHEN old.state IN (${ENTRIES}) BEGIN
		${mark('old')};
	END;`;

/** For a file that already has entries. */
export const SCHEDULE_MARKING = `INSERT INTO notes VALUES ('${UNMARKED_NOTE}', '')`;

function mark(row: 'new' | 'old'): string {
	// Not "OR REPLACE": in a trigger, the conflict policy of the statement that fires it applies instead
	// (sqlite.org/lang_createtrigger).
	return `INSERT INTO changed (entry_id, mark) VALUES (${row}.entry_id, hex(randomblob(8)))
			ON CONFLICT (entry_id) DO UPDATE SET mark = excluded.mark`;
}

function toSqlList(states: readonly string[]): string {
	return states.map((state) => `'${state}'`).join(', ');
}
