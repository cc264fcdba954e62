import { isDeepStrictEqual } from 'node:util';

import type { Entry, Outcome } from '../ledger/model/entry';
import type { Params, Seen } from '../ledger/model/request';
import { sentParamsOf } from '../ledger/model/request';
import { findUnappliedParams } from '../stripe/objects/matchesRequest';
import type { StripeObject } from '../stripe/objects/stripeObject';
import { readReference } from '../stripe/objects/stripeObject';
import type { QueryContext } from '../stripe/reconcile/stripeQueries';
import { getWithBackoff, toLimitation } from '../stripe/reconcile/stripeQueries';
import { buildNotSent } from './notSent';

/**
 * Describes the fields of an object from which a request is built: prices and quantities of a subscription, the remaining amount
 * of an invoice.
 */
export function toSeen(path: string, object: StripeObject): Seen {
	return { path, state: describeSeen(object) };
}

function describeSeen(object: StripeObject): Seen['state'] {
	const { items, latest_invoice: latest, status, currency, amount_remaining: left } = object;
	if (object.object !== 'subscription')
		return { status: String(status), left: String(left), currency: String(currency) };
	const rows = (items as { data?: StripeObject[] } | undefined)?.data ?? [];
	const shown = rows.map(({ id, price, quantity }) => ({ id, price: readReference(price), quantity }));
	return { items: JSON.stringify(shown), latest: String(readReference(latest)) };
}

/** A request and the object from which it was built. */
interface BuiltRequest {
	request: Pick<Entry['request'], 'added' | 'seen'>;
	/** All parameters of the request, even if the ledger does not store them. */
	params: Params;
	/** Whether it may have been sent before. An earlier send may have changed the object itself. */
	isRepeat: boolean;
}

/**
 * Checks, immediately before a request is sent, that the object from which it was built has not changed since. A repeat is sent
 * unless somebody has changed what it sends back.
 *
 * @returns why it is not sent
 */
export async function lookForChange(
	context: QueryContext,
	{ request: { seen, added = {} }, params, isRepeat }: BuiltRequest,
): Promise<Outcome | undefined> {
	if (!seen) return undefined;
	const read = await getWithBackoff(context, seen.path);
	// Stripe refuses the request too.
	if (read.code === 'resource_missing') return undefined;
	if (read.kind !== 'succeeded') return buildNotSent('look_stripe_unavailable', toLimitation(read).reason);
	const object = read.body ?? {};
	const [before, now] = [seen.state, describeSeen(object)];
	if (isDeepStrictEqual(before, now)) return undefined;
	if (!isRepeat) return buildNotSent('look_changed', seen.path);
	const sent = sentParamsOf({ params, added });
	const overwritten = Object.keys(before).filter((name) => name in added && before[name] !== now[name]);
	const sentBack = Object.fromEntries(overwritten.map((name) => [name, sent[name] ?? '']));
	return findUnappliedParams(object, sentBack).length === 0
		? undefined
		: buildNotSent('look_edited', seen.path);
}
