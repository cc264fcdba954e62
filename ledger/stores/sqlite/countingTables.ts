import { DECIDED_STATES, ENTRY_STATES } from '../../store';
import { TURN_NOTE, UNMARKED_NOTE } from '../notes';

const ENTRIES = inList(ENTRY_STATES);
export const DECIDED = inList([...DECIDED_STATES]);

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

function inList(states: readonly string[]): string {
	return states.map((state) => `'${state}'`).join(', ');
}
