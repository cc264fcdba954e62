import { hash } from 'node:crypto';

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

export type TermKind = 'object' | 'field' | 'customer' | 'workflow';

/** Every entry, by when it was made. */
export const ALL_ENTRIES = 'entries';
/** Every entry that was decided, by when it was. */
export const SETTLED_ENTRIES = 'settled';

/** A hash: as long as every other, whatever people write into a field, and it tells nothing. */
export function toTerm(kind: TermKind, value: string): string {
	return `${kind}:${hash('sha256', foldCase(value), 'base64url').slice(0, 22)}`;
}

/** What is spelled otherwise may come under the same term: whoever looks for it looks at the entry, too. */
export function termsOf(entry: Entry): Term[] {
	const { createdAt, fields, origin } = entry;
	const settledAt = resolvedAt(entry);
	const named = (kind: TermKind, values: readonly unknown[]) =>
		uniqueStrings(values).map((value) => toTerm(kind, value));
	const terms = new Set([
		ALL_ENTRIES,
		...named('object', objectsOf(entry)),
		...named(
			'field',
			fields.map(([, value]) => value),
		),
		...named('customer', customersOf(entry)),
		...named('workflow', [origin.workflowId, origin.workflowName]),
	]);
	return [
		...[...terms].map((term) => ({ term, rank: -createdAt })),
		...(settledAt === undefined ? [] : [{ term: SETTLED_ENTRIES, rank: -settledAt }]),
	];
}

/** One spelling for one text, in small and capital letters alike. */
export function foldCase(text: string): string {
	return text.normalize('NFC').toLowerCase().trim();
}
