import type { Target } from '../objects/collections';
import { findMismatch } from '../objects/matchesRequest';
import { buildObjectUrl } from '../objects/dashboardUrl';
import { findEventsByKey } from './eventsByKey';
import type { EntryAsSent, Finding } from './finding';
import type { StripeObject } from '../objects/stripeObject';
import { toExecuted } from './finding';
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
 * Finds the object that a request created. An object that took effect is an answer, whatever the other sources show. Otherwise
 * all sources have to be read.
 */
export async function findCreated(
	context: QueryContext,
	entry: EntryAsSent,
	target: Target,
): Promise<Finding> {
	const candidates = new Map<string, Candidate>();
	const limitations: Limitation[] = [];
	const createdByKey: CreatedByKey = new Map();
	for (const source of [findBySearch, findByList, findByEvents]) {
		const { objects, limitation } = await source(context, entry, target, createdByKey);
		if (limitation) limitations.push(limitation);
		for (const object of objects) {
			const observed = determineEffect(object, entry);
			if (belongsToPreviousAttempt(object, observed, entry)) continue;
			const doubt = findDoubt(entry, object, createdByKey.get(readObjectId(object)));
			const effect: Effect = doubt === undefined ? observed : { kind: 'unclear', reason: doubt };
			if (effect.kind === 'executed') return toExecuted(object);
			candidates.set(readObjectId(object), { object, effect });
		}
	}
	return chooseCandidate(context, entry, [...candidates.values()], limitations, createdByKey);
}

/**
 * Says why an object may belong to somebody else. If the key created it, it may still belong to another request that a lost
 * ledger sent under the same key.
 *
 * @param created the object as the key created it, if it did. A later change is not a difference
 */
function findDoubt(entry: EntryAsSent, object: StripeObject, created?: StripeObject): string | undefined {
	const id = readObjectId(object);
	// A key that belongs to another request proves nothing about this one.
	const isByKey = created !== undefined && !entry.isKeyOfOther;
	if (!isByKey && !namesEntry(object, entry.entryId))
		return `${id} has the same origin, but its metadata names no entry`;
	const difference = findMismatch(entry, object);
	if (difference === undefined || (isByKey && findMismatch(entry, created) === undefined)) return undefined;
	return isByKey
		? `${id} was created with its key, but ${difference}`
		: `${id} names the entry, but ${difference}`;
}

/** Decides by an object that exists but took no effect, or by the absence of any object. */
async function chooseCandidate(
	context: QueryContext,
	entry: EntryAsSent,
	candidates: readonly Candidate[],
	limitations: readonly Limitation[],
	createdByKey: CreatedByKey,
): Promise<Finding> {
	const [first, ...others] = candidates;
	if (!first || limitations.some(({ isTransient }) => isTransient)) {
		const isHarmless = await isFullRefundOfUnrefunded(context, entry);
		return concludeNotFound(context, entry, { observation: NO_OBJECT, limitations, isHarmless });
	}
	const { object, effect } = first;
	const page = buildObjectUrl(context, object);
	if (effect.kind === 'unclear') return toInconclusive(context, entry, effect.reason, page);
	// The metadata names the entry, not the attempt. The key proves that the decline belongs to this attempt, or the fact that no
	// other attempt is left.
	const isOurs = createdByKey.has(readObjectId(object)) || arePreviousAttemptsAccountedFor(entry);
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

const NO_OBJECT = 'Stripe has no object of this entry from the time when it was sent';

/**
 * Returns whether an object belongs to an earlier attempt. Rejected attempts leave objects with the metadata of the same entry in
 * Stripe.
 */
export function isOfPreviousAttempt({ id }: StripeObject, { previousAttempts = [] }: EntryAsSent): boolean {
	return previousAttempts.some(({ outcome }) => outcome.objectId === id);
}

/**
 * Returns whether an object is the result of an earlier attempt. What was rejected then may have been paid since, and is the result
 * of this one.
 */
function belongsToPreviousAttempt({ id }: StripeObject, { kind }: Effect, entry: EntryAsSent): boolean {
	const previous = entry.previousAttempts?.find(({ outcome }) => outcome.objectId === id);
	return previous !== undefined && (kind !== 'executed' || previous.outcome.kind === 'succeeded');
}

/**
 * Returns whether every earlier attempt has a known object. A key creates only one object, so any other one belongs to this
 * attempt.
 */
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
	/** Receives the objects that the entry's key created. */
	createdByKey: CreatedByKey,
) => Promise<SourceResult>;

/** By ID, in the state in which they were created. */
type CreatedByKey = Map<string, StripeObject>;

/** Searches with one request instead of many pages. An object can be found after about a minute (docs.stripe.com/search). */
export async function findBySearch(
	context: QueryContext,
	{ entryId }: Pick<EntryAsSent, 'entryId'>,
	{ collection, path }: Target,
): Promise<SourceResult> {
	if (!collection.isSearchable) return { objects: [] };
	const query = `metadata['${ENTRY_METADATA}']:'${entryId.replaceAll(/[\\']/g, '\\$&')}'`;
	const outcome = await getWithBackoff(context, appendQuery(`${path}/search`, { query }));
	// Search is not available to everyone, and not required: if it is refused, the lists answer.
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

/** Lists show every change at once (docs.stripe.com/search#data-freshness). */
const findByList: CandidateSource = async (context, entry, { collection, path }) => {
	const { listFilters, listAllParams, isListedWithoutTime } = collection;
	const { params } = entry.request;
	if (!listFilters)
		return {
			objects: [],
			limitation: { isTransient: false, reason: `${path} has no list` },
		};
	// A parameter that is not a plain string (a product that is created with its plan) is not a list filter.
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

/** Says why an existing object may be missing from its list, or may not be recognized in it. */
function findListLimitation({ request, paramsStored, entryId }: EntryAsSent): Limitation | undefined {
	// Lists omit objects of a test clock (docs.stripe.com/search).
	if (request.params.test_clock)
		return { isTransient: false, reason: 'Lists leave out objects of test clocks' };
	if (!paramsStored)
		return { isTransient: false, reason: 'The ledger stored no parameters to compare it with' };
	return namesEntry(request.params, entryId) || findOrigin(request.path, request.params)
		? undefined
		: { isTransient: false, reason: 'The metadata had no room for the entry ID' };
}

/** Reads an object again if only its event is known, because the event shows an earlier state. */
const findByEvents: CandidateSource = async (context, entry, { collection, path }, createdByKey) => {
	// If Stripe has no such event, the list is the only source.
	if (collection.createdEvents.length === 0) return { objects: [] };
	const { events, limitation } = await findEventsByKey(context, entry, collection.createdEvents);
	for (const { object } of events) {
		if (object.object === collection.kind) createdByKey.set(readObjectId(object), object);
	}
	const current = await fetchCurrent(context, path, [...createdByKey.keys()]);
	const isAbout = ({ object }: { object: StripeObject }) => object.object !== collection.kind;
	const other = events.find(isAbout)?.object;
	const otherObject: Limitation | undefined =
		other && createdByKey.size === 0
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

/**
 * Returns whether the entry refunds the full amount of a payment that was captured once and has no refund yet. Stripe executes
 * such a refund at most once, however often it is sent. Anything that Stripe does not show counts as false.
 */
export async function isFullRefundOfUnrefunded(
	context: QueryContext,
	{ harmless, request }: EntryAsSent,
): Promise<boolean> {
	if (harmless !== 'wholeRefund') return false;
	const { charge, payment_intent: intent, amount } = request.params;
	const paidCharge =
		typeof charge === 'string'
			? (await getWithBackoff(context, `/v1/charges/${encodeURIComponent(charge)}`)).body
			: await fetchLatestCharge(context, intent);
	return paidCharge !== undefined && isFullAmount(paidCharge, amount);
}

async function fetchLatestCharge(context: QueryContext, intent: unknown): Promise<StripeObject | undefined> {
	if (typeof intent !== 'string') return undefined;
	const path = `/v1/payment_intents/${encodeURIComponent(intent)}`;
	const { body } = await getWithBackoff(context, appendQuery(path, { expand: ['latest_charge'] }));
	const charge = body?.latest_charge;
	return typeof charge === 'object' && charge !== null ? (charge as StripeObject) : undefined;
}

/** A payment that was captured in parts could also be refunded in parts. */
function isFullAmount(charge: StripeObject, requestedAmount: unknown): boolean {
	const { amount, amount_captured: captured, amount_refunded: refunded } = charge;
	return (
		refunded === 0 &&
		charge.captured === true &&
		amount === captured &&
		String(amount) === requestedAmount
	);
}
