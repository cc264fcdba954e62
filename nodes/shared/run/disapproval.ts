import type { ApprovalChange, Disapproval } from '../../../ledger/identity/check';
import { formatAmount } from '../../../stripe/objects/money';

/** The first that holds is told: what comes after it follows from it. */
const CHANGE_WORDS: readonly [ApprovalChange | 'approvesNothing', string][] = [
	['account', 'the check is for a different account or mode (test or live)'],
	['entry', 'the check is for a different item'],
	['approvesNothing', 'when it was checked, a run would not have sent it'],
	['amount', 'the amount has changed'],
	['request', 'its fields, or the API version, have changed since the check'],
	['objects', 'an object in Stripe has changed since the check'],
	['attempt', 'a different run has processed it since the check'],
	['seal', 'the check was altered, or made with a different HMAC Secret'],
];

/** How what would be sent differs from what a person has approved, as far as that can be told. */
export function describeDisapproval({ changes, approvesNothing, spend }: Disapproval): string {
	const found = new Set<string>([...changes, ...(approvesNothing ? ['approvesNothing'] : [])]);
	const [first, words] = CHANGE_WORDS.find(([change]) => found.has(change)) ?? ['', 'it has changed'];
	if (first !== 'amount' || !spend) return words;
	return `${words}, it is now ${formatAmount(String(spend.amount), spend.currency)}`;
}
