import type { EntryAsSent } from './finding';

/** ms by which the time of an object may differ from that of its request. */
const CLOCK_MARGIN_MS = 600_000;

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

/**
 * The window of the sends of an entry's present attempt.
 *
 * @param now ms since the epoch: where it is not known when it was sent first, events tell as far back as Stripe keeps them
 */
export function sendWindow({ sent }: Pick<EntryAsSent, 'sent'>, now: number): SendWindow {
	const from = (sent.first ?? now - EVENTS_KEPT_MS) - CLOCK_MARGIN_MS;
	const near = sent.last + CLOCK_MARGIN_MS;
	const until = sent.soughtUntil + CLOCK_MARGIN_MS;
	return { from, near, until, settledAt: sent.absentAt, eventsUntil: from + EVENTS_KEPT_MS };
}
