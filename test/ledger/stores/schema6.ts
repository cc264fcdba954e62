import { createHash } from 'node:crypto';

import type { Entry } from '../../../ledger/model/entry';
import type { Term } from '../../../ledger/model/entryFacts';
import { ALL_ENTRIES, indexedValuesOf, termsOf } from '../../../ledger/model/entryFacts';

/** The terms of an entry as the builds of schema 6 wrote them: hashes. */
export function hashedTermsOf(entry: Entry): Term[] {
	const hashes = indexedValuesOf(entry).map(([kind, value]) => {
		const hash = createHash('sha256').update(value.toLowerCase(), 'utf8').digest('base64url');
		return `${kind}:${hash.slice(0, 22)}`;
	});
	const terms = [...new Set(['entries', ...hashes])].map((term) => ({ term, rank: -entry.createdAt }));
	const settled = termsOf(entry).filter(({ term }) => !term.includes(':') && term !== ALL_ENTRIES);
	return [...terms, ...settled];
}

/** How they made a file. */
export const FILE_OF_SCHEMA_6 = `
	DROP TRIGGER hashed_inserted; DROP TRIGGER hashed_updated; PRAGMA user_version = 6`;
