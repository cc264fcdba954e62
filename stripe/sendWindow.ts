import type { Entry } from '../ledger/entry';

/** ms by which Stripe's clock and ours may differ. */
const CLOCK_MARGIN_MS = 600_000;

/**
 * ms after the last send until what is not there will not come any more. Stripe says no such time: it may finish the work
 * behind a 500 after the incident is over, and tell of it by webhooks (docs.stripe.com/error-low-level). Three days is how
 * long Stripe itself goes on delivering news in live mode (docs.stripe.com/webhooks), many times an incident, far beyond
 * the hour by which Search may lag during one, and well within the 30 days of events. Too long costs a
 * look at the dashboard; too short would cost a second payment.
 */
export const SETTLE_MS = 3 * 86_400_000;

/** Stripe keeps events for 30 days (docs.stripe.com/api/events); one day is kept as a margin. */
export const EVENTS_KEPT_MS = 29 * 86_400_000;

/** When an entry's object may have been made. All times are ms since the epoch. */
export interface SendWindow {
	from: number;
	/** The answer was lost, but the work was done at once: nearly everything is found before this. */
	near: number;
	/** Stripe is done by then, whatever it still does. */
	until: number;
	/** From then on what is not there counts as absent. */
	settledAt: number;
	/** Until then Stripe still has every event of the window. */
	eventsUntil: number;
}

/** The window of the sends of an entry's present attempt. */
export function sendWindow(entry: Entry): SendWindow {
	const from = (entry.firstSentAt ?? entry.createdAt) - CLOCK_MARGIN_MS;
	const near = lastPossibleSend(entry) + CLOCK_MARGIN_MS;
	const until = near + SETTLE_MS;
	return { from, near, until, settledAt: until, eventsUntil: from + EVENTS_KEPT_MS };
}

/** ms since the epoch. A claim may send until its lease is over, also when nothing was heard of it since. */
export function lastPossibleSend(entry: Entry): number {
	const late = (entry.evidence ?? []).filter(({ key }) => key === entry.key).map(({ at }) => at);
	const lease = entry.state === 'in_flight' ? [entry.leaseUntil] : [];
	return Math.max(entry.lastSentAt ?? entry.createdAt, ...lease, ...late);
}
