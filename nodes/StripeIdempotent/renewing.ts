import type { LedgerRequest } from '../../ledger/model/request';
import { fingerprintOf } from '../../ledger/model/request';
import type { ClaimRequest } from '../../ledger/rules/claimRequest';
import { hasPaymentMethod, omitPaymentMethod } from '../../stripe/objects/confirmParams';
import type { ReadRequest } from '../../stripe/api/reads';
import { PAYMENT_INTENTS } from '../../stripe/reconcile/earlierPayment';
import { findEarlierPayments } from '../../stripe/reconcile/findEarlierPayments';
import { requireEarlierPayments } from '../shared/stripe/earlierPayments';

/**
 * What a claim for a new payment needs, so that a payment which an earlier attempt has left behind is never paid beside it.
 * Only what an entry has made itself is taken out of the way: a Confirm acts on a payment that somebody else has made.
 */
export function buildRenewal({
	request,
	...reading
}: ReadRequest & { request: LedgerRequest }): Pick<ClaimRequest, 'readEarlier' | 'samePayment'> {
	const { method, path, params } = request;
	const samePayment = samePaymentOf(request);
	if (method !== 'POST' || path !== PAYMENT_INTENTS) return { samePayment };
	const { connection, pace, signal } = reading;
	const { stripeAccount, timeoutMs } = reading.options;
	const inquiry = { connection, stripeAccount, timeoutMs, time: connection.clock, pace, signal };
	const readRequest = {
		sent: params,
		isToBeConfirmed: params.confirm === 'true' && hasPaymentMethod(params),
	};
	return {
		samePayment,
		readEarlier: async (previousAttempts, current) =>
			requireEarlierPayments(
				await findEarlierPayments(inquiry, current, previousAttempts, readRequest),
				current,
			),
	};
}

/** @returns undefined for a request that does not say with what to pay */
function samePaymentOf(request: LedgerRequest): string | undefined {
	const { params } = request;
	if (!hasPaymentMethod(params)) return undefined;
	return fingerprintOf({ ...request, params: omitPaymentMethod(params) });
}
