import type { AddedTo } from '../objects/collection';
import type { Target } from '../objects/collections';
import { buildObjectUrl } from '../objects/dashboardUrl';
import type { EventsResult, KeyedEvent } from './eventsByKey';
import { findEventsByKey } from './eventsByKey';
import type { EntryAsSent, Finding } from './finding';
import type { StripeObject } from '../objects/stripeObject';
import { toExecuted } from './finding';
import type { Limitation, QueryContext, SourceResult } from './stripeQueries';
import { getWithBackoff, listNewestFirst, toLimitation } from './stripeQueries';
import { readDecline, confirmsAction, isOtherCapture, isShownByObject } from '../objects/lifecycle';
import { toInconclusive, toUnavailable, concludeNotFound } from './conclude';
import { findUnappliedParams } from '../objects/matchesRequest';

type ChangeTarget = Target & { id: string };

/**
 * Reconciles a change of an existing object: an action (confirm, capture, cancel and so on) or an update. The object itself is
 * the first source, the events of the key are the second.
 */
export async function findChanged(
	context: QueryContext,
	entry: EntryAsSent,
	target: ChangeTarget,
): Promise<Finding> {
	const { path, id, action } = target;
	const objectPath = `${path}/${encodeURIComponent(id)}`;
	const outcome = await getWithBackoff(context, objectPath);
	const page = buildObjectUrl(context, { ...outcome.body, id });
	if (outcome.kind !== 'succeeded') {
		const limitation = toLimitation(outcome);
		const { isTransient, reason } = limitation;
		return isTransient ? toUnavailable(limitation) : toInconclusive(context, entry, reason, page);
	}
	const object = outcome.body ?? {};
	if (object.deleted === true) return toInconclusive(context, entry, `${id} has been deleted`, page);
	return action === undefined
		? findUpdate(context, entry, target, object)
		: findAction(context, entry, { ...target, action, objectPath }, object);
}

async function findAction(
	context: QueryContext,
	entry: EntryAsSent,
	{ id, action, collection, objectPath }: ChangeTarget & { action: string; objectPath: string },
	object: StripeObject,
): Promise<Finding> {
	const page = buildObjectUrl(context, object);
	const { params } = entry.request;
	if (confirmsAction(object, action, params)) {
		if (isOtherCapture(object, entry.request.params)) {
			return toInconclusive(context, entry, `${id} was captured, but with a different amount`, page);
		}
		return toExecuted(object);
	}
	const rule = collection.actions?.[action];
	const added = await findAdded(context, entry, objectPath, rule?.addsTo);
	if (added.objects.length > 0) return toExecutedByKey(context, entry, object, entry.isKeyOfOther);
	const { events, limitation = added.limitation } = await findEventsOn(context, entry, id, rule?.events);
	const [newest] = events;
	const observation = `The status of ${id} is ${String(object.status)}`;
	if (newest) {
		const finding = newest.isOfOther ? undefined : toFinding(newest, object, action);
		return finding ?? toInconclusive(context, entry, [observation, WAS_EXECUTED], page);
	}
	const isHarmless = entry.harmless === 'twice';
	const isConclusive =
		isShownByObject(object, action) || rule?.addsTo !== undefined || entry.harmless === 'email';
	return concludeNotFound(context, entry, {
		observation,
		limitations: [limitation, isConclusive ? undefined : OBJECT_SHOWS_NOTHING].filter(
			(one) => one !== undefined,
		),
		dashboardUrl: page,
		isHarmless,
	});
}

/** The request was executed under the key, unless the key belongs to another request. */
function toExecutedByKey(
	context: QueryContext,
	entry: EntryAsSent,
	object: StripeObject,
	isOfOther = false,
): Finding {
	return isOfOther
		? toInconclusive(context, entry, OTHER_REQUEST, buildObjectUrl(context, object))
		: toExecuted(object);
}

const OTHER_REQUEST = 'The key was used for a different change of this object';
const OBJECT_SHOWS_NOTHING: Limitation = {
	isTransient: false,
	reason: 'The object does not show whether the request was executed',
};
const WAS_EXECUTED = 'An event says that the request was executed';

/** Finds what the request added to the object. */
async function findAdded(
	context: QueryContext,
	entry: EntryAsSent,
	objectPath: string,
	addsTo: AddedTo | undefined,
): Promise<SourceResult> {
	if (addsTo === undefined) return { objects: [] };
	const isOwn = (row: StripeObject) => addsTo.isOwn(row, entry);
	return listNewestFirst(context, { ...addsTo.list(objectPath), isWanted: isOwn, isEnough: isOwn });
}

/** Actions that may be accepted and fail later. For these the current state of the object counts. */
const MAY_FAIL_LATER: ReadonlySet<string> = new Set(['confirm', 'capture', 'pay']);

/** Builds the finding for an executed request from its event. Later changes may be somebody else's. */
function toFinding(
	{ type, object: then }: KeyedEvent,
	now: StripeObject,
	action: string,
): Finding | undefined {
	if (!MAY_FAIL_LATER.has(action)) return toExecuted(now);
	if (/\.(?:payment_failed|setup_failed)$/.test(type)) {
		const decline = readDecline(then);
		return decline?.kind === 'declined' ? { kind: 'executed', outcome: decline.outcome } : undefined;
	}
	// Stripe's response was that the customer has to act, and that is still the case.
	return then.status === 'requires_action' && now.status === then.status ? toExecuted(now) : undefined;
}

async function findUpdate(
	context: QueryContext,
	entry: EntryAsSent,
	{ id, collection }: ChangeTarget,
	object: StripeObject,
): Promise<Finding> {
	const { paramsStored, request } = entry;
	const missing = findUnappliedParams(object, request.params);
	if (paramsStored && missing.length === 0) return toExecuted(object);
	const {
		events,
		otherEvents: ofOthers,
		limitation,
	} = await findEventsOn(context, entry, id, collection.updatedEvents);
	// The action was executed. The object reached its current state later.
	const [newest] = events;
	if (newest) return toExecutedByKey(context, entry, object, newest.isOfOther);
	const observation = paramsStored
		? `${id} does not show this: ${missing.join(', ')}`
		: `Stripe shows no event of this change of ${id}`;
	const limitations = [limitation, paramsStored ? undefined : PARAMS_NOT_STORED].filter(
		(one) => one !== undefined,
	);
	// Descriptive text may be written twice if nobody changed it since, but the changes of others must not be overwritten.
	const isHarmless = entry.harmless === 'wordsOnly' && limitations.length === 0 && ofOthers.length === 0;
	return concludeNotFound(context, entry, {
		observation,
		limitations,
		isHarmless,
		dashboardUrl: buildObjectUrl(context, object),
	});
}

const PARAMS_NOT_STORED: Limitation = {
	isTransient: false,
	reason: 'The ledger stored no parameters to compare it with',
};
const NO_EVENT: Limitation = { isTransient: false, reason: 'Stripe sends no event for such a change' };

/** The events of the entry's key about one object, newest first. */
async function findEventsOn(
	context: QueryContext,
	entry: EntryAsSent,
	id: string,
	types: readonly string[] | undefined,
): Promise<EventsResult> {
	if (!types) return { events: [], otherEvents: [], limitation: NO_EVENT };
	const isAbout = (object: StripeObject) => refersTo(object, id);
	const {
		events,
		otherEvents: ofOthers,
		limitation,
	} = await findEventsByKey(context, entry, types, isAbout);
	return { events: events.filter(({ object }) => isAbout(object)), otherEvents: ofOthers, limitation };
}

/**
 * `charge.captured` is about the charge, and so may be the capture of a PaymentIntent. A payout is reversed by another payout.
 */
function refersTo({ id, payment_intent, charge, original_payout }: StripeObject, objectId: string): boolean {
	return [id, payment_intent, charge, original_payout].includes(objectId);
}
