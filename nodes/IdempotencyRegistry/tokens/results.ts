import type { IDataObject } from 'n8n-workflow';

import { getKnownPayment } from '../../../ledger/model/entryFacts';
import type { Entry, Intent, Outcome } from '../../../ledger/model/entry';
import type { Limit } from '../../../ledger/rules/budget';
import type { Violation } from '../../../ledger/rules/policy';
import type { ReserveInput, ReserveResult } from '../../../ledger/tokenRegistry';
import type { BlockReason } from '../../../ledger/rules/token';
import { describeBlock } from '../../shared/run/blockMessages';
import { currenciesOf, describeDifferences } from '../../../payments/parameterLabels';
import { getNextStepAfterRejection } from '../../shared/run/rejectionMessages';
import type { RegistryResult, RefusedResult, RegistryOutput } from '../output/result';
import { passThrough, refuse, describeEntry } from '../output/result';
import { paymentOf } from '../../../stripe/objects/paymentState';
import { buildIdempotencyField } from '../../shared/run/idempotencyField';
import { describeUnpaid } from '../../shared/run/paymentMessages';
import { quoteStripeMessage } from '../../shared/run/sentence';
import { INTENT_OPERATIONS } from '../../../payments/intentOperations';
import { formatReservedAmount, toReservationView } from './reservationView';

/** Builds the result of Reserve, with messages that a model can follow. */
export function toReserveResult(result: ReserveResult, request: ReserveInput): RegistryResult {
	switch (result.kind) {
		case 'reserved':
			return toReservedResult(result.entry, result.token);
		case 'conflict':
			return refuse({
				outcome: 'conflict',
				message: `This (${describeEntry(result.entry)}) was reserved with other values: ${describeDifferences(result.differences, currenciesOf(result.entry))}`,
				nextStep:
					'If it is the same payment, call Reserve again with the earlier values; if the user wants a different payment, ask for its own number, and never change the number to get around this.',
				facts: { differences: result.differences.map((one) => ({ ...one })) },
				entry: result.entry,
			});
		case 'blocked':
			return refuseBlocked(result.entry, result.reason);
		case 'payments_stopped':
			return refuse({
				outcome: 'blocked',
				reason: 'payments_stopped',
				message: describeBlock('payments_stopped', result).message,
				nextStep: describeBlock('payments_stopped', result).nextStep,
			});
		case 'violation':
			return refuseViolation(result, request);
		case 'over_limit':
			return refuseOverLimit(result.limit, result.left, request, result.entry);
	}
}

/** Builds the result for a token, depending on the state of its entry. */
function toReservedResult(entry: Entry, token: string): RegistryResult {
	switch (entry.state) {
		case 'reserved':
			return entry.reservation?.approval.state === 'waiting'
				? answerWithToken('waiting', entry, token, {
						outcome: 'waiting_for_approval',
						nextStep: describeBlock('waiting_for_approval').nextStep,
					})
				: answerWithToken('reserved', entry, token, READY);
		case 'released':
			return answerWithToken('reserved', entry, token, READY);
		case 'in_flight':
			return answerWithToken('reserved', entry, token, {
				outcome: 'already_used',
				nextStep:
					'Call the payment again with the same token to learn its outcome, because it is being processed right now, and do not make a new reservation.',
			});
		case 'unknown':
			return answerWithToken('reserved', entry, token, {
				outcome: 'already_used',
				nextStep:
					'Call the payment again with the same token and values, because its outcome is not known yet and nothing is charged twice, and do not make a new reservation.',
			});
		case 'succeeded':
			return answerWithToken('reserved', entry, token, describeAlreadyDone(entry));
		case 'rejected':
			return refuseRejectedReservation(entry);
		case 'cancelled':
			return refuseBlocked(entry, entry.cancellation?.reason ?? 'cancelled');
	}
}

const READY = {
	outcome: 'reserved',
	nextStep:
		'Now call the payment once with this token, exactly as returned, and with exactly what was reserved.',
};

function answerWithToken(
	output: RegistryOutput,
	entry: Entry,
	token: string,
	details: { outcome: string; nextStep: string; objectId?: string },
): RegistryResult {
	return passThrough(output, {
		...details,
		token,
		reservation: toReservationView(entry),
		idempotency: buildIdempotencyField(entry, { replayed: entry.state !== 'reserved' }),
	} satisfies IDataObject);
}

function describeAlreadyDone(entry: Entry): { outcome: string; nextStep: string; objectId?: string } {
	const { objectId, body = {} } = 'outcome' in entry ? entry.outcome : {};
	const open = describeUnpaid(getKnownPayment(entry, paymentOf), body);
	const known = Object.entries(INTENT_OPERATIONS).find(([name]) => name === entry.operation.split(' ')[0]);
	const verb = entry.operation.startsWith('refund.') ? 'refund' : 'charge';
	const by = `${known?.[1].done ?? 'completed by'} ${objectId ?? '(unknown)'}`;
	return {
		outcome: 'already_done',
		nextStep: open
			? `${open} Do not create it again. Tell the user.`
			: `Tell the user that this was already ${by}, and do not ${verb} again.`,
		...(objectId === undefined ? {} : { objectId }),
	};
}

function refuseRejectedReservation(entry: Entry): RefusedResult {
	const facts: Partial<Outcome> = 'outcome' in entry ? entry.outcome : {};
	const { code, declineCode, adviceCode, objectId, statusCode } = facts;
	const stripeMessage = quoteStripeMessage('rejected', facts);
	return refuse({
		outcome: 'rejected',
		reason: declineCode ?? code ?? 'rejected',
		message: `This was tried before and ${statusCode === 402 ? 'declined' : 'rejected by Stripe'}${stripeMessage ? `: ${stripeMessage}` : ''}`,
		nextStep: `Tell the user. It is not retried automatically. ${getNextStepAfterRejection(facts)}`,
		facts: { adviceCode: adviceCode ?? null, objectId: objectId ?? null },
		entry,
		idempotency: { replayed: true },
	});
}

function refuseBlocked(entry: Entry, reason: BlockReason): RefusedResult {
	if (reason === 'token_required') return refuseDoneWithoutToken(entry);
	const { message, nextStep } = describeBlock(reason, { entry });
	return refuse({
		outcome: 'blocked',
		reason,
		message,
		nextStep,
		entry,
		facts: { reservation: toReservationView(entry) },
	});
}

/** The same decision was executed, or started, by a node that requires no token. */
function refuseDoneWithoutToken(entry: Entry): RefusedResult {
	const message = `This (${describeEntry(entry)}) was completed or started before without a token`;
	if (entry.state === 'succeeded') {
		const { nextStep, objectId = null } = describeAlreadyDone(entry);
		return refuse({
			outcome: 'already_done',
			message,
			nextStep,
			entry,
			facts: { objectId },
			idempotency: { replayed: true },
		});
	}
	return refuse({
		outcome: 'blocked',
		reason: 'begun_without_token',
		message,
		nextStep:
			'Tell the user that a person has to finish it where it was started, and do not try it another way.',
		entry,
	});
}

function refuseViolation({ violation, entry }: ViolatedReservation, request: ReserveInput): RefusedResult {
	const result = refuseNotAllowed(violation, request);
	if (entry === undefined || entry.state === 'reserved' || entry.state === 'released') return result;
	// A caller who may not have the token still has to know that the payment was, or may have been, made. Otherwise a person
	// would pay it again.
	const { nextStep } = entry.state === 'succeeded' ? describeAlreadyDone(entry) : BEGUN;
	return refuse({
		...result,
		message: `${result.message} It was completed or started before: ${describeEntry(entry)}`,
		nextStep,
	});
}

const BEGUN = {
	nextStep:
		'Tell the user that it was started before and where it has to be finished, and do not pay it another way.',
};

type ViolatedReservation = Extract<ReserveResult, { kind: 'violation' }>;

function refuseNotAllowed(violation: Violation, input: ReserveInput): RefusedResult {
	return refuse({
		outcome: 'not_allowed',
		nextStep: 'Do not try it another way. Tell the user that you are not allowed to do it.',
		...describeViolation(violation, input),
	});
}

type ViolationMessage = Pick<RefusedResult, 'reason' | 'message' | 'facts'> & { nextStep?: string };

function describeViolation(violation: Violation, { intent, policy }: ReserveInput): ViolationMessage {
	switch (violation.kind) {
		case 'operation':
			return {
				reason: 'operation_not_allowed',
				message: `${intent.operation} is not allowed; allowed: ${violation.allowed.join(', ')}`,
			};
		case 'currency':
			return describeForbiddenCurrency(intent, violation.allowed);
		case 'customer':
			return {
				reason: 'customer_not_allowed',
				message:
					intent.customer === undefined
						? 'No customer is named, and only some customers are allowed'
						: `${intent.customer} is not among the ${policy.customers.length} allowed customers`,
			};
		case 'approval':
			return {
				reason: 'needs_approval',
				message: 'This needs approval by a person, but it was started without one',
			};
		case 'too_much':
			return describeTooMuch(intent, violation.most);
	}
}

function describeForbiddenCurrency({ currency }: Intent, allowedCodes: readonly string[]): ViolationMessage {
	const allowed = allowedCodes.map((code) => code.toUpperCase());
	return {
		reason: 'currency_not_allowed',
		facts: { allowed },
		message: `${currency.toUpperCase()} cannot be spent; allowed: ${allowed.join(', ')}`,
	};
}

function describeTooMuch({ amount, currency }: Intent, most: number): ViolationMessage {
	const mostInWords = formatReservedAmount(most, currency);
	return {
		reason: 'above_limit_per_payment',
		message: `${formatReservedAmount(amount, currency)} exceeds the maximum for one payment: ${mostInWords} (${most} in the minor unit)`,
		nextStep: `Tell the user that at most ${mostInWords} is allowed per payment. Do not split it into smaller parts.`,
		facts: { most, mostInWords, currency },
	};
}

function refuseOverLimit(
	limit: Limit,
	left: number,
	{ intent, spender }: ReserveInput,
	entry: Entry,
): RefusedResult {
	const outcome = 'over_limit';
	switch (limit.kind) {
		case 'per_day': {
			const leftInWords = formatReservedAmount(left, intent.currency);
			return refuse({
				outcome,
				reason: 'limit_per_day',
				entry,
				message: `${formatReservedAmount(intent.amount, intent.currency)} exceeds what is left for ${spender.agent} today (UTC): ${leftInWords} (${left} in the minor unit)`,
				nextStep: `Tell the user. Today at most ${leftInWords} can still be reserved; tomorrow the full limit is available again.`,
				facts: { left, leftInWords, currency: intent.currency },
			});
		}
		case 'per_session':
			return refuse({
				outcome,
				reason: 'limit_per_session',
				entry,
				facts: { left },
				message: 'This session has reached its number of reservations',
				nextStep:
					'Reserve nothing more in this session. Tell the user that a person has to continue from here.',
			});
	}
}
