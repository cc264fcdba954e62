import type { Grant } from '../ledger/rules/grant';
import { findForgotten } from '../stripe/reconcile/reconcile';
import type { AttemptRequest } from './attemptRequest';
import { toCompleteEntry, toQueryContext } from './attemptRequest';
import type { LookReport } from './lookAtObject';
import { notSentAfter, notSentAfterVerify } from './notSent';

/** The report of an attempt that is not sent because of what Stripe shows of it. */
export type VerifyReport = LookReport & {
	/** Stripe shows it as executed, by a request that is not in the ledger. */
	wasFoundInStripe?: true;
};

/**
 * Searches Stripe for what the ledger may have lost. A claim that was taken over is searched again, because its search may have
 * been interrupted.
 *
 * @param found empty if it may be what this ledger has sent: then it is the first result of the entry
 * @returns undefined if Stripe has no trace of it
 */
export async function verifyNeverExecuted(
	{ entry }: Grant,
	attempt: AttemptRequest,
	signal?: AbortSignal,
	found: Pick<VerifyReport, 'wasFoundInStripe'> = { wasFoundInStripe: true },
): Promise<VerifyReport | undefined> {
	const context = toQueryContext(attempt, signal, entry.leaseUntil);
	const finding = await findForgotten(context, toCompleteEntry(entry, entry, attempt));
	if (finding.kind === 'executed') return { outcomes: [finding.outcome], sends: 0, ...found };
	if (finding.kind === 'not_executed') return undefined;
	// Without the permission, the key alone protects the send, as if no ledger had been lost. Otherwise a later run can find out.
	const isUnreadable = finding.kind === 'stripe_unavailable' && finding.isForbidden === true;
	if (isUnreadable && !found.wasFoundInStripe) return undefined;
	const outcome = entry.mayHaveExecuted ? notSentAfter(finding, entry) : notSentAfterVerify(finding);
	return { outcomes: [outcome], sends: 0 };
}
