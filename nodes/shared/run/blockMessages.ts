import type { Entry } from '../../../ledger/model/entry';
import type { Difference } from '../../../ledger/model/request';
import type { KillSwitch } from '../../../ledger/model/row';
import type { ApprovalChange, ApprovalMismatch } from '../../../ledger/identity/check';
import type { BlockReason } from '../../../ledger/rules/token';
import { describeKillSwitch } from '../../../payments/halt';
import { formatAmount } from '../../../stripe/objects/money';

interface BlockFacts {
	entry?: Entry;
	differences?: readonly Difference[];
	killSwitch?: KillSwitch;
	approvalMismatch?: ApprovalMismatch;
}

interface BlockMessage {
	message: string;
	nextStep: string;
}

/** For people and models. Each next step is one sentence, because a model follows only one of two. */
export function describeBlock(reason: BlockReason, facts: BlockFacts = {}): BlockMessage {
	return BLOCK_MESSAGES[reason](facts);
}

const BLOCK_MESSAGES: Readonly<Record<BlockReason, (facts: BlockFacts) => BlockMessage>> = {
	token_required: () => ({
		message: 'This was reserved for a token, but the token is missing',
		nextStep: 'Pass on the token that Reserve returned, and do not try it another way.',
	}),
	invalid_token: () => ({
		message: 'This token was not issued by this ledger',
		nextStep:
			'Do not make up a token: call Reserve for this payment first, and pass on the token exactly as returned.',
	}),
	earlier_token: () => ({
		message: 'This token belongs to an earlier reservation that is no longer open',
		nextStep: 'Call Reserve again with the current values, and use the token it returns instead.',
	}),
	request_mismatch: ({ differences = [] }) => ({
		message: `This is not what the token was issued for: ${differences
			.map(
				({ name, stored, requested }) => `${name} was reserved as ${stored}, but is now ${requested}`,
			)
			.join('; ')}`,
		nextStep:
			'Call it again with exactly what was reserved. For anything else, call Reserve first to get a token, if it is allowed.',
	}),
	waiting_for_approval: () => ({
		message: 'A person has to approve this first and has not decided yet',
		nextStep:
			'Tell the user that it is waiting for approval, call it again with the same token once it is approved, and do not reserve it again in smaller parts.',
	}),
	reservation_incomplete: () => ({
		message: 'The reservation was not completed, so its token is not valid yet',
		nextStep: 'Call Reserve again with the same values. It returns the same token.',
	}),
	payments_stopped: ({ killSwitch }) => ({
		message: describeKillSwitch(killSwitch),
		nextStep: 'Tell the user that a person has to resume payments, and do not try again.',
	}),
	not_approved: ({ approvalMismatch }) => ({
		message: `This is not what was approved, so nothing was sent: ${approvalMismatch ? describeApprovalMismatch(approvalMismatch) : ''}`,
		nextStep:
			'Check it again with Check Only, let a person approve the result, and pass on the items from Checked.',
	}),
	expired: ({ entry }) => ({
		message: `The reservation expired${describeExpiry(entry)} and was not used`,
		nextStep: 'If it is still wanted, call Reserve again with the same values.',
	}),
	denied: ({ entry }) => ({
		message: `This was denied${describeDecider(entry)}`,
		nextStep: 'Tell the user that it was denied, and do not try it again or another way.',
	}),
	revoked: ({ entry }) => ({
		message: `The token was revoked${describeDecider(entry)}`,
		nextStep: 'Tell the user that a person revoked it, and do not try again.',
	}),
	over_limit: () => ({
		message: 'A spending limit was exceeded when this was reserved',
		nextStep: 'Tell the user, and reserve it again when the limit allows it, e.g. the next day.',
	}),
	cancelled: ({ entry }) => ({
		message: `This was canceled in the ledger${describeDecider(entry)}`,
		nextStep: 'Ask the person who canceled it. It will not be sent.',
	}),
};

function describeDecider(entry: Entry | undefined): string {
	const decidedBy = entry?.state === 'cancelled' ? entry.cancellation?.decidedBy : undefined;
	return decidedBy ? ` by ${decidedBy}` : '';
}

function describeExpiry(entry: Entry | undefined): string {
	const { reservation } = entry ?? {};
	return reservation ? ` at ${new Date(reservation.validUntil).toISOString()}` : '';
}

/** The first one that applies is reported, because the later ones follow from it. */
const CHANGE_WORDS: readonly [ApprovalChange | 'approvesNothing', string][] = [
	['account', 'the check is for a different account or mode (test or live)'],
	['entry', 'the check is for a different item'],
	['approvesNothing', 'when it was checked, a run would not have sent it'],
	['amount', 'the amount has changed'],
	['request', 'its fields, or the API version, have changed since the check'],
	['objects', 'an object in Stripe has changed since the check'],
	['attempt', 'a different run has processed it since the check'],
	['signature', 'the check was altered, or made with a different HMAC Secret'],
];

/** Describes how the request differs from the approved one, as far as that is known. */
function describeApprovalMismatch({ changes, approvesNothing, spend }: ApprovalMismatch): string {
	const found = new Set<string>([...changes, ...(approvesNothing ? ['approvesNothing'] : [])]);
	const [first, words] = CHANGE_WORDS.find(([change]) => found.has(change)) ?? ['', 'it has changed'];
	if (first !== 'amount' || !spend) return words;
	return `${words}, it is now ${formatAmount(String(spend.amount), spend.currency)}`;
}
