import { customersOf, outcomesOf, texts } from '../model/entryFacts';
import type { Entry, EntryState, RowState } from '../model/entry';
import { Newest } from './topEntries';
import { countsAs, decidedAt } from '../model/entryStatus';
import type { Store } from '../store';
import { isEntry } from '../store';

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
	/** Anywhere in the fields, ids, messages and purposes. */
	text?: string;
	/** All times are ms since the epoch. After: that time included; before: not included. */
	createdAfter?: number;
	createdBefore?: number;
	settledAfter?: number;
	settledBefore?: number;
}

/** States in which nothing stays for long, or few things do: there the index leads to them. */
const FEW: ReadonlySet<EntryState> = new Set([
	...(['reserved', 'in_flight', 'unknown'] as const),
	...(['released', 'cancelled', 'rejected'] as const),
]);

/** More than these are not few: they are read portion by portion, like everything else. */
const FEW_AT_MOST = 1_000;

/**
 * The entries that a query asks for, the newest first. Holds no more than twice `most` of them at a time, or, where only
 * few can stand, those few.
 *
 * @param most Infinity for all
 * @throws StoreUnavailable
 */
export async function findEntries(
	store: Store,
	query: EntryQuery,
	most: number,
	now: number,
): Promise<Entry[]> {
	const isAskedFor = matcherOf(query, now);
	const newest = new Newest(most);
	for await (const entry of candidates(store, query.states)) {
		if (isAskedFor(entry)) newest.add(entry);
		else newest.drop(entry.entryId);
	}
	return newest.inOrder();
}

/** Entries among which all that are asked for are; one may come twice. */
async function* candidates(store: Store, states?: readonly EntryState[]): AsyncGenerator<Entry> {
	yield* (await few(store, states)) ?? allEntries(store);
}

/** Every entry; one that is written meanwhile may come twice. */
export async function* allEntries(store: Store): AsyncGenerator<Entry> {
	for await (const rows of store.scan()) yield* rows.filter(isEntry);
}

async function few(store: Store, states?: readonly EntryState[]): Promise<Entry[] | undefined> {
	if (!states || states.length === 0 || !states.every((state) => FEW.has(state))) return undefined;
	const asked: readonly RowState[] = states.includes('unknown')
		? [...new Set([...states, 'in_flight' as const])]
		: states;
	const rows = await store.list({ states: asked, limit: FEW_AT_MOST + 1 });
	return rows.length > FEW_AT_MOST ? undefined : rows.filter(isEntry);
}

type Condition = (entry: Entry) => boolean;

function matcherOf(query: EntryQuery, now: number): Condition {
	const { states = [], operation, workflow, customer, text } = query;
	const conditions: (Condition | undefined)[] = [
		states.length > 0 ? (entry) => states.includes(countsAs(entry, now)) : undefined,
		within(query.createdAfter, query.createdBefore, ({ createdAt }) => createdAt),
		within(query.settledAfter, query.settledBefore, decidedAt),
		sought(operation, (entry, begins) => folded(entry.operation).startsWith(begins)),
		sought(workflow, ({ origin: { workflowId = '', workflowName = '' } }, name) =>
			[workflowId, workflowName].map(folded).includes(name),
		),
		sought(customer, (entry, id) => customersOf(entry).map(folded).includes(id)),
		sought(text, (entry, part) => wordsOf(entry).some((words) => folded(words).includes(part))),
	];
	const given = conditions.filter((condition) => condition !== undefined);
	return (entry) => given.every((holds) => holds(entry));
}

function sought(
	given: string | undefined,
	holds: (entry: Entry, asked: string) => boolean,
): Condition | undefined {
	const asked = folded(given ?? '').trim();
	return asked === '' ? undefined : (entry) => holds(entry, asked);
}

function within(
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
function wordsOf(entry: Entry): string[] {
	const { entryId, key, operation, fields, request, origin, reservation } = entry;
	const { intent, spender } = reservation ?? {};
	return texts([
		...[entryId, key, operation, request.path],
		...fields.flat(),
		...outcomesOf(entry).flatMap((outcome) => [
			...[outcome.objectId, outcome.requestId, outcome.originalRequestId, outcome.message],
			...[outcome.type, outcome.code, outcome.declineCode, outcome.param],
		]),
		...(entry.past ?? []).map((attempt) => attempt.key),
		...[origin.workflowId, origin.workflowName, origin.executionId, origin.nodeName],
		...[intent?.purpose, intent?.customer, intent?.object, spender?.agent, spender?.session],
		...customersOf(entry),
	]);
}

/** One spelling for one text, in small and capital letters alike. */
function folded(text: string): string {
	return text.normalize('NFC').toLowerCase();
}
