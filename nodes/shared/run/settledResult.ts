import type { Entry, Expectation, Outcome } from '../../../ledger/model/entry';
import { movedAmountOf } from '../../../ledger/rules/budget';
import type { Grant } from '../../../ledger/rules/grant';
import type { AttemptReport, ExecutionResult } from '../../../payments/executeAttempt';
import type { Halt } from '../../../payments/halt';
import { describeHalt, getHaltRule, HALT_CODES } from '../../../payments/halt';
import { formatAmount } from '../../../stripe/objects/money';
import { addUnfinished } from './billMessages';
import { describeBlock } from './blockMessages';
import type { ItemMessage } from './notSent';
import { getNotSentMessage, getMessageWithoutLedger } from './notSent';
import type { ItemResult, ResultDetails } from './result';
import { toItemResult } from './result';
import { endSentence } from './sentence';

/** Builds the result of a claim that was granted and settled. */
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
	const warnings = [warning, forgotten, getHaltWarning(report.halt), getMovedWarning(entry), unread].filter(
		(text) => text !== undefined,
	);
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
	// A request that a rule has stopped is blocked, whatever its attempt resulted in.
	const reason = getHaltRule(outcome);
	const fullMessage = `${details.message ?? ''}: ${outcome.message ?? ''}`;
	const result = reason
		? toItemResult({ kind: 'blocked' }, { ...details, message: fullMessage, reason })
		: toItemResult(outcome, details);
	return { ...result, nextStep: addUnfinished(report.unfinished, outcome, result.nextStep) };
}

/** Stripe knows the key, but no entry has it. An older payment would be known to neither. */
const FORGOTTEN =
	'Stripe executed this earlier with the same key, but this ledger did not know it: it was restored from a backup or replaced, or another ledger is used for the same account. Stripe remembers keys for only 24 hours. See what else it does not know with Account → Check Ledger before the next run.';

const INVOICE_UNREAD =
	'The invoice of this could not be read, so it was not compared with its preview. Check the latest invoice of the subscription.';

/** An earlier run did it, and the object shows that it is still the case. */
function isReplay({ previous }: Grant, { alreadyDone, keepsPrevious }: AttemptReport): boolean {
	return alreadyDone === true && keepsPrevious === true && previous?.state === 'succeeded';
}

/**
 * Stripe replayed the response of an earlier request under the same key, which was not one of this run: an earlier claim's, or,
 * if this run sent only once, one that the ledger has lost.
 */
function isStripeReplay(
	{ previous }: Grant,
	{ sends, wasFoundInStripe }: AttemptReport,
	outcome: Outcome,
): boolean {
	const { kind, requestId, originalRequestId } = outcome;
	const isReplay = originalRequestId !== undefined && originalRequestId !== requestId;
	if (wasFoundInStripe) return kind === 'succeeded';
	return kind === 'succeeded' && isReplay && (previous !== undefined || sends === 1);
}

/** A more precise message, if nothing was sent. */
export function getHaltMessage({ kind, code }: Outcome): ItemMessage {
	const message = kind === 'unknown' ? 'It was sent before and is not sent again now' : 'Nothing was sent';
	if (code === HALT_CODES.payments_stopped)
		return { message, nextStep: STOPPED_NEXT_STEP, retryable: false };
	if (code === HALT_CODES.over_cap) return { message, nextStep: OVER_CAP_NEXT_STEP, retryable: false };
	if (code === HALT_CODES.unreadable)
		return {
			message:
				'The ledger could not be read to check whether payments are stopped, so nothing was sent',
			nextStep: 'Follow the message, then run it again with the same item.',
		};
	return {};
}

const STOPPED_NEXT_STEP = describeBlock('payments_stopped').nextStep;
const OVER_CAP_NEXT_STEP = 'Check the amount. If it is right, raise the limit and run it again.';

/** The earlier send stays uncertain, and the reader has to know why it was not resent. */
export function getHaltWarning(halt: Halt | undefined): string | undefined {
	if (!halt) return undefined;
	return halt.kind !== 'unreadable'
		? `It was not sent again: ${describeHalt(halt)}`
		: `It was not sent again, because the ledger could not be read to check whether payments are stopped: ${halt.reason}`;
}

/** Says that Stripe moved another amount than was reserved. */
export function getMovedWarning(entry: Entry): string | undefined {
	if (entry.expectation?.inWords !== undefined) return getPreviewWarning(entry, entry.expectation);
	const { reservation } = entry;
	const payment = entry.state === 'succeeded' ? entry.outcome.payment : undefined;
	if (!reservation || !payment) return undefined;
	const { amount, currency } = reservation.intent;
	const requested = formatAmount(String(reservation.usedAmount ?? amount), currency);
	if (payment.currency !== undefined && payment.currency !== currency)
		return `${requested} was requested by token, but Stripe moved a different currency: ${payment.currency.toUpperCase()}. A person has to check it.`;
	const moved = movedAmountOf(entry);
	if (moved === undefined || moved === (reservation.usedAmount ?? amount)) return undefined;
	return `${requested} was requested by token, but Stripe moved ${formatAmount(String(moved), currency)}, which is what counts toward the limits. A person has to check it.`;
}

/** An invoice can exceed its preview. Only Stripe could prevent that. */
function getPreviewWarning(entry: Entry, { spend, atMost }: Expectation): string | undefined {
	const payment = entry.state === 'succeeded' ? entry.outcome.payment : undefined;
	if (!payment) return undefined;
	const { moved, notMoved, object, currency = spend.currency } = payment;
	const total = moved + notMoved;
	if (currency === spend.currency && total <= spend.amount) return undefined;
	const [previewed, invoiced] = [
		formatAmount(String(spend.amount), spend.currency),
		formatAmount(String(total), currency),
	];
	const isAbove = atMost !== undefined && (currency !== spend.currency || total > atMost);
	const limit = isAbove
		? `, which is more than Charge at Most (${formatAmount(String(atMost), spend.currency)})`
		: '';
	return `Stripe previewed ${previewed}, but the invoice came to ${invoiced}${limit}. A person has to check ${object}.`;
}
