import type { Entry } from '../ledger/entry';
import { sentParams } from '../ledger/request';

/** The entry with its request as it went over the wire: that is what Stripe shows. */
export function asSent<E extends Entry>(entry: E): E {
	const { request } = entry;
	return { ...entry, request: { ...request, params: sentParams(request) } };
}
