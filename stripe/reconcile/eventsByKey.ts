import type { EntryAsSent } from './finding';
import type { StripeObject } from '../objects/stripeObject';
import type { Limitation, QueryContext, SourceResult } from './stripeQueries';
import { listInWindow } from './stripeQueries';
import { getExecutionWindow } from './executionWindow';

/** What the events of an entry's key tell, newest first; without a gap there are no others. */
export type EventsResult = Omit<SourceResult, 'objects'> & {
	events: KeyedEvent[];
	/** Those of other keys, or of none, on the object that was asked about. */
	otherEvents: KeyedEvent[];
};

export interface KeyedEvent {
	type: string;
	/** The object as it was at the time of the event, not as it is now. */
	object: StripeObject;
}

/**
 * The events that a request under the entry's key brought about: `request.idempotency_key` names the key, and no filter does
 * (docs.stripe.com/api/events/object). What Stripe does by itself, e.g. to finish the work of a 500, has no key.
 *
 * @param types shortens the list, at most 20 of them (docs.stripe.com/api/events/list); undefined reads events of every type
 * @param isAbout whether what others did to an object matters, too
 */
export async function findEventsByKey(
	context: QueryContext,
	entry: Pick<EntryAsSent, 'key' | 'sent'>,
	types: readonly string[] | undefined,
	isAbout: (object: StripeObject) => boolean = () => false,
): Promise<EventsResult> {
	const window = getExecutionWindow(entry, context.time.now());
	const eventsWithoutKey = new Set<unknown>();
	const { objects, limitation } = await listInWindow(context, window, {
		path: '/v1/events',
		query: types ? { types: [...types] } : {},
		isWanted: (event) => {
			const { id, request } = event;
			// Events in the form of API versions before May 2017 name the request only, not its key.
			if (typeof request === 'string') eventsWithoutKey.add(id);
			return readKey(request) === entry.key || isAbout(readEventObject(event) ?? {});
		},
		isEnough: () => false,
	});
	const isOwn = ({ request }: StripeObject) => readKey(request) === entry.key;
	const events = toKeyedEvents(objects.filter(isOwn));
	const otherEvents = toKeyedEvents(objects.filter((event) => !isOwn(event)));
	if (limitation) return { events, otherEvents, limitation };
	if (context.time.now() > window.eventsUntil) return { events, otherEvents, limitation: EVENTS_EXPIRED };
	return { events, otherEvents, limitation: eventsWithoutKey.size > 0 ? KEYS_NOT_NAMED : undefined };
}

function toKeyedEvents(events: readonly StripeObject[]): KeyedEvent[] {
	return events.flatMap((event) => {
		const object = readEventObject(event);
		return object ? [{ type: String(event.type), object }] : [];
	});
}

const EVENTS_EXPIRED: Limitation = {
	isTransient: false,
	reason: 'Stripe keeps events for 30 days, and the sends are older',
};
const KEYS_NOT_NAMED: Limitation = {
	isTransient: false,
	reason: "The account's events do not name the key of their request",
};

function readKey(request: unknown): unknown {
	return typeof request === 'object' && request !== null && 'idempotency_key' in request
		? request.idempotency_key
		: undefined;
}

function readEventObject({ data }: StripeObject): StripeObject | undefined {
	if (typeof data !== 'object' || data === null || !('object' in data)) return undefined;
	return typeof data.object === 'object' && data.object !== null
		? (data.object as StripeObject)
		: undefined;
}
