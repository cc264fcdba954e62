import type { Entry, Outcome } from '../ledger/model/entry';
import { isKeyOfOther } from '../ledger/rules/uncertainty';
import type { Finding } from '../stripe/reconcile/finding';

/** Why a granted claim did not lead to a send, and the resulting outcome. */
const NOT_SENT_KINDS = {
	not_sent_inconclusive: 'unknown',
	not_sent_mismatch: 'conflict',
	not_sent_too_early: 'unknown',
	not_sent_stripe_unavailable: 'unknown',
	earlier_processing: 'busy',
	earlier_stripe_unavailable: 'unreachable',
	earlier_changed: 'busy',
	earlier_mismatch: 'conflict',
	earlier_inconclusive: 'conflict',
	verify_stripe_unavailable: 'unreachable',
	verify_mismatch: 'conflict',
	look_stripe_unavailable: 'unreachable',
	look_other_object: 'busy',
	already_subscribed: 'conflict',
	twin_in_progress: 'busy',
	look_changed: 'busy',
	look_edited: 'conflict',
	look_gone: 'conflict',
	look_ruled_out: 'unreachable',
	found_meanwhile: 'unreachable',
	bill_changed: 'busy',
	bill_differs: 'conflict',
	bill_interrupted: 'unreachable',
	bill_paid_otherwise: 'conflict',
	bill_step_differs: 'conflict',
	bill_step_stopped: 'conflict',
	bill_taken_over: 'busy',
	bill_unread: 'unreachable',
	bill_withdrawn: 'rejected',
	bill_written_off: 'conflict',
	change_differs: 'conflict',
	change_edited: 'conflict',
	change_ends: 'conflict',
	change_interrupted: 'unreachable',
	change_scheduled: 'conflict',
	change_step_differs: 'conflict',
	change_step_stopped: 'conflict',
	change_taken_over: 'busy',
	change_unread: 'unreachable',
	change_withdrawn: 'rejected',
	look_otherwise: 'conflict',
	not_sent_cancelled: 'unreachable',
	not_sent_time_unknown: 'unreachable',
	not_sent_lease_expired: 'unreachable',
} as const;

export type NotSentReason = keyof typeof NOT_SENT_KINDS;

export function buildNotSent<R extends NotSentReason>(
	reason: R,
	message?: string,
): Outcome & { kind: (typeof NOT_SENT_KINDS)[R] } {
	return { kind: NOT_SENT_KINDS[reason], code: reason, message };
}

/** Stripe shows that the attempt had no effect and never will. */
export const PROVED_NOT_EXECUTED = {
	kind: 'unreachable',
	code: 'not_executed',
	message: 'Stripe shows that it was not executed',
} as const satisfies Outcome;

/** The outcome if a reconciliation neither found the request nor proved that it was not executed. */
export function notSentAfter(
	finding: Exclude<Finding, { kind: 'executed' | 'not_executed' }>,
	entry: Pick<Entry, 'uncertaintyCause'>,
): Outcome {
	switch (finding.kind) {
		case 'inconclusive': {
			const message = `${finding.reason} (${finding.dashboardUrl})`;
			if (finding.retryAt !== undefined) return buildNotSent('not_sent_too_early', message);
			// Another request was sent under the key, so the object that exists is not the requested one.
			return isKeyOfOther(entry)
				? { ...buildNotSent('not_sent_mismatch', message), uncertaintyCause: 'mismatched' }
				: buildNotSent('not_sent_inconclusive', message);
		}
		case 'stripe_unavailable':
			return buildNotSent('not_sent_stripe_unavailable', finding.reason);
	}
}

/** The same for Verify New, which searches for what a lost ledger may have sent. */
export function notSentAfterVerify(
	finding: Exclude<Finding, { kind: 'executed' | 'not_executed' }>,
): Outcome {
	return finding.kind === 'stripe_unavailable'
		? buildNotSent('verify_stripe_unavailable', finding.reason)
		: buildNotSent('verify_mismatch', `${finding.reason} (${finding.dashboardUrl})`);
}

/** The reason in an outcome for which nothing was sent. */
export function getNotSentReason({ code }: Outcome): NotSentReason | undefined {
	return code !== undefined && Object.hasOwn(NOT_SENT_KINDS, code) ? (code as NotSentReason) : undefined;
}
