import type { IDataObject } from 'n8n-workflow';

import type { AdoptBarrier } from '../../../ledger/rules/adoption';
import type { Entry, Outcome } from '../../../ledger/model/entry';
import type { StripeObject } from '../../../stripe/reconcile/finding';
import { inMajorUnits } from '../../../stripe/objects/money';
import { wordsWithoutSecrets } from '../../../stripe/api/redact';
import { isoTime } from '../../shared/parameters/isoTime';
import type { NotAdoptable } from './adoptable';
import type { Departure } from '../output/result';
import { refused } from '../output/result';
import { whatOf } from '../output/describeEntry';
import { SECOND_MS } from '../options';

export const notMadeHere: NotAdoptable = {
	reason: 'not_made_here',
	message: 'These nodes have not made it, and no Key Fields say where its number stands',
	nextStep: 'Fill in Key Fields: the number of the order usually stands in metadata.',
};

export function madeUnderOther(entryId: string): NotAdoptable {
	return {
		reason: 'other_key_fields',
		message: `It was made under another entry (${entryId}) than these Key Fields give`,
		nextStep:
			'The Key Fields, their names or the HMAC Secret are not those of the node that has made it. Correct them; or leave them empty, so that the entry named in its metadata is taken.',
	};
}

export function noNumber({ id }: StripeObject, standsIn: string, field: string): NotAdoptable {
	return {
		reason: 'no_number',
		message: `${String(id)} has nothing in ${standsIn} that could be its ${field}`,
		nextStep: 'If it may be run again, adopt it by an input item that names its number; else leave it.',
	};
}

export function barrierWords(
	reason: AdoptBarrier,
	entry: Entry,
	payments: readonly string[] = [],
): NotAdoptable {
	const what = whatOf(entry);
	switch (reason) {
		case 'another_payment': {
			const { objectId = '' } = 'outcome' in entry ? entry.outcome : {};
			return {
				reason,
				message: `The ledger has another payment for the same (${what}): ${objectId}`,
				nextStep:
					'Look at both in the Stripe dashboard: the same order was paid twice, or two orders share a number. It will not be paid a third time.',
			};
		}
		case 'in_doubt':
			return {
				reason,
				message: `What became of this (${what}) is not known yet`,
				nextStep: 'Find out first, with Reconcile or Settle by Hand.',
			};
		case 'open_payment':
			return {
				reason,
				message: `A payment that was declined here before (${payments.join(', ')}) may still be paid, or was (${what})`,
				nextStep:
					'Cancel it in the Stripe dashboard, then adopt again. If it was paid, adopt that one, and look whether the other one has to be refunded.',
			};
		case 'reserved':
			return {
				reason,
				message: `A token was given for this (${what})`,
				nextStep: 'Revoke it first: otherwise it may still be paid with its token.',
			};
		case 'cancelled':
			return {
				reason,
				message: `This (${what}) was stopped in the ledger, so it is not paid again`,
				nextStep: 'Nothing has to be done.',
			};
	}
}

export function notAdopted(
	object: StripeObject,
	{ reason, message, nextStep }: NotAdoptable,
	entry?: Entry,
): Departure {
	const { id, amount, currency, created, status } = object;
	const facts: IDataObject = {
		objectId: String(id),
		status: typeof status === 'string' ? status : null,
		money: typeof currency === 'string' ? inMajorUnits(String(amount), currency) : null,
		created: isoTime(typeof created === 'number' ? created * SECOND_MS : undefined),
	};
	return refused({ outcome: 'not_adopted', reason, message, nextStep, facts, ...(entry ? { entry } : {}) });
}

/** Nothing was written: a part of the past would look like the whole. */
export function notShown(outcome: Outcome, id?: string): Departure {
	const isGone = outcome.code === 'resource_missing' && id !== undefined;
	return refused({
		outcome: isGone ? 'not_adopted' : 'not_answered',
		reason: isGone ? 'not_found' : outcome.kind,
		message: isGone
			? `Stripe knows no ${id}`
			: `Stripe did not show it: ${wordsWithoutSecrets(outcome.message ?? outcome.kind)}`,
		nextStep: isGone
			? 'Check the ID, and that the credential is of the account and mode it was made in.'
			: 'Run it again later: to adopt moves no money, and what was adopted stays so.',
		retryable: !isGone,
	});
}
