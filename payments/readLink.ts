import type { Outcome, SettledEntry } from '../ledger/model/entry';
import { getObjectPath, parseTarget } from '../stripe/objects/collections';
import { toSuccessFacts } from '../stripe/objects/paymentState';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { getWithBackoff } from '../stripe/reconcile/stripeQueries';
import type { AttemptRequest } from './attemptRequest';
import { toQueryContext } from './attemptRequest';

/** The current state of a link. */
export interface LinkState {
	outcome: Outcome;
	expired: boolean;
}

/**
 * Reads the object of a link that an earlier run created, because the link in the stored response may have expired since.
 *
 * @returns undefined if Stripe does not show it
 */
export async function readLink(
	{ outcome }: SettledEntry,
	attempt: AttemptRequest,
	signal?: AbortSignal,
): Promise<LinkState | undefined> {
	const target = parseTarget(attempt.path);
	const { objectId } = outcome;
	const path = target && objectId !== undefined ? getObjectPath({ ...target, id: objectId }) : undefined;
	if (path === undefined) return undefined;
	const read = await getWithBackoff(toQueryContext(attempt, signal), path);
	if (read.kind !== 'succeeded') return undefined;
	const object = read.body ?? {};
	const expired = hasExpired(object, attempt.connection.clock.now());
	return { outcome: { ...outcome, ...toSuccessFacts(object) }, expired };
}

/** A link that was paid does not count as expired: a new one could be paid again. */
function hasExpired({ status, expires_at: end }: StripeObject, now: number): boolean {
	if (status === 'expired') return true;
	return status === 'open' && typeof end === 'number' && end * 1000 <= now;
}
