import type { Outcome } from '../../../ledger/model/entry';
import type { Grant } from '../../../ledger/rules/grant';
import type { AttemptReport, ExecutionResult } from '../../../payments/executeAttempt';
import { getHaltRule } from '../../../payments/halt';
import { addUnfinished } from './billMessages';
import { getHaltWarning, getHaltMessage } from './halt';
import { getMovedWarning } from './movedWarning';
import { getNotSentMessage, getMessageWithoutLedger } from './notSent';
import type { ItemResult, ResultDetails } from './result';
import { toItemResult } from './result';
import { endSentence } from './sentence';

/** How an item leaves whose claim was granted, and settled. */
export function toSettledResult({
	grant,
	report,
	settled: { outcome, entry, warning },
}: Extract<ExecutionResult, { kind: 'settled' }>): ItemResult {
	const message = grant.notPersisted ? getMessageWithoutLedger(outcome) : getNotSentMessage(outcome);
	const unread = report.isInvoiceUnread ? INVOICE_UNREAD : undefined;
	const wasReplayed = isStripeReplay(grant, report, outcome);
	const forgotten =
		wasReplayed && grant.previous === undefined && !grant.notPersisted ? FORGOTTEN : undefined;
	const told = [warning, forgotten, getHaltWarning(report.halt), getMovedWarning(entry), unread];
	const warnings = told.filter((text) => text !== undefined);
	const details: ResultDetails = {
		entry,
		replayed: isReplay(grant, report) || wasReplayed,
		alreadyDone: report.alreadyDone,
		isDuplicate: isReplay(grant, report),
		source: 'stripe',
		...(warnings.length > 0 ? { warning: warnings.map(endSentence).join(' ') } : {}),
		isUnsaved: warning !== undefined,
		...message,
		...getHaltMessage(outcome),
	};
	const result = toResult(outcome, details);
	return { ...result, nextStep: addUnfinished(report.unfinishedInvoice, outcome, result.nextStep) };
}

function toResult(outcome: Outcome, details: ResultDetails): ItemResult {
	const reason = getHaltRule(outcome);
	if (reason === undefined) return toItemResult(outcome, details);
	return toItemResult(
		{ kind: 'blocked' },
		{ ...details, message: `${details.message ?? ''}: ${outcome.message ?? ''}`, reason },
	);
}

/** The key is known to Stripe, and to no entry: an older payment would be known to neither. */
const FORGOTTEN =
	'Stripe executed this earlier with the same key, but this ledger did not know it: it was restored from a backup or replaced, or another ledger is used for the same account. Stripe remembers keys for only 24 hours. See what else it does not know with Account → Check Ledger before the next run.';

const INVOICE_UNREAD =
	'The invoice of this could not be read, so it was not compared with its preview. Check the latest invoice of the subscription.';

/** An earlier run has done it, and the object shows that it still stands. */
function isReplay({ previous }: Grant, { alreadyDone, keepsPrevious }: AttemptReport): boolean {
	return alreadyDone === true && keepsPrevious === true && previous?.state === 'succeeded';
}

/**
 * Stripe answered with what an earlier request under the same key had brought about, and that was none of this run's own:
 * an earlier claim's, or, where this run sent only once, one that the ledger does not know of any more.
 */
function isStripeReplay(
	{ previous: before }: Grant,
	{ sends, wasFoundInStripe: wasThere }: AttemptReport,
	outcome: Outcome,
): boolean {
	const { kind, requestId, originalRequestId } = outcome;
	const isReplay = originalRequestId !== undefined && originalRequestId !== requestId;
	if (wasThere) return kind === 'succeeded';
	return kind === 'succeeded' && isReplay && (before !== undefined || sends === 1);
}
