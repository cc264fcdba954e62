import type { Outcome } from '../../../ledger/model/entry';
import type { TimeSource } from '../../../ledger/clock';
import type { Question, ReadRequest } from '../../../stripe/api/reads';
import { sendRead } from '../../../stripe/api/reads';
import { PreflightError, downgradeToUnreachable } from '../run/errorToResult';
import { OUTCOME_MESSAGES } from '../run/outcomeMessages';

/**
 * One object that has to be known before an item can be sent.
 *
 * @param otherwise what to do where Stripe does not give it, and the ID is not what is wrong
 * @throws PreflightError
 */
export async function getObject(
	request: ReadRequest,
	question: Question,
	time: TimeSource,
	otherwise = 'Run it again later, with the same item.',
): Promise<Record<string, unknown>> {
	const outcome = await sendRead(request, question, time);
	const path = typeof question === 'string' ? question : question.path;
	if (outcome.kind === 'succeeded') return outcome.body ?? {};
	const message = `Nothing was sent, because ${path} had to be read first and could not be. ${describeReadOutcome(outcome)}`;
	const nextStep = outcome.kind === 'rejected' ? 'Correct the ID and run it again.' : otherwise;
	throw new PreflightError(downgradeToUnreachable(outcome), { message, nextStep });
}

export function describeReadOutcome(outcome: Outcome): string {
	return outcome.kind === 'unknown'
		? 'No answer from Stripe'
		: OUTCOME_MESSAGES[outcome.kind].message(outcome);
}
