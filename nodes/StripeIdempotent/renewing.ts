import type { Entry } from '../../ledger/model/entry';
import type { LedgerRequest } from '../../ledger/model/request';
import { fingerprintOf } from '../../ledger/model/request';
import type { SeenPayment } from '../../ledger/rules/renewal';
import type { ClaimRequest } from '../../ledger/rules/claim';
import { namesMethod, withoutMethod } from '../../stripe/objects/confirmAgain';
import type { Connection } from '../../stripe/api/connection';
import { PAYMENT_INTENTS } from '../../stripe/reconcile/earlierPayment';
import type { Earlier } from '../../stripe/reconcile/findEarlierPayments';
import { readEarlierPayments } from '../../stripe/reconcile/findEarlierPayments';
import { unsent, wordsOfUnsent } from '../shared/run/notSent';
import type { Options } from './options';
import { NotSent } from '../shared/run/errorToResult';

/**
 * What a claim for a new payment needs, so that a payment which an earlier attempt has left behind is never paid beside it.
 * Only what an entry has made itself is taken out of the way: a Confirm acts on a payment that somebody else has made.
 */
export function renewing({
	connection,
	options,
	request,
}: {
	connection: Connection;
	options: Options;
	request: LedgerRequest;
}): Pick<ClaimRequest, 'readEarlier' | 'samePayment'> {
	const { method, path, params } = request;
	const samePayment = samePaymentOf(request);
	if (method !== 'POST' || path !== PAYMENT_INTENTS) return { samePayment };
	const { stripeAccount, timeoutMs } = options;
	const inquiry = { connection, stripeAccount, timeoutMs, time: connection.clock };
	const asking = { sent: params, isToBeConfirmed: params.confirm === 'true' && namesMethod(params) };
	return {
		samePayment,
		readEarlier: async (past, standing) =>
			paymentsIn(await readEarlierPayments(inquiry, standing, past, asking), standing),
	};
}

/** @returns undefined for a request that does not say with what to pay */
function samePaymentOf(request: LedgerRequest): string | undefined {
	const { params } = request;
	if (!namesMethod(params)) return undefined;
	return fingerprintOf({ ...request, params: withoutMethod(params) });
}

/** @throws NotSent where it is not known what earlier attempts have left behind: nothing new begins then */
export function paymentsIn(earlier: Earlier, standing: Entry): SeenPayment[] {
	if (earlier.kind === 'seen') return earlier.payments;
	const why = earlier.kind === 'not_answered' ? 'earlier_not_answered' : 'earlier_not_found';
	const outcome = unsent(why, earlier.reason);
	throw new NotSent(outcome, { ...wordsOfUnsent(outcome), entry: standing, source: 'ledger' });
}
