import { objectsOf, toTerm } from '../model/entryFacts';
import { toCanonicalText } from '../model/canonicalText';
import { toCanonicalTimes } from '../model/canonicalTimes';
import { toDecimalText, isThousandsOrDecimals } from '../identity/decimal';
import type { Entry } from '../model/entry';
import { entryOfKey } from '../identity/key';
import { TopEntries } from './topEntries';
import { entriesIn } from './candidates';
import type { Store } from '../store';
import { isEntry } from '../store';

/** What a person knows when looking for one business decision. */
export type EntryLookup =
	| { kind: 'entryId'; entryId: string }
	/** A Stripe `Idempotency-Key`. */
	| { kind: 'key'; key: string }
	/** A Stripe object that the decision created or acted on, or an object related to it. */
	| { kind: 'object'; objectId: string }
	/** A value of a key field; of any field if `name` is absent. */
	| { kind: 'field'; value: string; name?: string; inAnyCase?: boolean };

export type LookupResult =
	/** The entries, the newest first; at most the newest `MAX_RESULTS`. */
	| { kind: 'found'; entries: readonly [Entry, ...Entry[]]; isMore: boolean }
	/** The entry exists, but has not reached the attempt that the key belongs to. */
	| { kind: 'attempt_unknown'; entry: Entry }
	| { kind: 'none' };

/** A lookup usually finds one decision, or a few. Results beyond this number are cut off. */
export const MAX_RESULTS = 100;

/**
 * Finds the entries of a lookup. An entry id or a key is read directly; everything else uses an index.
 *
 * @throws StoreUnavailableError
 */
export async function lookUp(store: Store, lookup: EntryLookup): Promise<LookupResult> {
	switch (lookup.kind) {
		case 'entryId':
			return toResult(await findById(store, lookup.entryId.trim()));
		case 'key':
			return lookUpKey(store, lookup.key.trim());
		case 'object': {
			const objectId = lookup.objectId.trim();
			return toResult(
				await readTerm(store, toTerm('object', objectId), (entry) =>
					objectsOf(entry).includes(objectId),
				),
			);
		}
		case 'field':
			return lookUpField(store, lookup);
	}
}

/**
 * Finds the entries of Stripe objects. If the store has no index, every entry is read, once for all objects.
 *
 * @returns the newest entry of each object that has one
 * @throws StoreUnavailableError
 */
export async function findEntriesOfObjects(
	store: Store,
	objectIds: ReadonlySet<string>,
): Promise<Map<string, Entry>> {
	const found = new Map<string, Entry>();
	const addEntry = (entry: Entry) => {
		for (const id of objectsOf(entry)) {
			const other = found.get(id);
			if (objectIds.has(id) && (!other || other.createdAt <= entry.createdAt)) found.set(id, entry);
		}
	};
	const ranges = store.findByTerm ? [...objectIds].map((id) => toTerm('object', id)) : [''];
	for (const term of objectIds.size > 0 ? ranges : [])
		for await (const entry of entriesIn(store, { term })) addEntry(entry);
	return found;
}

async function lookUpKey(store: Store, key: string): Promise<LookupResult> {
	const entryId = entryOfKey(key);
	const [entry] = entryId === undefined ? [] : await findById(store, entryId);
	if (!entry) return { kind: 'none' };
	const attempt = Number(key.slice(`n8n_${entry.entryId}_`.length) || 1);
	return attempt > entry.attempt ? { kind: 'attempt_unknown', entry } : toResult([entry]);
}

/**
 * Looks up a field value. A number may be stored in another spelling: `00123` in a field treated as a number is stored as
 * `123`. An exact match takes precedence. Values that differ in case are different decisions, so another case matches only for
 * reading, never for changing something.
 */
async function lookUpField(
	store: Store,
	lookup: Extract<EntryLookup, { kind: 'field' }>,
): Promise<LookupResult> {
	const value = toCanonicalTimes(toCanonicalText(lookup.value));
	const name = lookup.name === undefined ? '' : toCanonicalText(lookup.name);
	const findMatching = (term: string, matches: (stored: string) => boolean) =>
		readTerm(store, toTerm('field', term), ({ fields }) =>
			fields.some(([field, stored]) => (name === '' || field === name) && matches(stored)),
		);
	const number = isThousandsOrDecimals(value) ? undefined : toDecimalText(value);
	const exact = await findMatching(value, (stored) => stored === value);
	if (exact.length > 0) return toResult(exact);
	const asNumber =
		number === undefined || number === value
			? []
			: await findMatching(number, (stored) => stored === number);
	if (asNumber.length > 0 || !lookup.inAnyCase) return toResult(asNumber);
	const folded = value.toLowerCase();
	return toResult(await findMatching(value, (stored) => stored.toLowerCase() === folded));
}

async function findById(store: Store, entryId: string): Promise<Entry[]> {
	if (entryId === '') return [];
	return (await store.find([entryId])).filter(isEntry);
}

/** Returns the matching entries of a term: up to the maximum, and one more. */
async function readTerm(store: Store, term: string, matches: (entry: Entry) => boolean): Promise<Entry[]> {
	const top = new TopEntries(MAX_RESULTS + 1);
	for await (const entry of entriesIn(store, { term })) {
		if (matches(entry)) top.add(entry);
		else top.drop(entry.entryId);
		if (store.findByTerm && top.size > MAX_RESULTS) break;
	}
	return top.listNewestFirst();
}

function toResult(entries: readonly Entry[]): LookupResult {
	const [first, ...others] = entries.slice(0, MAX_RESULTS);
	if (!first) return { kind: 'none' };
	return { kind: 'found', entries: [first, ...others], isMore: entries.length > MAX_RESULTS };
}
