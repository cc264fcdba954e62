import type { Outcome } from '../../../ledger/model/entry';
import type { Finding } from '../../../stripe/reconcile/finding';

/** What happened, and what to do next, in better words than the outcome's own. */
export interface UnsentWords {
	what?: string;
	nextStep?: string;
	retryable?: boolean;
}

/** Why a granted claim did not lead to a send, in words that the outcome's own do not have. */
const UNSENT = {
	unsent_not_found: {
		kind: 'unknown',
		what: 'It was sent before, what came of it cannot be found in Stripe, and Stripe may have forgotten its key, so it is not sent again',
		nextStep:
			'Search the Stripe dashboard for the entry ID, which stands in the metadata n8n_entry. The message has the address to look at. Then write down what you have found, with Idempotency Registry: Entry, Settle by Hand. Running it again only looks again.',
		retryable: false,
	},
	unsent_too_early: {
		kind: 'unknown',
		what: 'It was sent before, what came of it cannot be found in Stripe yet, and Stripe may have forgotten its key, so it is not sent again',
		nextStep:
			'Run it again with the same item at the time given: it is looked up again then, and nothing is paid twice. Do not start a new payment for it before.',
		retryable: true,
	},
	unsent_not_answered: {
		kind: 'unknown',
		what: 'It was sent before, and Stripe could not be asked now what came of it, so it was not sent again',
		nextStep: 'Run it again later with the same item: first it is looked up, and nothing is paid twice.',
		retryable: true,
	},
	earlier_processing: {
		kind: 'busy',
		what: 'A payment that an earlier attempt of this has made is being processed, so nothing new was sent',
		nextStep:
			'Run it again later with the same item: when its bank has answered, that decides. Nothing is paid twice.',
		retryable: true,
	},
	earlier_not_answered: {
		kind: 'unreachable',
		what: 'What has become of a payment that an earlier attempt of this has made could not be found out, so nothing new was sent',
		nextStep: 'Run it again later with the same item. Nothing is paid twice.',
		retryable: true,
	},
	earlier_changed: {
		kind: 'busy',
		what: 'The payment of an earlier attempt was changed or cancelled by somebody else just now, so it was not charged',
		nextStep: 'Run it again with the same item: a new payment is made then. Nothing is paid twice.',
		retryable: true,
	},
	earlier_paid_otherwise: {
		kind: 'conflict',
		what: 'A payment that an earlier attempt of this has made was paid meanwhile, and is not what is asked for now, so nothing new was sent',
		nextStep:
			'Look at that payment in the Stripe dashboard. If it is what was wanted, send its values. If not, refund it there first. A further payment needs a number of its own.',
		retryable: false,
	},
	earlier_not_found: {
		kind: 'conflict',
		what: 'An earlier attempt of this may have left a payment behind that cannot be found, so nothing new was sent',
		nextStep:
			'Search the Stripe dashboard for it, and cancel it there if it is not paid. Then pay this under a key of its own.',
		retryable: false,
	},
	verify_not_answered: {
		kind: 'unreachable',
		what: 'Stripe could not be asked whether this was done before (Verify New), so it was not sent',
		nextStep: 'Run it again later with the same item: it is looked up first, and nothing is paid twice.',
		retryable: true,
	},
	verify_found_otherwise: {
		kind: 'conflict',
		what: 'Stripe shows something of this entry that is not what is asked for now, so nothing was sent (Verify New)',
		nextStep:
			'Look at it in Stripe, at the address in the message. If it is what was wanted, send its values, or write it into the ledger with Idempotency Registry: Entry, Adopt.',
		retryable: false,
	},
	unsent_stopped: {
		kind: 'unreachable',
		what: 'The run was stopped before this was sent',
		nextStep: 'Run it again: the same key is used, and nothing is paid twice.',
		retryable: true,
	},
	unsent_time_unknown: {
		kind: 'unreachable',
		what: 'The clock of this host was set meanwhile, and Stripe could not be asked what time it is, so it was not sent',
		nextStep: 'Run it again: the same key is used, and nothing is paid twice.',
		retryable: true,
	},
	unsent_paused: {
		kind: 'unreachable',
		what: 'n8n was paused for longer than the claim on this lasted, so it was not sent',
		nextStep: 'Run it again: the same key is used, and nothing is paid twice.',
		retryable: true,
	},
} as const;

type Why = keyof typeof UNSENT;

export function unsent(why: Why, message?: string): Outcome & { kind: (typeof UNSENT)[Why]['kind'] } {
	return { kind: UNSENT[why].kind, code: why, message };
}

/** Stripe shows that the attempt had no effect, and will have none. */
export const absentForGood: Outcome = {
	...{ kind: 'unreachable', code: 'absent', message: 'Stripe shows that nothing was done' },
};

/** What looking in Stripe told, where it neither found it nor proved that it is not there. */
export function unsentAfter(finding: Exclude<Finding, { kind: 'found' | 'absent' }>): Outcome {
	switch (finding.kind) {
		case 'cannot_tell': {
			const why = finding.lookAgainAt === undefined ? 'unsent_not_found' : 'unsent_too_early';
			return unsent(why, `${finding.reason}. ${finding.dashboardUrl}`);
		}
		case 'not_answered':
			return unsent('unsent_not_answered', finding.reason);
	}
}

/** What looking for an earlier ledger's work has told, where it was neither found nor surely not there. */
export function unsentUnverified(finding: Exclude<Finding, { kind: 'found' | 'absent' }>): Outcome {
	return finding.kind === 'not_answered'
		? unsent('verify_not_answered', finding.reason)
		: unsent('verify_found_otherwise', `${finding.reason}. ${finding.dashboardUrl}`);
}

/** Better words than the outcome's own, where nothing was sent. */
export function wordsOfUnsent({ code }: Outcome): UnsentWords {
	return code !== undefined && Object.hasOwn(UNSENT, code) ? wordsOf(code as Why) : {};
}

function wordsOf(why: Why): UnsentWords {
	const { what, nextStep, retryable } = UNSENT[why];
	return { what, nextStep, retryable };
}

/** Without the ledger nobody knows whether a later attempt has paid: no advice may lead to a second payment. */
export function wordsWithoutLedger({ kind }: Outcome): UnsentWords {
	if (kind !== 'rejected' && kind !== 'conflict') return {};
	return {
		nextStep:
			'The ledger was not available, so it is not known whether a later attempt has paid this. Look in the Stripe dashboard first.',
	};
}
