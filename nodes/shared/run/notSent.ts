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
			'It was sent before, what came of it cannot be found in Stripe, and Stripe may have forgotten its key, so it is not sent again',
		nextStep:
			'Search the Stripe dashboard for the entry ID, which stands in the metadata n8n_entry. The message has the address to look at. Then write down what you have found, with Idempotency Registry: Entry, Settle by Hand. Running it again only looks again.',
		retryable: false,
	},
	not_sent_too_early: {
		kind: 'unknown',
		message:
			'It was sent before, what came of it cannot be found in Stripe yet, and Stripe may have forgotten its key, so it is not sent again',
		nextStep:
			'Run it again with the same item at the time given: it is looked up again then, and nothing is paid twice. Do not start a new payment for it before.',
		retryable: true,
	},
	not_sent_stripe_unavailable: {
		kind: 'unknown',
		message:
			'It was sent before, and Stripe could not be asked now what came of it, so it was not sent again',
		nextStep: 'Run it again later with the same item: first it is looked up, and nothing is paid twice.',
		retryable: true,
	},
	earlier_processing: {
		kind: 'busy',
		message:
			'A payment that an earlier attempt of this has made is being processed, so nothing new was sent',
		nextStep:
			'Run it again later with the same item: when its bank has answered, that decides. Nothing is paid twice.',
		retryable: true,
	},
	earlier_stripe_unavailable: {
		kind: 'unreachable',
		message:
			'What has become of a payment that an earlier attempt of this has made could not be found out, so nothing new was sent',
		nextStep: 'Run it again later with the same item. Nothing is paid twice.',
		retryable: true,
	},
	earlier_changed: {
		kind: 'busy',
		message:
			'The payment of an earlier attempt was changed or cancelled by somebody else just now, so it was not charged',
		nextStep: 'Run it again with the same item: a new payment is made then. Nothing is paid twice.',
		retryable: true,
	},
	earlier_mismatch: {
		kind: 'conflict',
		message:
			'A payment that an earlier attempt of this has made was paid meanwhile, and is not what is asked for now, so nothing new was sent',
		nextStep:
			'Look at that payment in the Stripe dashboard. If it is what was wanted, send its values. If not, refund it there first. A further payment needs a number of its own.',
		retryable: false,
	},
	earlier_inconclusive: {
		kind: 'conflict',
		message:
			'An earlier attempt of this may have left a payment behind that cannot be found, so nothing new was sent',
		nextStep:
			'Search the Stripe dashboard for it, and cancel it there if it is not paid. Then pay this under a key of its own.',
		retryable: false,
	},
	verify_stripe_unavailable: {
		kind: 'unreachable',
		message: 'Stripe could not be asked whether this was done before (Verify New), so it was not sent',
		nextStep: 'Run it again later with the same item: it is looked up first, and nothing is paid twice.',
		retryable: true,
	},
	verify_mismatch: {
		kind: 'conflict',
		message:
			'Stripe shows something of this entry that is not what is asked for now, so nothing was sent (Verify New)',
		nextStep:
			'Look at it in Stripe, at the address in the message. If it is what was wanted, send its values, or write it into the ledger with Idempotency Registry: Entry, Adopt.',
		retryable: false,
	},
	not_sent_cancelled: {
		kind: 'unreachable',
		message: 'The run was stopped before this was sent',
		nextStep: 'Run it again: the same key is used, and nothing is paid twice.',
		retryable: true,
	},
	not_sent_time_unknown: {
		kind: 'unreachable',
		message:
			'The clock of this host was set meanwhile, and Stripe could not be asked what time it is, so it was not sent',
		nextStep: 'Run it again: the same key is used, and nothing is paid twice.',
		retryable: true,
	},
	not_sent_lease_expired: {
		kind: 'unreachable',
		message: 'n8n was paused for longer than the claim on this lasted, so it was not sent',
		nextStep: 'Run it again: the same key is used, and nothing is paid twice.',
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
	message: 'Stripe shows that nothing was done',
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
			'The ledger was not available, so it is not known whether a later attempt has paid this. Look in the Stripe dashboard first.',
	};
}
