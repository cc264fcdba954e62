import type { Entry, Outcome, Expectation } from '../../../ledger/model/entry';
import { getKnownPayment } from '../../../ledger/model/entryFacts';
import type { Payment } from '../../../ledger/model/payment';
import type { FinalClaimDecision } from '../../../ledger/rules/claim';
import type { PermissionRequest } from '../../../stripe/api/permissions';
import { paymentOf } from '../../../stripe/objects/paymentState';
import { multiStepKindOf } from '../../../payments/steps';
import { OTHER_VALUES_OF_BILL, addUnfinished } from './billMessages';
import { OTHER_VALUES_OF_CHANGE } from './changeMessages';
import { describeBlock } from './blockMessages';
import { currenciesOf, describeDifferences } from '../../../payments/parameterLabels';
import { getNotSentMessage, getMessageWithoutLedger } from './notSent';
import type { ItemOutcome, OutputName } from './outcomeMessages';
import { OUTCOME_MESSAGES } from './outcomeMessages';
import { endSentence, quoteStripeMessage } from './sentence';
import { movedAmountOf } from '../../../ledger/rules/budget';
import type { Grant } from '../../../ledger/rules/grant';
import type { AttemptReport, ExecutionResult } from '../../../payments/executeAttempt';
import type { Halt } from '../../../payments/halt';
import { describeHalt, getHaltRule, HALT_CODES } from '../../../payments/halt';
import { formatAmount } from '../../../stripe/objects/money';
import type { ItemMessage } from './notSent';

/** The result of one item: its output, and the data. */
export interface ItemResult {
	output: OutputName;
	outcome: ItemOutcome;
	/** Stripe objects; several for a list, none unless it succeeded. */
	objects: Record<string, unknown>[];
	facts: Partial<Outcome>;
	/** The payment state of a success, if it is about money. */
	payment?: Payment;
	/** A sentence, like the next step. */
	message: string;
	nextStep: string;
	retryable: boolean;
	entry?: Entry;
	source?: 'stripe' | 'ledger';
	replayed: boolean;
	/** The object was already in the requested state, so this run sent nothing. */
	alreadyDone: boolean;
	/** For a link: whether it can no longer be used. */
	expired?: boolean;
	/** Done by an earlier run, or for an earlier item of the batch. Nothing was left to do for this item. */
	isDuplicate: boolean;
	/** The rule that blocked it, if any, for programs and models. */
	reason?: string;
	/** Something the reader should know despite the outcome, e.g. that the ledger could not store it. */
	warning?: string;
	/** The ledger could not store the outcome, as the warning says. */
	isUnsaved?: boolean;
	/** A message for the person in front of the editor, even without an object. */
	note?: string;
	/** Secret fields of the object, for the item only. They must not reach a hint, a log or an error. */
	secretFields?: Record<string, string>;
}

/** What is known in addition to the outcome. */
export interface ResultDetails {
	message?: string;
	nextStep?: string;
	retryable?: boolean;
	entry?: Entry;
	/** The request to Stripe, if there is no entry. */
	request?: PermissionRequest;
	source?: 'stripe' | 'ledger';
	replayed?: boolean;
	alreadyDone?: boolean;
	expired?: boolean;
	isDuplicate?: boolean;
	reason?: string;
	warning?: string;
	isUnsaved?: boolean;
}

/** Builds a result with the messages of the outcome, unless more precise ones are given. */
export function toItemResult(
	outcome: Outcome | { kind: ItemOutcome },
	details: ResultDetails = {},
): ItemResult {
	const facts: Partial<Outcome> = 'statusCode' in outcome || 'message' in outcome ? outcome : {};
	const messages = OUTCOME_MESSAGES[outcome.kind];
	const message = details.message ?? messages.message(facts);
	const stripeMessage = quoteStripeMessage(outcome.kind, facts);
	return {
		output: messages.output,
		outcome: outcome.kind,
		// What a person resolved may have no response. Without an object its item would not leave at all.
		objects: outcome.kind === 'succeeded' ? [('body' in outcome ? outcome.body : undefined) ?? {}] : [],
		facts,
		payment: outcome.kind === 'succeeded' ? getPayment(outcome, details.entry) : undefined,
		message: endSentence(stripeMessage ? `${message}: ${stripeMessage}` : message),
		nextStep: details.nextStep ?? messages.nextStep(facts, details.request ?? details.entry?.request),
		retryable: details.retryable ?? messages.retryable,
		entry: details.entry,
		source: details.source,
		replayed: details.replayed ?? false,
		alreadyDone: details.alreadyDone ?? false,
		...(details.expired === undefined ? {} : { expired: details.expired }),
		isDuplicate: details.isDuplicate ?? false,
		reason: details.reason,
		warning: details.warning,
		isUnsaved: details.isUnsaved ?? false,
	};
}

/** The entry includes later events. Without a ledger, only the response is known. */
function getPayment(outcome: Outcome | { kind: ItemOutcome }, entry?: Entry): Payment | undefined {
	return (
		(entry && getKnownPayment(entry, paymentOf)) ?? ('payment' in outcome ? outcome.payment : undefined)
	);
}

/**
 * Builds the result of a claim that was not granted: the ledger has the answer, or says why there is none.
 *
 * @param isDuplicate whether its success has left the node before. The results of an earlier try of the same run (Retry On Fail)
 * have not: n8n discarded them
 */
export function resultOfClaim(
	claim: Exclude<FinalClaimDecision, { kind: 'granted' }>,
	{ isDuplicate }: { isDuplicate: boolean },
): ItemResult {
	const fromLedger = { entry: claim.entry, source: 'ledger' } as const;
	switch (claim.kind) {
		case 'replay':
			return toItemResult(claim.entry.outcome, { ...fromLedger, replayed: true, isDuplicate });
		case 'stored_rejection':
			return toItemResult(claim.entry.outcome, {
				...fromLedger,
				...getNotSentMessage(claim.entry.outcome),
				replayed: true,
			});
		case 'busy': {
			const until = new Date(claim.entry.leaseUntil).toISOString();
			return toItemResult(
				{ kind: 'busy' },
				{
					...fromLedger,
					message: `Another run is processing this item, or was interrupted. Its lock expires no later than ${until}`,
				},
			);
		}
		case 'conflict':
			return toItemResult(
				{ kind: 'conflict' },
				{ ...fromLedger, message: describeConflict(claim), nextStep: adviseOnConflict(claim.entry) },
			);
		case 'uncertain':
			return toItemResult({ kind: 'unknown' }, fromLedger);
		case 'blocked':
			return toItemResult(
				{ kind: 'blocked' },
				{ ...fromLedger, ...describeBlock(claim.reason, claim), reason: claim.reason },
			);
	}
}

function describeConflict({ entry, differences }: Extract<FinalClaimDecision, { kind: 'conflict' }>): string {
	const subject = entry.fields.map(([name, value]) => `${name} ${value}`).join(', ');
	const state = entry.state === 'succeeded' ? 'was already completed' : 'was already started';
	return `This (${subject}) ${state} with different values, so nothing was sent: ${describeDifferences(differences, currenciesOf(entry))}`;
}

/** A user who sends other values has to know that the earlier ones may still be paid. */
function adviseOnConflict(entry: Entry): string | undefined {
	if (entry.state === 'succeeded') return undefined;
	switch (multiStepKindOf(entry)) {
		case 'bill':
			return OTHER_VALUES_OF_BILL;
		case 'change':
			return OTHER_VALUES_OF_CHANGE;
		case undefined:
			return UNFINISHED;
	}
}

const UNFINISHED =
	'If it is the same payment, it may have been executed: run it again with the earlier values, which finds that out and pays nothing twice. If it is a new payment, give it its own number, or choose key fields that tell the two apart.';

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
	'The invoice of this change could not be read, so it was not compared with its preview. Check the latest invoice of the subscription.';

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
	const message = kind === 'unknown' ? 'It was sent before, and was not sent again' : 'Nothing was sent';
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
