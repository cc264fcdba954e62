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
 * Checks, immediately before the first send, that the object has not changed since the amount was calculated from it.
 *
 * @returns undefined if it is unchanged
 */
export async function lookForChange(
	{ entry }: Grant,
	attempt: AttemptRequest,
	signal?: AbortSignal,
): Promise<LookReport | undefined> {
	const { seen } = entry.expectation ?? {};
	// An earlier send may have changed the object itself, so it is resent unchanged.
	if (!seen || entry.mayHaveExecuted) return undefined;
	const outcome = await getWithBackoff(toQueryContext(attempt, signal, entry.leaseUntil), seen.path);
	if (outcome.kind !== 'succeeded')
		return keepPrevious(buildNotSent('look_stripe_unavailable', toLimitation(outcome).reason));
	if (describeSeen(outcome.body ?? {}) === seen.state) return undefined;
	return keepPrevious(buildNotSent('look_changed', seen.path));
}

/**
 * The fields of an object that determine the amount: prices and quantities of a subscription, the remaining amount of an invoice.
 */
export function describeSeen(object: StripeObject): string {
	const { items, latest_invoice: latest, status, currency, amount_remaining: left } = object;
	if (object.object !== 'subscription') return JSON.stringify({ status, left, currency });
	const rows = (items as { data?: StripeObject[] } | undefined)?.data ?? [];
	const shown = rows.map(({ id, price, quantity }) => ({ id, price: readReference(price), quantity }));
	return JSON.stringify({ items: shown, latest: readReference(latest) });
}
