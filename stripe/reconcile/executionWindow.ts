import type { EntryAsSent } from './finding';

/** ms by which the time of an object may differ from that of its request. */
const STRIPE_CLOCK_SKEW_MS = 600_000;

/** Stripe keeps events for 30 days (docs.stripe.com/api/events); one day is kept as a margin. */
export const EVENT_RETENTION_MS = 29 * 86_400_000;

/** When an entry's object may have been made. All times are ms since the epoch. */
export interface ExecutionWindow {
	from: number;
	/** The answer was lost, but the work was done at once: nearly everything is found before this. */
	expectedBy: number;
	/** Stripe is done by then, whatever it still does. */
	latest: number;
	/** From then on what is not there counts as absent. */
	finalAt: number;
	/** Until then Stripe still has every event of the window. */
	eventsUntil: number;
}

/**
 * The window of the sends of an entry's present attempt.
 *
 * @param now ms since the epoch: where it is not known when it was sent first, events tell as far back as Stripe keeps them
 */
export function getExecutionWindow({ sent }: Pick<EntryAsSent, 'sent'>, now: number): ExecutionWindow {
	const from = (sent.firstSentAt ?? now - EVENT_RETENTION_MS) - STRIPE_CLOCK_SKEW_MS;
	const expectedBy = sent.lastSentAt + STRIPE_CLOCK_SKEW_MS;
	const latest = sent.searchUntil + STRIPE_CLOCK_SKEW_MS;
	return { from, expectedBy, latest, finalAt: sent.notExecutedAt, eventsUntil: from + EVENT_RETENTION_MS };
}
