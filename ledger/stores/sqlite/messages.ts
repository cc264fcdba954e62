import type { RowState } from '../../model/row';
import type { ChangedEntry, Note, RowVersion, TermQuery } from '../../store';

/** A row as stored in the file. `text` is its JSON. */
export interface StoredRow extends RowVersion {
	state: RowState;
	/** Whole ms since the epoch. */
	expiresAt: number;
	text: string;
	/** JSON: a list of pairs of term and rank. */
	terms: string;
}

/** The terms of a row that was written without them. */
export interface StoredTerms extends RowVersion {
	terms: string;
}

/** One of several rows that are written together. */
export interface StoredWrite extends StoredRow {
	isNew: boolean;
}

/** A request to the ledger's thread. Rows are passed as text: the thread does not need their content. */
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

/** A request about the marks and notes of the counting. */
export type CountingRequest =
	| { kind: 'changed'; limit: number }
	| { kind: 'notes'; names: readonly string[] }
	| { kind: 'sums' }
	| { kind: 'count'; turn: string; notes: readonly Note[]; counted: readonly ChangedEntry[] }
	| { kind: 'markEarlier'; limit: number };

/** The response to each kind of request, in the order of its rows. */
export interface FileResponses {
	/** The text of the row that already existed; null if the row was inserted. */
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
	/** `isMarked`: whether the entries decided before marks existed are all marked. */
	changed: { turn: string; changed: ChangedEntry[]; isMarked: boolean };
	notes: (string | null)[];
	sums: [name: string, text: string][];
	count: boolean;
	markEarlier: boolean;
}

/** Requests of one group are executed together. */
export type RequestGroup = 'read' | 'write' | 'remove';

export function groupOf(request: FileRequest): RequestGroup {
	switch (request.kind) {
		case 'find':
		case 'list':
		case 'page':
		case 'byTerm':
		case 'byPrefix':
		case 'withoutTerms':
		case 'changed':
		case 'notes':
		case 'sums':
			return 'read';
		case 'insert':
		case 'replace':
		case 'together':
			return 'write';
		case 'remove':
		case 'count':
		case 'markEarlier':
		case 'addTerms':
			return 'remove';
	}
}

export type FileResponse = FileResponses[FileRequest['kind']];

export interface NumberedRequest {
	id: number;
	request: FileRequest;
	/** The first thread ended before it responded, so it may have executed the request. */
	isRepeat: boolean;
}

/** An error in a form that keeps its fields when it is passed between threads. */
export type Failure =
	| { kind: 'unavailable'; reason: string }
	| { kind: 'lost'; reason: string }
	/** A bug. */
	| { kind: 'fault'; message: string; stack?: string };

export type ThreadResponse = { id: number } & ({ response: FileResponse } | { failure: Failure });

/** To the thread: requests, or the order to end after the pending ones. */
export type ToThread = NumberedRequest[] | 'close';

/** From the thread: responses. Their writes are on the disk. */
export type FromThread = ThreadResponse[];
