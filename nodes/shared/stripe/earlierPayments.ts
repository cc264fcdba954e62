import type { Entry } from '../../../ledger/model/entry';
import type { SeenPayment } from '../../../ledger/rules/renewal';
import type { EarlierPayments } from '../../../stripe/reconcile/findEarlierPayments';
import { PreflightError } from '../run/errorToResult';
import { buildNotSent } from '../../../payments/notSent';
import { getNotSentMessage } from '../run/notSent';

/** @throws PreflightError if the payments of earlier attempts are not known: then no new attempt starts */
export function requireEarlierPayments(earlier: EarlierPayments, current: Entry): SeenPayment[] {
	if (earlier.kind === 'seen') return earlier.payments;
	const reason =
		earlier.kind === 'stripe_unavailable' ? 'earlier_stripe_unavailable' : 'earlier_inconclusive';
	const outcome = buildNotSent(reason, earlier.reason);
	throw new PreflightError(outcome, { ...getNotSentMessage(outcome), entry: current, source: 'ledger' });
}
