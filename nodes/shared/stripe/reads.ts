import type { Outcome } from '../../../ledger/model/entry';
import type { TimeSource } from '../../../ledger/clock';
import type { PermissionRequest } from '../../../stripe/api/permissions';
import type { Question, ReadRequest } from '../../../stripe/api/reads';
import { sendRead } from '../../../stripe/api/reads';
import { PreflightError, downgradeToUnreachable } from '../run/errorToResult';
import { OUTCOME_MESSAGES } from '../run/outcomeMessages';

/**
 * Reads an object that has to be known before an item can be sent.
 *
 * @param otherwise what to do if Stripe does not return it, and the ID is not the reason
 * @throws PreflightError
 */
export async function getObject(
	request: ReadRequest,
	question: Question,
	time: TimeSource,
	otherwise?: string,
): Promise<Record<string, unknown>> {
	const outcome = await sendRead(request, question, time);
	if (outcome.kind === 'succeeded') return outcome.body ?? {};
	throw buildReadError(outcome, question, otherwise);
}

/** Builds the error for an item that was not sent, because a read before it failed. */
export function buildReadError(outcome: Outcome, question: Question, otherwise = RUN_LATER): PreflightError {
	const read =
		typeof question === 'string'
			? ({ method: 'GET', path: question } as const)
			: ({ method: 'POST', path: question.path } as const);
	const message = `Nothing was sent, because ${read.path} had to be read first and could not be. ${describeReadOutcome(outcome)}`;
	const nextStep = describeNextStep(outcome, read, otherwise);
	return new PreflightError(downgradeToUnreachable(outcome), { message, nextStep });
}

function describeNextStep(outcome: Outcome, read: PermissionRequest, otherwise: string): string {
	if (outcome.kind === 'rejected') return 'Correct the ID and run it again.';
	return outcome.kind === 'unauthorized'
		? OUTCOME_MESSAGES.unauthorized.nextStep(outcome, read)
		: otherwise;
}

const RUN_LATER = 'Run it again later, with the same item.';

export function describeReadOutcome(outcome: Outcome): string {
	return outcome.kind === 'unknown'
		? 'No answer from Stripe'
		: OUTCOME_MESSAGES[outcome.kind].message(outcome);
}
