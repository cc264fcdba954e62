import type { RowState } from '../../model/row';
import type { ChangedEntry, Note, RowVersion, TermQuery } from '../../store';

/** A row as the file keeps it; `text` is its JSON. */
export interface StoredRow extends RowVersion {
	state: RowState;
	/** Whole ms since the epoch. */
	expiresAt: number;
	text: string;
	/** JSON: a list of pairs of a term and a rank. */
	terms: string;
}

/** The terms of a row that was written before there was an index. */
export interface StoredTerms extends RowVersion {
	terms: string;
}

/** One of several rows that are written together. */
export interface StoredWrite extends StoredRow {
	isNew: boolean;
}

/** What the ledger's thread is asked for. Rows travel as text: the thread needs to know nothing of them. */
export type FileRequest =
	| { kind: 'insert'; rows: readonly StoredRow[] }
	| { kind: 'replace'; rows: readonly StoredRow[] }
	| { kind: 'together'; rows: readonly StoredWrite[] }
	| { kind: 'remove'; rows: readonly RowVersion[] }
	| { kind: 'find'; entryIds: readonly string[] }
	| { kind: 'list'; states: readonly RowState[]; expiredBy: number; limit: number }
	| ({ kind: 'byTerm' } & TermQuery)
	| { kind: 'byPrefix'; prefix: string; limit: number }
	| { kind: 'withoutTerms'; limit: number }
	| { kind: 'addTerms'; rows: readonly StoredTerms[] }
	| { kind: 'page'; after: string; limit: number }
	| CountingRequest;

/** What is asked of the marks and the notes. */
export type CountingRequest =
	| { kind: 'changed'; limit: number }
	| { kind: 'notes'; names: readonly string[] }
	| { kind: 'sums' }
	| { kind: 'count'; turn: string; notes: readonly Note[]; counted: readonly ChangedEntry[] }
	| { kind: 'markEarlier'; limit: number };

/** What each request is answered with, in the order of its rows. */
export interface FileAnswers {
	/** The text of the row that was there before; null where the row was inserted. */
	insert: (string | null)[];
	replace: boolean[];
	together: boolean;
	remove: boolean[];
	find: (string | null)[];
	list: string[];
	byTerm: { rank: number; text: string }[];
	byPrefix: string[];
	withoutTerms: string[];
	addTerms: boolean[];
	page: string[];
	/** `isMarked`: whether what was decided before there were marks has one. */
	changed: { turn: string; changed: ChangedEntry[]; isMarked: boolean };
	notes: (string | null)[];
	sums: [name: string, text: string][];
	count: boolean;
	markEarlier: boolean;
}

export type FileAnswer = FileAnswers[FileRequest['kind']];

export interface NumberedRequest {
	id: number;
	request: FileRequest;
	/** The thread that was asked first has ended: it may have written this, and could not say so. */
	isRepeat: boolean;
}

/** Errors lose their own fields on the way between threads. */
export type Failure =
	| { kind: 'unavailable'; reason: string }
	| { kind: 'lost'; reason: string }
	/** A fault of the program. */
	| { kind: 'fault'; message: string; stack?: string };

export type Answered = { id: number } & ({ answer: FileAnswer } | { failure: Failure });

/** To the thread: requests, or that it may end when it has answered them. */
export type ToThread = NumberedRequest[] | 'close';

/** From the thread: what has been answered, and is on the disk where it was written. */
export type FromThread = Answered[];
