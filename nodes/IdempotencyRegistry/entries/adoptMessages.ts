import type { IDataObject } from 'n8n-workflow';

import type { AdoptBlockReason } from '../../../ledger/rules/adoption';
import type { Entry, Outcome } from '../../../ledger/model/entry';
import type { StripeObject } from '../../../stripe/objects/stripeObject';
import { formatAmount } from '../../../stripe/objects/money';
import { redactMessage } from '../../../stripe/api/redact';
import { toIsoTime } from '../../shared/parameters/values';
import type { AdoptRefusal } from './adoptable';
import type { RegistryResult } from '../output/result';
import { refuse, describeEntry } from '../output/result';
import { SECOND_MS } from '../options';

export const NOT_MADE_HERE: AdoptRefusal = {
	reason: 'not_made_here',
	message: 'It was not made by these nodes, and no Key Fields say where its number is found',
	nextStep: 'Fill in Key Fields. The order number is usually in the metadata.',
};

export function describeOtherEntry(entryId: string): AdoptRefusal {
	return {
		reason: 'other_key_fields',
		message: `It was made under a different entry (${entryId}) from the one these Key Fields give`,
		nextStep:
			'The Key Fields, their names or the HMAC Secret differ from those of the node that made it. Correct them, or leave them empty to use the entry named in its metadata.',
	};
}

export function describeMissingNumber({ id }: StripeObject, standsIn: string, field: string): AdoptRefusal {
	return {
		reason: 'no_number',
		message: `${String(id)} has nothing in ${standsIn} that could be its ${field}`,
		nextStep:
			'If it could be run again, adopt it with an input item that gives its number. Otherwise leave it.',
	};
}

export function describeAdoptBlock(
	reason: AdoptBlockReason,
	entry: Entry,
	payments: readonly string[] = [],
): AdoptRefusal {
	return { reason, ...ADOPT_BLOCK_MESSAGES[reason](describeEntry(entry), entry, payments) };
}

type AdoptBlockMessage = Omit<AdoptRefusal, 'reason'>;

const ADOPT_BLOCK_MESSAGES: Readonly<
	Record<
		AdoptBlockReason,
		(subject: string, entry: Entry, payments: readonly string[]) => AdoptBlockMessage
	>
> = {
	another_payment: (subject, entry) => ({
		message: `The ledger already has a different payment for this (${subject}): ${findObjectId(entry)}`,
		nextStep:
			'Compare both in the Stripe dashboard: the same order was paid twice, or two orders share a number. It will not be paid a third time.',
	}),
	uncertain: (subject) => ({
		message: `The outcome of this (${subject}) is not known yet`,
		nextStep: 'Resolve it first, with Reconcile or Resolve Manually.',
	}),
	open_payment: (subject, _entry, payments) => ({
		message: `A payment that was declined here before (${payments.join(', ')}) can still be paid, or was paid (${subject})`,
		nextStep:
			'Cancel it in the Stripe dashboard, then adopt again. If it was paid, adopt that payment, and check whether the other must be refunded.',
	}),
	reserved: (subject) => ({
		message: `A token was issued for this (${subject})`,
		nextStep: 'Revoke it first. Otherwise it can still be paid with its token.',
	}),
	cancelled: (subject) => ({
		message: `This (${subject}) was canceled in the ledger, so it is not paid again`,
		nextStep: 'No action is needed.',
	}),
};

function findObjectId(entry: Entry): string {
	return ('outcome' in entry ? entry.outcome.objectId : undefined) ?? '';
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

/** Nothing was written, because a partial list would look complete. */
export function refuseNotShown(outcome: Outcome, id?: string): RegistryResult {
	const isGone = outcome.code === 'resource_missing' && id !== undefined;
	return refuse({
		outcome: isGone ? 'not_adopted' : 'stripe_unavailable',
		reason: isGone ? 'not_found' : outcome.kind,
		message: isGone
			? `Stripe has no ${id}`
			: `Stripe did not return it: ${redactMessage(outcome.message ?? outcome.kind)}`,
		nextStep: isGone
			? 'Check the ID, and that the credential belongs to the account and mode in which it was created.'
			: 'Retry later. Adopting moves no money, and what is already adopted stays adopted.',
		retryable: !isGone,
	});
}
