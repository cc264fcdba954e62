import { buildObjectUrl } from '../objects/dashboardUrl';
import type { KeyedEvent } from './eventsByKey';
import { findEventsByKey } from './eventsByKey';
import type { EntryAsSent, Finding } from './finding';
import { toExecuted } from './finding';
import type { Limitation, QueryContext } from './stripeQueries';
import { getWithBackoff, toLimitation } from './stripeQueries';
import { determineEffect } from '../objects/lifecycle';
import { toInconclusive, concludeNotFound } from './conclude';

/**
 * Reconciles a request to an endpoint that is not in the table, by the events of its key alone. This one source can find a
 * result, but never proves that nothing happened, because not every change sends an event.
 */
export async function findByKey(context: QueryContext, entry: EntryAsSent): Promise<Finding> {
	const { path } = entry.request;
	// Events of the v2 API have another format, without the key (docs.stripe.com/api/v2/core/events).
	if (!path.startsWith('/v1/')) {
		return toInconclusive(context, entry, 'Stripe has no list in which this could be found');
	}
	const { events, limitation } = await findEventsByKey(context, entry, undefined);
	const [newest] = events;
	if (!newest) {
		const limitations = [ONE_SOURCE, ...(limitation ? [limitation] : [])];
		return concludeNotFound(context, entry, {
			observation: 'No event names the key of this request',
			limitations,
		});
	}
	const objectPath = findObjectPath(events, path);
	const page = buildObjectUrl(context, newest.object);
	const happened = `For the key of this request Stripe reports ${listTypes(events)}`;
	const hasFailed = events.some(({ type }) => type.includes('failed'));
	if (objectPath === undefined || hasFailed || newest.isOfOther)
		return toInconclusive(context, entry, happened, page);

	const outcome = await getWithBackoff(context, objectPath);
	if (outcome.kind !== 'succeeded') {
		const { isTransient, reason } = toLimitation(outcome);
		return isTransient
			? { kind: 'stripe_unavailable', reason: reason }
			: toInconclusive(context, entry, [happened, reason], page);
	}
	const object = outcome.body ?? {};
	const effect = determineEffect(object, entry);
	switch (effect.kind) {
		case 'executed':
			return toExecuted(object);
		case 'declined':
			return { kind: 'executed', outcome: effect.outcome };
		case 'unclear':
			return toInconclusive(context, entry, [happened, effect.reason], page);
	}
}

const ONE_SOURCE: Limitation = {
	isTransient: false,
	reason: 'Stripe has no second place in which this would have to be found',
};

/** Returns the object in the path, or the only new object below it; undefined if it is not clear. */
function findObjectPath(events: readonly KeyedEvent[], path: string): string | undefined {
	const parts = path.split('/');
	const ids = new Set(events.map(({ object }) => String(object.id)));
	const namedAt = parts.findLastIndex((part) => ids.has(part));
	if (namedAt > 0) return parts.slice(0, namedAt + 1).join('/');
	const createdIds = events
		.filter(({ type }) => type.endsWith('.created'))
		.map(({ object }) => String(object.id));
	const [only, ...others] = new Set(createdIds);
	return only !== undefined && others.length === 0 ? `${path}/${encodeURIComponent(only)}` : undefined;
}

function listTypes(events: readonly KeyedEvent[]): string {
	return [...new Set(events.map(({ type }) => type))].join(', ');
}
