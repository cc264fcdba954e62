import type { IDataObject } from 'n8n-workflow';

import type { AdoptBlockReason } from '../../../ledger/rules/adoption';
import type { Entry, Outcome } from '../../../ledger/model/entry';
import type { StripeObject } from '../../../stripe/objects/stripeObject';
import { formatAmount } from '../../../stripe/objects/money';
import { redactMessage } from '../../../stripe/api/redact';
import { toIsoTime } from '../../shared/parameters/isoTime';
import type { AdoptRefusal } from './adoptable';
import type { RegistryResult } from '../output/result';
import { refuse } from '../output/result';
import { describeEntry } from '../output/describeEntry';
import { SECOND_MS } from '../options';

export const NOT_MADE_HERE: AdoptRefusal = {
	reason: 'not_made_here',
	message: 'These nodes have not made it, and no Key Fields say where its number stands',
	nextStep: 'Fill in Key Fields: the number of the order usually stands in metadata.',
};

export function describeOtherEntry(entryId: string): AdoptRefusal {
	return {
		reason: 'other_key_fields',
		message: `It was made under another entry (${entryId}) than these Key Fields give`,
		nextStep:
			'The Key Fields, their names or the HMAC Secret are not those of the node that has made it. Correct them; or leave them empty, so that the entry named in its metadata is taken.',
	};
}

export function describeMissingNumber({ id }: StripeObject, standsIn: string, field: string): AdoptRefusal {
	return {
		reason: 'no_number',
		message: `${String(id)} has nothing in ${standsIn} that could be its ${field}`,
		nextStep: 'If it may be run again, adopt it by an input item that names its number; else leave it.',
	};
}

export function describeAdoptBlock(
	reason: AdoptBlockReason,
	entry: Entry,
	payments: readonly string[] = [],
): AdoptRefusal {
	const subject = describeEntry(entry);
	switch (reason) {
		case 'another_payment': {
			const { objectId = '' } = 'outcome' in entry ? entry.outcome : {};
			return {
				reason,
				message: `The ledger has another payment for the same (${subject}): ${objectId}`,
				nextStep:
					'Look at both in the Stripe dashboard: the same order was paid twice, or two orders share a number. It will not be paid a third time.',
			};
		}
		case 'uncertain':
			return {
				reason,
				message: `What became of this (${subject}) is not known yet`,
				nextStep: 'Find out first, with Reconcile or Settle by Hand.',
			};
		case 'open_payment':
			return {
				reason,
				message: `A payment that was declined here before (${payments.join(', ')}) may still be paid, or was (${subject})`,
				nextStep:
					'Cancel it in the Stripe dashboard, then adopt again. If it was paid, adopt that one, and look whether the other one has to be refunded.',
			};
		case 'reserved':
			return {
				reason,
				message: `A token was given for this (${subject})`,
				nextStep: 'Revoke it first: otherwise it may still be paid with its token.',
			};
		case 'cancelled':
			return {
				reason,
				message: `This (${subject}) was stopped in the ledger, so it is not paid again`,
				nextStep: 'Nothing has to be done.',
			};
	}
}

export function refuseAdopt(
	object: StripeObject,
	{ reason, message, nextStep }: AdoptRefusal,
	entry?: Entry,
): RegistryResult {
	const { id, amount, currency, created, status } = object;
	const facts: IDataObject = {
		objectId: String(id),
		status: typeof status === 'string' ? status : null,
		money: typeof currency === 'string' ? formatAmount(String(amount), currency) : null,
		created: toIsoTime(typeof created === 'number' ? created * SECOND_MS : undefined),
	};
	return refuse({ outcome: 'not_adopted', reason, message, nextStep, facts, ...(entry ? { entry } : {}) });
}

/** Nothing was written: a part of the past would look like the whole. */
export function refuseNotShown(outcome: Outcome, id?: string): RegistryResult {
	const isGone = outcome.code === 'resource_missing' && id !== undefined;
	return refuse({
		outcome: isGone ? 'not_adopted' : 'stripe_unavailable',
		reason: isGone ? 'not_found' : outcome.kind,
		message: isGone
			? `Stripe knows no ${id}`
			: `Stripe did not show it: ${redactMessage(outcome.message ?? outcome.kind)}`,
		nextStep: isGone
			? 'Check the ID, and that the credential is of the account and mode it was made in.'
			: 'Run it again later: to adopt moves no money, and what was adopted stays so.',
		retryable: !isGone,
	});
}
