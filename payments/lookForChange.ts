import type { Expectation } from '../ledger/model/entry';
import type { Grant } from '../ledger/rules/grant';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { readReference } from '../stripe/objects/stripeObject';
import { getWithBackoff, toLimitation } from '../stripe/reconcile/stripeQueries';
import type { AttemptRequest } from './attemptRequest';
import { toQueryContext } from './attemptRequest';
import type { LookReport } from './lookAtObject';
import { keepPrevious } from './lookAtObject';
import { buildNotSent } from './notSent';

/**
 * Compares, directly before the first send, the object with what it was when it was worked out how much would be moved.
 *
 * @returns undefined where it stands as it did
 */
export async function lookForChange(
	{ entry }: Grant,
	attempt: AttemptRequest,
	signal?: AbortSignal,
): Promise<LookReport | undefined> {
	const { seen } = entry.expectation ?? {};
	// What may have been sent may have changed it itself: it is repeated as it is.
	if (!seen || entry.mayHaveExecuted) return undefined;
	const outcome = await getWithBackoff(toQueryContext(attempt, signal, entry.leaseUntil), seen.path);
	if (outcome.kind !== 'succeeded')
		return keepPrevious(buildNotSent('look_stripe_unavailable', toLimitation(outcome).reason));
	if (describeSeen(outcome.body ?? {}) === seen.state) return undefined;
	return keepPrevious(buildNotSent('look_changed', seen.path));
}

/** What of an object decides how much is moved: prices and seats of a subscription, what is left of an invoice. */
export function describeSeen(object: StripeObject): string {
	const { items, latest_invoice: latest, status, currency, amount_remaining: left } = object;
	if (object.object !== 'subscription') return JSON.stringify({ status, left, currency });
	const rows = (items as { data?: StripeObject[] } | undefined)?.data ?? [];
	const shown = rows.map(({ id, price, quantity }) => ({ id, price: readReference(price), quantity }));
	return JSON.stringify({ items: shown, latest: readReference(latest) });
}

/** What was seen of a subscription. */
export function readSeen({ seen }: Expectation): { latest?: unknown } {
	return seen ? (JSON.parse(seen.state) as { latest?: unknown }) : {};
}
