import type { Outcome } from '../../ledger/model/entry';
import type { Params } from '../../ledger/model/request';
import type { StripeObject } from '../objects/stripeObject';
import type { QueryContext } from './stripeQueries';
import { getWithBackoff } from './stripeQueries';
import { appendQuery } from '../api/query';
import { MAX_PAGE_SIZE, PAGE_FAULTS, Pages } from '../api/pages';

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
	const pages = new Pages();
	for (let from: Params = {}; ;) {
		const outcome = await getWithBackoff(
			context,
			appendQuery(collection, { created, limit: String(MAX_PAGE_SIZE), ...from }),
		);
		if (outcome.kind !== 'succeeded') return { kind: 'stripe_unavailable', outcome };
		const { objects: page, next, fault } = pages.read(outcome.body);
		if (fault) {
			const failure: Outcome = { kind: 'unknown', message: PAGE_FAULTS[fault] };
			return { kind: 'stripe_unavailable', outcome: failure };
		}
		objects.push(...page);
		if (!next) return { kind: 'all', objects: objects.reverse() };
		from = next;
	}
}
