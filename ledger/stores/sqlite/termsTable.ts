/** In schemas up to the sixth, terms were hashes, and every entry had this one. */
const HASHED_TERM = 'entries';

/** Selects the rows that were written without terms, or with hashed terms. Both parts use an index, not a table scan. */
export const SELECT_WITHOUT_TERMS = `
	SELECT row FROM terms CROSS JOIN entries USING (entry_id) WHERE term = '${HASHED_TERM}'
	UNION ALL SELECT row FROM entries WHERE terms IS NULL`;

const REFUSE =
	"SELECT RAISE(ABORT, 'the ledger was updated by a newer version of n8n-nodes-stripe-idempotent. Restart this n8n process with that version')";

/** Blocks writes of an older build that still has the file open: its hashed terms would not be found. */
export const REFUSE_HASHED_TERMS = `
	CREATE TRIGGER hashed_inserted BEFORE INSERT ON entries WHEN new.terms LIKE '[["${HASHED_TERM}"%' BEGIN ${REFUSE}; END;
	CREATE TRIGGER hashed_updated BEFORE UPDATE OF terms ON entries WHEN new.terms LIKE '[["${HASHED_TERM}"%' BEGIN ${REFUSE}; END;`;

/** The index of terms. Triggers copy each write to `entries.terms` into `terms`, in the same transaction. */
export const TERMS_TABLE = `
	ALTER TABLE entries ADD COLUMN terms TEXT;
	CREATE INDEX entries_without_terms ON entries (entry_id) WHERE terms IS NULL;
	CREATE TABLE terms (
		term     TEXT NOT NULL,
		rank     REAL NOT NULL,
		entry_id TEXT NOT NULL,
		PRIMARY KEY (term, rank, entry_id)
	) STRICT, WITHOUT ROWID;
	CREATE TRIGGER terms_of_inserted AFTER INSERT ON entries BEGIN
		${insertTerms('json_each(new.terms)')};
	END;
	CREATE TRIGGER terms_of_updated AFTER UPDATE OF terms ON entries WHEN new.terms IS NOT old.terms BEGIN
		${deleteTerms('json_each(old.terms) WHERE value NOT IN (SELECT value FROM json_each(new.terms))')};
		${insertTerms('json_each(new.terms) WHERE value NOT IN (SELECT value FROM json_each(old.terms))')};
	END;
	CREATE TRIGGER terms_of_removed AFTER DELETE ON entries BEGIN
		${deleteTerms('json_each(old.terms)')};
	END;`;

/**
 * Before the ninth schema, unknown entries had no `unknown` term (see `termsOf`). Rows that still lack terms get it with the
 * others.
 */
export const ADD_UNKNOWN_TERM = `
	UPDATE entries SET terms = json_insert(terms, '$[#]', json_array('unknown', -(row ->> '$.createdAt')))
	WHERE state = 'unknown' AND terms NOT LIKE '[["${HASHED_TERM}"%'`;

function insertTerms(from: string): string {
	return `INSERT OR IGNORE INTO terms (term, rank, entry_id) SELECT value ->> 0, value ->> 1, new.entry_id FROM ${from}`;
}

function deleteTerms(from: string): string {
	return `DELETE FROM terms WHERE entry_id = old.entry_id
		AND (term, rank) IN (SELECT value ->> 0, CAST(value ->> 1 AS REAL) FROM ${from})`;
}
