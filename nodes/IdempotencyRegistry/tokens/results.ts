import type { IDataObject } from 'n8n-workflow';

import { knownPayment } from '../../../ledger/model/knownPayment';
import type { Entry, Outcome } from '../../../ledger/model/entry';
import type { Limit } from '../../../ledger/rules/budget';
import type { Violation } from '../../../ledger/rules/policy';
import type { Asked, Reserved } from '../../../ledger/tokenRegistry';
import type { BarrierReason } from '../../../ledger/rules/token';
import { barrierWords } from '../../shared/run/blockMessages';
import { currenciesOf, differenceWords } from '../../shared/run/describeDifferences';
import { nextStepAfterRejection } from '../../shared/run/rejectionMessages';
import type { Departure, Refused } from '../output/result';
import { goesOn, refused } from '../output/result';
import { whatOf } from '../output/describeEntry';
import { paymentOfEntry } from '../../../stripe/objects/paymentState';
import { idempotencyField } from '../../shared/run/idempotencyField';
import { notPaidYet } from '../../shared/run/paymentMessages';
import { INTENT_OPERATIONS } from '../../shared/stripe/intentOperations';
import type { OutputName } from '../output/outputs';
import { amountWords, reservationFacts } from './reservationView';

/** How an item leaves Reserve: what the registry decided, in words that a model can follow. */
export function answerOfReserve(result: Reserved, asked: Asked): Departure {
	switch (result.kind) {
		case 'reserved':
			return ofEntry(result.entry, result.token);
		case 'conflict':
			return refused({
				outcome: 'conflict',
				message: `This (${whatOf(result.entry)}) was reserved with other values: ${differenceWords(result.differences, currenciesOf(result.entry))}`,
				nextStep:
					'If it is the same payment, call Reserve again with the earlier values; if the user may want another one, ask for a number of its own, and never change the number to get around this.',
				facts: { differences: result.differences.map((one) => ({ ...one })) },
				entry: result.entry,
			});
		case 'barred':
			return barred(result.entry, result.reason);
		case 'stopped':
			return refused({
				outcome: 'blocked',
				reason: 'stopped',
				message: barrierWords('stopped', result).what,
				nextStep: barrierWords('stopped', result).nextStep,
			});
		case 'violation':
			return violated(result, asked);
		case 'over_limit':
			return overLimit(result.limit, result.left, asked, result.entry);
	}
}

/** The token stands; what has come of it decides what to do with it. */
function ofEntry(entry: Entry, token: string): Departure {
	switch (entry.state) {
		case 'reserved':
			return entry.reservation?.approval.state === 'waiting'
				? answer('waiting', entry, token, {
						outcome: 'waiting_for_approval',
						nextStep: barrierWords('waiting_for_approval').nextStep,
					})
				: answer('reserved', entry, token, READY);
		case 'released':
			return answer('reserved', entry, token, READY);
		case 'in_flight':
			return answer('reserved', entry, token, {
				outcome: 'already_used',
				nextStep:
					'Call the payment with the same token again to learn what came of it, because it is being done right now, and do not reserve another one.',
			});
		case 'unknown':
			return answer('reserved', entry, token, {
				outcome: 'already_used',
				nextStep:
					'Call the payment with the same token and values again, because it is not known yet what came of it and nothing is paid twice, and do not reserve another one.',
			});
		case 'succeeded':
			return answer('reserved', entry, token, alreadyDone(entry));
		case 'rejected':
			return rejected(entry);
		case 'cancelled':
			return barred(entry, entry.cancellation?.reason ?? 'cancelled');
	}
}

const READY = {
	outcome: 'reserved',
	nextStep:
		'Now call the payment once with this token, letter by letter, and with exactly what was reserved.',
};

function answer(
	output: OutputName,
	entry: Entry,
	token: string,
	words: { outcome: string; nextStep: string; objectId?: string },
): Departure {
	return goesOn(output, {
		...words,
		token,
		reservation: reservationFacts(entry),
		idempotency: idempotencyField(entry, { replayed: entry.state !== 'reserved' }),
	} satisfies IDataObject);
}

function alreadyDone(entry: Entry): { outcome: string; nextStep: string; objectId?: string } {
	const { objectId, body = {} } = 'outcome' in entry ? entry.outcome : {};
	const open = notPaidYet(knownPayment(entry, paymentOfEntry), body);
	const known = Object.entries(INTENT_OPERATIONS).find(([name]) => name === entry.operation.split(' ')[0]);
	const verb = entry.operation.startsWith('refund.') ? 'refund' : 'charge';
	const by = `${known?.[1].done ?? 'done by'} ${objectId ?? '(unknown)'}`;
	return {
		outcome: 'already_done',
		nextStep: open
			? `${open} Do not create it again. Tell the user.`
			: `Tell the user that this was already ${by}, and do not ${verb} again.`,
		...(objectId === undefined ? {} : { objectId }),
	};
}

function rejected(entry: Entry): Refused {
	const facts: Partial<Outcome> = 'outcome' in entry ? entry.outcome : {};
	const { message, code, declineCode, adviceCode, objectId, statusCode } = facts;
	return refused({
		outcome: 'rejected',
		reason: declineCode ?? code ?? 'rejected',
		message: `This was tried before and ${statusCode === 402 ? 'declined' : 'rejected by Stripe'}${message ? `: ${message}` : ''}`,
		nextStep: `Tell the user. It is not tried again by itself. ${nextStepAfterRejection(facts)}`,
		facts: { adviceCode: adviceCode ?? null, objectId: objectId ?? null },
		entry,
		idempotency: { replayed: true },
	});
}

function barred(entry: Entry, reason: BarrierReason): Refused {
	if (reason === 'token_required') return doneWithoutToken(entry);
	const { what, nextStep } = barrierWords(reason, { entry });
	return refused({
		...{ outcome: 'blocked', reason, message: what, nextStep, entry },
		facts: { reservation: reservationFacts(entry) },
	});
}

/** The same decision was carried out, or begun, by a node that asks for no token. */
function doneWithoutToken(entry: Entry): Refused {
	const message = `This (${whatOf(entry)}) was done or begun before without a token`;
	if (entry.state === 'succeeded') {
		const { nextStep, objectId = null } = alreadyDone(entry);
		return refused({
			...{ outcome: 'already_done', message, nextStep, entry, facts: { objectId } },
			idempotency: { replayed: true },
		});
	}
	return refused({
		outcome: 'blocked',
		reason: 'begun_without_token',
		message,
		nextStep:
			'Tell the user that a person has to see it through where it was begun, and do not try it another way.',
		entry,
	});
}

function violated({ violation, entry }: Violated, asked: Asked): Refused {
	const answer = notAllowed(violation, asked);
	if (entry === undefined || entry.state === 'reserved' || entry.state === 'released') return answer;
	// Whoever may not have the token has to know all the same that it was done, or may have been: else a person pays it again.
	const { nextStep } = entry.state === 'succeeded' ? alreadyDone(entry) : BEGUN;
	return {
		...answer,
		message: `${answer.message}. It was done or begun before: ${whatOf(entry)}`,
		nextStep,
	};
}

const BEGUN = {
	nextStep:
		'Tell the user that it was begun before, and by whom it has to be seen through, and do not pay it another way.',
};

type Violated = Extract<Reserved, { kind: 'violation' }>;

function notAllowed(violation: Violation, { intent, policy }: Asked): Refused {
	const outcome = 'not_allowed';
	const tell = 'Do not try it another way. Tell the user that it is not allowed to you.';
	switch (violation.kind) {
		case 'operation':
			return refused({
				...{ outcome, reason: 'operation_not_allowed', nextStep: tell },
				message: `${intent.operation} is not allowed; allowed is ${violation.allowed.join(', ')}`,
			});
		case 'currency': {
			const allowed = violation.allowed.map((code) => code.toUpperCase());
			return refused({
				...{ outcome, reason: 'currency_not_allowed', nextStep: tell, facts: { allowed } },
				message: `${intent.currency.toUpperCase()} may not be spent; allowed is ${allowed.join(', ')}`,
			});
		}
		case 'customer':
			return refused({
				...{ outcome, reason: 'customer_not_allowed', nextStep: tell },
				message:
					intent.customer === undefined
						? 'No customer is named, and only some customers are allowed'
						: `${intent.customer} is none of the ${policy.customers.length} customers that are allowed`,
			});
		case 'approval':
			return refused({
				...{ outcome, reason: 'needs_approval', nextStep: tell },
				message: 'A person would have to approve this, and it was begun without',
			});
		case 'too_much': {
			const most = amountWords(violation.most, intent.currency);
			return refused({
				...{ outcome, reason: 'above_limit_per_payment' },
				message: `${amountWords(intent.amount, intent.currency)} is more than one payment may be: at most ${most} (${violation.most} in the minor unit)`,
				nextStep: `Tell the user that at most ${most} is allowed at once. Do not split it into smaller parts.`,
				facts: { most: violation.most, mostInWords: most, currency: intent.currency },
			});
		}
	}
}

function overLimit(limit: Limit, left: number, { intent, spender }: Asked, entry: Entry): Refused {
	const outcome = 'over_limit';
	switch (limit.kind) {
		case 'per_day': {
			const words = amountWords(left, intent.currency);
			return refused({
				...{ outcome, reason: 'limit_per_day', entry },
				message: `${amountWords(intent.amount, intent.currency)} is more than is left for ${spender.agent} today (UTC): ${words} (${left} in the minor unit)`,
				nextStep: `Tell the user. Today at most ${words} can still be reserved; the next day there is room again.`,
				facts: { left, leftInWords: words, currency: intent.currency },
			});
		}
		case 'per_session':
			return refused({
				...{ outcome, reason: 'limit_per_session', entry, facts: { left } },
				message: 'This session has reserved as often as it may',
				nextStep:
					'Reserve nothing more in this session. Tell the user that a person has to go on from here.',
			});
	}
}
