import type { Entry } from './entry';
import { customersOf, objectsOf, uniqueStrings } from './entryFacts';
import { resolvedAt } from './entryStatus';

/**
 * Under which an entry is found, in the order of `rank`, and of its id where that is the same. A store keeps the terms of a
 * row beside it, written in the same step.
 */
export interface Term {
	term: string;
	/** The newer, the smaller: ms before the epoch. */
	rank: number;
}

export const TERM_KINDS = ['object', 'field', 'customer', 'workflow'] as const;
export type TermKind = (typeof TERM_KINDS)[number];

/** Every entry, by when it was made. */
export const ALL_ENTRIES = 'all';
/** Every entry that was decided, by when it was. */
export const SETTLED_ENTRIES = 'settled';

/** Every entry that is unknown, by when it was made. */
export const UNKNOWN_ENTRIES = 'unknown';

/** More of a value is in no term. */
const MAX_LENGTH = 100;

/**
 * What begins alike has terms that begin alike. Without white space and control characters, which stores use or refuse, and
 * within the Basic Multilingual Plane, so that `\u{10ffff}` comes after every continuation.
 */
export function toTerm(kind: TermKind, value: string): string {
	const plain = foldCase(value).slice(0, MAX_LENGTH).replace(UNPLAIN, '_');
	return `${kind}:${plain}`;
}

/** A pair of surrogates that is cut in the midst is still one character. */
const UNPLAIN = /[\s\p{Cc}\p{Cs}\u{10000}-\u{10ffff}]/gu;

/** The values of an entry that are in the index, as they are spelled. */
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

/** Different values may have the same term: whoever looks for one looks at the entry, too. */
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

/** One spelling for one text, in small and capital letters alike. */
export function foldCase(text: string): string {
	return text.normalize('NFC').toLowerCase().trim();
}
