import { objectPage } from '../objects/dashboardUrl';
import type { KeyedEvent } from './eventsByKey';
import { eventsByKey } from './eventsByKey';
import type { EntryAsSent, Finding } from './finding';
import { succeeded } from './finding';
import type { Gap, Inquiry } from './stripeQueries';
import { ask, gapOf } from './stripeQueries';
import { effectOf } from '../objects/lifecycle';
import { cannotTell, verdictOnUnseen } from './conclude';

/**
 * Looks for what a request to any other endpoint has done, by the events of its key alone. One source finds, but it never
 * proves that nothing happened: not every change brings about an event.
 */
export async function findByKey(inquiry: Inquiry, entry: EntryAsSent): Promise<Finding> {
	const { path } = entry.request;
	// Events of the v2 API are others, without the key (docs.stripe.com/api/v2/core/events).
	if (!path.startsWith('/v1/')) {
		return cannotTell(inquiry, entry, 'Stripe keeps no list in which this could be found');
	}
	const { events, gap } = await eventsByKey(inquiry, entry, undefined);
	const [newest] = events;
	if (!newest) {
		const gaps = [ONE_SOURCE, ...(gap ? [gap] : [])];
		return verdictOnUnseen(inquiry, entry, { what: 'No event names the key of this request', gaps });
	}
	const objectPath = pathOf(events, path);
	const page = objectPage(inquiry, newest.object);
	const happened = `Under the key of this request Stripe tells of ${typesOf(events)}`;
	const hasFailed = events.some(({ type }) => type.includes('failed'));
	if (objectPath === undefined || hasFailed) return cannotTell(inquiry, entry, happened, page);

	const outcome = await ask(inquiry, objectPath);
	if (outcome.kind !== 'succeeded') {
		const { passes, why } = gapOf(outcome);
		return passes
			? { kind: 'not_answered', reason: why }
			: cannotTell(inquiry, entry, [happened, why], page);
	}
	const object = outcome.body ?? {};
	const effect = effectOf(object, entry);
	switch (effect.kind) {
		case 'took_effect':
			return succeeded(object);
		case 'declined':
			return { kind: 'found', outcome: effect.outcome };
		case 'unclear':
			return cannotTell(inquiry, entry, [happened, effect.why], page);
	}
}

const ONE_SOURCE: Gap = {
	passes: false,
	why: 'Stripe has no second place in which this would have to be found',
};

/** The object that the path names, or the one new object below it; nothing where that is not clear. */
function pathOf(events: readonly KeyedEvent[], path: string): string | undefined {
	const parts = path.split('/');
	const ids = new Set(events.map(({ object }) => String(object.id)));
	const named = parts.findLastIndex((part) => ids.has(part));
	if (named > 0) return parts.slice(0, named + 1).join('/');
	const made = events
		.filter(({ type }) => type.endsWith('.created'))
		.map(({ object }) => String(object.id));
	const [only, ...others] = new Set(made);
	return only !== undefined && others.length === 0 ? `${path}/${encodeURIComponent(only)}` : undefined;
}

function typesOf(events: readonly KeyedEvent[]): string {
	return [...new Set(events.map(({ type }) => type))].join(', ');
}
