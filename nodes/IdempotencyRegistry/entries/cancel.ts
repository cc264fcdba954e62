import type { Entry } from '../../../ledger/model/entry';
import { isLeaseExpired, getProvenOutcome } from '../../../ledger/model/entryStatus';
import type { RegistryResult } from '../output/result';
import { answerDone, refuse, describeEntry } from '../output/result';
import type { RegistryItem } from '../item';
import { retention } from '../options';
import { onlyCustomer } from './onlyCustomer';
import { decidedByProperty, readDecidedBy } from '../tokens/decide';
import { refuseNotFound, findSingleEntry } from './findEntry';
import { toEntryView } from './entryView';
import { findByProperties } from './parameters';
import type { RegistryOperation } from '../operation';
import { DAY_MS } from '../../../ledger/clock';

export const cancelOperation: RegistryOperation = {
	value: 'cancel',
	name: 'Cancel',
	action: 'Cancel an entry',
	description: 'Permanently block an entry that was definitely not executed',
	outputs: ['done', 'refused'],
	properties: [...findByProperties, decidedByProperty],
	options: [onlyCustomer, retention],
	execute: async (item) => {
		const decidedBy = readDecidedBy(item);
		const retentionMs = item.read.optionNumber('retentionDays') * DAY_MS;
		const entry = await findSingleEntry(item);
		return 'kind' in entry ? entry : cancelEntry(item, entry, decidedBy, retentionMs);
	},
};

async function cancelEntry(
	item: RegistryItem,
	{ entryId }: Entry,
	decidedBy: string,
	retentionMs: number,
): Promise<RegistryResult> {
	const decision = await (await item.openTokenRegistry()).cancel(entryId, decidedBy, retentionMs);
	if (!decision) return refuseNotFound({ kind: 'entryId', entryId });
	const { kind, entry } = decision;
	switch (kind) {
		case 'applied':
		case 'already_applied':
			return answerDone(toEntryView(entry, item.now(), { simplify: true }));
		case 'refused':
		case 'superseded':
			return refuse({ outcome: 'not_cancelled', ...explainNotCancelled(entry, item.now()), entry });
	}
}

/** Says why an entry can no longer be cancelled, and what to do instead. */
function explainNotCancelled(
	entry: Entry,
	now: number,
): { reason: string; message: string; nextStep: string; retryable: boolean } {
	const subject = describeEntry(entry);
	if (entry.state === 'succeeded' || getProvenOutcome(entry)) {
		return {
			reason: 'succeeded',
			message: `This (${subject}) was executed, so it cannot be canceled here`,
			nextStep:
				'To undo it, refund the payment, or cancel or delete the object in Stripe, e.g. with the Stripe Idempotent node.',
			retryable: false,
		};
	}
	if (entry.state === 'in_flight' && !isLeaseExpired(entry, now)) {
		return {
			reason: 'in_flight',
			message: `This (${subject}) is being sent right now, so it cannot be canceled here`,
			nextStep: `Wait for its outcome, until ${new Date(entry.leaseUntil).toISOString()} at the latest. If it succeeds, undo it with a refund.`,
			retryable: true,
		};
	}
	return {
		reason: 'unknown',
		message: `This (${subject}) was sent and its outcome is unknown, so it cannot be canceled here`,
		nextStep:
			'Resolve it first with Reconcile, or run the same item again: the same key is used, so nothing is charged twice. If it succeeded, undo it with a refund.',
		retryable: false,
	};
}
