import type { Outcome } from '../../ledger/model/entry';
import type { StripeObject } from './finding';
import type { Inquiry } from './stripeQueries';
import { ask } from './stripeQueries';
import { withQuery } from '../api/query';

/** Stripe's longest page (docs.stripe.com/api/pagination). */
const LONGEST_PAGE = '100';

/** All objects of a collection that were made in a time, oldest first; or why Stripe did not show them all. */
export type PastObjects =
	{ kind: 'all'; objects: StripeObject[] } | { kind: 'not_answered'; outcome: Outcome };

/**
 * Reads a collection from its newest object to its oldest: lists show every change at once (docs.stripe.com/api/pagination).
 * A part of it proves nothing, so it is all or none.
 *
 * @param made from and before which second it was made, in Unix seconds
 */
export async function readPast(
	inquiry: Inquiry,
	collection: string,
	made: { from: number; before?: number },
): Promise<PastObjects> {
	const objects: StripeObject[] = [];
	const { from: gte, before: lt } = made;
	const created = { gte: String(gte), ...(lt === undefined ? {} : { lt: String(lt) }) };
	for (let after: string | undefined; ;) {
		const from: Record<string, string> = after === undefined ? {} : { starting_after: after };
		const outcome = await ask(inquiry, withQuery(collection, { created, limit: LONGEST_PAGE, ...from }));
		if (outcome.kind !== 'succeeded') return { kind: 'not_answered', outcome };
		const { data, has_more: hasMore } = outcome.body ?? {};
		if (!Array.isArray(data)) return { kind: 'not_answered', outcome: { ...outcome, kind: 'unknown' } };
		objects.push(...(data as StripeObject[]));
		after = (data as StripeObject[]).at(-1)?.id as string | undefined;
		if (hasMore !== true || typeof after !== 'string') return { kind: 'all', objects: objects.reverse() };
	}
}
