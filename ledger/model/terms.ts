import type { Entry } from './entry';
import { customersOf, objectsOf, uniqueStrings } from './entryFacts';
import { resolvedAt } from './entryStatus';

/**
 * An index term of an entry. Entries with a term are sorted by `rank`, and then by their ID. A store writes the terms of a row in
 * the same step as the row.
 */
export interface Term {
	term: string;
	/** ms before the epoch, so that newer entries come first. */
	rank: number;
}

export const TERM_KINDS = ['object', 'field', 'customer', 'workflow'] as const;
export type TermKind = (typeof TERM_KINDS)[number];

/** Finds every entry, by creation time. */
export const ALL_ENTRIES = 'all';
/** Finds every resolved entry, by the time it was resolved. */
export const SETTLED_ENTRIES = 'settled';

/** Finds every unknown entry, by creation time. */
export const UNKNOWN_ENTRIES = 'unknown';

/** Longer values are cut off. */
const MAX_LENGTH = 100;

/**
 * Returns the index term of a value. Values with a common prefix have terms with a common prefix. Terms have no white space or
 * control characters, which stores use or refuse, and stay within the Basic Multilingual Plane, so that `\u{10ffff}` sorts after
 * every continuation.
 */
export function toTerm(kind: TermKind, value: string): string {
	const plain = foldCase(value).slice(0, MAX_LENGTH).replace(UNPLAIN, '_');
	return `${kind}:${plain}`;
}

/** A surrogate pair that is cut in half still counts as one character. */
const UNPLAIN = /[\s\p{Cc}\p{Cs}\u{10000}-\u{10ffff}]/gu;

/** The indexed values of an entry, as they are written. */
export function indexedValuesOf(entry: Entry): [kind: TermKind, value: string][] {
	const { fields, origin } = entry;
	const values: Record<TermKind, readonly unknown[]> = {
		object: objectsOf(entry),
		field: fields.map(([, value]) => value),
		customer: customersOf(entry),
		workflow: [origin.workflowId, origin.workflowName],
	};
	return TERM_KINDS.flatMap((kind) =>
		uniqueStrings(values[kind]).map((value): [TermKind, string] => [kind, value]),
	);
}

/** The index terms of an entry. Different values may share a term, so a search has to check the entry itself too. */
export function termsOf(entry: Entry): Term[] {
	const settledAt = resolvedAt(entry);
	const terms = new Set([
		ALL_ENTRIES,
		...indexedValuesOf(entry).map(([kind, value]) => toTerm(kind, value)),
	]);
	if (entry.state === 'unknown') terms.add(UNKNOWN_ENTRIES);
	return [
		...[...terms].map((term) => ({ term, rank: -entry.createdAt })),
		...(settledAt === undefined ? [] : [{ term: SETTLED_ENTRIES, rank: -settledAt }]),
	];
}

/** Returns a text in canonical form, in lower case. */
export function foldCase(text: string): string {
	return text.normalize('NFC').toLowerCase().trim();
}
