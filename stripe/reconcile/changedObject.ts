import type { Target } from '../objects/collections';
import { objectPage } from '../objects/dashboardUrl';
import type { EventSight, KeyedEvent } from './eventsByKey';
import { eventsByKey } from './eventsByKey';
import type { EntryAsSent, Finding, StripeObject } from './finding';
import { succeeded } from './finding';
import type { Gap, Inquiry } from './stripeQueries';
import { ask, gapOf } from './stripeQueries';
import { declineOf, proves } from '../objects/lifecycle';
import { cannotTell, verdictOnUnseen } from './conclude';
import { notShown } from '../objects/shown';

type Changed = Target & { id: string };

/**
 * Finds out whether an object was changed as it was to be: by an action (confirm, capture, cancel …) or by an update. The
 * object itself is the first source, the events of the key are the second.
 */
export async function findChanged(inquiry: Inquiry, entry: EntryAsSent, target: Changed): Promise<Finding> {
	const { path, id, action } = target;
	const outcome = await ask(inquiry, `${path}/${id}`);
	const page = objectPage(inquiry, { ...outcome.body, id });
	if (outcome.kind !== 'succeeded') {
		const { passes, why } = gapOf(outcome);
		return passes ? { kind: 'not_answered', reason: why } : cannotTell(inquiry, entry, why, page);
	}
	const object = outcome.body ?? {};
	if (object.deleted === true) return cannotTell(inquiry, entry, `${id} has been deleted`, page);
	return action === undefined
		? findUpdated(inquiry, entry, target, object)
		: findActedOn(inquiry, entry, { ...target, action }, object);
}

async function findActedOn(
	inquiry: Inquiry,
	entry: EntryAsSent,
	{ id, action, collection }: Changed & { action: string },
	object: StripeObject,
): Promise<Finding> {
	const page = objectPage(inquiry, object);
	if (proves(object, action)) {
		if (isOtherAmount(object, entry)) {
			return cannotTell(inquiry, entry, `${id} was captured, but another amount than this one`, page);
		}
		return succeeded(object);
	}
	const { events, gap } = await eventsOn(inquiry, entry, id, collection.acted?.[action]);
	const [newest] = events;
	const what = `The status of ${id} is ${String(object.status)}`;
	if (newest) return findingOfEvent(newest, object) ?? cannotTell(inquiry, entry, [what, EXECUTED], page);
	const isHarmless = entry.harmless === 'twice';
	return verdictOnUnseen(inquiry, entry, { what, gaps: gap ? [gap] : [], dashboardUrl: page, isHarmless });
}

const EXECUTED = 'An event says that the request was executed';

/** The request was executed: its event says with which end. What has happened since may be somebody else's doing. */
function findingOfEvent({ type, object: then }: KeyedEvent, now: StripeObject): Finding | undefined {
	if (/\.(?:payment_failed|setup_failed)$/.test(type)) {
		const decline = declineOf(then);
		return decline?.kind === 'declined' ? { kind: 'found', outcome: decline.outcome } : undefined;
	}
	// Stripe's answer was that the customer has to act, and it still stands.
	return then.status === 'requires_action' && now.status === then.status ? succeeded(now) : undefined;
}

/** Money was captured, but by somebody who asked for less or more of it. */
function isOtherAmount(
	{ object, amount_received, amount_captured }: StripeObject,
	{ request }: EntryAsSent,
): boolean {
	const { amount_to_capture, amount } = request.params;
	const [asked, captured] =
		object === 'charge' ? [amount, amount_captured] : [amount_to_capture, amount_received];
	return asked !== undefined && asked !== '' && asked !== String(captured);
}

async function findUpdated(
	inquiry: Inquiry,
	entry: EntryAsSent,
	{ id, collection }: Changed,
	object: StripeObject,
): Promise<Finding> {
	const { paramsStored, request } = entry;
	const missing = notShown(object, request.params);
	if (paramsStored && missing.length === 0) return succeeded(object);
	const { events, ofOthers, gap } = await eventsOn(inquiry, entry, id, collection.updated);
	// It was done; whatever the object shows instead came later.
	if (events.length > 0) return succeeded(object);
	const what = paramsStored
		? `${id} does not show this: ${missing.join(', ')}`
		: `Stripe shows no event of this change of ${id}`;
	const gaps = [gap, paramsStored ? undefined : NOT_STORED].filter((one) => one !== undefined);
	// Words that nobody has changed since may be written twice; those of others must not be overwritten.
	const isHarmless = entry.harmless === 'wordsOnly' && gaps.length === 0 && ofOthers.length === 0;
	return verdictOnUnseen(inquiry, entry, {
		...{ what, gaps, isHarmless },
		dashboardUrl: objectPage(inquiry, object),
	});
}

const NOT_STORED: Gap = { passes: false, why: 'The ledger keeps no parameters to compare it with' };
const NO_EVENT: Gap = { passes: false, why: 'Stripe tells of such a change by no event' };

/** The events of the entry's key on one object, newest first. */
async function eventsOn(
	inquiry: Inquiry,
	entry: EntryAsSent,
	id: string,
	types: readonly string[] | undefined,
): Promise<EventSight> {
	if (!types) return { events: [], ofOthers: [], gap: NO_EVENT };
	const isAbout = (object: StripeObject) => isOrBelongsTo(object, id);
	const { events, ofOthers, gap } = await eventsByKey(inquiry, entry, types, isAbout);
	return { events: events.filter(({ object }) => isAbout(object)), ofOthers, gap };
}

/** The events of `charge.captured` are about the charge, those of a payment intent's capture may be, too. */
function isOrBelongsTo({ id, payment_intent, charge }: StripeObject, wanted: string): boolean {
	return [id, payment_intent, charge].includes(wanted);
}
