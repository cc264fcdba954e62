import type { Outcome } from '../../../ledger/model/entry';
import type { Finding } from '../../../stripe/reconcile/finding';

/** What happened, and what to do next, in better words than the outcome's own. */
export interface ItemMessage {
	message?: string;
	nextStep?: string;
	retryable?: boolean;
}

/** Why a granted claim did not lead to a send, in words that the outcome's own do not have. */
const NOT_SENT_REASONS = {
	not_sent_inconclusive: {
		kind: 'unknown',
		message:
			'This was sent earlier. Its outcome cannot be found in Stripe and its key may have expired, so it was not sent again',
		nextStep:
			'Search the Stripe dashboard for the entry ID, which is in the metadata n8n_entry; the message has the address. Then record what you found with Idempotency Registry → Entry → Resolve Manually. Running it again only checks again.',
		retryable: false,
	},
	not_sent_too_early: {
		kind: 'unknown',
		message:
			'This was sent earlier. Its outcome cannot be found in Stripe yet and its key may have expired, so it was not sent again',
		nextStep:
			'Run it again with the same item at the time given. It is checked again then, and nothing is charged twice. Do not start a new payment for it before.',
		retryable: true,
	},
	not_sent_stripe_unavailable: {
		kind: 'unknown',
		message: 'This was sent earlier. Its outcome could not be read from Stripe, so it was not sent again',
		nextStep:
			'Retry later with the same item. Its outcome is checked first, and nothing is charged twice.',
		retryable: true,
	},
	earlier_processing: {
		kind: 'busy',
		message: 'A payment made by an earlier attempt is still being processed, so nothing new was sent',
		nextStep: 'Retry later with the same item, after its bank has responded. Nothing is charged twice.',
		retryable: true,
	},
	earlier_stripe_unavailable: {
		kind: 'unreachable',
		message:
			'The outcome of a payment made by an earlier attempt could not be determined, so nothing new was sent',
		nextStep: 'Retry later with the same item. Nothing is charged twice.',
		retryable: true,
	},
	earlier_changed: {
		kind: 'busy',
		message:
			'The payment of an earlier attempt was changed or canceled by someone else just now, so it was not charged',
		nextStep: 'Run it again with the same item to make a new payment. Nothing is charged twice.',
		retryable: true,
	},
	earlier_mismatch: {
		kind: 'conflict',
		message:
			'A payment made by an earlier attempt was paid in the meantime and differs from this request, so nothing new was sent',
		nextStep:
			'Check that payment in the Stripe dashboard. If it is what you wanted, send its values. If not, refund it there first. A further payment needs its own number.',
		retryable: false,
	},
	earlier_inconclusive: {
		kind: 'conflict',
		message: 'An earlier attempt may have left a payment that cannot be found, so nothing new was sent',
		nextStep:
			'Search the Stripe dashboard for it, and cancel it there if it is not paid. Then pay this with a new key.',
		retryable: false,
	},
	verify_stripe_unavailable: {
		kind: 'unreachable',
		message: 'Stripe could not be checked for an earlier payment (Verify New), so nothing was sent',
		nextStep: 'Retry later with the same item. Stripe is checked first, and nothing is charged twice.',
		retryable: true,
	},
	verify_mismatch: {
		kind: 'conflict',
		message:
			'Stripe has an object of this entry that differs from this request, so nothing was sent (Verify New)',
		nextStep:
			'Check it in Stripe, at the address in the message. If it is what you wanted, send its values, or add it to the ledger with Idempotency Registry → Entry → Adopt.',
		retryable: false,
	},
	not_sent_cancelled: {
		kind: 'unreachable',
		message: 'The run was stopped before this was sent',
		nextStep: 'Run it again. The same idempotency key is used, so nothing is charged twice.',
		retryable: true,
	},
	not_sent_time_unknown: {
		kind: 'unreachable',
		message:
			'The clock of this host was changed and the time could not be read from Stripe, so it was not sent',
		nextStep: 'Run it again. The same idempotency key is used, so nothing is charged twice.',
		retryable: true,
	},
	not_sent_lease_expired: {
		kind: 'unreachable',
		message: 'n8n was suspended past the lease of the claim, so it was not sent',
		nextStep: 'Run it again. The same idempotency key is used, so nothing is charged twice.',
		retryable: true,
	},
} as const;

type NotSentReason = keyof typeof NOT_SENT_REASONS;

export function buildNotSent(
	reason: NotSentReason,
	message?: string,
): Outcome & { kind: (typeof NOT_SENT_REASONS)[NotSentReason]['kind'] } {
	return { kind: NOT_SENT_REASONS[reason].kind, code: reason, message };
}

/** Stripe shows that the attempt had no effect, and will have none. */
export const PROVED_NOT_EXECUTED: Outcome = {
	kind: 'unreachable',
	code: 'not_executed',
	message: 'Stripe shows that it was not executed',
};

/** What looking in Stripe told, where it neither found it nor proved that it is not there. */
export function notSentAfter(finding: Exclude<Finding, { kind: 'executed' | 'not_executed' }>): Outcome {
	switch (finding.kind) {
		case 'inconclusive': {
			const reason = finding.retryAt === undefined ? 'not_sent_inconclusive' : 'not_sent_too_early';
			return buildNotSent(reason, `${finding.reason}. ${finding.dashboardUrl}`);
		}
		case 'stripe_unavailable':
			return buildNotSent('not_sent_stripe_unavailable', finding.reason);
	}
}

/** What looking for an earlier ledger's work has told, where it was neither found nor surely not there. */
export function notSentAfterVerify(
	finding: Exclude<Finding, { kind: 'executed' | 'not_executed' }>,
): Outcome {
	return finding.kind === 'stripe_unavailable'
		? buildNotSent('verify_stripe_unavailable', finding.reason)
		: buildNotSent('verify_mismatch', `${finding.reason}. ${finding.dashboardUrl}`);
}

/** Better words than the outcome's own, where nothing was sent. */
export function getNotSentMessage({ code }: Outcome): ItemMessage {
	return code !== undefined && Object.hasOwn(NOT_SENT_REASONS, code)
		? getMessageOf(code as NotSentReason)
		: {};
}

function getMessageOf(reason: NotSentReason): ItemMessage {
	const { message, nextStep, retryable } = NOT_SENT_REASONS[reason];
	return { message, nextStep, retryable };
}

/** Without the ledger nobody knows whether a later attempt has paid: no advice may lead to a second payment. */
export function getMessageWithoutLedger({ kind }: Outcome): ItemMessage {
	if (kind !== 'rejected' && kind !== 'conflict') return {};
	return {
		nextStep:
			'The ledger was not available, so it is not known whether a later attempt paid this. Check the Stripe dashboard first.',
	};
}
