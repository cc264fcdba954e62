import type { Outcome } from '../../ledger/model/entry';
import type { StripeObject } from '../objects/stripeObject';
import type { QueryContext } from './stripeQueries';
import { getWithBackoff } from './stripeQueries';
import { appendQuery } from '../api/query';
import { NO_NEXT_PAGE } from '../api/reads';

/** The maximum page size (docs.stripe.com/api/pagination). */
const PAGE_SIZE = '100';

/** All objects of a collection created within a period, oldest first; or why the list is incomplete. */
export type CreatedObjects =
	{ kind: 'all'; objects: StripeObject[] } | { kind: 'stripe_unavailable'; outcome: Outcome };

/**
 * Reads a collection, newest object first. Lists show every change at once (docs.stripe.com/api/pagination). A partial list
 * proves nothing, so the result is complete or a failure.
 *
 * @param createdRange the period in Unix seconds: from (inclusive), before (exclusive)
 */
export async function listCreated(
	context: QueryContext,
	collection: string,
	createdRange: { from: number; before?: number },
): Promise<CreatedObjects> {
	const objects: StripeObject[] = [];
	const { from: gte, before: lt } = createdRange;
	const created = { gte: String(gte), ...(lt === undefined ? {} : { lt: String(lt) }) };
	for (let after: string | undefined; ;) {
		const from: Record<string, string> = after === undefined ? {} : { starting_after: after };
		const outcome = await getWithBackoff(
			context,
			appendQuery(collection, { created, limit: PAGE_SIZE, ...from }),
		);
		if (outcome.kind !== 'succeeded') return { kind: 'stripe_unavailable', outcome };
		const { data, has_more: hasMore } = outcome.body ?? {};
		if (!Array.isArray(data)) return { kind: 'stripe_unavailable', outcome: NO_NEXT_PAGE };
		objects.push(...(data as StripeObject[]));
		if (hasMore === false) return { kind: 'all', objects: objects.reverse() };
		const last = (data as StripeObject[]).at(-1)?.id;
		// The same page again would never end.
		if (hasMore !== true || typeof last !== 'string' || last === after)
			return { kind: 'stripe_unavailable', outcome: NO_NEXT_PAGE };
		after = last;
	}
}
