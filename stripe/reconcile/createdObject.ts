import type { Target } from '../objects/collections';
import { differenceFrom } from '../objects/matchesRequest';
import { objectPage } from '../objects/dashboardUrl';
import { eventsByKey } from './eventsByKey';
import type { EntryAsSent, Finding, StripeObject } from './finding';
import { succeeded } from './finding';
import { isRefundOfUntouched } from '../objects/harmless';
import type { Gap, Inquiry, Sight } from './stripeQueries';
import { ask, gapOf, readWindow } from './stripeQueries';
import type { Effect } from '../objects/lifecycle';
import { effectOf } from '../objects/lifecycle';
import { ENTRY_METADATA, entryIdIn } from '../objects/metadata';
import { withQuery } from '../api/query';
import { cannotTell, verdictOnUnseen } from './conclude';
import { sendWindow } from './executionWindow';

interface Candidate {
	object: StripeObject;
	effect: Exclude<Effect, { kind: 'took_effect' }>;
}

/**
 * Finds what a request for a new object has created. One that took effect answers the question, whatever other sources show
 * or hide; everything else is weighed when all of them were asked.
 */
export async function findCreated(inquiry: Inquiry, entry: EntryAsSent, target: Target): Promise<Finding> {
	const candidates = new Map<string, Candidate>();
	const gaps: Gap[] = [];
	const keyed = new Set<string>();
	for (const source of [bySearch, byList, byEvents]) {
		const { objects, gap } = await source(inquiry, entry, target, keyed);
		if (gap) gaps.push(gap);
		for (const object of objects) {
			const seen = effectOf(object, entry);
			if (seen.kind !== 'took_effect' && isOfPastAttempt(object, entry)) continue;
			const difference = keyed.has(idOf(object)) ? undefined : differenceFrom(entry, object);
			const effect = difference === undefined ? seen : copied(object, difference);
			if (effect.kind === 'took_effect') return succeeded(object);
			candidates.set(idOf(object), { object, effect });
		}
	}
	return weigh(inquiry, entry, [...candidates.values()], gaps, keyed);
}

function copied(object: StripeObject, difference: string): Candidate['effect'] {
	return { kind: 'unclear', why: `${idOf(object)} names the entry, but ${difference}` };
}

/** What is there, but took no effect; or nothing at all. */
async function weigh(
	inquiry: Inquiry,
	entry: EntryAsSent,
	candidates: readonly Candidate[],
	gaps: readonly Gap[],
	keyed: ReadonlySet<string>,
): Promise<Finding> {
	const [first, ...others] = candidates;
	if (!first || gaps.some(({ passes }) => passes)) {
		const isHarmless = await isRefundOfUntouched(inquiry, entry);
		return verdictOnUnseen(inquiry, entry, { what: NOTHING, gaps, isHarmless });
	}
	const { object, effect } = first;
	const page = objectPage(inquiry, object);
	if (effect.kind === 'unclear') return cannotTell(inquiry, entry, effect.why, page);
	// The metadata name the entry, not the attempt: that this attempt was declined is told by its key, or by being the only one.
	const isOurs = keyed.has(String(object.id)) || isPastAccountedFor(entry);
	if (isOurs && others.length === 0 && gaps.length === 0) return { kind: 'found', outcome: effect.outcome };
	const why = `${String(object.id)} was declined, and it is not certain that nothing else came of it`;
	return cannotTell(inquiry, entry, [why, ...gaps.map((gap) => gap.why)], page);
}

const NOTHING = 'Stripe shows no object of this entry in the time of its sends';

/** What earlier attempts were rejected with stays in Stripe, under the metadata of the same entry. */
export function isOfPastAttempt({ id }: StripeObject, { past = [] }: EntryAsSent): boolean {
	return past.some(({ outcome }) => outcome.objectId === id);
}

/** Whether each earlier attempt has left an object that is known: a key makes one, so what else there is came of this attempt. */
function isPastAccountedFor({ attempt, past = [] }: EntryAsSent): boolean {
	return past.length === attempt - 1 && past.every(({ outcome }) => outcome.objectId !== undefined);
}

type Source = (
	inquiry: Inquiry,
	entry: EntryAsSent,
	target: Target,
	/** Takes the ids of what the entry's key has created. */
	keyed: Set<string>,
) => Promise<Sight>;

/** One request instead of many pages, where the object is old enough for it: about a minute (docs.stripe.com/search). */
export async function bySearch(
	inquiry: Inquiry,
	{ entryId }: Pick<EntryAsSent, 'entryId'>,
	{ collection, path }: Target,
): Promise<Sight> {
	if (!collection.isSearchable) return { objects: [] };
	const query = `metadata['${ENTRY_METADATA}']:'${entryId.replaceAll(/[\\']/g, '\\$&')}'`;
	const outcome = await ask(inquiry, withQuery(`${path}/search`, { query }));
	// Search is not there for everybody, and not needed: a refusal leaves the question to the lists.
	if (outcome.kind === 'rejected' || outcome.kind === 'unauthorized')
		return { objects: [], isRefused: true };
	if (outcome.kind !== 'succeeded') return { objects: [], gap: gapOf(outcome) };
	const { data } = outcome.body ?? {};
	const found = Array.isArray(data) ? (data as StripeObject[]) : [];
	return asTheyAreNow(inquiry, path, found.filter((object) => belongsTo(object, entryId)).map(idOf));
}

/** Lists see every change at once (docs.stripe.com/search#data-freshness). */
const byList: Source = async (inquiry, entry, { collection, path }) => {
	const { narrowedBy, listAll } = collection;
	const { params } = entry.request;
	if (!narrowedBy) return { objects: [], gap: { passes: false, why: `${path} cannot be listed by time` } };
	// What is no plain text in the request (a product made along with its plan) is no filter of a list.
	const known = Object.entries(params).filter(
		([name, value]) => narrowedBy.includes(name) && typeof value === 'string' && value !== '',
	);
	const { objects, gap } = await readWindow(inquiry, sendWindow(entry, inquiry.time.now()), {
		path,
		query: { ...listAll, ...Object.fromEntries(known) },
		isWanted: (object) => belongsTo(object, entry.entryId),
		isEnough: (object) =>
			effectOf(object, entry).kind === 'took_effect' && differenceFrom(entry, object) === undefined,
	});
	return { objects, gap: gap ?? unlisted(entry) };
};

/** Why an object that exists may not be in its list, or not be known in it. */
function unlisted({ request, paramsStored, entryId }: EntryAsSent): Gap | undefined {
	// docs.stripe.com/search: lists leave out what belongs to a test clock.
	if (request.params.test_clock) return { passes: false, why: 'Lists leave out objects of test clocks' };
	if (!paramsStored) return { passes: false, why: 'The ledger keeps no parameters to compare it with' };
	return belongsTo(request.params, entryId)
		? undefined
		: { passes: false, why: 'The metadata had no room for the entry' };
}

/** An object that is known by its event only is read again: the event shows what it was. */
const byEvents: Source = async (inquiry, entry, { collection, path }, keyed) => {
	const { events, gap } = await eventsByKey(inquiry, entry, collection.created);
	const ids = new Set<string>();
	for (const { object } of events) {
		if (object.object === collection.kind) ids.add(idOf(object));
	}
	for (const id of ids) keyed.add(id);
	const sight = await asTheyAreNow(inquiry, path, [...ids]);
	const isAbout = ({ object }: { object: StripeObject }) => object.object !== collection.kind;
	const other = events.find(isAbout)?.object;
	const ofOther: Gap | undefined =
		other && ids.size === 0
			? { passes: false, why: `An event says that its key changed ${idOf(other)}` }
			: undefined;
	return { objects: sight.objects, gap: sight.gap ?? gap ?? ofOther };
};

async function asTheyAreNow(inquiry: Inquiry, path: string, ids: readonly string[]): Promise<Sight> {
	const objects: StripeObject[] = [];
	let gap: Gap | undefined;
	for (const id of ids) {
		const outcome = await ask(inquiry, `${path}/${encodeURIComponent(id)}`);
		if (outcome.kind === 'succeeded') objects.push(outcome.body ?? {});
		else if (outcome.code === 'resource_missing') objects.push({ id, deleted: true });
		else gap = gapOf(outcome);
	}
	return { objects, gap };
}

function belongsTo(object: StripeObject, entryId: string): boolean {
	return entryIdIn(object) === entryId;
}

function idOf({ id }: StripeObject): string {
	return String(id);
}
