import type { EntryAsSent, StripeObject } from './finding';
import type { Gap, Inquiry, Sight } from './stripeQueries';
import { readWindow } from './stripeQueries';
import { sendWindow } from './executionWindow';

/** What the events of an entry's key tell, newest first; without a gap there are no others. */
export type EventSight = Omit<Sight, 'objects'> & {
	events: KeyedEvent[];
	/** Those of other keys, or of none, on the object that was asked about. */
	ofOthers: KeyedEvent[];
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
export async function eventsByKey(
	inquiry: Inquiry,
	entry: Pick<EntryAsSent, 'key' | 'sent'>,
	types: readonly string[] | undefined,
	isAbout: (object: StripeObject) => boolean = () => false,
): Promise<EventSight> {
	const window = sendWindow(entry, inquiry.time.now());
	const nameless = new Set<unknown>();
	const { objects, gap } = await readWindow(inquiry, window, {
		path: '/v1/events',
		query: types ? { types: [...types] } : {},
		isWanted: (event) => {
			const { id, request } = event;
			// Events in the form of API versions before May 2017 name the request only, not its key.
			if (typeof request === 'string') nameless.add(id);
			return keyOf(request) === entry.key || isAbout(dataOf(event) ?? {});
		},
		isEnough: () => false,
	});
	const isOwn = ({ request }: StripeObject) => keyOf(request) === entry.key;
	const events = toldBy(objects.filter(isOwn));
	const ofOthers = toldBy(objects.filter((event) => !isOwn(event)));
	if (gap) return { events, ofOthers, gap };
	if (inquiry.time.now() > window.eventsUntil) return { events, ofOthers, gap: FORGOTTEN };
	return { events, ofOthers, gap: nameless.size > 0 ? NAMELESS : undefined };
}

function toldBy(events: readonly StripeObject[]): KeyedEvent[] {
	return events.flatMap((event) => {
		const object = dataOf(event);
		return object ? [{ type: String(event.type), object }] : [];
	});
}

const FORGOTTEN: Gap = { passes: false, why: 'Stripe keeps events for 30 days, and the sends are older' };
const NAMELESS: Gap = { passes: false, why: "The account's events do not name the key of their request" };

function keyOf(request: unknown): unknown {
	return typeof request === 'object' && request !== null && 'idempotency_key' in request
		? request.idempotency_key
		: undefined;
}

function dataOf({ data }: StripeObject): StripeObject | undefined {
	if (typeof data !== 'object' || data === null || !('object' in data)) return undefined;
	return typeof data.object === 'object' && data.object !== null
		? (data.object as StripeObject)
		: undefined;
}
