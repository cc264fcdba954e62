import { customersOf, outcomesOf, uniqueStrings } from '../model/entryFacts';
import type { Entry, EntryState } from '../model/entry';
import type { Range } from './candidates';
import { allEntries, entriesIn, entriesInStates, entriesOf } from './candidates';
import { TopEntries } from './topEntries';
import {
	ALL_ENTRIES,
	foldCase,
	indexedValuesOf,
	SETTLED_ENTRIES,
	TERM_KINDS,
	toTerm,
	UNKNOWN_ENTRIES,
} from '../model/terms';
import { effectiveState, resolvedAt } from '../model/entryStatus';
import type { Store } from '../store';

/** What to look for. Every given condition must hold. */
export interface EntryQuery {
	/** As people count them: what was cut off while it was sent is `unknown`. None given: any. */
	states?: readonly EntryState[];
	/** The whole of it, or its beginning: `refund`, `paymentIntent.capture`. */
	operation?: string;
	/** A workflow's id or name. */
	workflow?: string;
	/** A customer's id. */
	customer?: string;
	/** The whole of a key field's value, an object's or customer's id, or a workflow's id or name, or its beginning. */
	beginsWith?: string;
	/** Anywhere in the fields, ids, messages and purposes. */
	text?: string;
	/** All times are ms since the epoch. After: that time included; before: not included. */
	createdAfter?: number;
	createdBefore?: number;
	settledAfter?: number;
	settledBefore?: number;
}

/** States in which nothing stays for long, or few things do: there the index leads to them. */
const SMALL_STATES: ReadonlySet<EntryState> = new Set([
	...(['reserved', 'in_flight', 'unknown'] as const),
	...(['released', 'cancelled', 'rejected'] as const),
]);

/** More than these are not few: they are read portion by portion, like everything else. */
const SMALL_STATE_LIMIT = 5_000;

/** To more than these a beginning is no clue: then the newest entries are read until enough of them begin so. */
const MOST_BEGINNING = 5_000;

export interface FindOptions {
	/** Called where every entry is read, because no index knows what is asked for. */
	onReadAll?: () => void;
}

/**
 * The entries that a query asks for, the newest first. Holds no more than twice `most` of them at a time, or, where only
 * few can stand, those few.
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
	const { few = [], entries, areNewestFirst } = await candidatesOf(store, query, limit, onReadAll);
	few.forEach(isMatch);
	let found = 0;
	for await (const entry of entries) {
		if (isMatch(entry)) found++;
		if (areNewestFirst && found >= limit) break;
	}
	return top.listNewestFirst();
}

interface Candidates {
	/** Of any age: all of them are looked at. */
	few?: readonly Entry[];
	entries: AsyncIterable<Entry> | Iterable<Entry>;
	/** Then as many of `entries` as are wanted are enough. */
	areNewestFirst: boolean;
}

/** Entries among which all that are asked for are; one may come twice. */
async function candidatesOf(
	store: Store,
	query: EntryQuery,
	limit: number,
	onReadAll?: () => void,
): Promise<Candidates> {
	const small = await findSmallStates(store, query, limit);
	if (small) return small;
	const beginning = await findBeginning(store, query.beginsWith);
	if (beginning) return { entries: entriesOf(store, beginning), areNewestFirst: false };
	const range = rangeOf(query);
	if (store.findByTerm && range) {
		return { entries: entriesIn(store, range, limit), areNewestFirst: range.term !== SETTLED_ENTRIES };
	}
	if (store.findByTerm) onReadAll?.();
	return { entries: allEntries(store), areNewestFirst: false };
}

/** What the index knows of a query; nothing where it is about words that may stand anywhere. */
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

/** The ids of those of which an indexed value begins so; nothing where that is not asked for, or leads to too many. */
async function findBeginning(store: Store, beginsWith: string | undefined): Promise<string[] | undefined> {
	if (!store.findByPrefix || !isGiven(beginsWith)) return undefined;
	const found = new Set<string>();
	for (const kind of TERM_KINDS) {
		const hits = await store.findByPrefix(toTerm(kind, beginsWith), MOST_BEGINNING);
		for (const entryId of hits) found.add(entryId);
		if (hits.length === MOST_BEGINNING || found.size >= MOST_BEGINNING) return undefined;
	}
	return [...found];
}

/** Of these states all; but those that are unknown, which may become many, the newest first where an index knows them. */
async function findSmallStates(
	store: Store,
	{ states = [], createdAfter: from, createdBefore: before }: EntryQuery,
	limit: number,
): Promise<Candidates | undefined> {
	if (states.length === 0 || !states.every((state) => SMALL_STATES.has(state))) return undefined;
	const listed = new Set(states);
	if (states.includes('unknown')) listed.add('in_flight');
	const isIndexed = store.findByTerm !== undefined && listed.delete('unknown');
	const few: Entry[] = [];
	// What is in flight first: what becomes unknown meanwhile is met again there.
	for await (const entry of entriesInStates(store, [...listed])) {
		few.push(entry);
		if (few.length > SMALL_STATE_LIMIT) return undefined;
	}
	const unknown = entriesIn(store, { term: UNKNOWN_ENTRIES, from, before }, limit);
	return { few, entries: isIndexed ? unknown : [], areNewestFirst: true };
}

type Condition = (entry: Entry) => boolean;

function buildMatcher(query: EntryQuery, now: number): Condition {
	const { states = [], operation, workflow, customer, beginsWith, text } = query;
	const conditions: (Condition | undefined)[] = [
		states.length > 0 ? (entry) => states.includes(effectiveState(entry, now)) : undefined,
		timeCondition(query.createdAfter, query.createdBefore, ({ createdAt }) => createdAt),
		timeCondition(query.settledAfter, query.settledBefore, resolvedAt),
		textCondition(operation, (entry, begins) => foldCase(entry.operation).startsWith(begins)),
		textCondition(workflow, ({ origin: { workflowId = '', workflowName = '' } }, name) =>
			[workflowId, workflowName].map(foldCase).includes(name),
		),
		textCondition(customer, (entry, id) => customersOf(entry).map(foldCase).includes(id)),
		textCondition(beginsWith, (entry, begins) =>
			indexedValuesOf(entry).some(([, value]) => foldCase(value).startsWith(begins)),
		),
		textCondition(text, (entry, part) =>
			searchTextsOf(entry).some((text) => foldCase(text).includes(part)),
		),
	];
	const active = conditions.filter((condition) => condition !== undefined);
	return (entry) => active.every((holds) => holds(entry));
}

function textCondition(
	given: string | undefined,
	holds: (entry: Entry, wanted: string) => boolean,
): Condition | undefined {
	const wanted = foldCase(given ?? '');
	return wanted === '' ? undefined : (entry) => holds(entry, wanted);
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

/** Where people look for words that they remember. */
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
