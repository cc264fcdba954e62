import type { EntryAsSent } from './finding';

/** How far the creation time of an object may differ from the time of its request, in ms. */
export const STRIPE_CLOCK_SKEW_MS = 600_000;

/** Stripe keeps events for 30 days (docs.stripe.com/api/events). One day is a safety margin. */
export const EVENT_RETENTION_MS = 29 * 86_400_000;

/** When the object of an entry may have been created. All times are ms since the epoch. */
export interface ExecutionWindow {
	from: number;
	/** The same, for the ledger's own sends. */
	sentFrom: number;
	/** If the response was lost but the work was done at once, the object is nearly always created before this time. */
	expectedBy: number;
	/** Stripe is no longer executing the request after this time. */
	latest: number;
	/** Until this time Stripe has every event of the window. */
	eventsUntil: number;
}

/**
 * Returns the window of the sends of the current attempt.
 *
 * @param now ms since the epoch. If the first send is not known, the window reaches back as far as Stripe keeps events
 */
export function getExecutionWindow({ sent }: Pick<EntryAsSent, 'sent'>, now: number): ExecutionWindow {
	const notBefore = now - EVENT_RETENTION_MS;
	const from = (sent.searchFrom ?? notBefore) - STRIPE_CLOCK_SKEW_MS;
	const sentFrom = (sent.firstSentAt ?? notBefore) - STRIPE_CLOCK_SKEW_MS;
	const expectedBy = sent.lastSentAt + STRIPE_CLOCK_SKEW_MS;
	const latest = sent.searchUntil + STRIPE_CLOCK_SKEW_MS;
	const eventsUntil = from + EVENT_RETENTION_MS;
	return { from, sentFrom, expectedBy, latest, eventsUntil };
}
