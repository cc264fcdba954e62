import type { Entry, Outcome } from '../../../ledger/model/entry';
import { getKnownPayment } from '../../../ledger/model/entryFacts';
import type { Payment } from '../../../ledger/model/payment';
import type { FinalClaimDecision } from '../../../ledger/rules/claim';
import type { PermissionRequest } from '../../../stripe/api/permissions';
import { paymentOf } from '../../../stripe/objects/paymentState';
import { multiStepKindOf } from '../../../payments/steps';
import { OTHER_VALUES_OF_BILL } from './billMessages';
import { OTHER_VALUES_OF_CHANGE } from './changeMessages';
import { describeBlock } from './blockMessages';
import { currenciesOf, describeDifferences } from '../../../payments/parameterLabels';
import { getNotSentMessage } from './notSent';
import type { ItemOutcome, OutputName } from './outcomeMessages';
import { OUTCOME_MESSAGES } from './outcomeMessages';
import { endSentence, quoteStripeMessage } from './sentence';

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
		objects: outcome.kind === 'succeeded' ? [('body' in outcome && outcome.body) || {}] : [],
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
