import type { ItemResult } from '../../shared/run/result';
import type { ItemOutcome } from '../../shared/run/outcomeMessages';

const AGAIN = 'Call this tool again with exactly the same arguments: nothing is charged twice.';

/** What a model is to do next: one sentence, because of two it follows one. */
const NEXT_STEPS: Readonly<Record<Exclude<ItemOutcome, 'succeeded' | 'blocked'>, string>> = {
	rejected:
		'Tell the user that Stripe refused it and why, and do not call this tool again with the same arguments.',
	unauthorized:
		'Tell the user that a person has to correct the Stripe credential, and do not try it another way.',
	conflict:
		'Tell the user that this was completed or started before with different values, and do not change the number to get around that.',
	busy: AGAIN,
	rate_limited: AGAIN,
	unknown:
		'Call this tool again with exactly the same arguments: nothing is charged twice, but a new payment would be a second charge.',
	unreachable: AGAIN,
	ledger_unavailable:
		'Tell the user that nothing can be paid now, and call this tool again later with the same arguments.',
	missing_key: 'Call this tool again with the value that is missing, or ask the user for it.',
	refused: 'Correct what the message names and call this tool again, or tell the user what is missing.',
};

/** What a rule stopped has words of its own for models. */
export function getNextStepForModel({ outcome, facts, nextStep }: ItemResult): string {
	if (outcome === 'succeeded' || outcome === 'blocked') return nextStep;
	return outcome === 'rejected' && facts.statusCode === 402
		? getNextStepAfterDecline(facts)
		: NEXT_STEPS[outcome];
}

/** What the bank advises (docs.stripe.com/declines/codes). */
function getNextStepAfterDecline({ adviceCode, declineCode }: ItemResult['facts']): string {
	if (declineCode === 'authentication_required')
		return 'Tell the user that the customer has to confirm this payment in person, and do not try it again until then.';
	if (adviceCode === 'do_not_try_again')
		return 'Tell the user that this payment method must not be tried again, and ask for a different one.';
	return 'Tell the user that the payment was declined, and ask for a different payment method.';
}
