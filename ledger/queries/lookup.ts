import { objectsOf } from '../model/entryFacts';
import { toCanonicalText } from '../model/canonicalText';
import { toDecimalText, isThousandsOrDecimals } from '../identity/decimal';
import type { Entry } from '../model/entry';
import { entryOfKey } from '../identity/key';
import { TopEntries } from './topEntries';
import { entriesIn } from './candidates';
import { toTerm } from '../model/terms';
import type { Store } from '../store';
import { isEntry } from '../store';

/** What a person has in hand who looks for one business decision. */
export type EntryLookup =
	| { kind: 'entryId'; entryId: string }
	/** A Stripe `Idempotency-Key`. */
	| { kind: 'key'; key: string }
	/** An object in Stripe that was made, acted on, or belongs to one that was. */
	| { kind: 'object'; objectId: string }
	/** A value of a key field, in any field where none is named. */
	| { kind: 'field'; value: string; name?: string; inAnyCase?: boolean };

export type LookupResult =
	/** Those that the clue leads to, the newest first; of more than `MOST_FOUND` the newest ones. */
	| { kind: 'found'; entries: readonly [Entry, ...Entry[]]; isMore: boolean }
	/** The entry stands, and has not come to the attempt that the key belongs to. */
	| { kind: 'attempt_unknown'; entry: Entry }
	| { kind: 'none' };

/** One clue leads to one decision, or to a few. What leads to more than these is no clue. */
export const MAX_RESULTS = 100;

/**
 * The entries that a clue leads to. An entry id or a key leads there directly; for anything else there is an index.
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
 * Which entries know of objects. Where the store keeps no index, every entry is read, once for all of them.
 *
 * @returns the newest entry of each object that one has to do with
 * @throws StoreUnavailableError
 */
export async function findEntriesOfObjects(
	store: Store,
	objectIds: ReadonlySet<string>,
): Promise<Map<string, Entry>> {
	const found = new Map<string, Entry>();
	const note = (entry: Entry) => {
		for (const id of objectsOf(entry)) {
			const other = found.get(id);
			if (objectIds.has(id) && (!other || other.createdAt <= entry.createdAt)) found.set(id, entry);
		}
	};
	const ranges = store.findByTerm ? [...objectIds].map((id) => toTerm('object', id)) : [''];
	for (const term of objectIds.size > 0 ? ranges : [])
		for await (const entry of entriesIn(store, { term })) note(entry);
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
 * A number may stand under another spelling than the one that a person knows: `00123` in a field that is treated as a
 * number is kept as `123`. What is spelled as asked is meant before that. Two values that differ in case are two decisions:
 * another case is found only for who looks, never for who changes something.
 */
async function lookUpField(
	store: Store,
	lookup: Extract<EntryLookup, { kind: 'field' }>,
): Promise<LookupResult> {
	const value = toCanonicalText(lookup.value);
	const name = lookup.name === undefined ? '' : toCanonicalText(lookup.name);
	const reading = (like: string, matches: (stored: string) => boolean) =>
		readTerm(store, toTerm('field', like), ({ fields }) =>
			fields.some(([field, stored]) => (name === '' || field === name) && matches(stored)),
		);
	const number = isThousandsOrDecimals(value) ? undefined : toDecimalText(value);
	const exact = await reading(value, (stored) => stored === value);
	if (exact.length > 0) return toResult(exact);
	const asNumber =
		number === undefined || number === value ? [] : await reading(number, (stored) => stored === number);
	if (asNumber.length > 0 || !lookup.inAnyCase) return toResult(asNumber);
	const folded = value.toLowerCase();
	return toResult(await reading(value, (stored) => stored.toLowerCase() === folded));
}

async function findById(store: Store, entryId: string): Promise<Entry[]> {
	if (entryId === '') return [];
	return (await store.find([entryId])).filter(isEntry);
}

/** Those of a term that match: as many as are wanted, and one more. */
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
