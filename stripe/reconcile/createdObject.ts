import type { Target } from '../objects/collections';
import { findMismatch } from '../objects/matchesRequest';
import { buildObjectUrl } from '../objects/dashboardUrl';
import { findEventsByKey } from './eventsByKey';
import type { EntryAsSent, Finding } from './finding';
import type { StripeObject } from '../objects/stripeObject';
import { toExecuted } from './finding';
import { isFullRefundOfUnrefunded } from '../objects/fullRefund';
import type { Limitation, QueryContext, SourceResult } from './stripeQueries';
import { getWithBackoff, toLimitation, listInWindow, listNewestFirst } from './stripeQueries';
import type { Effect } from '../objects/lifecycle';
import { determineEffect } from '../objects/lifecycle';
import { ENTRY_METADATA, findOrigin, readEntryId } from '../objects/metadata';
import { appendQuery } from '../api/query';
import { toInconclusive, concludeNotFound } from './conclude';
import { getExecutionWindow } from './executionWindow';

interface Candidate {
	object: StripeObject;
	effect: Exclude<Effect, { kind: 'executed' }>;
}

/**
 * Finds what a request for a new object has created. One that took effect answers the question, whatever other sources show
 * or hide; everything else is weighed when all of them were asked.
 */
export async function findCreated(
	context: QueryContext,
	entry: EntryAsSent,
	target: Target,
): Promise<Finding> {
	const candidates = new Map<string, Candidate>();
	const limitations: Limitation[] = [];
	const idsCreatedByKey = new Set<string>();
	for (const source of [findBySearch, findByList, findByEvents]) {
		const { objects, limitation } = await source(context, entry, target, idsCreatedByKey);
		if (limitation) limitations.push(limitation);
		for (const object of objects) {
			const observed = determineEffect(object, entry);
			if (observed.kind !== 'executed' && isOfPreviousAttempt(object, entry)) continue;
			// A key that belongs to another request proves nothing of this one.
			const isByKey = !entry.isKeyOfOther && idsCreatedByKey.has(readObjectId(object));
			const doubt = isByKey ? undefined : findDoubt(entry, object);
			const effect: Effect = doubt === undefined ? observed : { kind: 'unclear', reason: doubt };
			if (effect.kind === 'executed') return toExecuted(object);
			candidates.set(readObjectId(object), { object, effect });
		}
	}
	return chooseCandidate(context, entry, [...candidates.values()], limitations, idsCreatedByKey);
}

/** Why what was found without the key may be somebody else's. */
function findDoubt(entry: EntryAsSent, object: StripeObject): string | undefined {
	const id = readObjectId(object);
	if (!namesEntry(object, entry.entryId)) return `${id} is of the same origin, but names no entry`;
	const difference = findMismatch(entry, object);
	return difference === undefined ? undefined : `${id} names the entry, but ${difference}`;
}

/** What is there, but took no effect; or nothing at all. */
async function chooseCandidate(
	context: QueryContext,
	entry: EntryAsSent,
	candidates: readonly Candidate[],
	limitations: readonly Limitation[],
	idsCreatedByKey: ReadonlySet<string>,
): Promise<Finding> {
	const [first, ...others] = candidates;
	if (!first || limitations.some(({ isTransient }) => isTransient)) {
		const isHarmless = await isFullRefundOfUnrefunded(context, entry);
		return concludeNotFound(context, entry, { observation: NO_OBJECT, limitations, isHarmless });
	}
	const { object, effect } = first;
	const page = buildObjectUrl(context, object);
	if (effect.kind === 'unclear') return toInconclusive(context, entry, effect.reason, page);
	// The metadata name the entry, not the attempt: that this attempt was declined is told by its key, or by being the only one.
	const isOurs = idsCreatedByKey.has(String(object.id)) || arePreviousAttemptsAccountedFor(entry);
	if (isOurs && others.length === 0 && limitations.length === 0)
		return { kind: 'executed', outcome: effect.outcome };
	const reason = `${String(object.id)} was declined, but it is not certain that it had no other effect`;
	return toInconclusive(
		context,
		entry,
		[reason, ...limitations.map((limitation) => limitation.reason)],
		page,
	);
}

const NO_OBJECT = 'Stripe has no object of this entry in the time of its sends';

/** What earlier attempts were rejected with stays in Stripe, under the metadata of the same entry. */
export function isOfPreviousAttempt({ id }: StripeObject, { previousAttempts = [] }: EntryAsSent): boolean {
	return previousAttempts.some(({ outcome }) => outcome.objectId === id);
}

/** Whether each earlier attempt has left an object that is known: a key makes one, so what else there is came of this attempt. */
function arePreviousAttemptsAccountedFor({ attempt, previousAttempts = [] }: EntryAsSent): boolean {
	return (
		previousAttempts.length === attempt - 1 &&
		previousAttempts.every(({ outcome }) => outcome.objectId !== undefined)
	);
}

type CandidateSource = (
	context: QueryContext,
	entry: EntryAsSent,
	target: Target,
	/** Takes the ids of what the entry's key has created. */
	idsCreatedByKey: Set<string>,
) => Promise<SourceResult>;

/** One request instead of many pages, where the object is old enough for it: about a minute (docs.stripe.com/search). */
export async function findBySearch(
	context: QueryContext,
	{ entryId }: Pick<EntryAsSent, 'entryId'>,
	{ collection, path }: Target,
): Promise<SourceResult> {
	if (!collection.isSearchable) return { objects: [] };
	const query = `metadata['${ENTRY_METADATA}']:'${entryId.replaceAll(/[\\']/g, '\\$&')}'`;
	const outcome = await getWithBackoff(context, appendQuery(`${path}/search`, { query }));
	// Search is not there for everybody, and not needed: a refusal leaves the question to the lists.
	if (outcome.kind === 'rejected' || outcome.kind === 'unauthorized')
		return { objects: [], isRefused: true };
	if (outcome.kind !== 'succeeded') return { objects: [], limitation: toLimitation(outcome) };
	const { data } = outcome.body ?? {};
	const found = Array.isArray(data) ? (data as StripeObject[]) : [];
	return fetchCurrent(
		context,
		path,
		found.filter((object) => namesEntry(object, entryId)).map(readObjectId),
	);
}

/** Lists see every change at once (docs.stripe.com/search#data-freshness). */
const findByList: CandidateSource = async (context, entry, { collection, path }) => {
	const { listFilters, listAllParams, isListedWithoutTime } = collection;
	const { params } = entry.request;
	if (!listFilters)
		return {
			objects: [],
			limitation: { isTransient: false, reason: `${path} has no list` },
		};
	// What is no plain text in the request (a product made along with its plan) is no filter of a list.
	const filters = Object.entries(params).filter(
		([name, value]) => listFilters.includes(name) && typeof value === 'string' && value !== '',
	);
	const window = getExecutionWindow(entry, context.time.now());
	const isOfOrigin = findOrigin(path, params);
	const question = {
		path,
		query: { ...listAllParams, ...Object.fromEntries(filters) },
		isWanted: (object: StripeObject) =>
			namesEntry(object, entry.entryId) || isOfOrigin?.(object) === true,
		isEnough: (object: StripeObject) =>
			determineEffect(object, entry).kind === 'executed' && findDoubt(entry, object) === undefined,
	};
	const { objects, limitation } = await (isListedWithoutTime
		? listNewestFirst(context, question, window.from)
		: listInWindow(context, window, question));
	return { objects, limitation: limitation ?? findListLimitation(entry) };
};

/** Why an object that exists may not be in its list, or not be known in it. */
function findListLimitation({ request, paramsStored, entryId }: EntryAsSent): Limitation | undefined {
	// docs.stripe.com/search: lists leave out what belongs to a test clock.
	if (request.params.test_clock)
		return { isTransient: false, reason: 'Lists leave out objects of test clocks' };
	if (!paramsStored)
		return { isTransient: false, reason: 'The ledger stored no parameters to compare it with' };
	return namesEntry(request.params, entryId) || findOrigin(request.path, request.params)
		? undefined
		: { isTransient: false, reason: 'The metadata had no room for the entry' };
}

/** An object that is known by its event only is read again: the event shows what it was. */
const findByEvents: CandidateSource = async (context, entry, { collection, path }, idsCreatedByKey) => {
	// Where Stripe has no such event, the list is all there is.
	if (collection.createdEvents.length === 0) return { objects: [] };
	const { events, limitation } = await findEventsByKey(context, entry, collection.createdEvents);
	const ids = new Set<string>();
	for (const { object } of events) {
		if (object.object === collection.kind) ids.add(readObjectId(object));
	}
	for (const id of ids) idsCreatedByKey.add(id);
	const current = await fetchCurrent(context, path, [...ids]);
	const isAbout = ({ object }: { object: StripeObject }) => object.object !== collection.kind;
	const other = events.find(isAbout)?.object;
	const otherObject: Limitation | undefined =
		other && ids.size === 0
			? { isTransient: false, reason: `An event says that its key changed ${readObjectId(other)}` }
			: undefined;
	return { objects: current.objects, limitation: current.limitation ?? limitation ?? otherObject };
};

async function fetchCurrent(
	context: QueryContext,
	path: string,
	ids: readonly string[],
): Promise<SourceResult> {
	const objects: StripeObject[] = [];
	let limitation: Limitation | undefined;
	for (const id of ids) {
		const outcome = await getWithBackoff(context, `${path}/${encodeURIComponent(id)}`);
		if (outcome.kind === 'succeeded') objects.push(outcome.body ?? {});
		else if (outcome.code === 'resource_missing') objects.push({ id, deleted: true });
		else limitation = toLimitation(outcome);
	}
	return { objects, limitation };
}

function namesEntry(object: StripeObject, entryId: string): boolean {
	return readEntryId(object) === entryId;
}

function readObjectId({ id }: StripeObject): string {
	return String(id);
}
