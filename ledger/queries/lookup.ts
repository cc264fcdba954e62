import { objectsOf } from '../model/entryFacts';
import { canonicalText } from '../model/canonicalText';
import { decimalOf, isThousandsOrDecimals } from '../identity/decimal';
import type { Entry } from '../model/entry';
import { entryOfKey } from '../identity/key';
import { Newest } from './topEntries';
import { allEntries } from './findEntries';
import type { Store } from '../store';
import { isEntry } from '../store';

/** What a person has in hand who looks for one business decision. */
export type Clue =
	| { kind: 'entryId'; entryId: string }
	/** A Stripe `Idempotency-Key`. */
	| { kind: 'key'; key: string }
	/** An object in Stripe that was made, acted on, or belongs to one that was. */
	| { kind: 'object'; objectId: string }
	/** A value of a key field, in any field where none is named. */
	| { kind: 'field'; value: string; name?: string; inAnyCase?: boolean };

export type LookedUp =
	/** Those that the clue leads to, the newest first; of more than `MOST_FOUND` the newest ones. */
	| { kind: 'found'; entries: readonly [Entry, ...Entry[]]; isMore: boolean }
	/** The entry stands, and has not come to the attempt that the key belongs to. */
	| { kind: 'attempt_unknown'; entry: Entry }
	| { kind: 'none' };

/** One clue leads to one decision, or to a few. What leads to more than these is no clue. */
export const MOST_FOUND = 100;

/**
 * The entries that a clue leads to. An entry id or a key leads there directly; for anything else every entry is read.
 *
 * @throws StoreUnavailable
 */
export async function lookUp(store: Store, clue: Clue): Promise<LookedUp> {
	switch (clue.kind) {
		case 'entryId':
			return foundOf(await standing(store, clue.entryId.trim()));
		case 'key':
			return lookUpKey(store, clue.key.trim());
		case 'object': {
			const objectId = clue.objectId.trim();
			return foundOf(await readAll(store, (entry) => objectsOf(entry).includes(objectId)));
		}
		case 'field':
			return lookUpField(store, clue);
	}
}

async function lookUpKey(store: Store, key: string): Promise<LookedUp> {
	const entryId = entryOfKey(key);
	const [entry] = entryId === undefined ? [] : await standing(store, entryId);
	if (!entry) return { kind: 'none' };
	const attempt = Number(key.slice(`n8n_${entry.entryId}_`.length) || 1);
	return attempt > entry.attempt ? { kind: 'attempt_unknown', entry } : foundOf([entry]);
}

/**
 * A number may stand under another spelling than the one that a person knows: `00123` in a field that is treated as a
 * number is kept as `123`. What is spelled as asked is meant before that. Two values that differ in case are two decisions:
 * another case is found only for who looks, never for who changes something.
 */
async function lookUpField(store: Store, asked: Extract<Clue, { kind: 'field' }>): Promise<LookedUp> {
	const value = canonicalText(asked.value);
	const name = asked.name === undefined ? '' : canonicalText(asked.name);
	const reading = (isMeant: (stored: string) => boolean) =>
		readAll(store, ({ fields }) =>
			fields.some(([field, stored]) => (name === '' || field === name) && isMeant(stored)),
		);
	const number = isThousandsOrDecimals(value) ? undefined : decimalOf(value);
	const exact = await reading((stored) => stored === value);
	if (exact.length > 0) return foundOf(exact);
	const asNumber =
		number === undefined || number === value ? [] : await reading((stored) => stored === number);
	if (asNumber.length > 0 || !asked.inAnyCase) return foundOf(asNumber);
	const folded = value.toLowerCase();
	return foundOf(await reading((stored) => stored.toLowerCase() === folded));
}

async function standing(store: Store, entryId: string): Promise<Entry[]> {
	if (entryId === '') return [];
	return (await store.find([entryId])).filter(isEntry);
}

async function readAll(store: Store, isMeant: (entry: Entry) => boolean): Promise<Entry[]> {
	const newest = new Newest(MOST_FOUND + 1);
	for await (const entry of allEntries(store)) {
		if (isMeant(entry)) newest.add(entry);
		else newest.drop(entry.entryId);
	}
	return newest.inOrder();
}

function foundOf(entries: readonly Entry[]): LookedUp {
	const [first, ...others] = entries.slice(0, MOST_FOUND);
	if (!first) return { kind: 'none' };
	return { kind: 'found', entries: [first, ...others], isMore: entries.length > MOST_FOUND };
}
