import {
	customersOf,
	outcomesOf,
	uniqueStrings,
	ALL_ENTRIES,
	foldCase,
	indexedValuesOf,
	SETTLED_ENTRIES,
	TERM_KINDS,
	toTerm,
	UNKNOWN_ENTRIES,
} from '../model/entryFacts';
import type { Entry, EntryState } from '../model/entry';
import type { Range } from './candidates';
import { allEntries, entriesIn, entriesInStates, entriesOf } from './candidates';
import { TopEntries } from './topEntries';
import { effectiveState, resolvedAt } from '../model/entryStatus';
import type { Store } from '../store';

/** Conditions of a search. An entry has to meet all that are given. */
export interface EntryQuery {
	/** Effective states: an entry whose lease expired while it was in flight is `unknown`. Absent or empty for any. */
	states?: readonly EntryState[];
	/** The operation or its beginning: `refund`, `paymentIntent.capture`. */
	operation?: string;
	/** A workflow's id or name. */
	workflow?: string;
	/** A customer's id. */
	customer?: string;
	/** A key field's value, an object's or customer's id, or a workflow's id or name; or its beginning. */
	beginsWith?: string;
	/** A substring of the fields, ids, messages and purposes. */
	text?: string;
	/** All times are ms since the epoch. `After` is inclusive, `Before` exclusive. */
	createdAfter?: number;
	createdBefore?: number;
	settledAfter?: number;
	settledBefore?: number;
}

/** States that entries leave soon, or that few entries reach: the index leads to all of them. */
const SMALL_STATES: ReadonlySet<EntryState> = new Set([
	...(['reserved', 'in_flight', 'unknown'] as const),
	...(['released', 'cancelled', 'rejected'] as const),
]);

/** If a state has more entries than this, they are read page by page, like all others. */
const SMALL_STATE_LIMIT = 5_000;

/** If a prefix matches more entries than this, the newest entries are read until enough of them match. */
const MAX_PREFIX_MATCHES = 5_000;

export interface FindOptions {
	/** Called if every entry has to be read, because no index answers the query. */
	onReadAll?: () => void;
}

/**
 * Returns the entries that match a query, the newest first. Holds at most twice `limit` entries at a time, or all entries of
 * the small states.
 *
 * @param limit Infinity for all
 * @throws StoreUnavailableError
 */
export async function findEntries(
	store: Store,
	query: EntryQuery,
	limit: number,
	now: number,
	{ onReadAll }: FindOptions = {},
): Promise<Entry[]> {
	const matches = buildMatcher(query, now);
	const top = new TopEntries(limit);
	const isMatch = (entry: Entry): boolean => {
		if (matches(entry)) top.add(entry);
		else top.drop(entry.entryId);
		return matches(entry);
	};
	const { smallStates = [], entries, areNewestFirst } = await candidatesOf(store, query, limit, onReadAll);
	smallStates.forEach(isMatch);
	let found = 0;
	for await (const entry of entries) {
		if (isMatch(entry)) found++;
		if (areNewestFirst && found >= limit) break;
	}
	return top.listNewestFirst();
}

interface Candidates {
	/** Entries of any age, all of which are checked. */
	smallStates?: readonly Entry[];
	entries: AsyncIterable<Entry> | Iterable<Entry>;
	/** If set, reading can stop after `limit` matches. */
	areNewestFirst: boolean;
}

/** Returns a superset of the entries that match. An entry may occur twice. */
async function candidatesOf(
	store: Store,
	query: EntryQuery,
	limit: number,
	onReadAll?: () => void,
): Promise<Candidates> {
	const small = await findSmallStates(store, query, limit);
	if (small) return small;
	const prefixed = await findPrefixMatches(store, query.beginsWith);
	if (prefixed) return { entries: entriesOf(store, prefixed), areNewestFirst: false };
	const range = rangeOf(query);
	if (store.findByTerm && range) {
		return { entries: entriesIn(store, range, limit), areNewestFirst: range.term !== SETTLED_ENTRIES };
	}
	if (store.findByTerm) onReadAll?.();
	return { entries: allEntries(store), areNewestFirst: false };
}

/** Returns the index range of a query; undefined if it searches for text that may be anywhere. */
function rangeOf({ customer, workflow, text, operation, ...times }: EntryQuery): Range | undefined {
	const { createdAfter: from, createdBefore: before, settledAfter, settledBefore } = times;
	const hasCreated = from !== undefined || before !== undefined;
	if (isGiven(customer)) return { term: toTerm('customer', customer), from, before };
	if (isGiven(workflow)) return { term: toTerm('workflow', workflow), from, before };
	if (hasCreated) return { term: ALL_ENTRIES, from, before };
	if (settledAfter !== undefined || settledBefore !== undefined)
		return { term: SETTLED_ENTRIES, from: settledAfter, before: settledBefore };
	return isGiven(text) || isGiven(operation) ? undefined : { term: ALL_ENTRIES };
}

function isGiven(text: string | undefined): text is string {
	return foldCase(text ?? '') !== '';
}

/**
 * Returns the ids of entries with an indexed value that has this prefix; undefined if no prefix is given, or it matches too
 * many.
 */
async function findPrefixMatches(
	store: Store,
	beginsWith: string | undefined,
): Promise<string[] | undefined> {
	if (!store.findByPrefix || !isGiven(beginsWith)) return undefined;
	const found = new Set<string>();
	for (const kind of TERM_KINDS) {
		const hits = await store.findByPrefix(toTerm(kind, beginsWith), MAX_PREFIX_MATCHES);
		for (const entryId of hits) found.add(entryId);
		if (hits.length === MAX_PREFIX_MATCHES || found.size >= MAX_PREFIX_MATCHES) return undefined;
	}
	return [...found];
}

/** Returns all entries of small states. Unknown entries may become many, so they are read newest first if an index has them. */
async function findSmallStates(
	store: Store,
	{ states = [], createdAfter: from, createdBefore: before }: EntryQuery,
	limit: number,
): Promise<Candidates | undefined> {
	if (states.length === 0 || !states.every((state) => SMALL_STATES.has(state))) return undefined;
	const listed = new Set(states);
	if (states.includes('unknown')) listed.add('in_flight');
	const isIndexed = store.findByTerm !== undefined && listed.delete('unknown');
	const smallStates: Entry[] = [];
	// In-flight entries are read first: one that becomes unknown in the meantime is then read again as unknown.
	for await (const entry of entriesInStates(store, [...listed])) {
		smallStates.push(entry);
		if (smallStates.length > SMALL_STATE_LIMIT) return undefined;
	}
	const unknown = entriesIn(store, { term: UNKNOWN_ENTRIES, from, before }, limit);
	return { smallStates, entries: isIndexed ? unknown : [], areNewestFirst: true };
}

type Condition = (entry: Entry) => boolean;

function buildMatcher(query: EntryQuery, now: number): Condition {
	const { states = [], operation, workflow, customer, beginsWith, text } = query;
	const conditions: (Condition | undefined)[] = [
		states.length > 0 ? (entry) => states.includes(effectiveState(entry, now)) : undefined,
		timeCondition(query.createdAfter, query.createdBefore, ({ createdAt }) => createdAt),
		timeCondition(query.settledAfter, query.settledBefore, resolvedAt),
		textCondition(operation, (entry, prefix) => foldCase(entry.operation).startsWith(prefix)),
		textCondition(workflow, ({ origin: { workflowId = '', workflowName = '' } }, name) =>
			[workflowId, workflowName].map(foldCase).includes(name),
		),
		textCondition(customer, (entry, id) => customersOf(entry).map(foldCase).includes(id)),
		textCondition(beginsWith, (entry, prefix) =>
			indexedValuesOf(entry).some(([, value]) => foldCase(value).startsWith(prefix)),
		),
		textCondition(text, (entry, part) =>
			searchTextsOf(entry).some((text) => foldCase(text).includes(part)),
		),
	];
	const active = conditions.filter((condition) => condition !== undefined);
	return (entry) => active.every((matches) => matches(entry));
}

function textCondition(
	given: string | undefined,
	matches: (entry: Entry, wanted: string) => boolean,
): Condition | undefined {
	const wanted = foldCase(given ?? '');
	return wanted === '' ? undefined : (entry) => matches(entry, wanted);
}

function timeCondition(
	after = -Infinity,
	before = Infinity,
	timeOf: (entry: Entry) => number | undefined,
): Condition | undefined {
	if (after === -Infinity && before === Infinity) return undefined;
	return (entry) => {
		const time = timeOf(entry);
		return time !== undefined && time >= after && time < before;
	};
}

/** The texts that a substring search covers. */
function searchTextsOf(entry: Entry): string[] {
	const { entryId, key, operation, fields, request, origin, reservation } = entry;
	const { intent, spender } = reservation ?? {};
	return uniqueStrings([
		entryId,
		key,
		operation,
		request.path,
		...fields.flat(),
		...outcomesOf(entry).flatMap((outcome) => [
			outcome.objectId,
			outcome.requestId,
			outcome.originalRequestId,
			outcome.message,
			outcome.type,
			outcome.code,
			outcome.declineCode,
			outcome.param,
		]),
		...(entry.previousAttempts ?? []).map((attempt) => attempt.key),
		origin.workflowId,
		origin.workflowName,
		origin.executionId,
		origin.nodeName,
		intent?.purpose,
		intent?.customer,
		intent?.object,
		spender?.agent,
		spender?.session,
		...customersOf(entry),
	]);
}
