import type { EntryAsSent } from './finding';
import type { StripeObject } from '../objects/stripeObject';
import type { Limitation, QueryContext, SourceResult } from './stripeQueries';
import { listInWindow } from './stripeQueries';
import { getExecutionWindow } from './executionWindow';

/** The events of an entry's key, newest first. Without a limitation they are complete. */
export type EventsResult = Omit<SourceResult, 'objects'> & {
	events: KeyedEvent[];
	/** Events about the object that have another key, or none. */
	otherEvents: KeyedEvent[];
};

export interface KeyedEvent {
	type: string;
	/** The object at the time of the event, which may have changed since. */
	object: StripeObject;
	/** Caused by a request that the ledger does not know about, such as one before its own first send. */
	isOfOther: boolean;
}

/**
 * Finds the events that a request caused. `request.idempotency_key` contains its key, but Stripe has no filter for it
 * (docs.stripe.com/api/events/object). What Stripe does on its own, e.g. to finish the work of a 500, has no key.
 *
 * @param types narrows the list, at most 20 (docs.stripe.com/api/events/list); undefined reads events of every type
 * @param isAbout selects events of others about the same object, if they matter
 */
export async function findEventsByKey(
	context: QueryContext,
	entry: Pick<EntryAsSent, 'key' | 'sent' | 'isKeyOfOther'>,
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
			// Events of API versions before May 2017 contain only the ID of the request, not its key. Later ones may drop it.
			if (!hasKeyField(request)) eventsWithoutKey.add(id);
			return readKey(request) === entry.key || isAbout(readEventObject(event) ?? {});
		},
		isEnough: () => false,
	});
	const isOwn = ({ request }: StripeObject) => readKey(request) === entry.key;
	const isOfOther = ({ created }: StripeObject) =>
		entry.isKeyOfOther === true || Number(created) * 1_000 < window.sentFrom;
	const events = toKeyedEvents(objects.filter(isOwn), isOfOther);
	const otherEvents = toKeyedEvents(
		objects.filter((event) => !isOwn(event)),
		() => true,
	);
	if (limitation) return { events, otherEvents, limitation };
	if (context.time.now() > window.eventsUntil) return { events, otherEvents, limitation: EVENTS_EXPIRED };
	return { events, otherEvents, limitation: eventsWithoutKey.size > 0 ? KEYS_NOT_NAMED : undefined };
}

function toKeyedEvents(
	events: readonly StripeObject[],
	isOfOther: (event: StripeObject) => boolean,
): KeyedEvent[] {
	return events.flatMap((event) => {
		const object = readEventObject(event);
		return object ? [{ type: String(event.type), object, isOfOther: isOfOther(event) }] : [];
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

/** Whether an event would name its key. What Stripe does on its own has no request. */
function hasKeyField(request: unknown): boolean {
	return request === null || (typeof request === 'object' && 'idempotency_key' in request);
}

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
